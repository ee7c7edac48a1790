"""The protocols by which the links of a chain are joined."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeAlias

import numpy as np

from ebit._arrays import one_of
from ebit._points import Number, number, plain
from ebit.chain.policies import policy_from_parameters
from ebit.chain.rules import Rules
from ebit.chain.slotted import Slotted


@dataclass(frozen=True, slots=True, eq=False)
class SwapAsap(Rules):
    """Every repeater swaps as soon as it holds a link on both sides.

    All segments generate links from the start, each with its own attempt time. Where all swaps succeed
    the pair is there as soon as the last link is; where swaps can fail, the rules are those of
    `Slotted()`, with its defaults.

    Parameters
    ----------
    global_cutoff : float or array_like, default inf
        Seconds, where swaps always succeed. Unless all links are there by this time, inclusive, all are
        given up at it and the chain starts again (K. Goodenough, T. Coopmans, D. Towsley,
        arXiv:2404.07146 (2024)).

    Examples
    --------
    >>> import ebit
    >>> ebit.SwapAsap().kind
    'swap_asap'
    """

    kind: ClassVar[str] = "swap_asap"
    global_cutoff: Number = float("inf")

    def __post_init__(self) -> None:
        object.__setattr__(self, "global_cutoff", number("global_cutoff", self.global_cutoff))


@dataclass(frozen=True, slots=True, eq=False)
class Doubling(Rules):
    """Pairs are joined along a balanced binary tree; a failed swap restarts both of its subtrees.

    A pair waits for its sibling, then the node between them swaps. Of an odd number of links the
    left half takes one more.

    Examples
    --------
    >>> import ebit
    >>> ebit.Doubling().kind
    'doubling'
    """

    kind: ClassVar[str] = "doubling"


_TIMES = (0.0, sys.float_info.max, "non-negative and finite")
_CUTOFF_RANGES = {
    "none": (0.0, 0.0, '0 for a cut-off of kind "none"'),
    "memory_time": _TIMES,
    "run_time": _TIMES,
    "fidelity": (0.25, 1.0, "in [0.25, 1]"),
}


@dataclass(frozen=True, slots=True, eq=False)
class CutOff(Rules):
    """When an attempt to join two pairs gives up on both of them.

    The pairs are there at times ``a`` and ``b`` after the attempt began; limits are inclusive.

    Parameters
    ----------
    kind : {"none", "memory_time", "run_time", "fidelity"}
        "memory_time": the attempt fails at ``min(a, b) + value`` unless ``|a - b| <= value``.
        "run_time": it fails at `value` unless ``max(a, b) <= value``.
        "fidelity": it fails as soon as a pair that is there is worse than `value` (the first time, however
        its fidelity goes on); where times are slots, in the last slot in which it is not.
    value : float or array_like
        Seconds, finite and not negative, or a fidelity to Phi+ in [0.25, 1]; 0 for "none".

    Raises
    ------
    ValueError
        If `value` is out of the range of its `kind`.

    Notes
    -----
    B. Li, T. Coopmans, D. Elkouss, IEEE Trans. Quantum Eng. 2, 4103015 (2021), section III.

    Examples
    --------
    >>> import ebit
    >>> ebit.CutOff("memory_time", 0.25).value
    0.25
    """

    kind: str = "none"
    value: Number = 0.0

    def __post_init__(self) -> None:
        one_of("kind", self.kind, tuple(_CUTOFF_RANGES))
        value = number("value", self.value)
        lowest, highest, allowed = _CUTOFF_RANGES[self.kind]
        wrong = ~((np.asarray(value) >= lowest) & (np.asarray(value) <= highest))
        if wrong.any():
            raise ValueError(f"value = {np.asarray(value)[wrong][0]:g} is not allowed: it must be {allowed}")
        object.__setattr__(self, "value", value)


_OPERATIONS = {"s": "swap", "b": "bbpssw", "d": "dejmps", "e": "epl"}


@dataclass(frozen=True, slots=True, eq=False)
class Nested(Rules):
    """A nested protocol, level by level from the links up.

    Every level joins two pairs of the level below, made independently and at the same time: a swap
    joins two neighbouring pairs, a distillation two pairs of the same nodes. If the cut-off, the swap
    or the distillation fails, both pairs are lost and the level starts again from nothing.

    The nodes that distil use the CNOT and the readouts of their Bell measurement (`p_replace`,
    `p_readout_error`); end nodes must store. DEJMPS and BBPSSW keep a pair if the readouts are equal, EPL
    if both are 1: it turns two pairs of Psi+ mixed with ``|11>``, as single-click links make, into one Psi+
    (or, as all links here are rotated, two of Phi+ mixed with ``|10>`` or ``|01>`` into one Phi+).

    Distillation and fidelity cut-offs act on the pair's own state: the average over the swap outcomes,
    given all that was timed and heralded. Its Pauli frame is undone before a distillation and at delivery;
    until then it waits with the qubit (which matters where memories relax toward one of their states).

    Parameters
    ----------
    word : str
        One letter per level: "s" swap, "d" DEJMPS, "b" BBPSSW, "e" EPL distillation. A chain has
        ``2 ** word.count("s")`` links.
    cutoffs : sequence of CutOff, optional
        One per level; by default nothing is cut off.

    Notes
    -----
    B. Li, T. Coopmans, D. Elkouss, IEEE Trans. Quantum Eng. 2, 4103015 (2021); the distillations are
    those of C. H. Bennett et al., Phys. Rev. Lett. 76, 722 (1996), D. Deutsch et al., Phys. Rev. Lett.
    77, 2818 (1996), and E. T. Campbell, S. C. Benjamin, Phys. Rev. Lett. 101, 130502 (2008).

    Examples
    --------
    >>> import ebit
    >>> ebit.Nested("sds", [ebit.CutOff("memory_time", 20.0), ebit.CutOff(), ebit.CutOff()]).word
    'sds'
    """

    kind: ClassVar[str] = "nested"
    word: str
    cutoffs: Sequence[CutOff] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.word, str):
            raise TypeError(f"word = {self.word!r} is not allowed: it must be a text")
        if set(self.word) - set(_OPERATIONS):
            raise ValueError(f"word = {self.word!r} is not allowed: its letters must be s, d, b or e")
        if not isinstance(self.cutoffs, Sequence):
            raise TypeError(f"cutoffs = {self.cutoffs!r} is not allowed: it must be a sequence of CutOff")
        cutoffs = tuple(self.cutoffs) or (CutOff(),) * len(self.word)
        if len(cutoffs) != len(self.word):
            raise ValueError(
                f"cutoffs has {len(cutoffs)} members: it must have one per level, {len(self.word)}"
            )
        for level, cutoff in enumerate(cutoffs):
            if not isinstance(cutoff, CutOff):
                raise TypeError(f"cutoffs.{level} = {cutoff!r} is not allowed: it must be a CutOff")
        object.__setattr__(self, "cutoffs", cutoffs)

    @property
    def levels(self) -> list[tuple[str, str, Number]]:
        """Operation, kind of cut-off and its value, by level."""
        levels = zip(self.word, self.cutoffs, strict=True)
        return [(_OPERATIONS[letter], cutoff.kind, cutoff.value) for letter, cutoff in levels]


Protocol: TypeAlias = SwapAsap | Slotted | Doubling | Nested


def protocol_parameters(protocol: Protocol) -> dict[str, Any]:
    """Return what rebuilds a protocol, as plain dicts, tuples, texts and numbers."""
    if isinstance(protocol, Slotted) and not isinstance(protocol.policy, str):
        return {
            **protocol_parameters(replace(protocol, policy="swap_asap")),
            "policy": protocol.policy.parameters,
        }
    parameters = {"kind": protocol.kind, **plain(protocol._tree)}
    if isinstance(protocol, Slotted) and isinstance(protocol.cutoff, np.ndarray):
        parameters["cutoff"] = {"points": parameters["cutoff"]}  # a list would be one per node
    return parameters


def protocol_from_parameters(parameters: Mapping[str, Any]) -> Protocol:
    """Return the protocol that has these `parameters`."""
    protocols: dict[str, type[Protocol]] = {p.kind: p for p in (SwapAsap, Slotted, Doubling, Nested)}
    options = dict(parameters)
    protocol = protocols[one_of("kind", options.pop("kind", None), tuple(protocols))]
    if "cutoffs" in options:
        options["cutoffs"] = [CutOff(**cutoff) for cutoff in options["cutoffs"]]
    if isinstance(options.get("cutoff"), Mapping):
        options["cutoff"] = np.array(options["cutoff"]["points"], dtype=np.float64)
    if "policy" in options:
        options["policy"] = policy_from_parameters(options["policy"])
    return protocol(**options)
