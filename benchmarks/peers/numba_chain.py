"""The straightforward way: one shot after another in numba, as most simulators would write it.

Same models as `ebit.sample` with `Doubling`, deterministic `SwapAsap` and `Slotted`; waiting times in
slots, Werner parameters, decay once per waiting pair of a tree, of both memories elsewhere.
"""

from __future__ import annotations

import numba as nb
import numpy as np


@nb.njit(cache=True)
def _geometric(p):
    return np.int64(np.floor(np.log(1.0 - np.random.random()) / np.log1p(-p))) + 1


@nb.njit(cache=True)
def _nested_pair(level, p, p_swap, w0, coherence):
    if level == 0:
        return _geometric(p), w0
    waited = 0
    while True:
        time_a, w_a = _nested_pair(level - 1, p, p_swap, w0, coherence)
        time_b, w_b = _nested_pair(level - 1, p, p_swap, w0, coherence)
        waited += max(time_a, time_b)
        if np.random.random() < p_swap:
            return waited, w_a * w_b * np.exp(-abs(time_a - time_b) / coherence)


@nb.njit(cache=True, nogil=True)
def nested(shots, levels, p, p_swap, w0, coherence, seed):
    """Return waiting times and Werner parameters, shape (shots,)."""
    np.random.seed(seed)
    time = np.empty(shots, dtype=np.int64)
    werner = np.empty(shots)
    for shot in range(shots):
        time[shot], werner[shot] = _nested_pair(levels, p, p_swap, w0, coherence)
    return time, werner


@nb.njit(cache=True)
def _cut_off_pair(level, cutoffs, p, p_swap, w0, coherence):
    if level == 0:
        return _geometric(p), w0
    waited = 0
    while True:
        time_a, w_a = _cut_off_pair(level - 1, cutoffs, p, p_swap, w0, coherence)
        time_b, w_b = _cut_off_pair(level - 1, cutoffs, p, p_swap, w0, coherence)
        if abs(time_a - time_b) > cutoffs[level - 1]:
            waited += min(time_a, time_b) + cutoffs[level - 1]
            continue
        waited += max(time_a, time_b)
        if np.random.random() < p_swap:
            return waited, w_a * w_b * np.exp(-abs(time_a - time_b) / coherence)


@nb.njit(cache=True, nogil=True)
def nested_with_cutoffs(shots, cutoffs, p, p_swap, w0, coherence, seed):
    """Like `nested`, with a memory-time cut-off per level."""
    np.random.seed(seed)
    time = np.empty(shots, dtype=np.int64)
    werner = np.empty(shots)
    for shot in range(shots):
        time[shot], werner[shot] = _cut_off_pair(len(cutoffs), cutoffs, p, p_swap, w0, coherence)
    return time, werner


@nb.njit(cache=True, nogil=True)
def swap_asap(shots, links, p, w0, coherence, seed):
    """Deterministic swap-asap, end nodes measure at once; both memories of a repeater decay."""
    np.random.seed(seed)
    time = np.empty(shots, dtype=np.int64)
    werner = np.empty(shots)
    for shot in range(shots):
        before = _geometric(p)
        latest, stored = before, 0
        for _ in range(links - 1):
            here = _geometric(p)
            stored += abs(here - before)
            latest = max(latest, here)
            before = here
        time[shot] = latest
        werner[shot] = w0**links * np.exp(-stored / coherence)
    return time, werner


@nb.njit(cache=True)
def _lose(left, right_of, left_of):
    left_of[right_of[left]] = -1
    right_of[left] = -1


@nb.njit(cache=True)
def _swap_cluster(first, right_of, left_of, stored, born, now, p_swap):
    """Swap every node of the cluster that starts with the link from `first`; lose all if one fails."""
    success = True
    end = right_of[first]
    while end < len(right_of) - 1 and right_of[end] >= 0:
        success = success and np.random.random() < p_swap
        stored[first] += stored[end] + (now - born[1, end]) + (now - born[0, end])
        following = right_of[end]
        right_of[end] = -1
        left_of[end] = -1
        end = following
    right_of[first] = end
    left_of[end] = first
    if not success:
        _lose(first, right_of, left_of)


@nb.njit(cache=True, nogil=True)
def slotted(shots, links, p, p_swap, w0, coherence, seed):
    """Swap-asap slot by slot with swaps that can fail, end nodes measure at once."""
    np.random.seed(seed)
    time = np.empty(shots, dtype=np.int64)
    werner = np.empty(shots)
    right_of = np.empty(links + 1, dtype=np.int64)  # the other end of the link of a node's right memory
    left_of = np.empty(links + 1, dtype=np.int64)
    stored = np.empty(links + 1)  # by left end of a link
    born = np.empty((2, links + 1), dtype=np.int64)  # of a node's right and left memory
    for shot in range(shots):
        right_of[:] = -1
        left_of[:] = -1
        now = 0
        while right_of[0] != links:
            now += 1
            for k in range(links):
                if right_of[k] < 0 and left_of[k + 1] < 0 and np.random.random() < p:
                    right_of[k] = k + 1
                    left_of[k + 1] = k
                    stored[k] = 0.0
                    born[0, k] = now
                    born[1, k + 1] = now
            for first in range(links):
                if right_of[first] >= 0 and left_of[first] < 0 and right_of[right_of[first]] >= 0:
                    _swap_cluster(first, right_of, left_of, stored, born, now, p_swap)
        time[shot] = now
        werner[shot] = w0**links * np.exp(-stored[0] / coherence)
    return time, werner
