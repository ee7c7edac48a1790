"""Direct fidelity estimation: a few Pauli strings, drawn by their weight in the target."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, IntArray, as_float, as_floats, require
from ebit.chain.figures import Figure
from ebit.density import DensityMatrix
from ebit.rng import Rng
from ebit.tomography._counts import generator


class DirectPlan(NamedTuple):
    """Which Pauli strings to measure, and how often; made by `direct_fidelity_plan`.

    Attributes
    ----------
    strings : tuple of str
        In the order in which they were drawn; one may stand there more than once.
    weights : array, shape (strings,)
        Expectation values in the target.
    shots : array of int, shape (strings,)
        Measurements of each.

    Examples
    --------
    >>> import ebit
    >>> ghz = ebit.DensityMatrix.ghz(4)
    >>> plan = ebit.tomography.direct_fidelity_plan(ghz, error=0.1, p_failure=0.1, rng=7)
    >>> round(plan.fidelity([ghz.expectation(text) for text in plan.strings]).value, 12)
    1.0
    """

    strings: tuple[str, ...]
    weights: FloatArray
    shots: IntArray

    def fidelity(self, means: npt.ArrayLike) -> Figure:
        """Return the fidelity to the target from the measured means of the strings.

        Parameters
        ----------
        means : array_like, shape (strings,)
            Mean of the outcomes +1 and -1 of each string, in the order of `strings`.

        Returns
        -------
        Figure
            Value, and standard error from the spread over the strings that were drawn.

        Raises
        ------
        ValueError
            If the shape is wrong or a mean is outside [-1, 1].

        Examples
        --------
        >>> import ebit
        >>> plan = ebit.tomography.direct_fidelity_plan(ebit.DensityMatrix.bell(), rng=7)
        >>> noisy = ebit.DensityMatrix.from_pair(ebit.Werner(0.9))
        >>> value, error = plan.fidelity([noisy.expectation(text) for text in plan.strings])
        >>> bool(abs(value - 0.925) < 3 * error)
        True
        """
        values = as_floats("means", means)
        if values.shape != self.weights.shape:
            raise ValueError(f"means has shape {values.shape}: it must be {self.weights.shape}")
        if not (np.abs(values) <= 1.0 + 1e-9).all():
            raise ValueError("means are not allowed: they must be in [-1, 1]")
        ratios = values / self.weights
        return Figure(float(ratios.mean()), float(ratios.std(ddof=1) / np.sqrt(len(ratios))))


def direct_fidelity_plan(
    target: DensityMatrix, *, error: float = 0.05, p_failure: float = 0.1, rng: Rng = None
) -> DirectPlan:
    """Draw the Pauli strings whose measurement gives the fidelity to a pure state.

    Parameters
    ----------
    target : DensityMatrix
        A single pure state.
    error : float, default 0.05
        In (0, 1): the estimate is within twice this of the fidelity ...
    p_failure : float, default 0.1
        ... except with twice this probability.
    rng : int, SeedSequence, Generator or None
        See `ebit.rng.run_key`.

    Returns
    -------
    DirectPlan

    Raises
    ------
    ValueError
        If the target is a batch or not pure, or a number is not in (0, 1).

    Notes
    -----
    Flammia and Liu, Phys. Rev. Lett. 106, 230501 (2011); da Silva, Landon-Cardinal and Poulin, Phys. Rev.
    Lett. 107, 210404 (2011). A string P is drawn with probability tr(P rho)^2 / d; the mean of
    tr(P sigma) / tr(P rho) is the fidelity. The number of strings, 1/(error^2 p_failure), does not depend
    on the number of qubits; for stabilizer states that of the shots does not either.

    Examples
    --------
    >>> import ebit
    >>> plan = ebit.tomography.direct_fidelity_plan(ebit.DensityMatrix.ghz(6), error=0.1, rng=7)
    >>> len(plan.strings), plan.shots.max()
    (1000, np.int64(1))
    """
    require("target", target, DensityMatrix)
    if target.batch is not None:
        raise ValueError("target is a batch: it must be a single state")
    if abs(float(target.purity()) - 1.0) > 1e-9:
        raise ValueError(f"target has the purity {target.purity()}: it must be pure")
    epsilon, delta = _fraction("error", error), _fraction("p_failure", p_failure)
    values, n = target.coefficients, target.num_qubits
    count = int(np.ceil(1.0 / (epsilon**2 * delta)))
    chances = values**2 / (values**2).sum()
    drawn = generator(rng).choice(len(values), size=count, p=chances)
    strings = tuple("".join("IXYZ"[row >> 2 * q & 3] for q in reversed(range(n))) for row in drawn.tolist())
    weights = values[drawn]
    shots = np.ceil(2.0 * np.log(2.0 / delta) / (weights**2 * count * epsilon**2)).astype(np.int64)
    return DirectPlan(strings, weights, shots)


def _fraction(name: str, value: object) -> float:
    number = as_float(name, value)
    if not 0.0 < number < 1.0:
        raise ValueError(f"{name} = {number} is not allowed: it must be in (0, 1)")
    return number
