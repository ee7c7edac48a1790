"""n links side by side with end nodes that store until the last link is there.

An interval of neighbouring links, all of them there, waits at its two outer memories. By the slot m
in which the leftmost of its latest links, k, comes,

    S_ij(m) = sum_k H_i,k-1(m) p_k(m) X_k+1,j(m),   X_ij(m) = S_ij(m) + H_ij(m),
    H_ij(m) = exp(-left_i - right_j) X_ij(m - 1),

where S is the weight that the interval is completed in slot m, X that it is complete by then, H that it
was so before (for an empty interval both are 1). All terms are positive; the delivered weight is the
sum of S over m for the interval of all links. Equal intervals are computed once, and slots in blocks.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ebit._arrays import FloatArray
from ebit.exact._refusal import NotCovered
from ebit.exact._series import check_size, powers, slots_until, waiting_decay
from ebit.exact._terms import Feature, LinkTerms

_BLOCK = 2048
# Multiplications that may be made for every entry that a table may have.
_WORK_PER_ENTRY = 1024


class _Interval(NamedTuple):
    rates: FloatArray  # of its outer memories, shape (left modes, right modes)
    splits: list[tuple[int, int, int]]  # link kind, left and right interval (-1: none)


def sums_with_storing_ends(
    p: list[float], feature: Feature, tail: float, limit: int, latest: float = math.inf
) -> tuple[float, float]:
    """Return the means of a feature, and of the latest slot times it, of links that all come by `latest`.

    Links that come later count as nothing.
    """
    links = list(zip(p, feature, strict=True))
    kinds = list(dict.fromkeys(links))
    size = int(min(slots_until(min(p), tail / len(p)) + 1, latest))
    check_size(size, limit)
    intervals = _plan(links, kinds)
    work = size * sum(len(i.splits) * i.rates.size for i in intervals)
    if work > _WORK_PER_ENTRY * limit:
        raise NotCovered(
            f"no exact answer within size_limit = {limit} for {len(p)} links with end nodes that store: it "
            f"would take {work:.3g} multiplications, {_WORK_PER_ENTRY} times the limit are allowed"
        )
    return _run(kinds, intervals, size)


def _plan(links: list[tuple[float, LinkTerms]], kinds: list[tuple[float, LinkTerms]]) -> list[_Interval]:
    """Distinct intervals, short ones first; the last is the whole chain."""
    kind_of = [kinds.index(link) for link in links]
    known: dict[tuple[int, ...], int] = {(): -1}
    intervals: list[_Interval] = []
    for length in range(1, len(links) + 1):
        for i in range(len(links) - length + 1):
            key = tuple(kind_of[i : i + length])
            if key in known:
                continue
            known[key] = len(intervals)
            splits = [(kind, known[key[:k]], known[key[k + 1 :]]) for k, kind in enumerate(key)]
            left, right = kinds[key[0]][1].left, kinds[key[-1]][1].right
            intervals.append(_Interval(np.add.outer(left, right), splits))
    return intervals


def _run(kinds: list[tuple[float, LinkTerms]], intervals: list[_Interval], size: int) -> tuple[float, float]:
    carries = [np.zeros(interval.rates.shape) for interval in intervals]
    weights = [np.array(terms.weights) for _, terms in kinds]
    total = timed = 0.0
    for start in range(1, size + 1, _BLOCK):
        laws = [_law(p, start) for p, _ in kinds]
        before: list[FloatArray] = []  # by interval: sum over its right modes of H, by left mode
        by_now: list[FloatArray] = []  # by interval: sum over its left modes of X, by right mode
        completed = np.zeros(0)
        for number, interval in enumerate(intervals):
            completed = _completed(interval, laws, weights, before, by_now)
            there, was_there = _there(completed, interval.rates, carries[number])
            before.append(was_there.sum(axis=1))
            by_now.append(there.sum(axis=0))
        by_slot = completed.sum(axis=(0, 1))[: size - start + 1]
        total += float(by_slot.sum())
        timed += float(by_slot @ np.arange(start, start + len(by_slot)))
    return total, timed


def _law(p: float, start: int) -> FloatArray:
    if p == 1.0:
        return np.where(np.arange(start, start + _BLOCK) == 1, 1.0, 0.0)
    return p * math.exp((start - 1) * math.log1p(-p)) * powers(math.log1p(-p), _BLOCK)


def _completed(
    interval: _Interval,
    laws: list[FloatArray],
    weights: list[FloatArray],
    before: list[FloatArray],
    by_now: list[FloatArray],
) -> FloatArray:
    """S(m), by modes of the outer memories."""
    result = np.zeros((*interval.rates.shape, _BLOCK))
    for kind, left, right in interval.splits:
        law, weight = laws[kind], weights[kind]
        if left < 0 and right < 0:
            result += weight[:, :, None] * law
        elif left < 0:
            result += (weight.sum(axis=1)[:, None] * law)[:, None] * by_now[right][None]
        elif right < 0:
            result += before[left][:, None] * (weight.sum(axis=0)[:, None] * law)[None]
        else:
            result += (before[left] * (weight.sum() * law))[:, None] * by_now[right][None]
    return result


def _there(completed: FloatArray, rates: FloatArray, carry: FloatArray) -> tuple[FloatArray, FloatArray]:
    """X and H of a block; `carry` is X of the slot before it, and becomes that of its last slot."""
    there, was_there = np.empty_like(completed), np.empty_like(completed)
    for place, rate in np.ndenumerate(rates):
        x = waiting_decay(completed[place], float(rate))
        x += carry[place] * math.exp(-rate) * powers(-float(rate), _BLOCK)
        there[place] = x
        was_there[place][0] = carry[place] * math.exp(-rate)
        was_there[place][1:] = math.exp(-rate) * x[:-1]
        carry[place] = x[-1]
    return there, was_there
