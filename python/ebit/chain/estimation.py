"""Streaming estimates: as many shots as a figure needs, none of them kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import IntArray, as_float, one_of, require
from ebit.chain.compiled import Sampler
from ebit.chain.description import Chain
from ebit.chain.figures import FIGURES, TELEMETRY_FIGURES
from ebit.chain.run import Progress, check_flag, check_progress, keys_of, shot_number
from ebit.chain.summary import Summary
from ebit.rng import Rng, run_key
from ebit.threads import thread_count

# A target is tested after these many blocks: fixed numbers, so that it is met at the same shot
# whatever the number of threads. Each test comes after a quarter more shots than the one before.
_FIRST_BLOCKS = 16
_FEWEST_SHOTS = 1000


def estimate(
    chain: Chain,
    shots: int | None = None,
    rel_error: float | None = None,
    of: str = "rate",
    max_shots: int = 10**9,
    rng: Rng = None,
    threads: int | None = None,
    progress: Progress | None = None,
    telemetry: bool = False,
    common_random_numbers: bool = False,
) -> Summary:
    """Estimate the figures of a chain from a stream of shots, in constant memory.

    Parameters
    ----------
    chain : Chain
    shots : int, optional
        Number of delivered pairs. Give either this or `rel_error`.
    rel_error : float, optional
        Stop once the standard error of the figure `of` is below this share of its value. It is
        tested after fixed numbers of shots, which do not depend on `threads`. A figure that is zero
        (such as a secret key rate without key) runs to `max_shots`; `Summary.complete` tells. Every
        point of a chain with a shape stops for itself.
    of : str
        Name of a figure: "rate", "waiting_time", "attempts", "fidelity", "qber_x", "qber_y",
        "qber_z", "secret_fraction", "secret_key_rate" or "distillable_entanglement"; with telemetry
        also "tagged_secret_fraction", "tagged_secret_key_rate", "swap_success_rate",
        "distillation_success_rate" or "storage_time".
    max_shots : int
        The most shots to take for `rel_error`, at every point.
    rng, threads, progress
        As for `sample`.
    telemetry : bool
        Whether to keep the operations, the storage times and the time-tagged key of the shots, too:
        further figures, at the cost of a slower run. Of at most 2048 links. The other figures are
        the same with and without.
    common_random_numbers : bool
        As for `sample`.

    Returns
    -------
    Summary
        Of a chain with a shape its figures are arrays over the points.

    Raises
    ------
    ValueError
        If a number is out of range, `of` is unknown or needs telemetry, the chain is too long for
        `telemetry`, or not exactly one of `shots` and `rel_error` is given.
    TypeError
        If `chain` is not a Chain, or a number is of a wrong type.
    RuntimeError
        If a shot finds no end: the chain has next to no chance to deliver.

    Examples
    --------
    >>> import ebit
    >>> link = ebit.links.ideal(p_success=0.01, fidelity=0.98)
    >>> figure = ebit.estimate(ebit.Chain([link, link]), rel_error=0.01, rng=7)
    >>> abs(figure.value / (1 / 149.75) - 1) < 0.05, figure.complete
    (True, True)

    A sweep over the distance, in one call:

    >>> arm = ebit.Fibre(length=[5e3, 10e3, 20e3])
    >>> link = ebit.links.double_click(arm, arm)
    >>> ebit.estimate(ebit.Chain([link, link]), shots=10_000, rng=7).figures["rate"].value.shape
    (3,)
    """
    options = (chain, shots, rel_error, of, max_shots, rng, threads, progress, telemetry)
    run = _Run.of(*options, common_random_numbers)
    # A number of shots that is given needs no stops on the way.
    return deque(run.summaries(in_steps=shots is None), maxlen=1).pop()


def estimates(
    chain: Chain,
    shots: int | None = None,
    rel_error: float | None = None,
    of: str = "rate",
    max_shots: int = 10**9,
    rng: Rng = None,
    threads: int | None = None,
    progress: Progress | None = None,
    telemetry: bool = False,
    common_random_numbers: bool = False,
) -> Iterator[Summary]:
    """Yield the growing summary of a run after every stretch of shots; the last one is `estimate`'s.

    For callers that show, save or break off a long run.

    Parameters
    ----------
    chain, shots, rel_error, of, max_shots, rng, threads, progress, telemetry, common_random_numbers
        As for `estimate`.

    Yields
    ------
    Summary
        Of all shots so far.

    Raises
    ------
    ValueError, TypeError
        As for `estimate`, before the first summary.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.01, fidelity=0.98)])
    >>> [s.shots for s in ebit.chain.estimates(chain, shots=40_000, rng=7)]
    [16384, 20480, 25600, 32768, 40000]
    """
    options = (chain, shots, rel_error, of, max_shots, rng, threads, progress, telemetry)
    return _Run.of(*options, common_random_numbers).summaries(in_steps=True)


@dataclass(frozen=True, slots=True)
class _Run:
    """What `estimate` and `estimates` were asked for."""

    chain: Chain
    total: int
    rel_error: float | None
    figure: str
    key: int
    threads: int
    progress: Progress | None
    telemetry: bool
    common_random_numbers: bool

    @classmethod
    def of(
        cls,
        chain: Chain,
        shots: int | None,
        rel_error: float | None,
        figure: str,
        max_shots: int,
        rng: Rng,
        threads: int | None,
        progress: Progress | None,
        telemetry: bool,
        common_random_numbers: bool,
    ) -> _Run:
        require("chain", chain, Chain)
        check_flag("telemetry", telemetry)
        check_flag("common_random_numbers", common_random_numbers)
        if figure in TELEMETRY_FIGURES and not telemetry:
            raise ValueError(f"of = {figure!r} is not allowed without telemetry = True")
        one_of("of", figure, FIGURES + TELEMETRY_FIGURES if telemetry else FIGURES)
        if (shots is None) == (rel_error is None):
            raise ValueError("give either shots or rel_error")
        if rel_error is not None:
            rel_error = as_float("rel_error", rel_error)
            if not 0.0 < rel_error < 1.0:
                raise ValueError(f"rel_error = {rel_error} is not allowed: it must be in (0, 1)")
        check_progress(progress)
        max_shots = shot_number("max_shots", max_shots)
        total = max_shots if shots is None else shot_number("shots", shots)
        if telemetry:
            chain._sampler.empty_summary(True)  # refuses chains that are too long
        key, workers = run_key(rng), thread_count(threads)
        return cls(chain, total, rel_error, figure, key, workers, progress, telemetry, common_random_numbers)

    def summaries(self, in_steps: bool) -> Iterator[Summary]:
        """Sample and summarise, up to the shots asked for, at once or in steps."""
        sampler = self.chain._sampler
        moments = sampler.empty_summary(self.telemetry)
        ends = _Ends(sampler, self.total, in_steps)
        while True:
            self.sample_up_to(ends.shots, moments)
            summary = Summary(self.chain, moments, self.figure, self.key, 0, self.common_random_numbers)
            at_end = ends.shots == self.total
            complete = at_end if self.rel_error is None else self.is_reached(summary)
            complete = np.reshape(complete, self.chain.shape)
            summary.complete = complete if self.chain.shape else bool(complete)
            yield summary
            done = at_end | complete.reshape(-1)
            if done.all():
                return
            ends.extend(~done)

    def sample_up_to(self, ends: IntArray, moments: _core.Summary | _core.PointSummaries) -> None:
        """Add the shots up to these numbers, point by point."""
        sampler, key = self.chain._sampler, self.key
        begin = int(np.sum(moments.shots))
        report = None if self.progress is None else _shifted(self.progress, begin)
        if isinstance(moments, _core.Summary):
            assert isinstance(sampler, _core.Sampler)
            sampler.summarize(moments, key, begin, int(ends[0]) - begin, self.threads, report)
        else:
            assert isinstance(sampler, _core.PointsSampler)
            keys = keys_of(self.chain, key, self.common_random_numbers).reshape(-1)
            sampler.summarize(moments, keys, ends.astype(np.uint64), self.threads, report)

    def is_reached(self, summary: Summary) -> Any:
        """Whether the error is small enough, point by point."""
        assert self.rel_error is not None
        value, error = summary.value, summary.standard_error
        # False for a figure that is zero or undefined, or whose variance has not shown itself yet.
        shown = (error != 0.0) | summary.is_constant
        return shown & (value != 0.0) & (error <= self.rel_error * np.abs(value))


class _Ends:
    """The numbers of shots after which a summary is made, point by point."""

    def __init__(self, sampler: Sampler, total: int, in_steps: bool) -> None:
        blocks = sampler.block_shots if isinstance(sampler, _core.Sampler) else sampler.block_shots()
        self._block_shots = np.array(blocks, dtype=np.int64).reshape(-1)
        self._total = total
        first = np.maximum(_FIRST_BLOCKS, -(-_FEWEST_SHOTS // self._block_shots))
        self._blocks = first if in_steps else np.full_like(first, total)
        self.shots = self._cut()

    def extend(self, points: npt.NDArray[np.bool_]) -> None:
        """Go on where this is True."""
        self._blocks[points] += -(-self._blocks[points] // 4)
        self.shots = np.where(points, self._cut(), self.shots)

    def _cut(self) -> IntArray:
        # Of the blocks and not of the shots: a product of both could be too large for an integer.
        blocks = np.minimum(self._blocks, -(-self._total // self._block_shots))
        return np.minimum(blocks * self._block_shots, self._total)


def _shifted(progress: Progress, shots: int) -> Progress:
    return lambda done: progress(shots + done)
