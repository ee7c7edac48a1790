"""How exact figures change with the parameters of a chain.

Time, attempts and the correlations of the mean state are analytic in p_success, p_swap, t2 and the
fidelity of the links. They are taken at the Chebyshev points of an interval around the parameter (or, at
the edge of its range, beside it), and their interpolating polynomial is differentiated: with 15 points over
40 % of the parameter the error is near 1e-12 of the figure per relative change of the parameter, and 1e-10
at the edge. The other figures follow by the chain rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.polynomial import chebyshev

from ebit._arrays import FloatArray
from ebit.chain import Chain
from ebit.chain.figures import FIGURES
from ebit.exact._answers import SIZE_LIMIT, answers_of, check, figures
from ebit.exact._over_points import over_points
from ebit.exact._parameters import Change, Parameter, cutoffs, fidelity, parameter
from ebit.exact._rules import common_slot
from ebit.state import Pair, binary_entropy
from ebit.state._spectral import hashing_bound_gradient

# Half the interval, as a share of the parameter, and the degree of the polynomial.
_HALF_WIDTH = 0.2
_DEGREE = 14
_SIGNS = {"x": 1.0, "y": -1.0, "z": 1.0}


@over_points
def derivatives(
    chain: Chain, with_respect_to: str | Iterable[str], *, size_limit: int = SIZE_LIMIT
) -> dict[str, dict[str, float]]:
    """Return the derivatives of all exact figures with respect to parameters of a chain.

    Parameters
    ----------
    chain : Chain
        One that `figures` has an answer for.
    with_respect_to : str or iterable of str
        "p_success" and "fidelity" (of links), "t2" and "p_swap" (of nodes): all of them, changed by
        the same amount; or one, counted from the left, as "p_success.2". The state of a link becomes
        better or worse by less or more of the maximally mixed state.
    size_limit : int
        The most entries that a table may have, at least 16.

    Returns
    -------
    dict
        By parameter, and by figure as of `figures`; for "t2" per second. At the edge of the range of a
        parameter it is the one-sided derivative. Of a chain with a shape arrays.

    Raises
    ------
    NotCovered
        A ValueError: where `figures` has no answer, and where a fidelity cut-off makes figures jump.
    ValueError
        If a parameter is unknown, there is no such link or node, its memory has no t2, or a link's state
        has fidelity 1/4 or less.
    TypeError
        If `chain` is not a Chain, or a name no text.

    Notes
    -----
    Errors are near 1e-12 of figure / parameter, 1e-10 at the edge of a range. What a slot of a cut-off is
    worth: `cutoff_steps`.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5)] * 2)  # E[T] = (3 - 2 p) / (p (2 - p))
    >>> slope = ebit.exact.derivatives(chain, ["p_success", "p_success.0"])
    >>> round(slope["p_success"]["waiting_time"], 8), round(slope["p_success.0"]["waiting_time"], 8)
    (-6.22222222, -3.11111111)
    """
    limit = check(chain, size_limit)
    if not isinstance(with_respect_to, Iterable):
        raise TypeError(f"with_respect_to = {with_respect_to!r} is not allowed: it must be texts")
    names = [with_respect_to] if isinstance(with_respect_to, str) else list(with_respect_to)
    parameters = {name: parameter(chain, name) for name in names}
    at = _means(chain, limit)
    return {name: _by_figure(at, _slopes(p, limit)) for name, p in parameters.items()}


class CutOffStep(NamedTuple):
    """The figures of the neighbours of a chain, one cut-off a slot shorter or longer.

    Attributes
    ----------
    shorter, longer : dict or None
        As of `figures`; None if nothing is ever delivered.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(0.5)] * 2, protocol=ebit.SwapAsap(global_cutoff=1.0))
    >>> step = ebit.exact.cutoff_steps(chain)["global_cutoff"]
    >>> step.shorter is None, round(step.longer["waiting_time"], 6)
    (True, 3.111111)
    """

    shorter: dict[str, float] | None
    longer: dict[str, float] | None


def cutoff_steps(chain: Chain, *, size_limit: int = SIZE_LIMIT) -> dict[str, CutOffStep]:
    """Return the exact figures with every single cut-off one slot shorter, and one slot longer.

    Parameters
    ----------
    chain : Chain
        One that `figures` has an answer for.
    size_limit : int
        The most entries that a table may have, at least 16.

    Returns
    -------
    dict
        By finite cut-off in time: "global_cutoff" of `SwapAsap`, "cutoff" or "cutoff.0", ... by node of
        `Slotted`, "cutoffs.0", ... by level of `Nested`.

    Raises
    ------
    NotCovered, ValueError, TypeError
        As for `figures`.

    Examples
    --------
    >>> import ebit
    >>> node = ebit.Node(ebit.Memory(t2=40.0), ebit.BellMeasurement(p_success=0.5))
    >>> link = ebit.links.ideal(p_success=0.1, fidelity=0.98)
    >>> protocol = ebit.Nested("s", [ebit.CutOff("memory_time", 9.0)])
    >>> chain = ebit.Chain([link] * 2, [node] * 3, protocol)
    >>> step = ebit.exact.cutoff_steps(chain)["cutoffs.0"]
    >>> best = ebit.exact.figures(chain)["secret_key_rate"]
    >>> best > step.shorter["secret_key_rate"], best > step.longer["secret_key_rate"]
    (True, True)
    """
    limit = check(chain, size_limit)
    slot = common_slot(chain)
    steps = {}
    for name, value, with_cutoff in cutoffs(chain):
        shorter, longer = (_figures_with(with_cutoff, value + step, limit) for step in (-slot, slot))
        steps[name] = CutOffStep(shorter, longer)
    return steps


def _figures_with(with_cutoff: Change, value: float, limit: int) -> dict[str, float] | None:
    """Of a chain that is refused as it never delivers: None."""
    try:
        changed = with_cutoff(value)
    except ValueError:
        return None
    return figures(changed, size_limit=limit)


def _means(chain: Chain, limit: int) -> FloatArray:
    """Time in s, attempts, and the correlations row by row."""
    answers = answers_of(chain, limit)
    time = answers.moments()[0] * common_slot(chain)
    return np.array([time, answers.attempts(), *answers.correlations().reshape(-1)])


def _slopes(parameter: Parameter, limit: int) -> FloatArray:
    if math.isinf(parameter.value):
        return np.zeros(18)
    half = _HALF_WIDTH * parameter.value
    centre = min(0.0, parameter.room - half)
    points = chebyshev.chebpts1(_DEGREE + 1)
    values = np.array([_means(parameter.changed(centre + half * x), limit) for x in points])
    series = chebyshev.chebfit(points, values, _DEGREE)
    slopes = np.asarray(chebyshev.chebval(-centre / half, chebyshev.chebder(series))) / half
    return np.where(np.ptp(values, axis=0) > 0.0, slopes, 0.0)


def _by_figure(means: FloatArray, slopes: FloatArray) -> dict[str, float]:
    """By the chain rule."""
    time, by_time, by_attempts = float(means[0]), float(slopes[0]), float(slopes[1])
    state, by_state = means[2:].reshape(4, 4), slopes[2:].reshape(4, 4)
    qber = {basis: 0.5 * (1.0 - _SIGNS[basis] * state[k, k]) for k, basis in enumerate("xyz", 1)}
    by_qber = {basis: -0.5 * _SIGNS[basis] * float(by_state[k, k]) for k, basis in enumerate("xyz", 1)}
    fraction, by_fraction = _secret_fraction(qber, by_qber)
    values = {
        "rate": -by_time / time**2,
        "waiting_time": by_time,
        "attempts": by_attempts,
        "fidelity": fidelity(by_state),
        **{f"qber_{basis}": slope for basis, slope in by_qber.items()},
        "secret_fraction": by_fraction,
        "secret_key_rate": by_fraction / time - fraction * by_time / time**2,
        "distillable_entanglement": _by_entanglement(state, by_state),
    }
    return {name: values[name] for name in FIGURES}


def _secret_fraction(qber: dict[str, float], by_qber: dict[str, float]) -> tuple[float, float]:
    """Of BB84, clipped at zero, and its slope: of the entropy of an error rate q it is log2((1 - q) / q)."""
    fraction, slope = 1.0, 0.0
    for basis in "xz":
        q, by = qber[basis], by_qber[basis]
        fraction -= float(binary_entropy(q))
        if by != 0.0:
            slope -= by * (math.log2((1.0 - q) / q) if 0.0 < q < 1.0 else math.copysign(math.inf, 0.5 - q))
    return (fraction, slope) if fraction > 0.0 else (0.0, 0.0)


def _by_entanglement(state: FloatArray, by_state: FloatArray) -> float:
    if float(Pair(state).hashing_bound()) <= 0.0:
        return 0.0
    return float((hashing_bound_gradient(state) * by_state).sum())
