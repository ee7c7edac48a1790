"""The public questions, and which method answers them for which chain."""

from __future__ import annotations

from typing import TypeAlias

from ebit._arrays import as_float, as_int, require
from ebit.chain import Chain
from ebit.chain.figures import FIGURES
from ebit.exact._features import Features
from ebit.exact._law import WaitingTimeLaw
from ebit.exact._over_points import over_points
from ebit.exact._refusal import NotCovered
from ebit.exact._rules import common_slot, is_word
from ebit.exact._tagged import tagged_secret_fraction
from ebit.exact._words import Words
from ebit.state import Pair

#: What has answers.
Answers: TypeAlias = Features | Words

#: Entries that the largest table may have, unless asked otherwise.
SIZE_LIMIT = 1 << 23


@over_points
def waiting_time(chain: Chain, tail: float = 1e-12, *, size_limit: int = SIZE_LIMIT) -> WaitingTimeLaw:
    """Return the exact law of the time until a pair is delivered.

    Nested chains go by generating functions, chains whose swaps never fail by the closed form of the
    latest link (for any p), with a global cut-off round by round, and slotted chains of up to 8 links,
    whatever their policy, rules and cut-offs, by their absorbing Markov chain.

    Parameters
    ----------
    chain : Chain
        All links share one attempt time.
    tail : float
        The probability that may lie beyond the table, in [1e-13, 0.1]. Moments do not depend on it.
    size_limit : int
        The most entries that a table may have, at least 16.

    Returns
    -------
    WaitingTimeLaw
        Of a chain with a shape an array of them, dtype object.

    Raises
    ------
    NotCovered
        A ValueError: for links of different attempt times, nested protocols with fidelity cut-offs above
        level 0, and where a table would be too large.
    ValueError
        If a parameter is out of range.
    TypeError
        If `chain` is not a Chain or a parameter is not a number.

    References
    ----------
    S. Brand, T. Coopmans, D. Elkouss, IEEE J. Sel. Areas Commun. 38, 619 (2020): the recursion for
    nested chains.

    Examples
    --------
    >>> import ebit
    >>> node = ebit.Node(bsm=ebit.BellMeasurement(p_success=0.5))
    >>> link = ebit.links.ideal(p_success=0.01)
    >>> law = ebit.exact.waiting_time(ebit.Chain([link] * 2, [node] * 3, ebit.Doubling()))
    >>> round(law.mean, 6), law.tail <= 1e-12
    (299.497487, True)
    """
    limit = check(chain, size_limit)
    tail = as_float("tail", tail)
    if not 1e-13 <= tail <= 0.1:
        raise ValueError(f"tail = {tail} is not allowed: it must be in [1e-13, 0.1]")
    common_slot(chain)
    return _law_of_word(chain, tail, limit) if is_word(chain) else Features(chain, limit).law(tail)


@over_points
def pair(chain: Chain, *, size_limit: int = SIZE_LIMIT) -> Pair:
    """Return the exact mean state of the delivered pairs.

    The average over swap outcomes and over all timing records; what `Summary.pair` estimates.

    Parameters
    ----------
    chain : Chain
        All links share one attempt time. Any link states and memories, but for nested words with
        distillation or fidelity cut-offs: there links are Bell-diagonal, and memories do not relax toward
        a state.
    size_limit : int
        The most entries that a table may have, at least 16.

    Returns
    -------
    Pair
        Its correlations are exact to 1e-12. Of a chain with a shape a batch.

    Raises
    ------
    NotCovered
        A ValueError: where there is no exact answer here, or a table would be too large.
    ValueError, TypeError
        As for `waiting_time`.

    Examples
    --------
    >>> import ebit
    >>> node = ebit.Node(memory=ebit.Memory(t2=200.0))
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.02)] * 2, [node] * 3)
    >>> round(float(ebit.exact.pair(chain).fidelity()), 9)
    0.90081189
    """
    return Pair(answers_of(chain, check(chain, size_limit)).correlations())


@over_points
def figures(chain: Chain, *, size_limit: int = SIZE_LIMIT) -> dict[str, float]:
    """Return the exact figures of a chain, by the names of `Summary.figures`.

    Parameters
    ----------
    chain, size_limit
        As for `pair`.

    Returns
    -------
    dict
        `rate` in Hz, `waiting_time` in s, `attempts`, `fidelity`, `qber_x`, `qber_y`, `qber_z`,
        `secret_fraction`, `secret_key_rate` in bit/s, and `distillable_entanglement` in ebit. Where the
        states of single pairs are known, too (two links; certain swaps between equal memories that do not
        relax, with end nodes that measure), `tagged_secret_fraction` and `tagged_secret_key_rate`. Of a
        chain with a shape arrays, NaN at points where a figure is not known.

    Raises
    ------
    NotCovered, ValueError, TypeError
        As for `pair`.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.97)] * 2)
    >>> exact = ebit.exact.figures(chain)
    >>> round(exact["waiting_time"], 12), exact["attempts"]
    (2.666666666667, 4.0)
    """
    limit = check(chain, size_limit)
    values = figures_of(answers_of(chain, limit), common_slot(chain))
    try:
        fraction = tagged_secret_fraction(chain, limit)
    except NotCovered:
        return values
    return values | {
        "tagged_secret_fraction": fraction,
        "tagged_secret_key_rate": fraction * values["rate"],
    }


def answers_of(chain: Chain, limit: int) -> Answers:
    """Return what knows this chain."""
    common_slot(chain)
    return Words(chain, limit) if is_word(chain) else Features(chain, limit)


def figures_of(answers: Answers, slot: float) -> dict[str, float]:
    """Return the figures of a chain whose slot takes this many seconds."""
    time, state = answers.moments()[0] * slot, Pair(answers.correlations())
    fraction = float(state.secret_fraction("bb84"))
    values = {
        "rate": 1.0 / time,
        "waiting_time": time,
        "attempts": answers.attempts(),
        "fidelity": float(state.fidelity()),
        "qber_x": float(state.qber("x")),
        "qber_y": float(state.qber("y")),
        "qber_z": float(state.qber("z")),
        "secret_fraction": fraction,
        "secret_key_rate": fraction / time,
        "distillable_entanglement": max(float(state.hashing_bound()), 0.0),
    }
    return {name: values[name] for name in FIGURES}


def _law_of_word(chain: Chain, tail: float, limit: int) -> WaitingTimeLaw:
    """Tables that leave out less and less, until what is lost is small enough."""
    inner, outer = 1e-18, 0.5 * tail
    for _ in range(20):
        law = Words(chain, limit, states=False, tail=inner).law(outer)
        if law.tail <= tail:
            return law
        inner, outer = 1e-3 * inner, 0.5 * outer
    raise NotCovered(f"no exact law with tail = {tail}: rounding alone leaves out {law.tail:.3g}")


def check(chain: Chain, size_limit: int) -> int:
    """Return the limit if both may be asked for."""
    require("chain", chain, Chain)
    if chain.shape:
        raise ValueError(f"chain has the shape {chain.shape}: ask for one point, chain.point(index)")
    limit = as_int("size_limit", size_limit)
    if limit < 16:
        raise ValueError(f"size_limit = {limit} is not allowed: it must be at least 16")
    return limit
