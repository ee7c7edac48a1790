"""Streaming estimates: as many shots as a figure needs, none of them kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ebit._arrays import as_float
from ebit.chain.description import Chain
from ebit.chain.figures import FIGURES, TELEMETRY_FIGURES
from ebit.chain.run import Progress, check_progress, check_telemetry, shot_number
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
        (such as a secret key rate without key) runs to `max_shots`; `Summary.complete` tells.
    of : str
        Name of a figure: "rate", "waiting_time", "attempts", "fidelity", "qber_x", "qber_y",
        "qber_z", "secret_fraction", "secret_key_rate" or "distillable_entanglement"; with telemetry
        also "tagged_secret_fraction", "tagged_secret_key_rate", "swap_success_rate",
        "distillation_success_rate" or "storage_time".
    max_shots : int
        The most shots to take for `rel_error`.
    rng, threads, progress
        As for `sample`.
    telemetry : bool
        Whether to keep the operations, the storage times and the time-tagged key of the shots, too:
        further figures, at the cost of a slower run. Of at most 2048 links. The other figures are
        the same with and without.

    Returns
    -------
    Summary

    Raises
    ------
    ValueError
        If a number is out of range, `of` is unknown or needs telemetry, the chain is too long for
        `telemetry`, or not exactly one of `shots` and `rel_error` is given.
    TypeError
        If `chain` is not a Chain, or a number is of a wrong type.

    Examples
    --------
    >>> import ebit
    >>> link = ebit.links.ideal(p_success=0.01, fidelity=0.98)
    >>> figure = ebit.estimate(ebit.Chain([link, link]), rel_error=0.01, rng=7)
    >>> abs(figure.value / (1 / 149.75) - 1) < 0.05, figure.complete
    (True, True)
    """
    # A number of shots that is given needs no stops on the way.
    run = _Run.of(chain, shots, rel_error, of, max_shots, rng, threads, progress, telemetry)
    return deque(run.summaries([run.total] if shots is not None else run.stops()), maxlen=1).pop()


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
) -> Iterator[Summary]:
    """Yield the growing summary of a run after every stretch of shots; the last one is `estimate`'s.

    For callers that show, save or break off a long run.

    Parameters
    ----------
    chain, shots, rel_error, of, max_shots, rng, threads, progress, telemetry
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
    run = _Run.of(chain, shots, rel_error, of, max_shots, rng, threads, progress, telemetry)
    return run.summaries(run.stops())


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
    ) -> _Run:
        if not isinstance(chain, Chain):
            raise TypeError(f"chain = {chain!r} is not allowed: it must be a Chain")
        check_telemetry(telemetry)
        if figure in TELEMETRY_FIGURES and not telemetry:
            raise ValueError(f"of = {figure!r} is not allowed without telemetry = True")
        if figure not in FIGURES + TELEMETRY_FIGURES:
            raise ValueError(f"of = {figure!r} is not allowed: it must be one of {', '.join(FIGURES)}")
        if (shots is None) == (rel_error is None):
            raise ValueError("give either shots or rel_error")
        if rel_error is not None:
            rel_error = as_float("rel_error", rel_error)
            if not 0.0 < rel_error < 1.0:
                raise ValueError(f"rel_error = {rel_error} is not allowed: it must be in (0, 1)")
        check_progress(progress)
        total = shot_number("shots", shots) if shots is not None else shot_number("max_shots", max_shots)
        if telemetry:
            chain._sampler.empty_summary(True)  # refuses chains that are too long
        key = run_key(rng)
        return cls(chain, total, rel_error, figure, key, thread_count(threads), progress, telemetry)

    def stops(self) -> Iterator[int]:
        """Numbers of shots after which a summary is made."""
        block = self.chain._sampler.block_shots
        blocks = max(_FIRST_BLOCKS, -(-_FEWEST_SHOTS // block))
        while blocks * block < self.total:
            yield blocks * block
            blocks += -(-blocks // 4)
        yield self.total

    def summaries(self, stops: Iterable[int]) -> Iterator[Summary]:
        sampler = self.chain._sampler
        moments = sampler.empty_summary(self.telemetry)
        for end in stops:
            begin = moments.shots
            report = None if self.progress is None else _shifted(self.progress, begin)
            sampler.summarize(moments, self.key, begin, end - begin, self.threads, report)
            summary = Summary(self.chain, moments, self.figure, self.key, 0, complete=False)
            summary.complete = end == self.total if self.rel_error is None else self.is_reached(summary)
            yield summary
            if self.rel_error is not None and summary.complete:
                return

    def is_reached(self, summary: Summary) -> bool:
        assert self.rel_error is not None
        # False for a figure that is zero or undefined, or whose variance has not shown itself yet.
        if summary.standard_error == 0.0 and not summary.is_constant:
            return False
        return summary.value != 0.0 and summary.standard_error <= self.rel_error * abs(summary.value)


def _shifted(progress: Progress, shots: int) -> Progress:
    return lambda done: progress(shots + done)
