"""What a chain description may hold: one frozen struct per table, one field per parameter.

A field that is not given stays `UNSET`, so that every default lives in the library alone; ranges
are checked there too. Field names are those of the parameters of the constructor in `CONSTRUCTORS`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

Number: TypeAlias = float | UnsetType
PerNode: TypeAlias = float | tuple[float, float] | UnsetType
EndNode: TypeAlias = Literal["measure", "store"]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]


# Written out before anything is judged; in the schema so that it is among the known keys.
Repeat: TypeAlias = int | UnsetType


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all tables."""


class Fibre(Table, frozen=True, tag_field="model", tag="fibre"):
    length: float
    attenuation_db_per_km: Number = UNSET
    loss_db: Number = UNSET
    coupling: Number = UNSET
    index: Number = UNSET


class FreeSpace(Table, frozen=True, tag_field="model", tag="free_space"):
    distance: float
    aperture_radius: float
    waist: Number = UNSET
    divergence: Number = UNSET
    wavelength: Number = UNSET
    pointing_jitter: Number = UNSET
    zenith_transmissivity: Number = UNSET
    elevation: Number = UNSET
    cn2: Number = UNSET
    turbulent_path: Number = UNSET
    coupling: Number = UNSET
    capture: Literal["gaussian", "weibull"] | UnsetType = UNSET
    steady_transmissivity: Number = UNSET


class Detector(Table, frozen=True):
    efficiency: Number = UNSET
    p_dark: Number = UNSET
    number_resolving: bool | UnsetType = UNSET


class FrequencyConverter(Table, frozen=True):
    efficiency: float
    noise_photons: Number = UNSET
    single_mode: bool | UnsetType = UNSET


class Relaxation(Table, frozen=True, tag_field="model", tag="relaxation"):
    t1: Number = UNSET
    t2: Number = UNSET
    excited_population: Number = UNSET


class Depolarizing(Table, frozen=True, tag_field="model", tag="depolarizing"):
    time: float


class PauliRates(Table, frozen=True, tag_field="model", tag="pauli_rates"):
    x: float
    y: float
    z: float


class BellMeasurement(Table, frozen=True):
    p_success: Number = UNSET
    p_replace: Number = UNSET
    p_readout_error: Number = UNSET


class Node(Table, frozen=True):
    memory: Relaxation | Depolarizing | PauliRates | UnsetType = UNSET
    bsm: BellMeasurement | UnsetType = UNSET
    repeat: Repeat = UNSET


class _Heralded(Table, frozen=True, kw_only=True):
    arm_a: Fibre | FreeSpace
    arm_b: Fibre | FreeSpace
    detector: Detector | UnsetType = UNSET
    source_efficiency: PerNode = UNSET
    converter: FrequencyConverter | tuple[FrequencyConverter, FrequencyConverter] | UnsetType = UNSET
    preparation_time: Number = UNSET
    modes: int | UnsetType = UNSET
    frame: Literal["phi", "psi"] | UnsetType = UNSET
    repeat: Repeat = UNSET


class SingleClick(_Heralded, frozen=True, kw_only=True, tag_field="scheme", tag="single_click"):
    bright_population: float | tuple[float, float]
    visibility: Number = UNSET
    phase_std: Number = UNSET
    p_double_excitation: PerNode = UNSET
    p_dephasing: PerNode = UNSET


class DoubleClick(_Heralded, frozen=True, kw_only=True, tag_field="scheme", tag="double_click"):
    visibility: Number = UNSET
    p_dephasing: PerNode = UNSET


class SpdcMidpoint(_Heralded, frozen=True, kw_only=True, tag_field="scheme", tag="spdc_midpoint"):
    mean_pairs: float
    misalignment: Number = UNSET
    pulse_period: Number = UNSET


class Ideal(Table, frozen=True, tag_field="scheme", tag="ideal"):
    p_success: float
    attempt_time: Number = UNSET
    fidelity: Number = UNSET
    state: tuple[tuple[float, ...], ...] | UnsetType = UNSET
    repeat: Repeat = UNSET


class SwapAsap(Table, frozen=True, tag_field="kind", tag="swap_asap"):
    global_cutoff: Number = UNSET


class PolicyTable(Table, frozen=True):
    states: tuple[tuple[tuple[tuple[int, int, int], ...], tuple[int, ...]], ...]
    repeats: bool | UnsetType = UNSET


class Slotted(Table, frozen=True, tag_field="kind", tag="slotted"):
    policy: Literal["swap_asap", "doubling", "outer_nodes_first", "sequential"] | PolicyTable | UnsetType = (
        UNSET
    )
    failed_swap: Literal["simultaneous", "left_to_right"] | UnsetType = UNSET
    hidden_segments: Literal["regenerate", "idle"] | UnsetType = UNSET
    generation: Literal["parallel", "sequential"] | UnsetType = UNSET
    cutoff: float | tuple[float, ...] | UnsetType = UNSET
    memories: Count | UnsetType = UNSET
    matching: Literal["best_first", "first_come", "random"] | UnsetType = UNSET


class Doubling(Table, frozen=True, tag_field="kind", tag="doubling"):
    pass


class CutOff(Table, frozen=True):
    kind: Literal["none", "memory_time", "run_time", "fidelity"] | UnsetType = UNSET
    value: Number = UNSET


class Nested(Table, frozen=True, kw_only=True, tag_field="kind", tag="nested"):
    word: str
    cutoffs: tuple[CutOff, ...] | UnsetType = UNSET


class Run(Table, frozen=True):
    """How long to sample: a number of shots, or until a figure is known to `rel_error`.

    Parameters
    ----------
    shots, rel_error, of, max_shots, threads, telemetry
        As of `ebit.estimate`; None if not given.
    seed : int, optional
        The run key, its `rng`.

    Examples
    --------
    >>> import ebit
    >>> ebit.config.Run(rel_error=1e-3, of="fidelity").shots is None
    True
    """

    shots: Count | None = None
    rel_error: float | None = None
    of: str | None = None
    max_shots: Count | None = None
    seed: Annotated[int, msgspec.Meta(ge=0)] | None = None
    threads: Count | None = None
    telemetry: bool | None = None


Link: TypeAlias = SingleClick | DoubleClick | SpdcMidpoint | Ideal


class Defaults(Table, frozen=True):
    link: Link | UnsetType = UNSET
    node: Node | UnsetType = UNSET


class Document(Table, frozen=True, kw_only=True):
    title: str = ""
    # Filled into the entries before anything is judged; here so that it is among the known keys.
    defaults: Defaults | UnsetType = UNSET
    links: tuple[Link, ...]
    nodes: tuple[Node, ...]
    protocol: SwapAsap | Slotted | Doubling | Nested = SwapAsap()
    end_nodes: EndNode | tuple[EndNode, EndNode] | UnsetType = UNSET
    pair_decay: Literal["each", "once"] | UnsetType = UNSET
    run: Run = Run()


#: The name in `ebit` of what a table becomes.
CONSTRUCTORS: dict[type[Table], str] = {
    Fibre: "Fibre",
    FreeSpace: "FreeSpace",
    Detector: "Detector",
    FrequencyConverter: "FrequencyConverter",
    Relaxation: "Memory",
    Depolarizing: "Memory.depolarizing",
    PauliRates: "Memory.pauli_rates",
    BellMeasurement: "BellMeasurement",
    Node: "Node",
    SingleClick: "links.single_click",
    DoubleClick: "links.double_click",
    SpdcMidpoint: "links.spdc_midpoint",
    Ideal: "links.ideal",
    SwapAsap: "SwapAsap",
    PolicyTable: "PolicyTable",
    Slotted: "Slotted",
    Doubling: "Doubling",
    CutOff: "CutOff",
    Nested: "Nested",
}

#: Keys that say which kind a table is, and what is meant where the key is missing.
TAGS = ("scheme", "model", "kind")
_IMPLIED = {
    "arm_a": ("model", "fibre"),
    "arm_b": ("model", "fibre"),
    "memory": ("model", "relaxation"),
    "protocol": ("kind", "swap_asap"),
}


def tagged(tree: Any) -> Any:
    """Return a copy of a tree in which every table of several kinds says which one it is."""
    if isinstance(tree, list):
        return [tagged(member) for member in tree]
    if not isinstance(tree, dict):
        return tree
    copy = {key: tagged(value) for key, value in tree.items()}
    for name, (tag, kind) in _IMPLIED.items():
        if isinstance(copy.get(name), dict):
            copy[name].setdefault(tag, kind)
    return copy
