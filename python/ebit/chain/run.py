"""Samples of a chain, one row per delivered pair."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from ebit import _core
from ebit._arrays import FloatArray, IntArray, WordArray, as_int, require
from ebit.chain.description import Chain
from ebit.rng import Rng, run_key
from ebit.state import Pair
from ebit.threads import thread_count

Progress = Callable[[int], object]


class Run:
    """Delivered pairs of a chain, as columns.

    Of a chain with a shape all columns have the axes of its points before that of the shots, (...).

    Attributes
    ----------
    chain : Chain
    waiting_time : float64 array, shape (..., shots)
        Seconds from the start of the shot to the delivery of its pair.
    attempts : int64 array, shape (..., shots)
        Link attempts made, lost ones included. Attempts of a segment below a longer link are not
        counted while that link lives.
    key, first_shot : int
        With the chain they say which shots these are.
    common_random_numbers : bool
        Whether all points use the key itself.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.9)])
    >>> run = ebit.sample(chain, shots=100, rng=7)
    >>> run.pair.fidelity().mean().round(6)
    np.float64(0.9)
    """

    def __init__(
        self,
        chain: Chain,
        waiting_time: FloatArray,
        attempts: IntArray,
        features: FloatArray,
        operations: IntArray | None,
        storage: FloatArray | None,
        key: int,
        first_shot: int,
        common_random_numbers: bool,
    ) -> None:
        self.chain = chain
        self.waiting_time = waiting_time
        self.attempts = attempts
        self.key = key
        self.first_shot = first_shot
        self.common_random_numbers = common_random_numbers
        self._features = features
        self._operations = operations
        self._storage = storage

    def __len__(self) -> int:
        """Return the number of shots (of every point)."""
        return int(self.waiting_time.shape[-1])

    def __repr__(self) -> str:
        return f"Run({len(self)} shots from {self.first_shot}, key {self.key}, of {self.chain!r})"

    @property
    def keys(self) -> WordArray:
        """The key of every point, shape (...): its plain chain gives the same shots with it as `rng`."""
        return keys_of(self.chain, self.key, self.common_random_numbers)

    @cached_property
    def correlations(self) -> FloatArray:
        """Correlation matrices of the pairs given their timing records, shape (..., shots, 4, 4)."""
        constant, amplitude, feature = state_entries(self.chain)
        out = np.empty((*self.waiting_time.shape, 16))
        for e in range(16):
            out[..., e] = constant[..., e, None]
            if (feature[..., e] >= 0).any():
                which = np.maximum(feature[..., e], 0)[..., None, None]
                values = np.take_along_axis(self._features, which, axis=-2)[..., 0, :]
                out[..., e] += amplitude[..., e, None] * values  # the amplitude of none is 0
        return out.reshape(*self.waiting_time.shape, 4, 4)

    @property
    def pair(self) -> Pair:
        """The delivered pairs, a batch of shape (..., shots)."""
        return Pair._of(self.correlations)

    @cached_property
    def fidelity(self) -> FloatArray:
        """Fidelity with Phi+, shape (..., shots)."""
        return self.pair.fidelity()

    @property
    def telemetry(self) -> bool:
        """Whether operations and storage times were kept."""
        return self._operations is not None

    @property
    def swaps(self) -> IntArray:
        """Swaps tried, shape (..., shots): all that were carried out up to delivery.

        Of a cluster that swaps in one slot and survives or is lost as one, every node tries. Swaps
        that a cut-off prevented do not count.
        """
        return self._operations_of(0)

    @property
    def lost_swaps(self) -> IntArray:
        """Those of the `swaps` that were in vain, shape (..., shots): all of a cluster that is lost."""
        return self._operations_of(1)

    @property
    def distillations(self) -> IntArray:
        """Distillations tried, shape (..., shots)."""
        return self._operations_of(2)

    @property
    def lost_distillations(self) -> IntArray:
        """Those of the `distillations` that failed, shape (..., shots)."""
        return self._operations_of(3)

    @property
    def storage_time(self) -> FloatArray:
        """Seconds that every node stored the qubits of the delivered pair, shape (..., shots, nodes).

        At a repeater both memories add up, from the completion of their links to the swap; an end
        node stores until delivery, or measures at once (0). What lost links stored does not count;
        where pairs are distilled it is the kept pair that counts.
        """
        storage: FloatArray = self._kept(self._storage)
        return np.swapaxes(storage, -1, -2)

    def _operations_of(self, kind: int) -> IntArray:
        operations: IntArray = self._kept(self._operations)[..., kind, :]
        return operations

    @staticmethod
    def _kept(columns: Any) -> Any:
        if columns is None:
            raise AttributeError("telemetry was not kept: sample with telemetry=True")
        return columns

    @property
    def provenance(self) -> dict[str, Any]:
        """What makes these samples again: chain, key, shots, version, instruction set."""
        made = provenance(self.chain, self.key, self.common_random_numbers)
        return {**made, "first_shot": self.first_shot, "shots": len(self)}


def sample(
    chain: Chain,
    shots: int,
    rng: Rng = None,
    threads: int | None = None,
    first_shot: int = 0,
    progress: Progress | None = None,
    telemetry: bool = False,
    common_random_numbers: bool = False,
) -> Run:
    """Sample delivered pairs of a chain.

    Parameters
    ----------
    chain : Chain
    shots : int
        Number of delivered pairs, at least 0.
    rng : int, SeedSequence, Generator or None
        Source of the run key, see `ebit.rng.run_key`.
    threads : int, optional
        Default 1; the environment variable EBIT_NUM_THREADS overrides. Results do not depend on it.
    first_shot : int
        Number of the first shot: ``sample(c, k)`` and ``sample(c, n - k, first_shot=k)`` with the
        same integer `rng` are together ``sample(c, n)``.
    progress : callable, optional
        Called now and then with the number of shots done.
    telemetry : bool
        Whether to keep the operations and the storage times of every shot, too; of at most 2048
        links. The other columns are the same with and without.
    common_random_numbers : bool
        Of a chain with a shape: whether all points use the run key itself, so that differences between
        them vary less, or (default) each one a key of its own, derived from the run key and its number.

    Returns
    -------
    Run
        With the axes of `chain.shape` before that of the shots.

    Raises
    ------
    ValueError
        If `shots`, `first_shot` or `threads` is out of range, or the chain too long for `telemetry`.
    TypeError
        If `chain` is not a Chain or a number is not an integer.
    RuntimeError
        If a shot finds no end: the chain has next to no chance to deliver.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.95)] * 2)
    >>> run = ebit.sample(chain, shots=1000, rng=7)
    >>> run.waiting_time.shape, run.correlations.shape
    ((1000,), (1000, 4, 4))
    """
    require("chain", chain, Chain)
    key = run_key(rng)
    shots = shot_number("shots", shots)
    first_shot = shot_number("first_shot", first_shot)
    check_progress(progress)
    check_flag("telemetry", telemetry)
    check_flag("common_random_numbers", common_random_numbers)
    options = (first_shot, shots, thread_count(threads), progress, telemetry)
    if isinstance(chain._sampler, _core.Sampler):
        columns = chain._sampler.sample(key, *options)
    else:
        keys = keys_of(chain, key, common_random_numbers).reshape(-1)
        flat = chain._sampler.sample(keys, *options)
        columns = tuple(column.reshape(*chain.shape, *column.shape[1:]) for column in flat)
    time, attempts, features, *kept = columns
    operations, storage = kept if telemetry else (None, None)
    return Run(chain, time, attempts, features, operations, storage, key, first_shot, common_random_numbers)


def state_entries(chain: Chain) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return constant, amplitude and feature (-1: none) of every entry of the state, shape (..., 16)."""
    constant, amplitude, feature = chain._sampler.entries()
    shape = (*chain.shape, 16)
    return constant.reshape(shape), amplitude.reshape(shape), feature.reshape(shape)


def keys_of(chain: Chain, key: int, common_random_numbers: bool) -> WordArray:
    """Return the key of every point."""
    if chain.shape == () or common_random_numbers:
        return np.full(chain.shape, key, dtype=np.uint64)
    return _core.derived_keys(key, math.prod(chain.shape)).reshape(chain.shape)


def provenance(chain: Chain, key: int, common_random_numbers: bool) -> dict[str, Any]:
    """Return what every result records."""
    made = {"version": _core.version(), "isa": _core.isa(), "key": key, "chain": chain.parameters}
    return {**made, "common_random_numbers": common_random_numbers} if chain.shape else made


def shot_number(name: str, value: int) -> int:
    """Return a number of shots, or raise."""
    number = value if type(value) is int else as_int(name, value)
    if not 0 <= number <= 1 << 62:
        raise ValueError(f"{name} = {number} is not allowed: it must be in [0, 2**62]")
    return number


def check_flag(name: str, value: bool) -> None:
    """Raise TypeError unless the value is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} = {value!r} is not allowed: it must be True or False")


def check_progress(progress: Progress | None) -> None:
    """Raise TypeError unless `progress` is a callback or None."""
    if progress is not None and not callable(progress):
        raise TypeError(f"progress = {progress!r} is not allowed: it must be callable")
