"""Slotted chains as absorbing Markov chains: exact waiting times, attempts and delivered pairs.

n segments, nodes 0..n, one memory per side of each node. In each slot, in this order:

 (i)   every free segment attempts once; a new link has age 0;
 (ii)  nodes that hold two links and that the policy allows try to swap;
 (iii) if a link 0-n exists it is delivered: T is this slot's number;
 (iv)  links with age >= the smaller cut-off of their two nodes are discarded, all others age by a slot.

A policy is asked in every slot after (i): "doubling" and "sequential", and a table that repeats, again and
again in (ii) until nothing swaps.

A link is a tuple (left node, right node, age, label); without a cut-off its age stays 0. Labels carry the
state: a link that will be part of the delivered pair is born with a label (left factor, right factor) and
the weight of one of its Pauli terms (pauli_terms); a link that will be lost is born without one. A path of
the chain counts only if this prophecy comes true, so that the sum over paths is E[product of the delivered
links' terms]. For waiting times no link is labelled.
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np

from . import pauli_terms, walk


@dataclass(frozen=True)
class SlottedChain:
    p: tuple  # success of one attempt, per segment
    p_swap: tuple  # success of a swap, per node 0..n (the ends unused)
    cutoff: int | tuple | None = None  # a tuple: by node, inf for none
    # or "outer_nodes_first" (for 4 segments), "doubling", "sequential", or a table: the nodes that swap by
    # the links that there are, sorted tuples (left, right, age)
    policy: str | dict = "swap_asap"
    repeats: bool = False  # the table
    failed_swap: str = "simultaneous"  # or "left_to_right"
    hidden_segments: str = "regenerate"  # or "idle"
    generation: str = "parallel"  # or "sequential"
    terms: tuple | None = None  # per segment its Pauli terms; None: waiting times only
    end_nodes: str = "measure"
    pair_decay: str = "each"

    @property
    def n(self):
        return len(self.p)


def uniform(n, p, p_swap, **options):
    """Chain of n equal segments."""
    return SlottedChain((p,) * n, (p_swap,) * (n + 1), **options)


# --- (i) attempts -----------------------------------------------------------------------------------


def is_hidden(links, k):
    """Whether a segment lies under a longer link (or holds one of its own)."""
    return any(a <= k and k + 1 <= b for a, b, *_ in links)


def free_segments(chain, links):
    """Segments whose two memories are free and that the rule for hidden segments lets attempt."""
    used_left = {left for left, *_ in links}  # right-hand memory of these nodes
    used_right = {right for _, right, *_ in links}  # left-hand memory of these nodes
    free = [k for k in range(chain.n) if k not in used_left and k + 1 not in used_right]
    if chain.hidden_segments == "idle":
        free = [k for k in free if not is_hidden(links, k)]
    if chain.generation == "sequential":
        free = [k for k in free if k == 0 or any(link[:2] == (0, k) for link in links)]
    return free


def attempt_outcomes(chain, k):
    """(weight, new links) of one attempt of segment k."""
    outcomes = [(1.0 - chain.p[k], ()), (chain.p[k], ((k, k + 1, 0, None),))]
    if chain.terms is not None:
        outcomes += [(chain.p[k] * w, ((k, k + 1, 0, label),)) for label, w in chain.terms[k].items()]
    return outcomes


def after_attempts(chain, links):
    """(weight, links) after all free segments have attempted."""
    for outcome in itertools.product(*(attempt_outcomes(chain, k) for k in free_segments(chain, links))):
        weight = np.prod([w for w, _ in outcome])
        if weight != 0.0:
            yield weight, links + tuple(link for _, new in outcome for link in new)


# --- (ii) swaps -------------------------------------------------------------------------------------


def pair_at(links, node):
    """The links that end and that start at a node, or None if it does not hold both."""
    left = [link for link in links if link[1] == node]
    right = [link for link in links if link[0] == node]
    return (left[0], right[0]) if left and right else None


def halves(first, last):
    """{node: (left, right)}: what each node joins in the balanced binary tree over nodes first .. last."""
    if last - first < 2:
        return {}
    middle = (first + last + 1) // 2
    return {middle: (first, last), **halves(first, middle), **halves(middle, last)}


def chosen(chain, links):
    """The nodes that swap, of those that hold two links."""
    holding = {v: pair_at(links, v) for v in range(1, chain.n) if pair_at(links, v)}
    if isinstance(chain.policy, dict):
        named = chain.policy.get(tuple(sorted(link[:3] for link in links)), ())
        return {v for v in holding if v in named}
    if chain.policy == "outer_nodes_first":
        elementary = sum(b - a == 1 for a, b, *_ in links)
        return {v for v in holding if elementary < 4 or v in (1, 3)}
    if chain.policy == "doubling":
        tree = halves(0, chain.n)
        return {v for v, (left, right) in holding.items() if (left[0], right[1]) == tree[v]}
    if chain.policy == "sequential":
        return {v for v, (left, _) in holding.items() if left[0] == 0}
    return set(holding)


def merged(cluster):
    """The link that successful swaps make of a contiguous cluster, or None: a broken prophecy."""
    labels = [link[3] for link in cluster]
    if any(x is None for x in labels) != all(x is None for x in labels):
        return None
    label = None if labels[0] is None else (labels[0][0], labels[-1][1])
    return cluster[0][0], cluster[-1][1], max(link[2] for link in cluster), label


def swap_outcomes(links, cluster, success):
    """(weight, links) after a cluster's swaps succeeded together or failed."""
    rest = tuple(link for link in links if link not in cluster)
    joined = merged(cluster)
    if joined is not None:
        yield success, (*rest, joined)
    if success < 1.0 and all(link[3] is None for link in cluster):
        yield 1.0 - success, rest


def clusters(links, swapping):
    """Contiguous runs of links joined by nodes that swap now, with the nodes."""
    found = []
    for link in links:
        if link[1] in swapping and link[0] not in swapping:  # a run starts here
            run = [link]
            while run[-1][1] in swapping:
                run.append(pair_at(links, run[-1][1])[1])
            found.append((run, [member[1] for member in run[:-1]]))
    return found


def swaps_together(chain, links, swapping):
    """A cluster survives if all its swaps succeed; otherwise all its links are lost."""
    outcomes = [(1.0, links)]
    for run, nodes in clusters(links, swapping):
        success = np.prod([chain.p_swap[v] for v in nodes])
        outcomes = [
            (w * u, after) for w, before in outcomes for u, after in swap_outcomes(before, run, success)
        ]
    return outcomes


def swaps_one_by_one(chain, links, swapping):
    """Nodes act in turn; a failure costs only the two links its node holds then."""
    outcomes = [(1.0, links)]
    for node in sorted(swapping):
        done = []
        for weight, before in outcomes:
            held = pair_at(before, node)
            if held is None:
                done.append((weight, before))
                continue
            for u, after in swap_outcomes(before, list(held), chain.p_swap[node]):
                done.append((weight * u, after))
        outcomes = done
    return outcomes


def after_swaps(chain, links):
    """(weight, links) after all swaps of a slot."""
    swap = swaps_one_by_one if chain.failed_swap == "left_to_right" else swaps_together
    repeats = chain.policy in ("doubling", "sequential") or chain.repeats
    open_ends, done = [(1.0, links)], []
    while open_ends:
        weight, before = open_ends.pop()
        swapping = chosen(chain, before)
        after = [(weight * u, new) for u, new in swap(chain, before, swapping)]
        (open_ends if repeats and swapping else done).extend(after)
    return done


# --- (iii), (iv) delivery and ageing ----------------------------------------------------------------


def is_delivered(chain, links):
    return any(a == 0 and b == chain.n for a, b, *_ in links)


def delivery_weight(chain, links):
    """1 if the delivered link, and no other, carries a label (or if none is asked for)."""
    if chain.terms is None:
        return 1.0
    return float(all((link[3] is not None) == (link[1] - link[0] == chain.n) for link in links))


def waited(chain, link):
    """Factor of one slot of storage of a link."""
    left, right, _, label = link
    if label is None:
        return 1.0
    power = pauli_terms.pair_decay_exponent(chain.pair_decay, chain.end_nodes, left, right, chain.n)
    return (label[0] * label[1]) ** power


def after_ageing(chain, links):
    """(weight, links) at the end of the slot."""
    if chain.cutoff is None:
        return np.prod([waited(chain, link) for link in links]), tuple(sorted(links, key=repr))
    cutoff = chain.cutoff if isinstance(chain.cutoff, tuple) else (chain.cutoff,) * (chain.n + 1)
    kept = [link for link in links if link[2] < min(cutoff[link[0]], cutoff[link[1]])]
    if any(link[3] is not None for link in links if link not in kept):
        return 0.0, ()
    # Beyond the last finite cut-off ages do not matter.
    top = max((c for c in cutoff if c != float("inf")), default=0)
    aged = [(a, b, min(age + 1, top), label) for a, b, age, label in kept]
    return np.prod([waited(chain, link) for link in kept]), tuple(sorted(aged, key=repr))


# --- the chain as a whole ---------------------------------------------------------------------------


def one_slot(chain, links):
    """({links at the end of the slot: weight}, weight delivered in this slot)."""
    after, delivered = {}, 0.0
    for u, tried in after_attempts(chain, links):
        for v, swapped in after_swaps(chain, tried):
            if is_delivered(chain, swapped):
                delivered += u * v * delivery_weight(chain, swapped)
                continue
            w, aged = after_ageing(chain, swapped)
            if u * v * w != 0.0:
                after[aged] = after.get(aged, 0.0) + u * v * w
    return after, delivered


def absorbing_chain(chain):
    """(states, Q, delivered): transition weights among states that can be reached from no link."""
    states, q, delivered = walk.absorbing_chain(lambda links: one_slot(chain, links))
    return states, q, np.array(delivered)


def moments(chain):
    """(E[T], Var[T])."""
    _, q, _ = absorbing_chain(chain)
    stay = np.eye(len(q)) - q
    first = np.linalg.solve(stay, np.ones(len(q)))
    second = np.linalg.solve(stay, 1.0 + 2.0 * q @ first)
    return float(first[0]), float(second[0] - first[0] ** 2)


def mean_attempts(chain, count_hidden=False):
    """E[attempts of all segments], those of the delivery slot included.

    Attempts of segments under a longer link are made (hidden_segments "regenerate"), but counted
    only if `count_hidden`.
    """
    states, q, _ = absorbing_chain(chain)
    tried = np.zeros(len(states))
    for row, links in enumerate(states):
        tried[row] = sum(count_hidden or not is_hidden(links, k) for k in free_segments(chain, links))
    return float(np.linalg.solve(np.eye(len(q)) - q, tried)[0])


def mean_of_terms(chain):
    """E[product of the delivered links' terms]."""
    _, q, delivered = absorbing_chain(chain)
    return float(np.linalg.solve(np.eye(len(q)) - q, delivered)[0])


def best_mean(chain, accuracy=1e-11):
    """Smallest E[T] over all policies: value iteration over which of the able nodes swap."""
    states, number, moves = [()], {(): 0}, []
    for links in states:  # grows while it is walked
        tried = after_attempts(chain, links)
        moves.append([(u, decisions(chain, after, number, states)) for u, after in tried])
    value, change = np.zeros(len(states)), np.inf
    while change > accuracy * value[0]:

        def remaining(choice, value=value):
            return sum(w * value[s] for w, s in choice)

        new = np.array([1.0 + sum(u * min(map(remaining, options)) for u, options in move) for move in moves])
        value, change = new, abs(new - value).max()
    return float(value[0])


def decisions(chain, links, number, states):
    """For every set of nodes that may be told to swap: [(weight, state at the end of the slot)]."""
    able = [v for v in range(1, chain.n) if pair_at(links, v)]
    choices = []
    for size in range(len(able) + 1):
        for nodes in itertools.combinations(able, size):
            choice = []
            for weight, swapped in swaps_together(chain, links, set(nodes)):
                if is_delivered(chain, swapped):
                    continue
                _, aged = after_ageing(chain, swapped)
                if aged not in number:
                    number[aged] = len(states)
                    states.append(aged)
                choice.append((weight, number[aged]))
            choices.append(choice)
    return choices


def mean_correlations(chain, states, memories, noise):
    """Mean 4x4 correlations of the delivered pair, any memories (rates per slot) and link states."""
    memories = pauli_terms.effective_memories(memories, chain.end_nodes)

    def mean(terms):
        return mean_of_terms(replace(chain, terms=tuple(terms)))

    return np.array(pauli_terms.mean_correlations(mean, states, memories, noise))
