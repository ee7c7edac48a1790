"""The straightforward way: one shot after another in numba, as most simulators would write it.

Same models as `ebit.sample` with `Doubling` and deterministic `SwapAsap`; waiting times in slots,
Werner parameters, decay once per waiting pair.
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
