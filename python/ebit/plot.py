"""Plots of results and timelines of deliveries, with matplotlib (``pip install ebit[plot]``)."""

from __future__ import annotations

import io
import textwrap
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from ebit._arrays import require
from ebit._files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ebit._arrays import FloatArray, IntArray
    from ebit.chain import Summary
    from ebit.chain.tracing import PairLife, Trace

__all__ = ["plot", "save", "timeline"]

_BARS = 100
_SHOWN = 0.999  # share of the pairs up to which waiting times are drawn
_MOST_NODES = 9  # that storage times are drawn of
_TITLE_WIDTH = 90  # letters in a line
_MEAN: dict[str, Any] = {"color": "black", "linestyle": "dashed", "linewidth": 1.0}

# What happens to pairs in a timeline: where the mark stands, and how it looks.
_MARKS: dict[str, tuple[str, dict[str, Any]]] = {
    "swap": ("inner", {"marker": "o", "color": "black"}),
    "failed_swap": ("inner", {"marker": "X", "color": "tab:red", "markersize": 8.0}),
    "distillation": ("middle", {"marker": "D", "color": "tab:green"}),
    "failed_distillation": ("middle", {"marker": "X", "color": "tab:orange", "markersize": 8.0}),
    "cutoff": ("outer", {"marker": "v", "color": "tab:purple", "markersize": 7.0}),
    "delivered": ("outer", {"marker": "*", "color": "goldenrod", "markersize": 12.0}),
}
_ACROSS = {"marker": "", "linewidth": 2.0}  # line from the first to the last node of an event
_MARGIN = 0.07  # between a bar and its nodes


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
        If there are no shots, or the chain has a shape.
    TypeError
        If `summary` is not a Summary.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=1.0)])
    >>> figure = ebit.plot.plot(ebit.estimate(chain, shots=1000, rng=7))
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['waiting time (s)', 'fidelity']
    """
    from matplotlib.figure import Figure

    from ebit.chain import Summary

    require("summary", summary, Summary)
    if summary.chain.shape:
        raise ValueError(
            "a plot shows a single point: estimate chain.point(index) with rng=summary.keys[index]"
        )
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


def timeline(trace: Trace, title: str = "") -> Figure:
    """Draw the space-time picture of one delivery: nodes across, time upward.

    Every pair is a bar between its two nodes from its making to its end, the darker the longer it
    reaches. Several pairs of the same nodes stand one inside the other.

    Parameters
    ----------
    trace : Trace
        As `ebit.trace` returns it.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
        Drawn without pyplot: it opens no window, and needs no display.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError
        If `trace` is not a Trace.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.2)] * 4, protocol=ebit.Doubling())
    >>> figure = ebit.plot.timeline(ebit.trace(chain, rng=7))
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['swap', 'delivered']
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    from ebit.chain.tracing import Trace

    require("trace", trace, Trace)
    nodes = len(trace.chain) + 1
    figure = Figure(figsize=(min(2.5 + 0.9 * nodes, 16.0), 5.0), layout="constrained")
    axes = figure.subplots()
    figure.suptitle(textwrap.fill(title, 8 * nodes + 24))
    for node in range(nodes):
        axes.axvline(node, color="0.8", linewidth=0.8, zorder=0.0)
    _draw_bars(axes, trace)
    _draw_marks(axes, trace)
    axes.set_xlim(-0.5, nodes - 0.5)
    axes.set_ylim(0.0, 1.06 * trace.delivery_time)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("node")
    axes.set_ylabel("time (s)")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return figure


def _draw_bars(axes: Axes, trace: Trace) -> None:
    from matplotlib import colormaps

    shades = colormaps["Blues"]
    for pair, lane in _lanes(trace.pairs):
        left, right = pair.nodes
        inset = _MARGIN * (1.0 + lane)
        reach = (right - left) / len(trace.chain)
        axes.bar(
            left + inset,
            pair.ended - pair.made,
            width=right - left - 2.0 * inset,
            bottom=pair.made,
            align="edge",
            facecolor=shades(0.2 + 0.5 * reach, alpha=0.75),
            edgecolor=shades(0.5 + 0.5 * reach),
            linewidth=0.8,
            zorder=1.0 + reach,
        )


def _lanes(pairs: tuple[PairLife, ...]) -> list[tuple[PairLife, int]]:
    """Give each pair the lowest place, of 5, that no pair of the same nodes holds at its time."""
    free_from: dict[tuple[tuple[int, int], int], float] = {}
    placed = []
    for pair in pairs:
        free = (lane for lane in range(5) if free_from.get((pair.nodes, lane), 0.0) <= pair.made)
        lane = next(free, 4)
        free_from[pair.nodes, lane] = pair.ended
        placed.append((pair, lane))
    return placed


def _draw_marks(axes: Axes, trace: Trace) -> None:
    for kind, (place, look) in _MARKS.items():
        events = [event for event in trace.events if event.kind == kind]
        at = [(node, event.time) for event in events for node in _marked(event.nodes, place)]
        for event in events if place != "inner" else ():
            axes.plot(event.nodes, [event.time] * len(event.nodes), zorder=3.0, **{**look, **_ACROSS})
        if at:
            label = kind.replace("_", " ").replace("cutoff", "cut-off")
            x, y = zip(*at, strict=True)
            axes.plot(x, y, linestyle="", zorder=4.0, label=label, **look)


def _marked(nodes: tuple[int, ...], place: str) -> list[float]:
    """Where the mark of an event that spans these nodes stands."""
    outer = [float(nodes[0]), float(nodes[-1])]
    places = {"inner": [float(node) for node in nodes[1:-1]], "middle": [sum(outer) / 2.0], "outer": outer}
    return places[place]


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
