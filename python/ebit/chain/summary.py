"""What a streaming estimate knows of a chain: figures with standard errors, and distributions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from typing import Any, TypeVar

import numpy as np

from ebit import _core
from ebit._arrays import FloatArray, IntArray, WordArray, as_int, one_of
from ebit._points import Number, plain
from ebit.chain.description import Chain
from ebit.chain.distributions import StorageHistogram, nonzero, quantile
from ebit.chain.figures import (
    FIGURES,
    LINEAR,
    STATE_FIGURES,
    TELEMETRY_FIGURES,
    TELEMETRY_LINEAR,
    Figure,
    Means,
    Term,
    figure_term,
    linear_term,
    standard_error,
)
from ebit.chain.protocols import Nested
from ebit.chain.run import keys_of, provenance, state_entries
from ebit.state import Pair

_Member = TypeVar("_Member")


class Summary:
    """A summary of the shots a run has seen; it keeps no samples.

    Of a chain with a shape all figures are arrays over its points, (...); distributions are kept of single
    points only.

    The secret fraction is the asymptotic one of BB84 with entangled pairs (BBM92), clipped at zero,
    of the mean state; the secret key rate is the rate of pairs times it. The distillable entanglement
    is what one-way messages distil at least from the mean state, its coherent information (hashing
    bound), clipped at zero. Rates are 1 / E[T]; errors of non-linear figures follow from the
    covariance of time and state (delta method).

    With telemetry there are also the time-tagged secret fraction, the mean of the fractions of the
    shots' own states, for users who know the timing record of every pair and sort by it; the shares
    of the swaps and of the distillations tried that were not in vain; and the storage time that all
    nodes together spend on a delivered pair (`Run.swaps` and the columns after it say what counts).

    Attributes
    ----------
    chain : Chain
    of : str
        The figure that the run was for.
    shots : int, or int64 array of shape (...)
    key, first_shot : int
        With the chain and the number of shots they say what was sampled.
    common_random_numbers : bool
        Whether all points use the key itself.
    complete : bool, or array of shape (...)
        Whether the run reached what it was asked for: its shots, or its target relative error.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.9)])
    >>> summary = ebit.estimate(chain, shots=10_000, rng=7)
    >>> summary.shots, round(summary.figures["fidelity"].value, 6)
    (10000, 0.9)
    """

    def __init__(
        self,
        chain: Chain,
        moments: _core.Summary | _core.PointSummaries,
        of: str,
        key: int,
        first_shot: int,
        common_random_numbers: bool,
    ) -> None:
        def over_points(values: Any) -> Any:
            return values.reshape(*chain.shape, *values.shape[1:]) if chain.shape else values

        self.chain = chain
        self.of = of
        self.key = key
        self.first_shot = first_shot
        self.common_random_numbers = common_random_numbers
        self.complete: Any = False
        self.shots: Any = over_points(moments.shots)
        self.telemetry = moments.telemetry
        self._means = Means(over_points(moments.means()), *state_entries(chain))
        self._covariances = over_points(moments.covariances())
        self._covariance_errors = over_points(moments.covariance_errors())
        self._storage_moments = over_points(moments.storage_moments())
        self._counts: dict[str, Any] = {}
        if isinstance(moments, _core.Summary):
            self._counts = {
                "storage_time": moments.storage_counts(),
                "waiting_time": moments.waiting_time_counts(),
                "fidelity": moments.fidelity_counts(),
            }

    def __repr__(self) -> str:
        if self.chain.shape:
            shots = "-".join(dict.fromkeys([str(self.shots.min()), str(self.shots.max())]))
            return f"Summary({self.of} of points {self.chain.shape}, {shots} shots each)"
        return f"Summary({self.of} = {self.value:.6g} +- {self.standard_error:.2g}, {self.shots} shots)"

    def __str__(self) -> str:
        from ebit.report import table

        return table(self)

    @property
    def value(self) -> Number:
        """The figure that the run was for."""
        return self._asked_for.value

    @property
    def standard_error(self) -> Number:
        """Its standard error."""
        return self._asked_for.standard_error

    @cached_property
    def _asked_for(self) -> Figure:
        return self._figure(self.of)

    @property
    def is_constant(self) -> Any:
        """Whether the figure that the run was for is the same in every shot of the chain (of a point)."""
        chain = self.chain
        swaps = _certain(chain.nodes[1:-1], lambda node: node.bsm.p_success)
        if self.of == "swap_success_rate":
            return swaps
        links = _certain(chain.links, lambda link: link.p_success)
        certain = swaps & links & (not isinstance(chain.protocol, Nested))
        if self.of in STATE_FIGURES:
            certain = certain | (state_entries(chain)[2] < 0).all(axis=-1)
        return certain

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """All figures by name: those of `figures.FIGURES`, with telemetry of `TELEMETRY_FIGURES`, too.

        `rate` in Hz, `waiting_time` and `storage_time` in s, the secret key rates in bit/s,
        `distillable_entanglement` in ebit; the others are pure numbers.
        """
        names = FIGURES + TELEMETRY_FIGURES if self.telemetry else FIGURES
        if self.chain.shape:
            return _Figures(names, self._figure)
        return {name: self._figure(name) for name in names}

    @property
    def keys(self) -> WordArray:
        """The key of every point, shape (...): its plain chain gives the same shots with it as `rng`."""
        return keys_of(self.chain, self.key, self.common_random_numbers)

    @cached_property
    def pair(self) -> Pair:
        """The mean state of the delivered pairs, a batch of shape (...)."""
        return Pair._of(self._means.correlations)

    def waiting_time_histogram(self) -> tuple[IntArray, FloatArray]:
        """Return counts, shape (bins,), and bin edges in seconds, shape (bins + 1,).

        There are 256 bins per factor of two; bins before the first and after the last count are left
        out.

        Returns
        -------
        counts : int64 array, shape (bins,)
        edges : float64 array, shape (bins + 1,)

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.9)])
        >>> counts, edges = ebit.estimate(chain, shots=1000, rng=7).waiting_time_histogram()
        >>> int(counts.sum()), float(edges[0])
        (1000, 1.0)
        """
        return nonzero(self._counts_of("waiting_time"), _core.waiting_time_edges())

    def fidelity_histogram(self) -> tuple[IntArray, FloatArray]:
        """Return counts, shape (1000,), and bin edges, shape (1001,), of the pairs' fidelities.

        The fidelity of a shot is that of its pair given its timing record.

        Returns
        -------
        counts : int64 array, shape (1000,)
        edges : float64 array, shape (1001,)

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.95)])
        >>> counts, edges = ebit.estimate(chain, shots=1000, rng=7).fidelity_histogram()
        >>> int(counts.sum()), edges.shape
        (1000, (1001,))
        """
        counts = self._counts_of("fidelity")
        return counts, np.linspace(0.0, 1.0, len(counts) + 1)

    def waiting_time_quantile(self, q: float) -> Figure:
        """Return the time in seconds within which a share `q` of the pairs is delivered.

        Read from the histogram, so exact to its bins (0.4 % of the value); the standard error covers
        the sampling alone.

        Parameters
        ----------
        q : float
            In (0, 1).

        Returns
        -------
        Figure
            Seconds.

        Raises
        ------
        ValueError
            If `q` is not in (0, 1), or there are no shots.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.01, fidelity=1.0)])
        >>> round(ebit.estimate(chain, shots=1_000_000, rng=7).waiting_time_quantile(0.5).value)
        69
        """
        return quantile(q, self.shots, *self.waiting_time_histogram())

    def fidelity_quantile(self, q: float) -> Figure:
        """Return the fidelity below which a share `q` of the pairs lies.

        Read from the histogram, so exact to its bins of 0.001; the standard error covers the
        sampling alone.

        Parameters
        ----------
        q : float
            In (0, 1).

        Returns
        -------
        Figure

        Raises
        ------
        ValueError
            If `q` is not in (0, 1), or there are no shots.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.01, fidelity=0.9505)])
        >>> round(ebit.estimate(chain, shots=1000, rng=7).fidelity_quantile(0.5).value, 3)
        0.95
        """
        return quantile(q, self.shots, *self.fidelity_histogram())

    def storage_time(self, node: int) -> Figure:
        """Return the mean time in seconds that a node stored the qubits of a delivered pair.

        Parameters
        ----------
        node : int
            From 0, the left end.

        Returns
        -------
        Figure
            Seconds.

        Raises
        ------
        AttributeError
            Without telemetry.
        ValueError
            If there is no such node.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5)] * 2)
        >>> summary = ebit.estimate(chain, shots=100_000, rng=7, telemetry=True)
        >>> round(summary.storage_time(1).value, 1)
        1.3
        """
        moments = self._storage_moments[..., self._node(node), :]
        error = np.sqrt(moments[..., 1] / np.maximum(self.shots, 1))
        value = np.where(self.shots == 0, math.nan, moments[..., 0])
        return _figure_of(value, np.where(self.shots < 2, math.nan, error))

    def storage_time_histogram(self, node: int) -> StorageHistogram:
        """Return how the storage times of a node are distributed: its window of decoherence.

        Parameters
        ----------
        node : int
            From 0, the left end.

        Returns
        -------
        StorageHistogram
            Pairs that the node did not store at all, counts of the others, and bin edges in seconds.

        Raises
        ------
        AttributeError, ValueError
            As for `storage_time`.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5)] * 2)
        >>> summary = ebit.estimate(chain, shots=1000, rng=7, telemetry=True)
        >>> summary.storage_time_histogram(0).zeros
        1000
        """
        number = self._node(node)
        zeros, counts = self._counts_of("storage_time")
        return StorageHistogram(int(zeros[number]), *nonzero(counts[number], _core.storage_time_edges()))

    def storage_time_histograms(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the histograms of all nodes, over the same bins.

        Returns
        -------
        zeros : int64 array, shape (nodes,)
            Pairs that the node did not store at all.
        counts : int64 array, shape (nodes, bins)
            Of the others.
        edges : float64 array, shape (bins + 1,)
            Seconds.

        Raises
        ------
        AttributeError
            Without telemetry.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5)] * 2)
        >>> summary = ebit.estimate(chain, shots=1000, rng=7, telemetry=True)
        >>> zeros, counts, edges = summary.storage_time_histograms()
        >>> (zeros + counts.sum(axis=1)).tolist()
        [1000, 1000, 1000]
        """
        self._require_telemetry()
        zeros, counts = self._counts_of("storage_time")
        return zeros, *nonzero(counts, _core.storage_time_edges())

    def covariance(self, a: str, b: str) -> Figure:
        """Return the covariance of two quantities of a shot, of one the variance.

        The standard error is taken from the spread of what blocks of shots (`chain` fixes how many
        make one, at most 1024) contribute; a few dozen blocks make it reliable. Without telemetry
        that of the fidelity is NaN where several correlations vary.

        Parameters
        ----------
        a, b : str
            "waiting_time", "attempts", "fidelity", or a correlation of the pair given its timing
            record, as "xx" or "iz"; with telemetry also "swaps", "lost_swaps", "distillations",
            "lost_distillations" and "storage_time" (of all nodes).

        Returns
        -------
        Figure

        Raises
        ------
        ValueError
            If a name is unknown.

        Examples
        --------
        >>> import ebit
        >>> node = ebit.Node(memory=ebit.Memory(t2=10.0))
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.1)] * 2, [node] * 3)
        >>> value, error = ebit.estimate(chain, shots=100_000, rng=7).covariance("waiting_time", "xx")
        >>> value < -5.0 * error
        True
        """
        first, second = self._term("a", a).gradient, self._term("b", b).gradient
        value = np.einsum("...i,...ij,...j->...", first, self._covariances, second)
        weights = np.abs(first[..., :, None] * second[..., None, :])
        errors = np.where(weights > 0.0, self._covariance_errors * weights, 0.0).sum(axis=(-1, -2))
        several = (np.count_nonzero(first, axis=-1) > 1) | (np.count_nonzero(second, axis=-1) > 1)
        few = np.asarray(self.shots) < 2
        return _figure_of(np.where(few, math.nan, value), np.where(few | several, math.nan, errors))

    @property
    def provenance(self) -> dict[str, Any]:
        """What makes this summary again: chain, key, shots, version, instruction set."""
        made = provenance(self.chain, self.key, self.common_random_numbers)
        return {**made, "first_shot": self.first_shot, "shots": plain(self.shots)}

    def _require_telemetry(self) -> None:
        if not self.telemetry:
            raise AttributeError("telemetry was not kept: estimate with telemetry=True")

    def _node(self, node: int) -> int:
        self._require_telemetry()
        number = as_int("node", node)
        if not 0 <= number <= len(self.chain):
            raise ValueError(f"node = {number} is not allowed: it must be in [0, {len(self.chain)}]")
        return number

    def _term(self, parameter: str, quantity: str) -> Term:
        one_of(parameter, quantity, LINEAR + TELEMETRY_LINEAR if self.telemetry else LINEAR)
        return linear_term(quantity, self._means, self.telemetry)

    def _counts_of(self, name: str) -> Any:
        if name not in self._counts:
            raise ValueError(
                "distributions are kept of single points: estimate chain.point(index) with "
                "rng=summary.keys[index]"
            )
        return self._counts[name]

    def _figure(self, name: str) -> Figure:
        if not np.all(self.shots):
            nothing = np.full(self.chain.shape, math.nan)
            return _figure_of(nothing, nothing)
        term = figure_term(name, self._means)
        return _figure_of(term.value, standard_error(term, self._covariances, np.asarray(self.shots)))


class _Figures(Mapping[str, Figure]):
    """Figures that are worked out when they are asked for: there may be many points."""

    def __init__(self, names: tuple[str, ...], figure: Callable[[str], Figure]) -> None:
        self._names = names
        self._figure = figure
        self._known: dict[str, Figure] = {}

    def __getitem__(self, name: str) -> Figure:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._known:
            self._known[name] = self._figure(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(dict(self))


def _figure_of(value: FloatArray, error: FloatArray) -> Figure:
    """Floats, or arrays over the points."""
    return Figure(float(value), float(error)) if value.ndim == 0 else Figure(value, error)


def _certain(members: Sequence[_Member], probability: Callable[[_Member], Number]) -> Any:
    """Whether this is 1 for all members (of a point)."""
    distinct = {id(member): member for member in members}.values()
    sure = (np.asarray(probability(member)) == 1.0 for member in distinct)
    return reduce(np.logical_and, sure, np.True_)
