"""The chains of the reference scenarios; their exact figures stand in `_figures`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import ebit
from ebit.benchmarks._tables import BEST_OF_THREE

_BRAND = "S. Brand, T. Coopmans, D. Elkouss, IEEE J. Sel. Areas Commun. 38, 619 (2020)"
_LI = "B. Li, T. Coopmans, D. Elkouss, IEEE Trans. Quantum Eng. 2, 4103015 (2021)"
_INESTA = "A. G. Inesta, G. Vardoyan, L. Scavuzzo, S. Wehner, npj Quantum Information 9, 46 (2023)"
_OWN = "chain of independent geometric links; closed forms in the documentation of ebit.exact"


class Description(NamedTuple):
    """A scenario without its figures."""

    name: str
    description: str
    source: str
    chain: ebit.Chain
    published: dict[str, tuple[float, float]]


def descriptions() -> Iterator[Description]:
    """Yield all scenarios, from the simplest protocol to the most involved."""
    yield from _without_losses()
    yield from _doubling()
    yield from _words()
    yield from _slotted()


def _chain(
    p: float | list[float],
    segments: int,
    protocol: object,
    *,
    p_swap: float = 1.0,
    fidelity: float = 1.0,
    memory: ebit.Memory | None = None,
    **options: Any,
) -> ebit.Chain:
    """Links of attempt time 1 s, so that seconds count attempts, between equal nodes."""
    ps = p if isinstance(p, list) else [p] * segments
    links = [ebit.links.ideal(p_success=x, fidelity=fidelity) for x in ps]
    node = ebit.Node(memory or ebit.Memory(), ebit.BellMeasurement(p_swap))
    return ebit.Chain(links, [node] * (segments + 1), protocol, **options)  # type: ignore[arg-type]


def _without_losses() -> Iterator[Description]:
    asap = ebit.SwapAsap()
    yield Description(
        "one-link",
        "One link, p = 1e-3 per attempt of 1 s, fidelity 0.97; nothing is stored.",
        _OWN,
        _chain(1e-3, 1, asap, fidelity=0.97),
        {"waiting_time": (1000.0, 1e-9)},
    )
    yield Description(
        "swap-asap-2-rare",
        "Two perfect links, p = 1e-9, one repeater whose memories dephase with t2 = 2e9 s, sure swaps, "
        "end nodes that measure at once. Nothing may be ticked or rounded.",
        _OWN,
        _chain(1e-9, 2, asap, memory=ebit.Memory(t2=2e9)),
        {},
    )
    yield Description(
        "swap-asap-4-stored",
        "Four links of different p (0.05, 0.02, 0.04, 0.03) and fidelity 0.98, sure swaps, all memories "
        "depolarize in 300 s, the end nodes store until delivery.",
        _OWN,
        _chain(
            [0.05, 0.02, 0.04, 0.03],
            4,
            asap,
            fidelity=0.98,
            memory=ebit.Memory.depolarizing(300.0),
            end_nodes="store",
        ),
        {},
    )
    yield Description(
        "swap-asap-16",
        "Sixteen Werner links (p = 0.01, w = 0.98), sure swaps, repeater memories that depolarize in 400 s, "
        "end nodes that measure at once.",
        _OWN,
        _chain(0.01, 16, asap, fidelity=0.985, memory=ebit.Memory.depolarizing(400.0)),
        {},
    )
    yield Description(
        "swap-asap-4-global-cutoff",
        "Four links (p = 0.1, fidelity 0.98), sure swaps; unless all links are there after 25 s (inclusive) "
        "all are given up and the chain starts again; memories dephase with t2 = 200 s, the left end node "
        "measures at once, the right one stores.",
        "K. Goodenough, T. Coopmans, D. Towsley, arXiv:2404.07146 (2024)",
        _chain(
            0.1,
            4,
            ebit.SwapAsap(global_cutoff=25.0),
            fidelity=0.98,
            memory=ebit.Memory(t2=200.0),
            end_nodes=("measure", "store"),
        ),
        {},
    )
    yield Description(
        "swap-asap-3-relaxing",
        "Three links (p = 0.1) that herald Phi+ with probability 0.9 and |00> else; memories with "
        "t1 = 150 s and t2 = 90 s, Bell measurements with p_replace = 0.01 and p_readout_error = 0.005, "
        "end nodes that store. Every Pauli outcome is undone at delivery, on the right qubit.",
        _OWN,
        _relaxing(),
        {},
    )


def _relaxing() -> ebit.Chain:
    phi_plus, zeros = np.diag([1.0, 1.0, -1.0, 1.0]), np.zeros((4, 4))
    zeros[::3, ::3] = 1.0
    link = ebit.links.ideal(p_success=0.1, state=ebit.Pair(0.9 * phi_plus + 0.1 * zeros))
    bsm = ebit.BellMeasurement(p_replace=0.01, p_readout_error=0.005)
    node = ebit.Node(ebit.Memory(t1=150.0, t2=90.0), bsm)
    return ebit.Chain([link] * 3, [node] * 4, ebit.SwapAsap(), end_nodes="store")


_ONCE = {"end_nodes": "store", "pair_decay": "once"}


def _doubling() -> Iterator[Description]:
    yield Description(
        "doubling-2-published",
        "Two Werner links (p = 0.01, w = 0.98), p_swap = 0.5; a waiting pair depolarizes once, in 300 s. "
        "The published means are truncated: exact to 1e-6.",
        _LI,
        _chain(
            0.01,
            2,
            ebit.Doubling(),
            p_swap=0.5,
            fidelity=0.985,
            memory=ebit.Memory.depolarizing(300.0),
            **_ONCE,
        ),
        {"waiting_time": (299.497955, 1e-3), "fidelity": (0.79090664, 3e-6)},
    )
    for segments, seconds in ((4, 400.0), (8, 400.0), (16, 4000.0)):
        yield Description(
            f"doubling-{segments}",
            f"{segments} Werner links (p = 0.01, w = 0.98) joined along a binary tree, p_swap = 0.5; a "
            f"waiting pair depolarizes once, in {seconds:g} s; a failed swap restarts both of its subtrees.",
            _BRAND,
            _chain(
                0.01,
                segments,
                ebit.Doubling(),
                p_swap=0.5,
                fidelity=0.985,
                memory=ebit.Memory.depolarizing(seconds),
                **_ONCE,
            ),
            {},
        )
    yield Description(
        "doubling-4-dephasing",
        "Four perfect links (p = 0.05), p_swap = 0.7; each memory dephases for itself with t2 = 500 s, end "
        "nodes measure at once.",
        _BRAND,
        _chain(0.05, 4, ebit.Doubling(), p_swap=0.7, memory=ebit.Memory(t2=500.0)),
        {},
    )


def _words() -> Iterator[Description]:
    def word(
        letters: str, cutoffs: list[tuple[str, float]], p: float, fidelity: float, p_swap: float = 0.5
    ) -> ebit.Chain:
        protocol = ebit.Nested(letters, [ebit.CutOff(kind, value) for kind, value in cutoffs])
        memory = ebit.Memory.depolarizing(400.0)
        segments = 2 ** letters.count("s")
        return _chain(p, segments, protocol, p_swap=p_swap, fidelity=fidelity, memory=memory, **_ONCE)

    yield Description(
        "nested-8-memory-cutoffs",
        "Eight Werner links (p = 0.1, w = 0.98), three swap levels with memory-time cut-offs of 16, 31 and "
        "55 s (inclusive), p_swap = 0.5; a waiting pair depolarizes once, in 400 s.",
        _LI,
        word("sss", [("memory_time", t) for t in (16.0, 31.0, 55.0)], 0.1, 0.985),
        {},
    )
    yield Description(
        "nested-4-run-time-cutoffs",
        "Four Werner links (p = 0.1, w = 0.98), two swap levels with run-time cut-offs of 30 and 80 s, "
        "p_swap = 0.5; a waiting pair depolarizes once, in 400 s.",
        _LI,
        word("ss", [("run_time", 30.0), ("run_time", 80.0)], 0.1, 0.985),
        {},
    )
    yield Description(
        "nested-2-fidelity-cutoff",
        "Two Werner links (p = 0.05, F = 0.97); both are given up as soon as one of them is worse than "
        "0.93; p_swap = 0.5; a waiting pair depolarizes once, in 400 s.",
        _LI,
        word("s", [("fidelity", 0.93)], 0.05, 0.97),
        {},
    )
    yield Description(
        "nested-4-dejmps",
        "Four Werner links (p = 0.2, F = 0.95); two pairs of every link are distilled by DEJMPS, then two "
        "swap levels, p_swap = 0.5; a waiting pair depolarizes once, in 400 s.",
        f"{_LI}; D. Deutsch et al., Phys. Rev. Lett. 77, 2818 (1996)",
        word("dss", [("none", 0.0)] * 3, 0.2, 0.95),
        {},
    )
    yield Description(
        "nested-2-bbpssw-cutoff",
        "Two Werner links (p = 0.2, F = 0.97), a swap (p_swap = 0.8, memory-time cut-off 20 s), then BBPSSW "
        "of two such pairs (memory-time cut-off 60 s); a waiting pair depolarizes once, in 400 s.",
        f"{_LI}; C. H. Bennett et al., Phys. Rev. Lett. 76, 722 (1996)",
        word("sb", [("memory_time", 20.0), ("memory_time", 60.0)], 0.2, 0.97, 0.8),
        {},
    )


def _slotted() -> Iterator[Description]:
    for p_swap, digits, tolerance in ((1.0, 1.38877031, 6e-9), (0.5, 9.34690422, 1e-6)):
        yield Description(
            f"slotted-4-cutoff-{'sure' if p_swap == 1.0 else 'failing'}",
            f"Four segments, p = 0.9, p_swap = {p_swap}, swap-asap, links are discarded at the end of the "
            "slot in which they are 2 slots old; a failed swap costs its whole cluster, hidden segments "
            "regenerate. Links of fidelity 0.97, memories with t2 = 50 s, end nodes measure at once.",
            _INESTA,
            _chain(
                0.9, 4, ebit.Slotted(cutoff=2.0), p_swap=p_swap, fidelity=0.97, memory=ebit.Memory(t2=50.0)
            ),
            {"waiting_time": (digits, tolerance)},
        )
    for p_swap, digits in ((1.0, 2.07107446), (0.5, 8.34378086)):
        yield Description(
            f"slotted-4-outer-nodes-first-{'sure' if p_swap == 1.0 else 'failing'}",
            f"Four segments, p = 0.9, p_swap = {p_swap}, cut-off 2 slots; while all four elementary links "
            "are there nodes 1 and 3 alone swap, else every node that holds two links; at most one round of "
            "swaps per slot. Links of fidelity 0.97, memories with t2 = 50 s, end nodes measure at once.",
            f"{_INESTA}, where the policy is called nested",
            _chain(
                0.9,
                4,
                ebit.Slotted("outer_nodes_first", cutoff=2.0),
                p_swap=p_swap,
                fidelity=0.97,
                memory=ebit.Memory(t2=50.0),
            ),
            {"waiting_time": (digits, 1e-6)},
        )
    for p_swap, digits in ((1.0, 8.8851855562), (0.5, 32.8647377)):
        yield Description(
            f"slotted-3-best-policy-{'sure' if p_swap == 1.0 else 'failing'}",
            f"Three segments, p = 0.3, p_swap = {p_swap}, cut-off 2 slots; the policy that delivers soonest, "
            "as a table from links and their ages to the nodes that swap. Links of fidelity 0.97, memories "
            "with t2 = 100 s, end nodes measure at once.",
            f"{_INESTA}, for the model and its best policies",
            _chain(
                0.3,
                3,
                ebit.Slotted(ebit.PolicyTable(BEST_OF_THREE[p_swap]), cutoff=2.0),
                p_swap=p_swap,
                fidelity=0.97,
                memory=ebit.Memory(t2=100.0),
            ),
            {"waiting_time": (digits, 3e-6)},
        )
    yield Description(
        "slotted-4-sequential",
        "Four segments, p = 0.2, p_swap = 0.8: segment k attempts only while a link from the left end "
        "reaches its left node, which swaps at once. Links of fidelity 0.97, memories with t2 = 100 s, end "
        "nodes that store.",
        "L. Kamin, E. Shchukin, F. Schmidt, P. van Loock, Phys. Rev. Research 5, 023086 (2023)",
        _chain(
            0.2,
            4,
            ebit.Slotted("sequential", generation="sequential"),
            p_swap=0.8,
            fidelity=0.97,
            memory=ebit.Memory(t2=100.0),
            end_nodes="store",
        ),
        {},
    )
    yield Description(
        "slotted-5-left-to-right",
        "Five segments, p = 0.3, p_swap = 0.6, swap-asap without cut-off; nodes of a cluster swap one after "
        "another from the left, a failure costs two links; hidden segments stay idle. Links of fidelity "
        "0.97, memories with t2 = 200 s, end nodes measure at once.",
        _INESTA,
        _chain(
            0.3,
            5,
            ebit.Slotted(failed_swap="left_to_right", hidden_segments="idle"),
            p_swap=0.6,
            fidelity=0.97,
            memory=ebit.Memory(t2=200.0),
        ),
        {},
    )
    yield Description(
        "slotted-2-cutoff",
        "Two segments, p = 0.3, sure swaps, cut-off 2 slots, perfect links, memories with t2 = 20 s; its "
        "mean waiting time is (2p^3 - 6p^2 + 4p + 1) / (2p^4 - 6p^3 + 5p^2).",
        _INESTA,
        _chain(0.3, 2, ebit.Slotted(cutoff=2.0), memory=ebit.Memory(t2=20.0)),
        {"waiting_time": (1.714 / 0.3042, 1e-12)},
    )
