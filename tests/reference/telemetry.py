"""Operations and storage of single shots, in plain Python: the Monte Carlo twins of telemetry.

A shot returns (waiting time, swaps, lost swaps, distillations, lost distillations, storage), where
storage[i] is how long node i held the qubits of the pair that is delivered in the end.
"""

import itertools

import numpy as np

from . import event_chain, multiplexed


def by_node(storage):
    """Storage of the n + 1 nodes from that of the 2n memories, the last axis."""
    storage = np.asarray(storage, float)
    ends = storage[..., :1], storage[..., -1:]
    return np.concatenate([ends[0], storage[..., 1:-1:2] + storage[..., 2:-1:2], ends[1]], axis=-1)


# ---- swap-asap, slot by slot ----


class CountingRng:
    def __init__(self, rng):
        self.rng, self.draws = rng, 0

    def random(self):
        self.draws += 1
        return self.rng.random()


def swaps_in_slot(rules, pairs, rng):
    """(pairs, tried, in vain): in a simultaneous cluster that fails, all of its swaps are in vain."""
    if rules.failed_swap == "left_to_right":
        counting = CountingRng(rng)  # one draw for every swap
        after = event_chain.swap_left_to_right(rules, pairs, counting)
        # A success leaves one pair less, a failure two.
        return after, counting.draws, len(pairs) - len(after) - counting.draws
    tried = [v for v in range(rules.n + 1) if None not in event_chain.neighbours(pairs, v)]
    after = event_chain.swap_simultaneously(rules, pairs, rng)
    made = [pair for pair in after if not any(pair is old for old in pairs)]
    joined = [v for v in tried if any(pair.left < v < pair.right for pair in made)]
    return after, len(tried), len(tried) - len(joined)


def swap_asap_shot(rules, cutoff, rng):
    """One attempt time for all; links as old as `cutoff` slots are discarded at the end of a slot."""
    pairs, born, slot, swaps, lost = [], {}, 0, 0, 0
    while True:
        slot += 1
        for k in [k for k in range(rules.n) if event_chain.is_free(rules, pairs, k)]:
            if rng.random() < rules.p[k]:
                pairs.append(event_chain.new_pair(k))
                born[2 * k] = slot
        pairs, tried, in_vain = swaps_in_slot(rules, pairs, rng)
        swaps, lost = swaps + tried, lost + in_vain
        for pair in pairs:
            if pair.left == 0 and pair.right == rules.n:
                storage = by_node([pair.storage[m] for m in range(2 * rules.n)])
                return slot * rules.attempt_time[0], swaps, lost, 0, 0, storage
        oldest = [min(born[m] for m in pair.storage if m % 2 == 0) for pair in pairs]
        pairs = [pair for pair, old in zip(pairs, oldest, strict=True) if slot - old < cutoff]
        for pair in pairs:
            event_chain.wait(rules, pair, rules.attempt_time[0])


# ---- slotted chains with several memories ----


class CountingState(multiplexed.State):
    """Knows how many swaps succeeded, and which links were removed, in order."""

    def __init__(self, rules):
        super().__init__(rules)
        self.joined, self.removed = 0, []

    def join(self, path):
        self.joined += len(path) - 1
        return super().join(path)

    def remove(self, link):
        self.removed.append(link)
        super().remove(link)


def multiplexed_shot(rules, end_nodes, rng):
    chance, state = multiplexed.Chance(0), CountingState(rules)
    chance.rng = rng
    slot, swaps, lost = 0, 0, 0
    while True:
        slot += 1
        state.joined, state.removed = 0, []
        multiplexed.make_attempts(rules, state, chance)
        multiplexed.make_swaps(rules, state, chance)
        if rules.policy == "doubling" or rules.failed_swap == "left_to_right":
            in_vain = len(state.removed) // 2
        else:  # a path is removed link by link; two paths never meet at a node
            in_vain = sum(a.right == b.left for a, b in itertools.pairwise(state.removed))
        swaps, lost = swaps + state.joined + in_vain, lost + in_vain
        done = [link for link in state.right[0] if link.right == rules.n]
        if done:
            best = min(done, key=lambda link: link.age)
            storage = by_node([best.stored[memory] for memory in range(2 * rules.n)])
            if end_nodes == "measure":
                storage[[0, -1]] = 0
            return slot, swaps, lost, 0, 0, storage
        multiplexed.age(rules, state)


# ---- nested words ----


class Word:
    """Levels "s" (swap) and "d" (distil), bottom-up, each with a memory-time cut-off in slots.

    Links and memories are alike; a distillation works with a probability fixed by its level.
    """

    def __init__(self, word, cutoffs, p, p_swap, p_distil, end_nodes):
        self.levels = list(zip(word, cutoffs, p_distil, strict=True))
        self.p, self.p_swap, self.end_nodes = p, p_swap, end_nodes

    def shot(self, rng):
        counts = {"s": [0, 0], "d": [0, 0]}
        time, storage = self.pair(len(self.levels), counts, rng)
        if self.end_nodes == "measure":
            storage[0] = storage[-1] = 0
        return time, *counts["s"], *counts["d"], np.array(storage, float)

    def pair(self, height, counts, rng):
        """(duration, storage by node) of a pair of the first levels."""
        if height == 0:
            return int(rng.geometric(self.p)), [0, 0]
        kind, cutoff, p_distil = self.levels[height - 1]
        elapsed = 0
        while True:
            (time_a, a), (time_b, b) = (self.pair(height - 1, counts, rng) for _ in range(2))
            if abs(time_a - time_b) > cutoff:
                elapsed += min(time_a, time_b) + cutoff
                continue
            latest = max(time_a, time_b)
            elapsed += latest
            for branch, time in ((a, time_a), (b, time_b)):
                branch[0] += latest - time
                branch[-1] += latest - time
            counts[kind][0] += 1
            if rng.random() < (self.p_swap if kind == "s" else p_distil):
                return elapsed, a if kind == "d" else [*a[:-1], a[-1] + b[0], *b[1:]]
            counts[kind][1] += 1


def bbpssw(w):
    """(success probability, Werner parameter) of two noiseless Werner pairs."""
    return (1 + w * w) / 2, (2 * w + 4 * w * w) / (3 * (1 + w * w))


def sample(shot, shots, seed):
    """(shots, 5 + nodes) numbers of calls of shot(rng)."""
    rng = np.random.default_rng(seed)
    return np.array([np.concatenate([row[:5], row[5]]) for row in (shot(rng) for _ in range(shots))])
