"""Markov chains whose states are found by walking, from the law of a single step."""

import numpy as np


def absorbing_chain(one_step):
    """(states, Q, what each step delivers): all states that can be reached from `()`.

    one_step(state) gives the weights of the next states, as a dict, and what is delivered.
    """
    states, number, rows, delivered = [()], {(): 0}, [], []
    for state in states:  # grows while it is walked
        after, done = one_step(state)
        for new in after:
            if new not in number:
                number[new] = len(states)
                states.append(new)
        rows.append(after)
        delivered.append(done)
    q = np.zeros((len(rows), len(rows)))
    for row, after in enumerate(rows):
        for new, weight in after.items():
            q[row, number[new]] = weight
    return states, q, delivered
