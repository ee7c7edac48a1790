"""Two links and one repeater in closed form, from the numbers of a description in `examples`.

Waiting times are exponential (herald probabilities are small), memories dephase, Bell measurements
lose a known share of the correlations; the end nodes measure at once.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

SIGNAL_SPEED = 2e8

Pair: TypeAlias = tuple[float, float]
# Herald probability (or rate), |zz| and |xx| of the heralded pair.
Heralded: TypeAlias = tuple[float, float, float]


def double_click(
    eta: tuple[float, float], p_dark: float, table: dict[str, Any]
) -> tuple[float, float, float]:
    """Probability, |zz| and |xx| of the heralded pair: one click in each of two bins."""
    a, b = eta
    one, none = 1.0 - p_dark, 2.0 * p_dark * (1.0 - p_dark)
    two = (1.0 - p_dark) * (1.0 + table["visibility"]) / 2.0
    good, same = a * b * one**2 / 2.0, a * b * two * none / 2.0
    white = (a * (1 - b) + b * (1 - a)) * one * none + (1 - a) * (1 - b) * none**2
    p = good + same + white
    return p, (good - same) / p, good * table["visibility"] / p


def single_click(
    eta: tuple[float, float], p_dark: float, table: dict[str, Any]
) -> tuple[float, float, float]:
    """Likewise for exactly one click behind the beam splitter."""
    (a, b), (x, y) = eta, table["bright_population"]
    one, none = 1.0 - p_dark, 2.0 * p_dark * (1.0 - p_dark)
    two = (1.0 - p_dark) * (1.0 + table["visibility"]) / 2.0
    odd = x * (1 - y) * (a * one + (1 - a) * none) + y * (1 - x) * (b * one + (1 - b) * none)
    even = (1 - x) * (1 - y) * none
    even += x * y * (a * b * two + (a * (1 - b) + b * (1 - a)) * one + (1 - a) * (1 - b) * none)
    coherence = 2.0 * np.sqrt(x * y * (1 - x) * (1 - y) * a * b * table["visibility"]) * one
    coherence *= (1.0 - 2.0 * table["p_double_excitation"]) ** 2 * np.exp(-(table["phase_std"] ** 2) / 2.0)
    p = odd + even
    return p, abs(odd - even) / p, coherence / p


def link(table: dict[str, Any]) -> Heralded:
    """With heralds per second."""
    arms = (table["arm_a"], table["arm_b"])
    detector = table["detector"]
    rest = table["source_efficiency"] * table["converter"]["efficiency"] * detector["efficiency"]
    eta = tuple(rest * 10.0 ** (-arm["loss_db"] / 10.0) for arm in arms)
    scheme = {"double_click": double_click, "single_click": single_click}[table["scheme"]]
    p, zz, xx = scheme(eta, detector["p_dark"], table)
    time = 2.0 * max(arm["length"] for arm in arms) / SIGNAL_SPEED + table.get("preparation_time", 0.0)
    return -np.expm1(table.get("modes", 1) * np.log1p(-p)) / time, zz, xx


def figures(description: dict[str, Any]) -> dict[str, float]:
    defaults, node = description["defaults"]["link"], description["defaults"]["node"]
    (r1, zz1, xx1), (r2, zz2, xx2) = (link({**defaults, **own}) for own in description["links"])
    waiting_time = 1.0 / r1 + 1.0 / r2 - 1.0 / (r1 + r2)
    decay = 1.0 / node["memory"]["t2"]
    # Which link is first, and how long it waits for the other.
    kept = (r1 * r2 / (r2 + decay) + r2 * r1 / (r1 + decay)) / (r1 + r2)
    bsm = node["bsm"]
    measured = (1.0 - bsm["p_replace"]) * (1.0 - 2.0 * bsm["p_readout_error"])
    zz, xx = zz1 * zz2 * measured, xx1 * xx2 * measured * kept
    return {
        "waiting_time": waiting_time,
        "rate": 1.0 / waiting_time,
        "qber_z": (1.0 - zz) / 2.0,
        "qber_x": (1.0 - xx) / 2.0,
    }
