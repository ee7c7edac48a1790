"""Results as JSON, without samples."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ebit._arrays import FloatArray
from ebit.chain import Figure
from ebit.results._result import FORMAT, Result


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


def from_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: from_json(member) for key, member in value.items()}
    if isinstance(value, list):
        return [from_json(member) for member in value]
    return float(value) if value in ("inf", "-inf") else value


def provenance_text(result: Result) -> str:
    return json.dumps(to_json(result.provenance), allow_nan=False)


def write(result: Result) -> bytes:
    if result.samples:
        raise ValueError("JSON holds no samples: save them as .nc or .csv")
    document = {
        "format": FORMAT,
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


def read(content: bytes) -> Result:
    document = from_json(json.loads(content))
    return Result(
        provenance=document["provenance"],
        title=document["title"],
        figures={
            name: Figure(*(number(_numbers(figure[part])) for part in Figure._fields))
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


def number(values: FloatArray) -> Any:
    """A float, or an array over points."""
    return float(values) if values.ndim == 0 else values
