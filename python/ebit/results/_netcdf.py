"""Results as NetCDF-3: figures, distributions and samples."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ebit.chain import Figure
from ebit.results._json import from_json, number, provenance_text
from ebit.results._result import FORMAT, POINT, UNITS, Result

if TYPE_CHECKING:
    from scipy.io import netcdf_file

# Dimensions of samples and of everything that is per Pauli operator.
_SAMPLE_DIMENSIONS = {"correlations": ("shot", "pauli_a", "pauli_b"), "storage_time": ("shot", "node")}
_NODE_DIMENSIONS = {
    "storage_time_zeros": ("node",),
    "storage_time_counts": ("node", "storage_time_bin"),
    "storage_time_edges": ("storage_time_edge",),
}
_MOST_BYTES = 2**32 - 4  # of one variable in this format
#: The most shots whose samples a NetCDF-3 file holds: 16 numbers of each are one variable. (Storage
#: times of more than 16 nodes leave room for fewer.)
MOST_NETCDF_SAMPLES = _MOST_BYTES // (16 * 8)


def _netcdf(*arguments: Any) -> netcdf_file:
    try:
        from scipy.io import netcdf_file
    except ImportError:
        raise ImportError(
            "NetCDF files need scipy: pip install ebit[files] (or choose .json or .csv)"
        ) from None
    return netcdf_file(*arguments, mmap=False)


class _NetCDFWriter:
    """Variables of float64, with dimensions made as they come."""

    def __init__(self, file: netcdf_file) -> None:
        self.file = file

    def add(self, name: str, values: Any, dimensions: tuple[str, ...], unit: str, meaning: str) -> None:
        values = np.asarray(values, dtype=np.float64)
        if values.nbytes > _MOST_BYTES:
            raise ValueError(f"{name} of {len(values)} shots is too large for a NetCDF file: use .csv")
        for dimension, size in zip(dimensions, values.shape, strict=True):
            if dimension not in self.file.dimensions:
                self.file.createDimension(dimension, size)
        variable = self.file.createVariable(name, "d", dimensions)
        variable[...] = values
        variable.units = unit
        variable.long_name = meaning


def write(result: Result) -> bytes:
    buffer = io.BytesIO()
    file = _netcdf(buffer, "w")
    file.ebit_format = str(FORMAT)
    file.title = (result.title or "ebit").encode()
    file.provenance = provenance_text(result).encode()
    writer = _NetCDFWriter(file)
    points = _point_dimensions(result)
    for name, figure in result.figures.items():
        unit = UNITS.get(name, "1")
        writer.add(name, figure.value, points, unit, name.replace("_", " "))
        writer.add(f"{name}_standard_error", figure.standard_error, points, unit, f"standard error of {name}")
    if result.pair is not None:
        paulis = (*points, "pauli_a", "pauli_b")
        writer.add("pair_correlations", result.pair, paulis, "1", "tr(P_a P_b rho) of the mean pair")
    for name, (counts, edges) in result.histograms.items():
        unit = UNITS.get(name, "1")
        writer.add(f"{name}_counts", counts, (f"{name}_bin",), "1", f"pairs by {name}")
        writer.add(f"{name}_edges", edges, (f"{name}_edge",), unit, f"edges of the bins of {name}_counts")
    for name, values in result.nodes.items():
        unit = "1" if name.endswith(("zeros", "counts")) else "s"
        meaning = f"{name.replace('_', ' ')} of every node"
        writer.add(f"node_{name}", values, _NODE_DIMENSIONS.get(name, (*points, "node")), unit, meaning)
    for name, column in result.samples.items():
        dimensions = (*points, *_SAMPLE_DIMENSIONS.get(name, ("shot",)))
        writer.add(f"sample_{name}", column, dimensions, UNITS.get(name, "1"), f"{name} of every shot")
    file.flush()
    return buffer.getvalue()


def _point_dimensions(result: Result) -> tuple[str, ...]:
    """Of the axes of a chain with a shape."""
    axes = [np.ndim(figure.value) for figure in result.figures.values()]
    axes += [result.samples["waiting_time"].ndim - 1] if result.samples else []
    return tuple(f"{POINT}{axis}" for axis in range(axes[0]))


def read(content: bytes) -> Result:
    file = _netcdf(io.BytesIO(content), "r")
    data = {name: np.array(variable[...], dtype=np.float64) for name, variable in file.variables.items()}
    nodes = {name: data.pop(name) for name in list(data) if name.startswith("node_")}
    errors = "_standard_error"
    names = [name.removesuffix(errors) for name in data if name.endswith(errors)]
    shapes = [name.removesuffix("_counts") for name in data if name.endswith("_counts")]
    return Result(
        provenance=from_json(json.loads(file.provenance)),
        title=file.title.decode(),
        figures={name: Figure(number(data[name]), number(data[name + errors])) for name in names},
        pair=data.get("pair_correlations"),
        histograms={name: (data[f"{name}_counts"], data[f"{name}_edges"]) for name in shapes},
        nodes={name.removeprefix("node_"): values for name, values in nodes.items()},
        samples={name.removeprefix("sample_"): data[name] for name in data if name.startswith("sample_")},
    )
