"""What a file of results holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ebit._arrays import FloatArray
from ebit.chain import Chain, Figure

#: Unit of every figure that is not a pure number.
UNITS = {
    "rate": "Hz",
    "waiting_time": "s",
    "secret_key_rate": "bit/s",
    "distillable_entanglement": "ebit",
    "tagged_secret_key_rate": "bit/s",
    "storage_time": "s",
}

#: Of files; a reader of another one would not understand them.
FORMAT = 1
#: Columns of samples that telemetry adds.
TELEMETRY_COLUMNS = ("swaps", "lost_swaps", "distillations", "lost_distillations", "storage_time")
#: Dimension and column of a chain with a shape: this, and the axis.
POINT = "point_"


@dataclass(frozen=True, slots=True)
class Result:
    """What a file holds.

    Of a chain with a shape all arrays have the axes of its points first, (...), and there are no
    distributions.

    Attributes
    ----------
    provenance : dict
        Chain, key, shots, version and instruction set of the run.
    title : str
    figures : dict of Figure
        By name; empty without a summary.
    pair : float64 array, shape (..., 4, 4), or None
        Correlations of the mean pair.
    histograms : dict of (counts, edges)
        "waiting_time" (s) and "fidelity"; empty without a summary.
    nodes : dict of float64 arrays
        Of every node, with telemetry: "storage_time" (s) and "storage_time_standard_error", shape
        (..., nodes); "storage_time_zeros", shape (nodes,), pairs that it did not store, and of the others
        "storage_time_counts", shape (nodes, bins), and "storage_time_edges" (s), shape (bins + 1,).
    samples : dict of float64 arrays
        "waiting_time" (s), "attempts" and "fidelity", shape (..., shots); "correlations", shape
        (..., shots, 4, 4); with telemetry also "swaps", "lost_swaps", "distillations" and
        "lost_distillations", shape (..., shots), and "storage_time" (s), shape (..., shots, nodes).
        Empty without samples.

    Examples
    --------
    >>> import ebit, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "samples.csv"
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.9)])
    >>> ebit.results.save(ebit.sample(chain, shots=3, rng=7), path)
    >>> result = ebit.results.load(path)
    >>> len(result.samples["waiting_time"]), result.provenance["key"]
    (3, 7)
    """

    provenance: dict[str, Any]
    title: str = ""
    figures: dict[str, Figure] = field(default_factory=dict)
    pair: FloatArray | None = None
    histograms: dict[str, tuple[FloatArray, FloatArray]] = field(default_factory=dict)
    nodes: dict[str, FloatArray] = field(default_factory=dict)
    samples: dict[str, FloatArray] = field(default_factory=dict)

    @property
    def chain(self) -> Chain:
        """The chain of the run: with the key and the shots of `provenance` it is run again."""
        return Chain.from_parameters(self.provenance["chain"])
