"""Chains whose time runs in slots, and the rules by which links come, are joined and are lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ebit._arrays import as_int, one_of
from ebit._points import Number, number
from ebit.chain.policies import CompiledPolicy, PolicyTable
from ebit.chain.rules import Rules

_POLICIES = ("swap_asap", "doubling", "outer_nodes_first", "sequential")
_CHOICES = {
    "failed_swap": ("simultaneous", "left_to_right"),
    "hidden_segments": ("regenerate", "idle"),
    "generation": ("parallel", "sequential"),
    "matching": ("best_first", "first_come", "random"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Slotted(Rules):
    """Time runs in slots of one attempt, and rules say which links are joined and which are lost.

    In every slot, in this order: segments whose two memories are free attempt; nodes that hold two
    links, and that the policy names, swap; a pair between the ends is delivered; links that are too old
    are discarded. All links share one attempt time.

    Parameters
    ----------
    policy : {"swap_asap", "doubling", "outer_nodes_first", "sequential"}, PolicyTable or CompiledPolicy
        Which of the nodes that hold two links swap. "swap_asap": all. "doubling": only along a balanced
        binary tree (of an odd number of segments the left half takes one more). "outer_nodes_first", for
        four links: nodes 1 and 3 while all four elementary links are there, otherwise all. "sequential": a
        node whose left link reaches node 0. Doubling and sequential go on in the same slot as long as
        something swapped; the others swap once per slot.
    failed_swap : {"simultaneous", "left_to_right"}
        Which links a failed swap costs. When several neighbouring nodes swap in one slot, either all
        links of that contiguous cluster ("simultaneous", nobody knows yet of the others' outcomes),
        or, the nodes acting one after another from the left, only the two links of the failed swap.
    hidden_segments : {"regenerate", "idle"}
        Whether segments below a longer link, whose memories are free, generate new links already.
    generation : {"parallel", "sequential"}
        Whether all segments attempt from the start, or segment k only while a link from the left end
        reaches its left node.
    cutoff : float or ndarray, or a sequence of them, default inf
        Seconds, one number (or array over the points of a sweep), or a tuple or list of one per node
        (``n + 1``). At the end of a slot every link as old as the smaller cut-off of its two end nodes is
        discarded, so that a link is of use up to this age inclusive; a swapped link is as old as the older
        of its parts.
    memories : int
        Of a repeater toward each side, and of an end node. A segment makes as many attempts in a slot as
        memories are free at both of its ends; of several pairs between the ends the youngest is
        delivered. Several memories need the policy "swap_asap" or "doubling".
    matching : {"best_first", "first_come", "random"}
        Which links a node with several memories joins: of a links from the left and b from the right
        min(a, b) pairs, the first with the first, the second with the second. "best_first" takes the
        youngest links first, "first_come" the oldest; of links of one age the longer, then the one whose
        qubit came to the node earlier. "random": every choice is as likely as any other. Joined
        "best_first" or at random, links that cross can block each other for ever: on more than three
        segments (two, with idle hidden segments) "swap_asap" then needs a cut-off at every repeater.

    Raises
    ------
    ValueError
        For words that are not known, and numbers out of range.
    TypeError
        If a number is not one.

    Notes
    -----
    The model, and outer_nodes_first under the name of nested, are those of A. G. Inesta, G. Vardoyan,
    L. Scavuzzo, S. Wehner, npj Quantum Information 9, 46 (2023); sequential generation is that of L. Kamin,
    E. Shchukin, F. Schmidt, P. van Loock, Phys. Rev. Research 5, 023086 (2023).

    Examples
    --------
    >>> import ebit
    >>> ebit.Slotted(cutoff=0.02).failed_swap
    'simultaneous'
    """

    kind: ClassVar[str] = "slotted"
    policy: str | PolicyTable | CompiledPolicy = "swap_asap"
    failed_swap: str = "simultaneous"
    hidden_segments: str = "regenerate"
    generation: str = "parallel"
    cutoff: Number | tuple[Number, ...] = float("inf")
    memories: int = 1
    matching: str = "best_first"

    def __post_init__(self) -> None:
        if not isinstance(self.policy, PolicyTable | CompiledPolicy):
            one_of("policy", self.policy, _POLICIES)
        for name, allowed in _CHOICES.items():
            one_of(name, getattr(self, name), allowed)
        object.__setattr__(self, "cutoff", _cutoff(self.cutoff))
        memories = as_int("memories", self.memories)
        if memories < 1:
            raise ValueError(f"memories = {memories} is not allowed: it must be at least 1")
        object.__setattr__(self, "memories", memories)

    def cutoffs(self, nodes: int) -> tuple[Number, ...]:
        """Return the cut-off of every node, in seconds.

        Parameters
        ----------
        nodes : int
            How many there are.

        Returns
        -------
        tuple of float (or array)

        Examples
        --------
        >>> import ebit
        >>> ebit.Slotted(cutoff=0.5).cutoffs(3)
        (0.5, 0.5, 0.5)
        """
        return self.cutoff if isinstance(self.cutoff, tuple) else (self.cutoff,) * nodes


def _cutoff(value: Any) -> Number | tuple[Number, ...]:
    if not isinstance(value, list | tuple):
        return _seconds("cutoff", value)
    if len(value) == 0:
        raise TypeError("cutoff has no members: it must be a number, or one per node")
    return tuple(_seconds(f"cutoff.{node}", seconds) for node, seconds in enumerate(value))


def _seconds(name: str, value: Any) -> Number:
    seconds = number(name, value)
    wrong = ~(np.asarray(seconds) >= 0.0)
    if wrong.any():
        raise ValueError(
            f"{name} = {np.asarray(seconds)[wrong][0]:g} is not allowed: it must be non-negative"
        )
    return seconds
