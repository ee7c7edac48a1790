"""Results on disk: figures, distributions and samples, with all it takes to make them again.

NetCDF-3 (``.nc``, needs scipy; xarray and pandas open it), JSON (``.json``, without samples) and CSV
(``.csv``, samples alone; ``pandas.read_csv(path, comment="#")``). The points of a sweep are dimensions
``point_0``, ``point_1`` ... of a NetCDF file and columns of a CSV file. Every file appears whole or not
at all. NetCDF-3 has no integers of 64 bits: its samples are float64, attempts included, which holds
whole numbers to 2**53.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ebit._arrays import FloatArray
from ebit._files import write_atomically
from ebit.chain import Chain, Figure, Run, Summary

if TYPE_CHECKING:
    from scipy.io import netcdf_file

__all__ = ["Result", "load", "save"]

#: Unit of every figure that is not a pure number.
UNITS = {
    "rate": "Hz",
    "waiting_time": "s",
    "secret_key_rate": "bit/s",
    "distillable_entanglement": "ebit",
    "tagged_secret_key_rate": "bit/s",
    "storage_time": "s",
}

_FORMAT = 1


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


def save(
    result: Run | Summary, path: str | PathLike[str], *, samples: Run | None = None, title: str = ""
) -> None:
    """Write a result, in the format that the suffix of `path` names.

    Parameters
    ----------
    result : Run or Summary
    path : path
        Ends in ``.nc`` (anything), ``.json`` (a summary) or ``.csv`` (samples). The file is written
        beside its place and moved there, so that no reader ever sees half of it.
    samples : Run, optional
        Samples to keep with a summary.
    title : str, optional

    Raises
    ------
    ValueError
        If the format is unknown or cannot hold the result.
    ImportError
        If ``.nc`` is asked for and scipy is not installed.

    Examples
    --------
    >>> import ebit, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "one.json"
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.9)])
    >>> ebit.results.save(ebit.estimate(chain, shots=1000, rng=7), path)
    >>> again = ebit.results.load(path)
    >>> ebit.estimate(again.chain, shots=again.provenance["shots"], rng=again.provenance["key"]).value \\
    ...     == again.figures["rate"].value
    True
    """
    writer = _WRITERS[_format(path)]
    write_atomically(path, writer(_result(result, samples, title)))


def load(path: str | PathLike[str]) -> Result:
    """Read what `save` wrote.

    Parameters
    ----------
    path : path
        Ends in ``.nc``, ``.json`` or ``.csv``.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If the file is not one of ours.

    Examples
    --------
    >>> import ebit, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "one.nc"
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=1.0, fidelity=0.9)])
    >>> ebit.results.save(ebit.estimate(chain, shots=1000, rng=7), path)
    >>> ebit.results.load(path).figures["rate"].value
    1.0
    """
    reader = _READERS[_format(path)]
    content = Path(path).read_bytes()
    try:
        return reader(content)
    except ImportError:
        raise
    except Exception as error:  # whatever a parser trips over
        raise ValueError(
            f"{path} is not a result of this library ({type(error).__name__}: {error})"
        ) from None


def _format(path: str | PathLike[str]) -> str:
    suffix = Path(path).suffix
    if suffix not in _WRITERS:
        raise ValueError(
            f"{path}: the format {suffix!r} is not known, it must be one of {', '.join(_WRITERS)}"
        )
    return suffix


def _result(result: Run | Summary, samples: Run | None, title: str) -> Result:
    for part in (result,) if samples is None else (result, samples):
        if not isinstance(part, Run | Summary):
            raise TypeError(f"{part!r} is not allowed: it must be a Run or a Summary")
        if not np.all(part.shots if isinstance(part, Summary) else len(part)):
            raise ValueError("a result needs at least one shot")
    summary = result if isinstance(result, Summary) else None
    samples = result if isinstance(result, Run) else samples
    columns = {}
    if samples is not None:
        names = ["waiting_time", "attempts", "fidelity", "correlations"]
        names += _TELEMETRY_COLUMNS if samples.telemetry else ()
        columns = {name: np.asarray(getattr(samples, name), dtype=np.float64) for name in names}
    if summary is None:
        return Result(result.provenance, title, samples=columns)
    histograms = {}
    if summary.chain.shape == ():
        histograms = {
            "waiting_time": summary.waiting_time_histogram(),
            "fidelity": summary.fidelity_histogram(),
        }
    return Result(
        provenance={
            **summary.provenance,
            "of": summary.of,
            "complete": np.asarray(summary.complete).tolist(),
        },
        title=title,
        figures=dict(summary.figures),
        pair=summary.pair.correlations,
        histograms={name: (counts.astype(np.float64), edges) for name, (counts, edges) in histograms.items()},
        nodes=_nodes(summary) if summary.telemetry else {},
        samples=columns,
    )


def _nodes(summary: Summary) -> dict[str, FloatArray]:
    times = [summary.storage_time(node) for node in range(len(summary.chain) + 1)]
    of_nodes = {
        "storage_time": np.stack([time.value for time in times], axis=-1),
        "storage_time_standard_error": np.stack([time.standard_error for time in times], axis=-1),
    }
    if summary.chain.shape:
        return of_nodes
    zeros, counts, edges = summary.storage_time_histograms()
    return {
        **of_nodes,
        "storage_time_zeros": zeros.astype(np.float64),
        "storage_time_counts": counts.astype(np.float64),
        "storage_time_edges": edges,
    }


# ---- JSON ----


def to_json(value: Any) -> Any:
    """Return plain lists, dicts and numbers; JSON has no NaN (null) and no infinity (a text)."""
    if isinstance(value, Mapping):
        return {key: to_json(member) for key, member in value.items()}
    if isinstance(value, np.ndarray):
        return to_json(value.tolist())
    if isinstance(value, Figure):
        return to_json(value._asdict())
    if isinstance(value, list | tuple):
        return [to_json(member) for member in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _from_json(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_from_json(member) for member in value]
    return float(value) if value in ("inf", "-inf") else value


def _provenance_text(result: Result) -> str:
    return json.dumps(to_json(result.provenance), allow_nan=False)


def _write_json(result: Result) -> bytes:
    if result.samples:
        raise ValueError("JSON holds no samples: save them as .nc or .csv")
    document = {
        "format": _FORMAT,
        "title": result.title,
        "figures": result.figures,
        "pair": result.pair,
        "histograms": {
            name: {"counts": counts, "edges": edges} for name, (counts, edges) in result.histograms.items()
        },
        "nodes": result.nodes,
        "provenance": result.provenance,
    }
    return json.dumps(to_json(document), allow_nan=False, indent=1).encode()


def _read_json(content: bytes) -> Result:
    document = _from_json(json.loads(content))
    return Result(
        provenance=document["provenance"],
        title=document["title"],
        figures={
            name: Figure(*(_number(_numbers(figure[part])) for part in Figure._fields))
            for name, figure in document["figures"].items()
        },
        pair=_numbers(document["pair"]),
        histograms={
            name: (_numbers(histogram["counts"]), _numbers(histogram["edges"]))
            for name, histogram in document["histograms"].items()
        },
        nodes={name: _numbers(values) for name, values in document["nodes"].items()},
    )


def _numbers(values: Any) -> FloatArray:
    return np.array(values, dtype=np.float64)  # NaN for None


def _number(values: FloatArray) -> Any:
    """A float, or an array over points."""
    return float(values) if values.ndim == 0 else values


# ---- CSV ----

_CSV_COLUMNS = ("waiting_time", "attempts", "fidelity")
_TELEMETRY_COLUMNS = ("swaps", "lost_swaps", "distillations", "lost_distillations", "storage_time")
_CSV_NODE = "storage_time_"  # and the node
_POINT = "point_"  # and the axis, of a chain with a shape


def _write_csv(result: Result) -> bytes:
    if not result.samples:
        raise ValueError("CSV holds samples alone: save a summary as .nc or .json")
    text = io.StringIO()
    names = [*_CSV_COLUMNS, *(name for name in _TELEMETRY_COLUMNS if name in result.samples)]
    shape = result.samples["waiting_time"].shape
    axes = [f"{_POINT}{axis}" for axis in range(len(shape) - 1)]
    points = np.indices(shape)[:-1].reshape(len(axes), math.prod(shape)).T
    columns = np.column_stack([points, *(_by_row(result.samples[name], shape) for name in names)])
    if "storage_time" in result.samples:
        nodes = result.samples["storage_time"].shape[-1]
        names[-1:] = [f"{_CSV_NODE}{node}" for node in range(nodes)]
    text.write(f"# {_provenance_text(result)}\n{','.join([*axes, *names])}\n")
    np.savetxt(text, columns, "%.17g", ",")
    return text.getvalue().encode()


def _by_row(column: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """One row for every shot of every point."""
    return column.reshape(math.prod(shape), -1)


def _read_csv(content: bytes) -> Result:
    first, header, *rows = content.decode().splitlines()
    names = header.split(",")
    provenance = _from_json(json.loads(first.removeprefix("# ")))
    table = np.loadtxt(rows, delimiter=",", ndmin=2).reshape(-1, len(names))
    axes = sum(name.startswith(_POINT) for name in names)
    shape = (*(int(size) + 1 for size in table[:, :axes].max(axis=0)), -1)
    columns = dict(zip(names[axes:], table[:, axes:].T, strict=True))
    samples = {name: c.reshape(shape) for name, c in columns.items() if not name.startswith(_CSV_NODE)}
    if len(samples) < len(columns):
        times = [column for name, column in columns.items() if name.startswith(_CSV_NODE)]
        samples["storage_time"] = np.stack([time.reshape(shape) for time in times], axis=-1)
    return Result(provenance, samples=samples)


# ---- NetCDF-3 ----

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


def _write_netcdf(result: Result) -> bytes:
    buffer = io.BytesIO()
    file = _netcdf(buffer, "w")
    file.ebit_format = str(_FORMAT)
    file.title = (result.title or "ebit").encode()
    file.provenance = _provenance_text(result).encode()
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
    return tuple(f"{_POINT}{axis}" for axis in range(axes[0]))


def _read_netcdf(content: bytes) -> Result:
    file = _netcdf(io.BytesIO(content), "r")
    data = {name: np.array(variable[...], dtype=np.float64) for name, variable in file.variables.items()}
    nodes = {name: data.pop(name) for name in list(data) if name.startswith("node_")}
    errors = "_standard_error"
    names = [name.removesuffix(errors) for name in data if name.endswith(errors)]
    shapes = [name.removesuffix("_counts") for name in data if name.endswith("_counts")]
    return Result(
        provenance=_from_json(json.loads(file.provenance)),
        title=file.title.decode(),
        figures={name: Figure(_number(data[name]), _number(data[name + errors])) for name in names},
        pair=data.get("pair_correlations"),
        histograms={name: (data[f"{name}_counts"], data[f"{name}_edges"]) for name in shapes},
        nodes={name.removeprefix("node_"): values for name, values in nodes.items()},
        samples={name.removeprefix("sample_"): data[name] for name in data if name.startswith("sample_")},
    )


_WRITERS: dict[str, Callable[[Result], bytes]] = {
    ".nc": _write_netcdf,
    ".json": _write_json,
    ".csv": _write_csv,
}
_READERS: dict[str, Callable[[bytes], Result]] = {".nc": _read_netcdf, ".json": _read_json, ".csv": _read_csv}
