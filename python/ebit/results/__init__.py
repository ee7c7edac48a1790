"""Results on disk: figures, distributions and samples, with all it takes to make them again.

NetCDF-3 (``.nc``, needs scipy; xarray and pandas open it), JSON (``.json``, without samples) and CSV
(``.csv``, samples alone; ``pandas.read_csv(path, comment="#")``). The points of a sweep are dimensions
``point_0``, ``point_1`` ... of a NetCDF file and columns of a CSV file. Every file appears whole or not
at all. NetCDF-3 has no integers of 64 bits: its samples are float64, attempts included, which holds
whole numbers to 2**53.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np

from ebit._arrays import FloatArray, require
from ebit._files import write_atomically
from ebit.chain import Run, Summary
from ebit.results import _csv, _json, _netcdf
from ebit.results._json import to_json as to_json
from ebit.results._netcdf import MOST_NETCDF_SAMPLES as MOST_NETCDF_SAMPLES
from ebit.results._result import TELEMETRY_COLUMNS, Result
from ebit.results._result import UNITS as UNITS

__all__ = ["Result", "load", "save"]

_WRITERS: dict[str, Callable[[Result], bytes]] = {
    ".nc": _netcdf.write,
    ".json": _json.write,
    ".csv": _csv.write,
}
_READERS: dict[str, Callable[[bytes], Result]] = {".nc": _netcdf.read, ".json": _json.read, ".csv": _csv.read}


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
    require("result", result, Run, Summary)
    if samples is not None:
        require("samples", samples, Run)
        if samples.chain != result.chain:
            raise ValueError(f"samples are of {samples.chain!r}: they must be of the chain of the result")
    for part in (result,) if samples is None else (result, samples):
        if not np.all(part.shots if isinstance(part, Summary) else len(part)):
            raise ValueError("a result needs at least one shot")
    summary = result if isinstance(result, Summary) else None
    samples = result if isinstance(result, Run) else samples
    columns = {}
    if samples is not None:
        names = ["waiting_time", "attempts", "fidelity", "correlations"]
        names += TELEMETRY_COLUMNS if samples.telemetry else ()
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
