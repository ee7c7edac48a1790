"""Plots of results, with matplotlib (``pip install ebit[plot]``)."""

from __future__ import annotations

import io
import textwrap
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from ebit._files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ebit._arrays import FloatArray, IntArray
    from ebit.chain import Summary

__all__ = ["plot", "save"]

_BARS = 100
_SHOWN = 0.999  # share of the pairs up to which waiting times are drawn
_MOST_NODES = 9  # that storage times are drawn of
_TITLE_WIDTH = 90  # letters in a line
_MEAN: dict[str, Any] = {"color": "black", "linestyle": "dashed", "linewidth": 1.0}


def plot(summary: Summary, title: str = "") -> Figure:
    """Draw the distributions of waiting time and fidelity of the delivered pairs.

    The axis of the waiting time ends where 99.9 % of the pairs are delivered, so that a few late ones
    do not squeeze the others; densities and means are those of all pairs. With telemetry a third graph
    shows the windows of decoherence: the share of the pairs that a node stored for longer than a time.

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
    graphs = 3 if summary.telemetry else 2
    figure = Figure(figsize=(4.5 * graphs, 3.6), layout="constrained")
    times, fidelities, *storage = figure.subplots(1, graphs)
    figure.suptitle(textwrap.fill(title, _TITLE_WIDTH))
    _draw(times, *summary.waiting_time_histogram(), summary.figures["waiting_time"].value, "s", _SHOWN)
    _draw(fidelities, *summary.fidelity_histogram(), summary.figures["fidelity"].value, "", 1.0)
    times.set_xlabel("waiting time (s)")
    fidelities.set_xlabel("fidelity")
    if storage:
        _draw_storage(storage[0], summary)
    return figure


def save(summary: Summary, path: str | PathLike[str], title: str = "") -> None:
    """Draw `plot` into a PNG file; it appears whole or not at all.

    Parameters
    ----------
    summary : Summary
        With at least one shot.
    path : path
        The file.
    title : str, optional
        Above the figure.

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


def _draw(axes: Axes, counts: IntArray, edges: FloatArray, mean: float, unit: str, share: float) -> None:
    """Draw the `share` of a histogram that comes first, and its mean."""
    seen = np.flatnonzero(counts)
    first = int(seen[0])
    last = int(np.searchsorted(np.cumsum(counts), share * counts.sum())) + 1
    if len(seen) == 1:
        _draw_single(axes, mean, unit)
    else:
        _draw_density(axes, counts[first:last] / counts.sum(), edges[first : last + 1])
        axes.axvline(mean, **_MEAN, label=f"mean {mean:.4g} {unit}".rstrip())
        axes.set_ylabel("probability density" + (f" (1/{unit})" if unit else ""))
    axes.legend()


def _draw_storage(axes: Axes, summary: Summary) -> None:
    """Draw by node the share of pairs stored for longer than a time; of many nodes some, evenly spread."""
    _, counts, edges = summary.storage_time_histograms()
    longer = counts[:, ::-1].cumsum(axis=1)[:, ::-1] / summary.shots  # than the lower edge of a bin
    last = len(counts) - 1
    for node in np.unique(np.linspace(0, last, min(last + 1, _MOST_NODES)).round().astype(int)):
        if counts[node].any():
            axes.step(edges[:-1], longer[node], where="post", label=f"node {node}")
    axes.set_xlabel("storage time (s)")
    axes.set_ylabel("share of pairs stored longer")
    axes.set_ylim(0.0, 1.02)
    if axes.lines:
        axes.set_xscale("log")
        axes.legend()


def _draw_density(axes: Axes, shares: FloatArray, edges: FloatArray) -> None:
    """Draw shares of the pairs as a density, their bins joined to bars of about one width."""
    bars = np.linspace(edges[0], edges[-1], _BARS + 1)[:-1]
    starts = np.unique(np.searchsorted(edges[:-1], bars, side="right") - 1)
    bounds = np.append(edges[starts], edges[-1])
    axes.stairs(np.add.reduceat(shares, starts) / np.diff(bounds), bounds, fill=True)


def _draw_single(axes: Axes, value: float, unit: str) -> None:
    """Draw pairs that are all alike: a density has no width to show."""
    axes.axvline(value, linewidth=4.0, label=f"all pairs {value:.4g} {unit}".rstrip())
    axes.set_xlim(0.0, 2.0 * value if unit else 1.02)
    axes.set_yticks([])
