"""The covariance of two quantities of a delivered pair."""

from __future__ import annotations

import numpy as np

from ebit._arrays import FloatArray, one_of
from ebit.chain import Chain
from ebit.chain.figures import CORRELATIONS, PAULIS
from ebit.exact._answers import SIZE_LIMIT, Answers, answers_of, check
from ebit.exact._over_points import over_points
from ebit.exact._rules import common_slot

_QUANTITIES = ("waiting_time", "fidelity", *CORRELATIONS)


@over_points
def covariance(chain: Chain, a: str, b: str, *, size_limit: int = SIZE_LIMIT) -> float:
    """Return the exact covariance of two quantities of a delivered pair, of one its variance.

    What `Summary.covariance` estimates: states are those given the timing record of the pair.

    Parameters
    ----------
    chain : Chain
        As for `pair`; that of two correlations, or of the fidelity, not where a nested protocol has
        cut-offs or distillation.
    a, b : str
        "waiting_time", "fidelity", or a correlation, as "xx" or "iz".
    size_limit : int
        The most entries that a table may have, at least 16.

    Returns
    -------
    float
        In s^2, s, or a pure number. Of a chain with a shape an array.

    Raises
    ------
    NotCovered
        A ValueError: where there is no exact answer here, or a table would be too large.
    ValueError
        If a name is unknown.
    TypeError
        If `chain` is not a Chain.

    Examples
    --------
    Two links, dephasing while one waits for the other: pairs that took long are worse.

    >>> import ebit
    >>> node = ebit.Node(memory=ebit.Memory(t2=10.0))
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.1)] * 2, [node] * 3)
    >>> round(ebit.exact.covariance(chain, "waiting_time", "xx"), 6)
    -2.385816
    """
    limit = check(chain, size_limit)
    for name, value in (("a", a), ("b", b)):
        one_of(name, value, _QUANTITIES)
    answers, slot = answers_of(chain, limit), common_slot(chain)
    if a == b == "waiting_time":
        first, second = answers.moments()
        return max(0.0, second - first**2) * slot**2
    if "waiting_time" in (a, b):
        weights = _weights(b if a == "waiting_time" else a)
        with_time = answers.timed_correlations() - answers.moments()[0] * answers.correlations()
        return slot * float((weights * with_time.reshape(-1)).sum())
    return _of_states(answers, _weights(a), _weights(b))


def _weights(quantity: str) -> FloatArray:
    """By correlation, row by row."""
    if quantity == "fidelity":
        return np.diag([0.25, 0.25, -0.25, 0.25]).reshape(-1)
    row, column = (PAULIS.index(letter) for letter in quantity)
    weights = np.zeros(16)
    weights[4 * row + column] = 1.0
    return weights


def _of_states(answers: Answers, a: FloatArray, b: FloatArray) -> float:
    means = answers.correlations().reshape(-1)
    places = [(i, j) for i in np.flatnonzero(a).tolist() for j in np.flatnonzero(b).tolist()]
    terms = [a[i] * b[j] * (answers.product_mean(i, j) - means[i] * means[j]) for i, j in places]
    return float(sum(terms))
