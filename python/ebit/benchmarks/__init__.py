"""Named reference scenarios with exact figures, for simulators to test and to time themselves.

A scenario that has been released is never changed: a better one has the same name and the next version.
Imported when it is first used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import ebit
from ebit.benchmarks._figures import EXACT
from ebit.benchmarks._scenarios import descriptions
from ebit.chain.figures import FIGURES, TELEMETRY_FIGURES

__all__ = ["SCENARIOS", "Reference", "Report", "Scenario", "scenario"]

# What ebit.exact vouches for: times and counts relative to themselves, states to 1.
_TOLERANCE = 1e-11
_RELATIVE = ("rate", "waiting_time", "attempts")


class Reference(NamedTuple):
    """A number that a simulator should find.

    Attributes
    ----------
    value : float
        In the unit of the figure, see `ebit.Summary.figures`.
    tolerance : float
        How wrong it may be itself, in the same unit.

    Examples
    --------
    >>> import ebit
    >>> ebit.benchmarks.scenario("one-link").figures["waiting_time"].value
    1000.0
    """

    value: float
    tolerance: float


@dataclass(frozen=True)
class Report:
    """How far a result is from the exact figures of a scenario.

    Attributes
    ----------
    scenario : Scenario
    figures : mapping of str to (value, standard error)
        What was compared.
    deviations : mapping of str to float
        By how many standard errors a figure is off, beyond the tolerance of its reference; infinite for
        a figure that is off without an error, or not a number.
    not_compared : tuple of str
        Figures for which the scenario has no reference.
    sigmas : float
        The most that a deviation may be.

    Examples
    --------
    >>> import ebit
    >>> report = ebit.benchmarks.scenario("one-link").check({"waiting_time": (1003.0, 1.0)})
    >>> report.passed, report.deviations["waiting_time"].__round__(6)
    (True, 3.0)
    """

    scenario: Scenario
    figures: Mapping[str, tuple[float, float]]
    deviations: Mapping[str, float]
    not_compared: tuple[str, ...]
    sigmas: float

    @property
    def passed(self) -> bool:
        """Whether no figure is off by more than `sigmas`."""
        return all(deviation <= self.sigmas for deviation in self.deviations.values())

    def __str__(self) -> str:
        verdict = "passed" if self.passed else "FAILED"
        lines = [f"{self.scenario.name}, version {self.scenario.version}: {verdict} at {self.sigmas:g} sigma"]
        lines.append(f"{'figure':18}{'exact':>16}{'result':>16}{'+-':>10}{'sigma':>9}")
        for name, deviation in self.deviations.items():
            value, error = self.figures[name]
            exact = self.scenario.figures[name].value
            lines.append(f"{name:18}{exact:16.8g}{value:16.8g}{error:10.2g}{deviation:9.2f}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Scenario:
    """A chain whose figures are known.

    Attributes
    ----------
    name : str
    version : int
    description : str
        The model in words, for those who build it elsewhere; `chain` is the same to the last rule.
    source : str
        Where the model comes from.
    chain : Chain
    figures : mapping of str to Reference
        The exact figures, by the names of `ebit.Summary.figures`.
    published : mapping of str to Reference
        Digits of the source, if it prints any.

    Examples
    --------
    >>> import ebit
    >>> scenario = ebit.benchmarks.scenario("doubling-4")
    >>> summary = ebit.estimate(scenario.chain, shots=100_000, rng=7)
    >>> scenario.check(summary.figures).passed
    True
    """

    name: str
    version: int
    description: str
    source: str
    chain: ebit.Chain
    figures: Mapping[str, Reference]
    published: Mapping[str, Reference]

    def check(self, figures: Mapping[str, tuple[float, float]], sigmas: float = 5.0) -> Report:
        """Compare a result with the exact figures.

        Parameters
        ----------
        figures : mapping of str to (value, standard error)
            One or more of `figures`, in their units; an `ebit.Summary.figures` as it is. A result
            without statistical error has the standard error 0.
        sigmas : float
            By how many standard errors a figure may be off; positive.

        Returns
        -------
        Report

        Raises
        ------
        ValueError
            If a name is not that of a figure, nothing can be compared, or a standard error is negative or
            not a number.
        TypeError
            If `figures` is not a mapping to pairs of numbers.

        Examples
        --------
        >>> import ebit
        >>> scenario = ebit.benchmarks.scenario("one-link")
        >>> print(scenario.check({"waiting_time": (1010.0, 1.0), "fidelity": (0.97, 0.0)}))
        one-link, version 1: FAILED at 5 sigma
        figure                       exact          result        +-    sigma
        waiting_time                  1000            1010         1    10.00
        fidelity                      0.97            0.97         0     0.00
        """
        results = _results(figures)
        if not sigmas > 0.0:
            raise ValueError(f"sigmas = {sigmas} is not allowed: it must be positive")
        for name in results:
            if name not in self.figures and name not in FIGURES + TELEMETRY_FIGURES:
                known = ", ".join(self.figures)
                raise ValueError(f"figures has {name!r}, which is no figure; they are {known}")
        compared = {name: result for name, result in results.items() if name in self.figures}
        if not compared:
            raise ValueError(f"figures has none of {', '.join(self.figures)}")
        deviations = {name: _deviation(self.figures[name], *result) for name, result in compared.items()}
        others = tuple(name for name in results if name not in compared)
        return Report(self, MappingProxyType(compared), MappingProxyType(deviations), others, sigmas)


def scenario(name: str) -> Scenario:
    """Return the scenario of this name, in its newest version.

    Parameters
    ----------
    name : str
        One of `SCENARIOS`.

    Returns
    -------
    Scenario

    Raises
    ------
    ValueError
        If there is no scenario of this name.

    Examples
    --------
    >>> import ebit
    >>> ebit.benchmarks.scenario("doubling-16").version
    1
    """
    if name not in SCENARIOS:
        raise ValueError(f"name = {name!r} is not allowed: it must be one of {', '.join(SCENARIOS)}")
    return SCENARIOS[name]


def _results(figures: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    if not isinstance(figures, Mapping):
        raise TypeError(f"figures = {figures!r} is not allowed: it must map names to (value, standard error)")
    results = {}
    for name, result in figures.items():
        try:
            value, error = map(float, result)
        except (TypeError, ValueError):
            raise TypeError(
                f"figures[{name!r}] = {result!r} is not allowed: it must be (value, standard error)"
            ) from None
        if not 0.0 <= error < math.inf:
            raise ValueError(
                f"figures[{name!r}] has the standard error {error}: it must be finite and not negative"
            )
        results[name] = value, error
    return results


def _deviation(reference: Reference, value: float, error: float) -> float:
    beyond = abs(value - reference.value) - reference.tolerance
    if beyond <= 0.0:
        return 0.0
    return beyond / error if error > 0.0 and math.isfinite(value) else math.inf


def _all_scenarios() -> dict[str, Scenario]:
    scenarios = {}
    for name, words, source, chain, published in descriptions():
        version, exact = EXACT[name]
        figures = {key: Reference(value, _tolerance(key, exact)) for key, value in exact.items()}
        printed = {key: Reference(*digits) for key, digits in published.items()}
        scenarios[name] = Scenario(
            name, version, words, source, chain, MappingProxyType(figures), MappingProxyType(printed)
        )
    return scenarios


def _tolerance(name: str, exact: Mapping[str, float]) -> float:
    if name in _RELATIVE:
        return _TOLERANCE * exact[name]
    return _TOLERANCE * (exact["rate"] if name == "secret_key_rate" else 1.0)


#: All scenarios by name, each in its newest version.
SCENARIOS: Mapping[str, Scenario] = MappingProxyType(_all_scenarios())
