"""Samples as CSV, one row per shot."""

from __future__ import annotations

import io
import json
import math

import numpy as np

from ebit._arrays import FloatArray
from ebit.results._json import from_json, provenance_text
from ebit.results._result import POINT, TELEMETRY_COLUMNS, Result

_CSV_COLUMNS = ("waiting_time", "attempts", "fidelity")
_CSV_NODE = "storage_time_"  # and the node


def write(result: Result) -> bytes:
    if not result.samples:
        raise ValueError("CSV holds samples alone: save a summary as .nc or .json")
    text = io.StringIO()
    names = [*_CSV_COLUMNS, *(name for name in TELEMETRY_COLUMNS if name in result.samples)]
    shape = result.samples["waiting_time"].shape
    axes = [f"{POINT}{axis}" for axis in range(len(shape) - 1)]
    points = np.indices(shape)[:-1].reshape(len(axes), math.prod(shape)).T
    columns = np.column_stack([points, *(_by_row(result.samples[name], shape) for name in names)])
    if "storage_time" in result.samples:
        nodes = result.samples["storage_time"].shape[-1]
        names[-1:] = [f"{_CSV_NODE}{node}" for node in range(nodes)]
    text.write(f"# {provenance_text(result)}\n{','.join([*axes, *names])}\n")
    np.savetxt(text, columns, "%.17g", ",")
    return text.getvalue().encode()


def _by_row(column: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """One row for every shot of every point."""
    return column.reshape(math.prod(shape), -1)


def read(content: bytes) -> Result:
    first, header, *rows = content.decode().splitlines()
    names = header.split(",")
    provenance = from_json(json.loads(first.removeprefix("# ")))
    table = np.loadtxt(rows, delimiter=",", ndmin=2).reshape(-1, len(names))
    axes = sum(name.startswith(POINT) for name in names)
    shape = (*(int(size) + 1 for size in table[:, :axes].max(axis=0)), -1)
    columns = dict(zip(names[axes:], table[:, axes:].T, strict=True))
    samples = {name: c.reshape(shape) for name, c in columns.items() if not name.startswith(_CSV_NODE)}
    if len(samples) < len(columns):
        times = [column for name, column in columns.items() if name.startswith(_CSV_NODE)]
        samples["storage_time"] = np.stack([time.reshape(shape) for time in times], axis=-1)
    return Result(provenance, samples=samples)
