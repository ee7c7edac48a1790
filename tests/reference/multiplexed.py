"""Slotted chains with several memories per side, slot by slot, in plain Python.

n segments, nodes 0..n; every node has `memories` memories toward each of its segments. In a slot:

 (i)   segment k makes min(free right memories of node k, free left memories of node k + 1) attempts;
       a new link has age 0;
 (ii)  swap_asap: every node matches its left with its right links, as many as it can. failed_swap
       "simultaneous": all nodes match the links of (i) and measure at once; links joined by matches are
       a path, which becomes one link if all its swaps succeed and is lost otherwise. "left_to_right":
       nodes match and swap one after another, a failure costs its two links.
       doubling: nodes match only the two halves of their interval of the balanced binary tree, all
       nodes at once, again and again until none holds both halves; a failure costs its two links;
 (iii) the youngest link 0-n is delivered (of equal ones the first in node 0's list);
 (iv)  links of age >= the smaller cut-off of their end nodes are discarded, others age by one slot.

A node lists its links in the order in which their qubits came. best_first: youngest first, first_come:
oldest first; among links of one age longer ones first, then by the list; first with first, second with
second. random: any injection of the fewer into the more is as likely as any other.

One slot is a function of a source of decisions: random ones give samples, all possible ones the exact
Markov chain.
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from . import walk


@dataclass(frozen=True)
class Rules:
    p: tuple  # of an attempt, per segment
    p_swap: tuple  # per node 0..n, the ends unused
    memories: int = 1
    policy: str = "swap_asap"
    matching: str = "best_first"
    failed_swap: str = "simultaneous"
    hidden_segments: str = "regenerate"
    cutoff: tuple | None = None  # slots, per node

    @property
    def n(self):
        return len(self.p)


def uniform(n, p, p_swap, cutoff=None, **options):
    """Equal segments and nodes."""
    cutoff = None if cutoff is None else (cutoff,) * (n + 1)
    return Rules((p,) * n, (p_swap,) * (n + 1), cutoff=cutoff, **options)


@dataclass(eq=False)
class Link:
    left: int  # nodes
    right: int
    age: int = 0
    stored: dict = field(default_factory=dict)  # slots, by memory: 2k left, 2k + 1 right qubit of segment k


@dataclass
class Swaps:
    tried: int = 0
    lost: int = 0  # it failed, or another one of its path did


class Chance:
    """Decisions drawn at random."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def happens(self, p):
        return self.rng.random() < p

    def below(self, n):
        return int(self.rng.integers(n))


class Script:
    """Decisions told beforehand, then always the first choice; remembers what there was to choose."""

    def __init__(self, told):
        self.told = told
        self.made = []  # (choice, choices)
        self.weight = 1.0

    def choose(self, weights):
        place = len(self.made)
        choice = self.told[place] if place < len(self.told) else 0
        self.made.append((choice, len(weights)))
        self.weight *= weights[choice]
        return choice

    def happens(self, p):
        return p == 1.0 or self.choose((1.0 - p, p)) == 1

    def below(self, n):
        return self.choose((1.0 / n,) * n)


def outcomes(function):
    """(probability, result) of function(chance) for all that chance may decide."""
    told = []
    while True:
        script = Script(told)
        result = function(script)
        yield script.weight, result
        made = script.made
        while made and made[-1][0] == made[-1][1] - 1:
            made.pop()
        if not made:
            return
        told = [choice for choice, _ in made[:-1]] + [made[-1][0] + 1]


class State:
    """Links by node: those that end there (left) and those that begin there (right), as they came."""

    def __init__(self, rules, links=()):
        self.swaps = Swaps()
        self.left = [[] for _ in range(rules.n + 1)]
        self.right = [[] for _ in range(rules.n + 1)]
        for link in links:
            self.add(link)

    @property
    def links(self):
        return [link for node in self.right for link in node]

    def add(self, link):
        self.left[link.right].append(link)
        self.right[link.left].append(link)

    def remove(self, link):
        self.left[link.right].remove(link)
        self.right[link.left].remove(link)

    def join(self, path):
        """The path becomes one link, its qubits stay in their places."""
        first, last = path[0], path[-1]
        stored = {memory: slots for link in path for memory, slots in link.stored.items()}
        new = Link(first.left, last.right, max(link.age for link in path), stored)
        for link in path:
            if link is not last:
                self.left[link.right].remove(link)
            if link is not first:
                self.right[link.left].remove(link)
        self.right[first.left] = [new if link is first else link for link in self.right[first.left]]
        self.left[last.right] = [new if link is last else link for link in self.left[last.right]]
        return new


def is_hidden(state, k):
    return any(link.left <= k < link.right and link.right - link.left > 1 for link in state.links)


def attempts_of(rules, state, k):
    if rules.hidden_segments == "idle" and is_hidden(state, k):
        return 0
    return rules.memories - max(len(state.right[k]), len(state.left[k + 1]))


def counted_attempts(rules, state):
    """Attempts of this slot that count: those of segments below no longer link."""
    return sum(attempts_of(rules, state, k) for k in range(rules.n) if not is_hidden(state, k))


def make_attempts(rules, state, chance):
    tries = [attempts_of(rules, state, k) for k in range(rules.n)]
    for k, count in enumerate(tries):
        for _ in range(count):
            if chance.happens(rules.p[k]):
                state.add(Link(k, k + 1, 0, {2 * k: 0, 2 * k + 1: 0}))


def matched(rules, left, right, chance):
    """Pairs of the links of two lists."""
    if rules.matching == "random":
        few, many = (left, list(right)) if len(left) <= len(right) else (right, list(left))
        chosen = [many.pop(chance.below(len(many))) for _ in few]
        return list(zip(few, chosen, strict=True) if few is left else zip(chosen, few, strict=True))
    sign = 1 if rules.matching == "best_first" else -1

    def order(link):
        return sign * link.age, link.left - link.right

    return list(zip(sorted(left, key=order), sorted(right, key=order), strict=False))


def swap_simultaneously(rules, state, chance):
    following = {}
    for node in range(1, rules.n):
        following.update(matched(rules, state.left[node], state.right[node], chance))
    for start in [link for link in following if link not in following.values()]:
        path = [start]
        while path[-1] in following:
            path.append(following[path[-1]])
        swap_path(rules, state, path, chance)


def swap_path(rules, state, path, chance):
    """All of its swaps succeed, or all of its links are lost."""
    state.swaps.tried += len(path) - 1
    if all(chance.happens(rules.p_swap[link.right]) for link in path[:-1]):
        state.join(path)
        return
    state.swaps.lost += len(path) - 1
    for link in path:
        state.remove(link)


def swap_left_to_right(rules, state, chance):
    for node in range(1, rules.n):
        for pair in matched(rules, state.left[node], state.right[node], chance):
            swap_path(rules, state, pair, chance)


def halves(left, right):
    """{node: (leftmost, rightmost node)} of all intervals of the balanced binary tree over a chain."""
    if right - left < 2:
        return {}
    node = left + (right - left + 1) // 2
    return {node: (left, right), **halves(left, node), **halves(node, right)}


def swap_doubling(rules, state, chance):
    tree = halves(0, rules.n)
    while True:
        pairs = []
        for node in range(1, rules.n):
            left, right = tree[node]
            pairs += matched(
                rules,
                [link for link in state.left[node] if link.left == left],
                [link for link in state.right[node] if link.right == right],
                chance,
            )
        if not pairs:
            return
        for pair in pairs:
            swap_path(rules, state, pair, chance)


def make_swaps(rules, state, chance):
    if rules.policy == "doubling":
        swap_doubling(rules, state, chance)
    elif rules.failed_swap == "left_to_right":
        swap_left_to_right(rules, state, chance)
    else:
        swap_simultaneously(rules, state, chance)


def age(rules, state):
    for link in state.links:
        if rules.cutoff is not None and link.age >= min(rules.cutoff[link.left], rules.cutoff[link.right]):
            state.remove(link)
            continue
        link.age += 1
        link.stored[2 * link.left] += 1
        link.stored[2 * link.right - 1] += 1


def one_slot(rules, state, chance):
    """The delivered link, or None."""
    make_attempts(rules, state, chance)
    make_swaps(rules, state, chance)
    done = [link for link in state.right[0] if link.right == rules.n]
    if done:
        return min(done, key=lambda link: link.age)
    age(rules, state)
    return None


def shot(rules, chance):
    """(slots, attempts, swaps tried, swaps lost, slots stored by memory)."""
    state, slots, attempts = State(rules), 0, 0
    while True:
        slots += 1
        attempts += counted_attempts(rules, state)
        link = one_slot(rules, state, chance)
        if link is not None:
            stored = [link.stored[memory] for memory in range(2 * rules.n)]
            return slots, attempts, state.swaps.tried, state.swaps.lost, stored


def sample(rules, shots, seed):
    """Columns of `shots` shots."""
    chance = Chance(seed)
    return [np.array(column) for column in zip(*(shot(rules, chance) for _ in range(shots)), strict=True)]


# --- exact --------------------------------------------------------------------------------------------


def links_of(state):
    return tuple(sorted((link.left, link.right, link.age) for link in state.links))


def state_of(rules, links):
    return State(rules, [Link(a, b, age, dict.fromkeys(range(2 * rules.n), 0)) for a, b, age in links])


def one_slot_law(rules, links):
    """({links at the end of the slot: probability}, {age of the delivered link: probability})."""

    def slot(chance):
        state = state_of(rules, links)
        link = one_slot(rules, state, chance)
        return (link.age, None) if link is not None else (None, links_of(state))

    after, delivered = {}, {}
    for weight, (age, left) in outcomes(slot):
        law, key = (delivered, age) if left is None else (after, left)
        law[key] = law.get(key, 0.0) + weight
    return after, delivered


def absorbing_chain(rules):
    """(states, Q, delivered ages by state) from no link on: finite with cut-offs.

    A state forgets in which order the qubits came to their nodes: links of one age between the same
    nodes are alike.
    """
    return walk.absorbing_chain(lambda links: one_slot_law(rules, links))


@dataclass(frozen=True)
class Answer:
    """Of T in slots, of the counted attempts, and of the age of the delivered link."""

    mean: float
    variance: float
    attempts: float
    ages: dict


def exact(rules):
    states, q, delivered = absorbing_chain(rules)
    stay = np.eye(len(q)) - q
    first = np.linalg.solve(stay, np.ones(len(q)))
    second = np.linalg.solve(stay, 1.0 + 2.0 * q @ first)
    tried = [counted_attempts(rules, state_of(rules, links)) for links in states]
    visits = np.linalg.solve(stay.T, np.eye(len(q))[0])
    ages = {}
    for count, law in zip(visits, delivered, strict=True):
        for age, weight in law.items():
            ages[age] = ages.get(age, 0.0) + count * weight
    return Answer(first[0], second[0] - first[0] ** 2, visits @ tried, ages)


# --- links that block each other ----------------------------------------------------------------------


def reachable(rules):
    """All sets of links, their ages as ranks, that may stand at the end of a slot where none is discarded.

    What happens depends on the order of ages alone, so that there are finitely many. A set in which no
    segment may attempt stays for ever.
    """

    def slot(links, chance):
        state = state_of(rules, links)
        tries = [attempts_of(rules, state, k) for k in range(rules.n)]
        for k, count in enumerate(tries):
            for _ in range(chance.below(count + 1)):
                state.add(Link(k, k + 1, 0, {2 * k: 0, 2 * k + 1: 0}))
        make_swaps(rules, state, chance)
        if any(link.right == rules.n for link in state.right[0]):
            return None
        ages = sorted({link.age for link in state.links})
        for link in state.links:
            link.age = ages.index(link.age) + 1
        return links_of(state)

    found = [()]
    known = {(), None}
    for links in found:  # grows while it is walked
        for _, after in outcomes(partial(slot, links)):
            if after not in known:
                known.add(after)
                found.append(after)
    return found


def is_blocked(rules, links):
    state = state_of(rules, links)
    return not any(attempts_of(rules, state, k) for k in range(rules.n))


def cross(links):
    return any(a < c < b < d for a, b, _ in links for c, d, _ in links)
