"""The public questions, and which method answers them for which chain."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from ebit._arrays import as_float, as_int
from ebit.chain import Chain, Doubling, Nested, Slotted, SwapAsap
from ebit.chain.figures import FIGURES
from ebit.exact._law import WaitingTimeLaw
from ebit.exact._markov import MOST_LINKS, AbsorbingChain
from ebit.exact._nested import Span, Tree, doubling_tree
from ebit.exact._parallel import Parallel
from ebit.exact._refusal import NotCovered
from ebit.exact._slots import Rules
from ebit.exact._terms import Feature, entries, state_of
from ebit.exact._words import Words
from ebit.state import Pair

_Answer = TypeVar("_Answer")

#: Entries that the largest table may have, unless asked otherwise.
SIZE_LIMIT = 1 << 23

# What moments and mean states of nested chains leave out of their tables.
_STATE_TAIL = 1e-13


def waiting_time(chain: Chain, tail: float = 1e-12, *, size_limit: int = SIZE_LIMIT) -> WaitingTimeLaw:
    """Return the exact law of the time until a pair is delivered.

    Nested chains go by generating functions, chains whose swaps never fail by the closed form of the
    latest link (for any p), and slotted swap-asap with failing swaps or an age cut-off, up to 8 links, by
    its absorbing Markov chain.

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
    slot = common_slot(chain)
    if _is_word(chain):
        return _law_of_word(chain, tail, limit)
    if _all_links_once(chain):
        return Parallel(_success(chain), limit).law(slot, tail)
    if _is_slotted(chain):
        return _absorbing(chain, limit).law(slot, tail)
    share = 0.5
    while (law := Tree(chain, share * tail, limit).law(slot)).tail > tail:
        share *= 0.5
    return law


def pair(chain: Chain, *, size_limit: int = SIZE_LIMIT) -> Pair:
    """Return the exact mean state of the delivered pairs.

    The average over swap outcomes and over all timing records; what `Summary.pair` estimates.

    Parameters
    ----------
    chain : Chain
        All links share one attempt time. Any link states; any memories, but for nested words with
        distillation or cut-offs, whose memories must not relax toward a state.
    size_limit : int
        The most entries that a table may have, at least 16.

    Returns
    -------
    Pair
        Its correlations are exact to 1e-12.

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
    limit = check(chain, size_limit)
    common_slot(chain)
    if _is_word(chain):
        return Pair(Words(chain, limit).correlations())
    return _mean_state(chain, _Methods(chain, limit))


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
        `secret_fraction`, `secret_key_rate` in bit/s, and `distillable_entanglement` in ebit.

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
    slot = common_slot(chain)
    if _is_word(chain):
        return figures_of(Words(chain, limit), slot)
    methods = _Methods(chain, limit)
    state = _mean_state(chain, methods)
    attempts = methods.ask(lambda method: method.attempts())
    return _named(_mean_slots(chain, methods, limit) * slot, attempts, state)


def figures_of(words: Words, slot: float) -> dict[str, float]:
    """Return the figures of a nested word whose slot takes this many seconds."""
    return _named(words.moments()[0] * slot, words.attempts(), Pair(words.correlations()))


def _named(time: float, attempts: float, state: Pair) -> dict[str, float]:
    fraction = float(state.secret_fraction("bb84"))
    values = {
        "rate": 1.0 / time,
        "waiting_time": time,
        "attempts": attempts,
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


class _Method(Protocol):
    def moments(self) -> tuple[float, float]: ...
    def attempts(self) -> float: ...
    def mean(self, feature: Feature) -> float: ...


class _Methods:
    """Those that may know a chain, asked in order; if none does, the first one's refusal stands."""

    def __init__(self, chain: Chain, limit: int) -> None:
        self._build: list[Callable[[], _Method]] = []
        self._built: dict[int, _Method] = {}
        if _is_tree(chain):
            self._build.append(lambda: Tree(chain, _STATE_TAIL, limit))
        elif not _is_slotted(chain):
            self._build.append(lambda: Parallel(_success(chain), limit))
        if len(chain) <= MOST_LINKS or not self._build:
            self._build.append(lambda: _absorbing(chain, limit))

    def ask(self, question: Callable[[_Method], _Answer]) -> _Answer:
        refusals = []
        for place, build in enumerate(self._build):
            try:
                if place not in self._built:
                    self._built[place] = build()
                return question(self._built[place])
            except NotCovered as refusal:
                refusals.append(refusal)
        raise refusals[0]


def _mean_slots(chain: Chain, methods: _Methods, limit: int) -> float:
    if _all_links_once(chain):
        return Parallel(_success(chain), limit).moments()[0]
    return methods.ask(lambda method: method.moments()[0])


def _mean_state(chain: Chain, methods: _Methods) -> Pair:
    wanted = entries(chain)
    varying = dict.fromkeys(entry.feature for entry in wanted if not entry.is_constant)
    means = {feature: methods.ask(lambda method, f=feature: method.mean(f)) for feature in varying}  # type: ignore[misc]
    return Pair(state_of(wanted, means))


def _absorbing(chain: Chain, limit: int) -> AbsorbingChain:
    p, p_swap = tuple(_success(chain)), tuple(node.bsm.p_success for node in chain.nodes)
    if _is_tree(chain):
        order = tuple(_tree_order(doubling_tree(0, len(chain) - 1)))
        return AbsorbingChain(Rules(p, p_swap, True, False, order), limit)
    rules = _slotted_rules(chain)
    order = tuple((node, -1, -1) for node in range(1, len(chain)))
    one_by_one = rules.failed_swap == "left_to_right"
    regenerate = rules.hidden_segments == "regenerate"
    return AbsorbingChain(Rules(p, p_swap, one_by_one, regenerate, order, _cutoff(chain, rules)), limit)


def _slotted_rules(chain: Chain) -> Slotted:
    """The rules of a chain that is no tree, if all of them are covered."""
    rules = chain.protocol if isinstance(chain.protocol, Slotted) else Slotted()
    for name, covered in (("policy", "swap_asap"), ("generation", "parallel"), ("memories", 1)):
        if getattr(rules, name) != covered:
            raise NotCovered(f"no exact answer for {name} = {getattr(rules, name)!r}")
    if len(set(rules.cutoffs(len(chain.nodes)))) > 1:
        raise NotCovered(f"no exact answer for cutoff = {rules.cutoff!r}, which differs from node to node")
    return rules


def _cutoff(chain: Chain, rules: Slotted) -> int | None:
    """In slots; a cut-off that is a whole number of them but for rounding is that number."""
    slots = rules.cutoffs(1)[0] / common_slot(chain) * (1.0 + 1e-12)
    return math.floor(slots) if slots < 2.0**53 else None


def _tree_order(span: Span) -> Iterator[tuple[int, int, int]]:
    """The nodes from the leaves up, each with the ends of the links that it joins."""
    if span.parts is not None:
        for part in span.parts:
            yield from _tree_order(part)
        yield span.node, span.first, span.last + 1


def _success(chain: Chain) -> list[float]:
    return [link.p_success for link in chain.links]


# What kind of protocol it is.


def _is_tree(chain: Chain) -> bool:
    return isinstance(chain.protocol, Doubling | Nested)


def _is_slotted(chain: Chain) -> bool:
    """Whether links may be lost before delivery, of a chain that is no tree."""
    return not _is_tree(chain) and not _all_links_once(chain)


def _all_links_once(chain: Chain) -> bool:
    """Whether no link is lost: then delivery is at the latest link, whatever the order of the swaps."""
    if isinstance(chain.protocol, Slotted) and _cutoff(chain, _slotted_rules(chain)) is not None:
        return len(chain) == 1
    return all(node.bsm.p_success == 1.0 for node in chain.nodes[1:-1])


def _is_word(chain: Chain) -> bool:
    """Whether a nested protocol distils or gives up: then it is no tree of swaps alone."""
    protocol = chain.protocol
    return isinstance(protocol, Nested) and any(
        operation != "swap" or kind != "none" for operation, kind, _ in protocol.levels
    )


def common_slot(chain: Chain) -> float:
    """Return the attempt time of all links, in seconds."""
    times: list[float] = sorted({link.attempt_time for link in chain.links})
    if len(times) > 1:
        raise NotCovered(
            f"no exact answer for links of different attempt times ({times[0]} and {times[-1]} s)"
        )
    return times[0]


def check(chain: Chain, size_limit: int) -> int:
    """Return the limit if both may be asked for."""
    if not isinstance(chain, Chain):
        raise TypeError(f"chain = {chain!r} is not allowed: it must be a Chain")
    if isinstance(chain.protocol, SwapAsap) and math.isfinite(chain.protocol.global_cutoff):
        raise NotCovered("no exact answer for swap-asap with a global cut-off")
    limit = as_int("size_limit", size_limit)
    if limit < 16:
        raise ValueError(f"size_limit = {limit} is not allowed: it must be at least 16")
    return limit
