"""The best cut-offs of a nested word, by exact figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from ebit._arrays import one_of
from ebit.chain import Chain, CutOff, Nested
from ebit.exact._answers import check, figures_of
from ebit.exact._joins import Pairs
from ebit.exact._rules import common_slot
from ebit.exact._words import Words

_FIGURES = ("secret_key_rate", "secret_fraction", "fidelity", "rate")
_KINDS = ("memory_time", "run_time")
# A pair that takes this many times the mean is not worth a limit of its own.
_LONGEST = 50.0
# Where searches start: these shares of the mean time of the pairs that a level joins.
_STARTS = {"memory_time": (0.25, 1.0), "run_time": (1.0, 4.0)}

#: By level, in slots; None: no cut-off.
_Slots: TypeAlias = tuple[int | None, ...]


class BestCutOffs(NamedTuple):
    """What `optimize_cutoffs` found.

    Attributes
    ----------
    chain : Chain
        With the best cut-offs.
    value : float
        Its figure.
    evaluations : int
        How many choices of cut-offs were compared.

    Examples
    --------
    >>> import ebit
    >>> link = ebit.links.ideal(p_success=0.5)
    >>> best = ebit.exact.optimize_cutoffs(ebit.Chain([link] * 2, protocol=ebit.Nested("s")))
    >>> best.chain.protocol.cutoffs[0].kind  # perfect memories
    'none'
    """

    chain: Chain
    value: float
    evaluations: int


def optimize_cutoffs(
    chain: Chain,
    of: str = "secret_key_rate",
    *,
    kind: str = "memory_time",
    size_limit: int = 1 << 18,
) -> BestCutOffs:
    """Return the chain with the cut-offs, one per level, at which an exact figure is largest.

    Parameters
    ----------
    chain : Chain
        Its protocol is `Nested`. Its cut-offs are replaced; where they are of this kind, a search starts
        from them too.
    of : {"secret_key_rate", "secret_fraction", "fidelity", "rate"}
    kind : {"memory_time", "run_time"}
        Of the cut-offs.
    size_limit : int
        The most entries that a table may have, at least 16. Cut-offs that need more, since hardly an
        attempt passes, are passed over.

    Returns
    -------
    BestCutOffs

    Raises
    ------
    NotCovered
        A ValueError: where `figures` has no answer for the chain, with or without cut-offs.
    ValueError
        If `of`, `kind` or `size_limit` is out of range, or the protocol is another one.
    TypeError
        If `chain` is not a Chain.

    Notes
    -----
    Cut-offs are whole numbers of slots, or none. Searches start without cut-offs, with the shortest, and
    with limits of the scale of the times below. One level after another is tried without a cut-off, at
    doubling ones, and then in steps from a quarter of the best of these down to one slot, until no level
    moves. So it is guaranteed that the figure is at least that of every start, and that no cut-off of a
    single level that is one slot longer or shorter, or absent, or one of the doubling ones, is better. A
    better choice that differs in several levels at once is not excluded, in particular where the figure
    is zero at every start.

    Examples
    --------
    >>> import ebit
    >>> node = ebit.Node(ebit.Memory(t2=40.0), ebit.BellMeasurement(p_success=0.5))
    >>> link = ebit.links.ideal(p_success=0.1, fidelity=0.98)
    >>> best = ebit.exact.optimize_cutoffs(ebit.Chain([link] * 2, [node] * 3, ebit.Nested("s")))
    >>> best.chain.protocol.cutoffs, round(best.value, 6)
    ((CutOff(kind='memory_time', value=9.0),), 0.013126)
    """
    limit = check(chain, size_limit)
    if not isinstance(chain.protocol, Nested):
        raise ValueError(f"chain.protocol = {chain.protocol!r} is not allowed: it must be Nested")
    if not chain.protocol.word:
        raise ValueError("chain.protocol.word = '' is not allowed: it must have at least one level")
    search = _Search(chain, one_of("of", of, _FIGURES), one_of("kind", kind, _KINDS), limit)
    best = max((search.climbed(start) for start in search.starts()), key=search.value)
    if search.value(best) == -math.inf:
        assert search.refusal is not None
        raise search.refusal
    return BestCutOffs(search.chain_with(best), search.value(best), len(search.values))


class _Search:
    def __init__(self, chain: Chain, of: str, kind: str, limit: int) -> None:
        self._chain, self._of, self._kind, self._limit = chain, of, kind, limit
        self._slot = common_slot(chain)
        self._shortest = 0 if kind == "memory_time" else 1
        self._known: dict[object, Pairs] = {}
        self.values: dict[_Slots, float] = {}
        self.refusal: ValueError | None = None

    def chain_with(self, cutoffs: _Slots) -> Chain:
        chain = self._chain
        assert isinstance(chain.protocol, Nested)
        limits = [CutOff() if x is None else CutOff(self._kind, x * self._slot) for x in cutoffs]
        protocol = Nested(chain.protocol.word, limits)
        return Chain(chain.links, chain.nodes, protocol, chain.end_nodes, chain.pair_decay)

    def value(self, cutoffs: _Slots) -> float:
        """Return the figure; minus infinity where it is not covered, or the chain would hardly deliver."""
        if cutoffs not in self.values:
            try:
                value = figures_of(self._words(cutoffs), self._slot)[self._of]
            except ValueError as refusal:
                self.refusal = self.refusal or refusal
                value = -math.inf
            self.values[cutoffs] = value
        return self.values[cutoffs]

    def starts(self) -> Iterator[_Slots]:
        assert isinstance(self._chain.protocol, Nested)
        levels = range(len(self._chain.protocol.word))
        free: _Slots = (None,) * len(levels)
        yield free
        yield (self._shortest,) * len(levels)
        own = self._chain.protocol.cutoffs
        if any(cutoff.kind == self._kind for cutoff in own):
            yield tuple(self._in_slots(cutoff) for cutoff in own)
        means = [self._mean_below(free, level) for level in levels]
        for share in _STARTS[self._kind]:
            yield tuple(max(self._shortest, round(share * mean)) for mean in means)

    def climbed(self, cutoffs: _Slots) -> _Slots:
        """Return where no change of a single level is better."""
        before: _Slots | None = None
        while cutoffs != before:
            before = cutoffs
            for level in range(len(cutoffs)):
                cutoffs = self._best_of_level(cutoffs, level)
        return cutoffs

    def _best_of_level(self, cutoffs: _Slots, level: int) -> _Slots:
        def at(slots: int | None) -> _Slots:
            return (*cutoffs[:level], slots, *cutoffs[level + 1 :])

        best = max([cutoffs[level], None, *self._doubling(cutoffs, level)], key=lambda x: self.value(at(x)))
        step = max(1, best // 4) if best is not None else 0
        while best is not None and step > 0:
            near = [x for x in (best, best - step, best + step) if x >= self._shortest]
            better = max(near, key=lambda x: self.value(at(x)))
            if better == best:
                step //= 2
            best = better
        return at(best)

    def _doubling(self, cutoffs: _Slots, level: int) -> Iterator[int]:
        longest = _LONGEST * self._mean_below(cutoffs, level)
        yield self._shortest
        slots = self._shortest + 1
        while slots < longest:
            yield slots
            slots *= 2

    def _mean_below(self, cutoffs: _Slots, level: int) -> float:
        try:
            return self._words(cutoffs).latest_mean(level)
        except ValueError as refusal:
            self.refusal = self.refusal or refusal
            return 0.0

    def _words(self, cutoffs: _Slots) -> Words:
        if sum(pairs.weights.size for pairs in self._known.values()) > 8 * self._limit:
            self._known.clear()
        return Words(self.chain_with(cutoffs), self._limit, known=self._known)

    def _in_slots(self, cutoff: CutOff) -> int | None:
        if cutoff.kind != self._kind:
            return None
        value: float = cutoff.value
        return math.floor(min(value / self._slot * (1.0 + 1e-12), 2.0**60))
