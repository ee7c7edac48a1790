"""Plots of results, with matplotlib (``pip install ebit[plot]``)."""

from __future__ import annotations

import io
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from ebit._files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ebit._arrays import FloatArray, IntArray
    from ebit.chain import Summary

__all__ = ["plot", "save"]

_BARS = 100


def plot(summary: Summary, title: str = "") -> Figure:
    """Draw the distributions of waiting time and fidelity of the delivered pairs.

    Parameters
    ----------
    summary : Summary
        Of at least one shot.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
        Drawn without pyplot: it opens no window, and needs no display.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If there are no shots.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=1.0)])
    >>> figure = ebit.plot.plot(ebit.estimate(chain, shots=1000, rng=7))
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['waiting time (s)', 'fidelity']
    """
    from matplotlib.figure import Figure

    if summary.shots == 0:
        raise ValueError("a plot needs at least one shot")
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    times, fidelities = figure.subplots(1, 2)
    figure.suptitle(title)
    _draw(times, *summary.waiting_time_histogram(), summary.figures["waiting_time"].value, "waiting time (s)")
    _draw(fidelities, *summary.fidelity_histogram(), summary.figures["fidelity"].value, "fidelity")
    return figure


def save(summary: Summary, path: str | PathLike[str], title: str = "") -> None:
    """Draw `plot` into a PNG file; it appears whole or not at all.

    Examples
    --------
    >>> import ebit, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "one.png"
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=1.0)])
    >>> ebit.plot.save(ebit.estimate(chain, shots=1000, rng=7), path)
    >>> path.read_bytes()[1:4]
    b'PNG'
    """
    image = io.BytesIO()
    plot(summary, title).savefig(image, format="png", dpi=150)
    write_atomically(path, image.getvalue())


def _draw(axes: Axes, counts: IntArray, edges: FloatArray, mean: float, label: str) -> None:
    """Draw a histogram as a density, its bins joined to bars of about one width, and its mean."""
    seen = np.flatnonzero(counts)
    first, last = int(seen[0]), int(seen[-1]) + 1
    bars = np.linspace(edges[first], edges[last], _BARS + 1)[:-1]
    starts = first + np.unique(np.searchsorted(edges[first:last], bars, side="right") - 1)
    heights = np.add.reduceat(counts[:last], starts)
    bounds = np.append(edges[starts], edges[last])
    axes.stairs(heights / heights.sum() / np.diff(bounds), bounds, fill=True)
    axes.axvline(mean, color="black", linestyle="dashed", linewidth=1.0, label=f"mean {mean:.4g}")
    axes.set_xlabel(label)
    axes.set_ylabel("probability density")
    axes.legend()
