"""The law of the state of single pairs, where the storage times are known to be of one kind.

Of two links one waits for the other, for d slots: with q_k = 1 - p_k, and limits u and v to d,

    P(left waits d) ~ q_r^d, d <= u,    P(right waits d) ~ q_l^d, 1 <= d <= v.

Of n links between repeaters with equal memories, whose end nodes measure at once, the state depends on the
sum D of all |N_k - N_k+1| alone. With x(t, d) the weight of N_k = t and D = d,

    x'(t, d) = P(N_k+1 = t) sum_s x(s, d - |t - s|),

a running sum along either diagonal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ebit._arrays import FloatArray, IntArray
from ebit.chain import Chain, Nested, Slotted, SwapAsap
from ebit.exact._refusal import NotCovered
from ebit.exact._rules import common_slot, in_slots, is_word, rules_of, swaps_at_once
from ebit.exact._series import check_size, geometric, slots_until
from ebit.exact._terms import Entry, entries, modes
from ebit.state import Pair

# What laws leave out.
_TAIL = 1e-15
_LOST = 1e-13
_ENTRIES_PER_RECORD = 16


def tagged_secret_fraction(chain: Chain, limit: int) -> float:
    """Return the mean of the secret fractions of the states given the timing record."""
    total = 0.0
    for weight, states in _states(chain, limit):
        total += float(weight @ Pair._of(states).secret_fraction("bb84"))
    return total


def _states(chain: Chain, limit: int) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Probabilities and correlations, shape (records, 4, 4)."""
    wanted = entries(chain)
    if not is_word(chain) and all(entry.is_constant for entry in wanted):
        yield np.ones(1), np.array([entry.amplitude for entry in wanted]).reshape(1, 4, 4)
    elif len(chain) == 2:
        yield from _of_two_links(chain, wanted, limit)
    elif swaps_at_once(chain) and _is_of_one_kind(chain):
        yield _of_equal_memories(chain, wanted, limit)
    else:
        raise NotCovered(
            "no exact time-tagged key: the states of single pairs are known for two links, and for certain "
            "swaps between repeaters with equal memories, not relaxing, and end nodes that measure"
        )


def _of_two_links(chain: Chain, wanted: list[Entry], limit: int) -> Iterator[tuple[FloatArray, FloatArray]]:
    p = [link.p_success for link in chain.links]
    waits = slots_until(min(p), _TAIL)
    check_size(_ENTRIES_PER_RECORD * waits, limit, "a table of states")
    weights = _waits(chain, waits)
    total = sum(map(np.sum, weights))
    for link, weight in enumerate(weights):
        d = np.flatnonzero(weight)
        columns = [e.amplitude * _waited(e, link, d) * _waited(e, 1 - link, np.zeros(1)) for e in wanted]
        yield weight[d] / total, np.stack(columns, axis=-1).reshape(-1, 4, 4)


def _waits(chain: Chain, most: int) -> tuple[FloatArray, FloatArray]:
    """Weights that the left link waits d slots for the right one, or the right one for the left."""
    q, d = [1.0 - link.p_success for link in chain.links], np.arange(most + 1)
    left, right = q[1] ** d, q[0] ** d
    right[0] = 0.0  # counted on the left
    longest, latest, sequential = _limits_of_two_links(chain)
    if sequential:
        left, right = np.where(d > 0, q[1] ** np.maximum(d - 1, 0), 0.0), np.zeros(most + 1)
    # By `latest` the earlier link may come in so many slots.
    share = -np.expm1(np.maximum(latest - d, 0) * math.log(q[0] * q[1])) if q[0] * q[1] > 0.0 else d < latest
    return left * share * (d <= longest[0]), right * share * (d <= longest[1])


def _limits_of_two_links(chain: Chain) -> tuple[tuple[float, float], float, bool]:
    """For how long either may wait, by when both must be there, and whether one comes after the other."""
    protocol, slot, never = chain.protocol, common_slot(chain), (math.inf, math.inf)
    if isinstance(protocol, SwapAsap):
        return never, math.floor(min(in_slots(protocol.global_cutoff, slot), 2.0**60)), False
    if isinstance(protocol, Slotted):
        rules = rules_of(chain)
        if isinstance(protocol.policy, str):
            own = [math.inf if c is None else float(c) for c in rules.cutoffs]
            return (min(own[:2]), min(own[1:])), math.inf, rules.sequential
        raise NotCovered("no exact time-tagged key of a user's own policy")
    if not isinstance(protocol, Nested) or not is_word(chain):
        return never, math.inf, False
    (operation, kind, value), *others = protocol.levels
    if others or operation != "swap" or kind == "fidelity":
        raise NotCovered(
            "no exact time-tagged key of a nested protocol with distillation or fidelity cut-offs"
        )
    slots = float(math.floor(min(in_slots(value, slot), 2.0**60)))
    return ((slots, slots), math.inf, False) if kind == "memory_time" else (never, slots, False)


def _waited(entry: Entry, link: int, d: IntArray | FloatArray) -> FloatArray:
    terms, total = entry.feature[link], np.zeros(len(d))
    for row, u in zip(terms.weights, terms.left, strict=True):
        for weight, v in zip(row, terms.right, strict=True):
            total += weight * np.exp(-(u + v) * d)
    return total


def _is_of_one_kind(chain: Chain) -> bool:
    ends = [modes(chain, node, k) for node in (0, len(chain)) for k in (1, 2, 3)]
    repeaters = [[modes(chain, node, k) for k in (1, 2, 3)] for node in range(1, len(chain))]
    single = all(len(own) == 1 for node in repeaters for own in node)
    return (
        single and all(node == repeaters[0] for node in repeaters) and all(own[0][0] == 0.0 for own in ends)
    )


def _of_equal_memories(chain: Chain, wanted: list[Entry], limit: int) -> tuple[FloatArray, FloatArray]:
    law = _law_of_storage(chain, limit)
    rates = np.array([modes(chain, 1, component)[0][0] for component in range(4)])
    amplitudes = np.array([entry.amplitude for entry in wanted]).reshape(4, 4)
    return law, amplitudes * np.exp(-np.multiply.outer(np.arange(len(law)), rates))[:, None, :]


def _law_of_storage(chain: Chain, limit: int) -> FloatArray:
    """P(D = d)."""
    p = [link.p_success for link in chain.links]
    slots = slots_until(min(p), _TAIL / len(p))
    if isinstance(chain.protocol, SwapAsap):
        slots = math.floor(min(slots, in_slots(chain.protocol.global_cutoff, common_slot(chain))))
    check_size(2.0 * slots**2, limit, "a table of storage times")
    laws = [geometric(x, slots + 1)[1:] for x in p]
    delivered = math.prod(float(law.sum()) for law in laws)
    longest = 2 * slots
    while True:
        check_size(float(slots) * longest, limit, "a table of storage times")
        law = _storage_of(laws, longest) / delivered
        if 1.0 - float(law.sum()) < _LOST or longest > slots * len(p):
            return law
        longest *= 2


def _storage_of(laws: list[FloatArray], longest: int) -> FloatArray:
    slots = len(laws[0])
    x = np.zeros((slots, longest + 1))
    x[:, 0] = laws[0]
    for law in laws[1:]:
        earlier, later = x.copy(), np.zeros_like(x)
        for t in range(1, slots):
            earlier[t, 1:] += earlier[t - 1, :-1]
        for t in range(slots - 2, -1, -1):
            later[t, 1:] = later[t + 1, :-1] + x[t + 1, :-1]
        x = (earlier + later) * law[:, None]
    total: FloatArray = x.sum(axis=0)
    return total
