"""Results as text: the table that ``print(summary)`` and the command line show."""

from __future__ import annotations

import math
from functools import reduce
from itertools import islice
from typing import Any

import numpy as np

from ebit import exact
from ebit._arrays import require
from ebit.capacity import plob_bound
from ebit.chain import Chain, Summary
from ebit.chain.figures import TELEMETRY_FIGURES, Figure
from ebit.results import UNITS

__all__ = ["exact_figures", "repeaterless_rate", "table"]

_SHOWN = (
    "rate",
    "waiting_time",
    "attempts",
    "fidelity",
    "qber_x",
    "qber_z",
    "secret_fraction",
    "secret_key_rate",
    "distillable_entanglement",
    *TELEMETRY_FIGURES,
)
# Of a chain with a shape, beside the figure that was asked for, and of so many points.
_OF_POINTS = ("rate", "fidelity", "secret_key_rate")
_MOST_POINTS = 50
_BOUND = "repeaterless bound"
# Exact figures are shown where tables of this size give them: in a fraction of a second.
_EXACT_SIZE = 1 << 18
# Storage times are shown node by node in chains of at most this many links.
_MOST_LINKS = 8


def repeaterless_rate(chain: Chain) -> Any:
    """Return what the whole path could carry at most without a repeater, in bit/s.

    The repeaterless (PLOB) bound -log2(1 - eta) per channel use, eta the product of the links'
    transmissivities, times the channel uses per second of the slowest link, the smallest
    ``optical_modes / attempt_time``: an optical mode is one channel use, and a dual-rail photon
    occupies two.

    Parameters
    ----------
    chain : Chain

    Returns
    -------
    float
        NaN if a link has no transmissivity (an ideal one). Of a chain with a shape an array.

    References
    ----------
    S. Pirandola, R. Laurenza, C. Ottaviani, L. Banchi, Nat. Commun. 8, 15043 (2017).

    Examples
    --------
    >>> import ebit
    >>> from ebit.report import repeaterless_rate
    >>> half = ebit.Fibre(length=25e3)
    >>> link = ebit.links.double_click(half, half, detector=ebit.Detector())
    >>> round(repeaterless_rate(ebit.Chain([link])), 1)
    1216.0
    """
    require("chain", chain, Chain)
    transmissivity = reduce(np.multiply, (link.transmissivity for link in chain.links))
    uses_per_second = reduce(np.minimum, (link.optical_modes / link.attempt_time for link in chain.links))
    known = np.asarray(transmissivity) <= 1.0
    bound = np.where(known, plob_bound(np.where(known, transmissivity, 0.0)), math.nan) * uses_per_second
    return bound if bound.ndim else float(bound)


def exact_figures(chain: Chain) -> dict[str, float]:
    """Return the exact figures of a chain, or nothing where they do not exist or are not cheap.

    Parameters
    ----------
    chain : Chain

    Returns
    -------
    dict
        What `ebit.exact.figures` returns with tables of at most 262144 entries, which takes a fraction
        of a second; empty if it refuses.

    Examples
    --------
    >>> import ebit
    >>> from ebit.report import exact_figures
    >>> exact_figures(ebit.Chain([ebit.links.ideal(p_success=0.5)]))["waiting_time"]
    2.0
    """
    try:
        return exact.figures(chain, size_limit=_EXACT_SIZE)
    except exact.NotCovered:
        return {}


def table(summary: Summary, title: str = "") -> str:
    """Return the figures of a summary with their standard errors, as text.

    The exact figures stand beside them where `ebit.exact` has them at little cost. Of a chain with a
    shape there is a row for each of the first points.

    Parameters
    ----------
    summary : Summary
    title : str, optional
        A first line.

    Returns
    -------
    str

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=1.0)])
    >>> text = ebit.report.table(ebit.estimate(chain, shots=1000, rng=7), "one link")
    >>> print(text.splitlines()[0])
    one link
    """
    require("summary", summary, Summary)
    chain = summary.chain
    lines = [title] if title else []
    lines += _heading(summary)
    if chain.shape:
        return "\n".join([*lines, "", *_point_rows(summary)])
    known = exact_figures(chain)
    rows = [
        (
            name.replace("_", " "),
            *_digits(summary.figures[name]),
            f"{known[name]:.8g}" if name in known else "",
            UNITS.get(name, ""),
        )
        for name in _SHOWN
        if _is_shown(summary, name)
    ]
    if summary.telemetry and len(chain) <= _MOST_LINKS:
        rows += [
            (f"  at node {node}", *_digits(summary.storage_time(node)), "", "s")
            for node in range(len(chain) + 1)
        ]
    bound = repeaterless_rate(chain)
    if not math.isnan(bound):
        rows.append((_BOUND, f"{bound:.4g}", "", "", "bit/s"))
    rows.insert(0, ("figure", "value", "std. error", "exact" if known else "", ""))
    names, values, errors, exacts, _ = (np.char.str_len(column).max() for column in zip(*rows, strict=True))
    lines += [""]
    for name, value, error, number, unit in rows:
        row = f"{name:{names}}  {value:>{values}}   {error:>{errors}}"
        row += f"   {number:>{exacts}}" if known else ""
        lines.append(f"{row}  {unit}".rstrip())
    return "\n".join(lines)


def _heading(summary: Summary) -> list[str]:
    chain, shots = summary.chain, np.asarray(summary.shots)
    links = f"{len(chain)} link{'s' if len(chain) > 1 else ''}"
    points = f"points {chain.shape}, " if chain.shape else ""
    pairs = " to ".join(dict.fromkeys([str(shots.min()), str(shots.max())]))
    each = " each" if chain.shape else ""
    lines = [f"{links}, {chain.protocol.kind}, {points}{pairs} pairs{each}, seed {summary.key}"]
    if not np.all(summary.complete):
        lines += ["incomplete: stopped before it reached what was asked for"]
    return lines


def _point_rows(summary: Summary) -> list[str]:
    """The figure asked for and the usual ones, point by point."""
    names = list(dict.fromkeys([summary.of, *_OF_POINTS]))
    heads = [f"{name.replace('_', ' ')}{f' ({UNITS[name]})' if name in UNITS else ''}" for name in names]
    rows = [("point", *(cell for head in heads for cell in (head, "std. error")))]
    places = list(islice(np.ndindex(summary.chain.shape), _MOST_POINTS))
    for place in places:
        figures = [Figure(*(part[place] for part in summary.figures[name])) for name in names]
        rows.append((",".join(map(str, place)), *(cell for figure in figures for cell in _digits(figure))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["   ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    more = math.prod(summary.chain.shape) - len(places)
    return [*lines, f"and {more} more points"] if more else lines


def _is_shown(summary: Summary, name: str) -> bool:
    """Not the success of what was never tried."""
    if name not in summary.figures:
        return False
    return not (name.endswith("success_rate") and math.isnan(summary.figures[name].value))


def _digits(figure: Figure) -> tuple[str, str]:
    """The value to the last of two digits of its error, and the error."""
    value, error = figure
    # An error of rounding alone tells no digits.
    if not (math.isfinite(value) and math.isfinite(error) and error > 1e-12 * abs(value) > 0.0):
        return f"{value:.6g}", f"{error:.2g}"
    places = math.floor(math.log10(abs(value))) - math.floor(math.log10(error)) + 2
    return f"{value:#.{min(max(places, 2), 17)}g}".rstrip("."), f"{error:.2g}"
