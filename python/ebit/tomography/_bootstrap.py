"""Standard errors of whatever is computed from an estimated state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, as_int, one_of, require
from ebit.chain.figures import Figure
from ebit.density import DensityMatrix
from ebit.rng import Rng
from ebit.tomography._counts import PauliCounts, Readout, generator
from ebit.tomography._likelihood import maximum_likelihood
from ebit.tomography._linear import linear_inversion, nearest_state

_ESTIMATORS: dict[str, Callable[[PauliCounts, Any], DensityMatrix]] = {
    "maximum_likelihood": lambda counts, readout: maximum_likelihood(counts, readout=readout).state,
    "nearest_state": lambda counts, readout: nearest_state(linear_inversion(counts, readout=readout)),
    "linear_inversion": lambda counts, readout: linear_inversion(counts, readout=readout),
}


def bootstrap(
    counts: PauliCounts,
    figure: Callable[[DensityMatrix], npt.ArrayLike],
    *,
    estimator: Literal["maximum_likelihood", "nearest_state", "linear_inversion"] = "maximum_likelihood",
    samples: int = 200,
    readout: Readout = 0.0,
    rng: Rng = None,
) -> Figure:
    """Return a figure of the estimated state and its standard error over repetitions of the experiment.

    Parameters
    ----------
    counts : PauliCounts
        Whole numbers.
    figure : callable
        From a batch of states to one number per state, such as ``DensityMatrix.concurrence``.
    estimator : str
        ``"maximum_likelihood"``, ``"nearest_state"`` (to the linear inversion) or ``"linear_inversion"``.
    samples : int, default 200
        Number of repetitions, at least 2; the error is then known to a share of 1/sqrt(2 samples).
    readout : float or array_like, default 0
        As in `maximum_likelihood`.
    rng : int, SeedSequence, Generator or None
        See `ebit.rng.run_key`.

    Returns
    -------
    Figure
        Value of the data and standard error, floats or arrays of shape (N,).

    Raises
    ------
    ValueError
        If a count is not whole, there is no such estimator, or there are too few samples.

    Notes
    -----
    Efron, Ann. Stat. 7, 1 (1979): the counts of every setting are drawn anew from their own frequencies.
    That shows the spread, not the bias that every estimator of physical states has near the border; an
    outcome that was never seen stays unseen.

    Examples
    --------
    >>> import ebit
    >>> true = ebit.DensityMatrix.from_pair(ebit.Werner(0.9))
    >>> counts = ebit.tomography.simulate(true, 1000, rng=7)
    >>> value, error = ebit.tomography.bootstrap(
    ...     counts, ebit.DensityMatrix.concurrence, estimator="nearest_state", rng=8
    ... )
    >>> bool(abs(value - true.concurrence()) < 4 * error < 0.1)
    True
    """
    require("counts", counts, PauliCounts)
    repetitions = as_int("samples", samples)
    if repetitions < 2:
        raise ValueError(f"samples = {repetitions} is not allowed: it must be at least 2")
    estimate = _ESTIMATORS[one_of("estimator", estimator, tuple(_ESTIMATORS))]
    columns = counts._columns()
    if (columns != np.round(columns)).any():
        raise ValueError("counts are not allowed: only whole numbers can be drawn again")
    shots = columns.sum(axis=1)
    frequencies = np.moveaxis(columns / shots[:, None], 1, -1)  # settings, elements, outcomes
    drawn = generator(rng).multinomial(shots.astype(np.int64), frequencies, (repetitions, *shots.shape))
    # Settings, outcomes, then elements with their repetitions.
    again = np.moveaxis(drawn, 0, -1).transpose(0, 2, 1, 3).reshape(*columns.shape[:2], -1)
    batch = PauliCounts._of(counts.settings, np.ascontiguousarray(again, dtype=np.float64))
    values = _numbers(figure(estimate(batch, readout)), again.shape[-1]).reshape(-1, repetitions)
    error: FloatArray = values.std(axis=1, ddof=1)
    value = _numbers(figure(estimate(PauliCounts._of(counts.settings, columns), readout)), len(error))
    return Figure(value, error) if counts.batch is not None else Figure(float(value[0]), float(error[0]))


def _numbers(value: npt.ArrayLike, size: int) -> FloatArray:
    numbers = np.asarray(value, dtype=np.float64)
    if numbers.shape != (size,):
        raise ValueError(f"figure returned the shape {numbers.shape} for {size} states: it must be ({size},)")
    return numbers
