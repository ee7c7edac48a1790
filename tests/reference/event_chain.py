"""One chain at a time, event by event, in plain Python: the Monte Carlo twins.

Every shot returns (waiting time, attempts, storage): storage[m] is how long memory m held its qubit
of the pair that is delivered in the end, from its link's completion to its swap (end nodes: to
delivery, or 0 if they measure at once). Memory 2k is the left qubit of link k, 2k+1 the right one.
With pair_decay "once", a pair waiting for one unit of time adds one half to each of its two memories
(or one, if only one of the two still stores). What lost links stored does not count.

`attempts` counts the attempts of all segments, lost links included, up to delivery; a slot's attempts
come before its delivery, so those of the delivery slot count. Attempts of a segment under a longer
link are made (hidden_segments "regenerate") but not counted while that link lives.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Pair:
    left: int  # nodes
    right: int
    storage: dict = field(default_factory=dict)  # memory -> time so far, for all its links


@dataclass(frozen=True)
class Rules:
    """What every protocol needs to know. p_swap per node 0..n, the ends unused."""

    p: tuple
    p_swap: tuple
    attempt_time: tuple
    failed_swap: str = "simultaneous"
    hidden_segments: str = "regenerate"
    end_nodes: str = "measure"
    pair_decay: str = "each"

    @property
    def n(self):
        return len(self.p)


def new_pair(k):
    return Pair(k, k + 1, {2 * k: 0.0, 2 * k + 1: 0.0})


def join(a, b):
    return Pair(a.left, b.right, {**a.storage, **b.storage})


def wait(rules, pair, time):
    """The pair's outer memories store for `time`."""
    storing = [2 * pair.left, 2 * pair.right - 1]
    if rules.end_nodes == "measure":
        storing = [m for m in storing if m not in (0, 2 * rules.n - 1)]
    share = 1.0 / len(storing) if storing and rules.pair_decay == "once" else 1.0
    for m in storing:
        pair.storage[m] += share * time


def result(rules, pair, time, attempts):
    return time, attempts, [pair.storage[m] for m in range(2 * rules.n)]


# --- swap-asap, slot by slot ------------------------------------------------------------------------


def is_hidden(pairs, k):
    """Whether segment k lies under a pair."""
    return any(pair.left <= k and pair.right >= k + 1 for pair in pairs)


def is_free(rules, pairs, k):
    """Whether segment k may attempt: both its memories are free (and no longer link hides it)."""
    if any(pair.left == k or pair.right == k + 1 for pair in pairs):
        return False
    return rules.hidden_segments == "regenerate" or not is_hidden(pairs, k)


def neighbours(pairs, node):
    """The pair that ends and the pair that starts at a node (None where there is none)."""
    left = next((pair for pair in pairs if pair.right == node), None)
    right = next((pair for pair in pairs if pair.left == node), None)
    return left, right


def swap_simultaneously(rules, pairs, rng):
    """Every node that holds two pairs measures; a run of pairs with one failed node is lost."""
    holds = [None not in neighbours(pairs, v) for v in range(rules.n + 1)]
    succeeds = [rng.random() < ps for ps in rules.p_swap]
    after = []
    for start in pairs:
        if holds[start.left]:
            continue  # belongs to a run that starts further left
        run, alive = start, True
        while holds[run.right]:
            node = run.right
            alive = alive and succeeds[node]
            run = join(run, neighbours(pairs, node)[1])
        if alive:
            after.append(run)
    return after


def swap_left_to_right(rules, pairs, rng):
    """The nodes measure in turn; a failure loses the two pairs its node holds then."""
    for node in range(1, rules.n):
        left, right = neighbours(pairs, node)
        if left is None or right is None:
            continue
        pairs = [pair for pair in pairs if pair is not left and pair is not right]
        if rng.random() < rules.p_swap[node]:
            pairs.append(join(left, right))
    return pairs


def swap_asap_shot(rules, rng):
    """Swap-asap with one common attempt time."""
    swap = swap_left_to_right if rules.failed_swap == "left_to_right" else swap_simultaneously
    pairs, slot, attempts = [], 0, 0
    while True:
        slot += 1
        free = [k for k in range(rules.n) if is_free(rules, pairs, k)]
        attempts += sum(not is_hidden(pairs, k) for k in free)
        for k in free:
            if rng.random() < rules.p[k]:
                pairs.append(new_pair(k))
        pairs = swap(rules, pairs, rng)
        for pair in pairs:
            if pair.left == 0 and pair.right == rules.n:
                return result(rules, pair, slot * rules.attempt_time[0], attempts)
        for pair in pairs:
            wait(rules, pair, rules.attempt_time[0])


# --- nested (doubling), any attempt times -----------------------------------------------------------


def nested_pair(rules, tree, start, rng):
    """(pair, time of completion, attempts) of a tree of swaps that starts from nothing at `start`."""
    if isinstance(tree, int):
        tries = 1
        while rng.random() >= rules.p[tree]:
            tries += 1
        return new_pair(tree), start + tries * rules.attempt_time[tree], tries
    attempts = 0
    while True:
        left, left_time, left_tries = nested_pair(rules, tree[0], start, rng)
        right, right_time, right_tries = nested_pair(rules, tree[1], start, rng)
        attempts += left_tries + right_tries
        start = max(left_time, right_time)  # both wait until the swap is tried, at this time
        wait(rules, left, start - left_time)
        wait(rules, right, start - right_time)
        if rng.random() < rules.p_swap[right.left]:
            return join(left, right), start, attempts


def nested_shot(rules, tree, rng):
    return result(rules, *nested_pair(rules, tree, 0.0, rng))


# --- deterministic swap-asap, any attempt times -----------------------------------------------------


def deterministic_shot(rules, rng):
    """Links come one by one, all swaps succeed; attempts up to each link's success are counted."""
    tries = rng.geometric(rules.p)
    completion = tries * np.asarray(rules.attempt_time)
    pairs, now = [], 0.0
    for k in np.argsort(completion, kind="stable"):
        for pair in pairs:
            wait(rules, pair, completion[k] - now)
        now = completion[k]
        pair = new_pair(int(k))
        left, right = neighbours(pairs, pair.left)[0], neighbours(pairs, pair.right)[1]
        pairs = [other for other in pairs if other is not left and other is not right]
        pair = join(left, pair) if left else pair
        pairs.append(join(pair, right) if right else pair)
    return result(rules, pairs[0], now, int(tries.sum()))


def sample(shot, shots, seed):
    """(waiting_time, attempts, storage) columns of `shots` calls of shot(rng)."""
    rng = np.random.default_rng(seed)
    time, attempts, storage = zip(*(shot(rng) for _ in range(shots)), strict=True)
    return np.array(time), np.array(attempts), np.array(storage)
