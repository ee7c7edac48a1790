"""Instruments: maps with a classical herald, such as measurements and heralded losses."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, as_floats, elementwise, one_of
from ebit.channels import Channel, _convert
from ebit.channels._channel import (
    as_ptm,
    as_tolerance,
    checked_channel,
    require_bounded,
    require_completely_positive,
)

__all__ = ["Instrument", "heralded_erasure", "measurement"]

_PICKLE_VERSION = 1


class Instrument:
    """A set of heralded maps that together are a channel on one or two qubits, or a batch of such sets.

    Parameters
    ----------
    branches : mapping from herald to array_like, shape (..., 4**k, 4**k)
        For every herald (any hashable label) the Pauli transfer matrix of its branch, not normalised:
        acting on the expectation values r of a state, the branch happens with probability
        ``(R @ r)[0]`` and leaves ``R @ r`` divided by it. Batch axes broadcast.
    tolerance : float, default 1e-9
        How far a branch may be from completely positive and the sum from a channel, as for `Channel`.

    Raises
    ------
    TypeError
        If `branches` is not a mapping.
    ValueError
        If there are no branches, shapes differ, a branch is not completely positive or the branches
        do not sum to a channel.

    Examples
    --------
    >>> import ebit
    >>> meter = ebit.instruments.measurement("Z")
    >>> meter.probabilities([1, 0, 0, 1])  # of outcomes 0 and 1 in |0>
    array([1., 0.])
    >>> meter.channel().ptm.diagonal()
    array([1., 0., 0., 1.])
    """

    __slots__ = ("_branches", "_channel", "_heralds")

    def __init__(self, branches: Mapping[Hashable, npt.ArrayLike], *, tolerance: float = 1e-9) -> None:
        if not isinstance(branches, Mapping):
            raise TypeError(
                f"branches = {branches!r} is not allowed: it must map heralds to transfer matrices"
            )
        if not branches:
            raise ValueError("branches is empty: it must hold at least one map")
        limit = as_tolerance(tolerance)
        ptms = [as_ptm(f"branches[{herald!r}]", ptm) for herald, ptm in branches.items()]
        try:
            stacked = np.stack(np.broadcast_arrays(*ptms), axis=-3)
        except ValueError:
            shapes = ", ".join(str(ptm.shape) for ptm in ptms)
            raise ValueError(f"the branches have shapes {shapes}: they must broadcast to one") from None
        for herald, ptm in zip(branches, ptms, strict=True):
            require_completely_positive(f"branches[{herald!r}]", ptm, limit)
        self._heralds = tuple(branches)
        self._channel = Channel._of(checked_channel("the sum of branches", stacked.sum(axis=-3), limit))
        self._branches = stacked
        self._branches.setflags(write=False)

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (_PICKLE_VERSION, self._heralds, self._branches)

    def __eq__(self, other: object) -> bool:
        """Whether both have the same heralds in the same order, and exactly the same numbers."""
        if not isinstance(other, Instrument):
            return NotImplemented
        return self._heralds == other._heralds and np.array_equal(self._branches, other._branches)

    def __hash__(self) -> int:
        return hash((self._heralds, self._branches.shape, tuple(self._branches.flat)))

    def __repr__(self) -> str:
        return f"Instrument({self._heralds}, num_qubits={self.num_qubits}, batch_shape={self.batch_shape})"

    @property
    def heralds(self) -> tuple[Hashable, ...]:
        """The labels of the branches, in the order of `probabilities`."""
        return self._heralds

    @property
    def num_qubits(self) -> int:
        """How many qubits the instrument acts on, 1 or 2."""
        return self._channel.num_qubits

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch, ``()`` for a single instrument."""
        return self._channel.batch_shape

    def branch(self, herald: Hashable) -> FloatArray:
        """Return the transfer matrix of one branch (not normalised, read-only).

        Parameters
        ----------
        herald : hashable
            One of `heralds`.

        Returns
        -------
        array, shape ``batch_shape + (4**k, 4**k)``

        Raises
        ------
        ValueError
            If there is no such herald.

        Examples
        --------
        >>> import ebit
        >>> ebit.instruments.heralded_erasure(0.25).branch("kept").diagonal()
        array([0.75, 0.75, 0.75, 0.75])
        """
        if herald not in self._heralds:
            raise ValueError(f"herald = {herald!r} is not allowed: it must be one of {self._heralds}")
        branch: FloatArray = self._branches[..., self._heralds.index(herald), :, :]
        return branch

    def channel(self) -> Channel:
        """Return the channel that is left when the herald is forgotten: the sum of the branches.

        Returns
        -------
        Channel

        Examples
        --------
        >>> import ebit
        >>> ebit.instruments.heralded_erasure(0.25).channel().ptm.diagonal()
        array([1.  , 0.75, 0.75, 0.75])
        """
        return self._channel

    def probabilities(self, state: npt.ArrayLike, *, tolerance: float = 1e-9) -> FloatArray:
        """Return the probability of every herald, in the order of `heralds`.

        Parameters
        ----------
        state : array_like, shape (..., 4**k)
            Pauli expectation values of a normalised state (I, X, Y, Z; two qubits: II, IX, .., ZZ).
            Batch axes broadcast with those of the instrument.
        tolerance : float, default 1e-9
            How far the trace may be from 1 and an eigenvalue of the state below 0.

        Returns
        -------
        array, shape (..., number of heralds)

        Raises
        ------
        ValueError
            If the shape is wrong or the expectation values do not belong to a state.

        Examples
        --------
        >>> import ebit
        >>> ebit.instruments.measurement("X").probabilities([1, 1, 0, 0])  # of outcomes 0 and 1 in |+>
        array([1., 0.])
        """
        size = 4**self.num_qubits
        expectations = as_floats("state", state)
        if expectations.ndim < 1 or expectations.shape[-1] != size:
            raise ValueError(f"state has shape {expectations.shape}: its last axis must be {size}")
        _require_state(expectations, self.num_qubits, as_tolerance(tolerance))
        weights: FloatArray = np.einsum("...bj,...j->...b", self._branches[..., 0, :], expectations)
        return weights


def _require_state(expectations: FloatArray, num_qubits: int, tolerance: float) -> None:
    require_bounded("state", expectations)
    if np.abs(expectations[..., 0] - 1.0).max(initial=0.0) > tolerance:
        raise ValueError("state has not trace 1: its first expectation value, of the identity, must be 1")
    rho = np.tensordot(expectations, _convert.paulis(num_qubits), axes=1) / 2**num_qubits
    if (lowest := np.linalg.eigvalsh(rho).min(initial=0.0)) < -tolerance:
        raise ValueError(f"state is not positive: its density matrix has the eigenvalue {lowest:.3g}")


def _restore(version: int, heralds: tuple[Hashable, ...], branches: FloatArray) -> Instrument:
    if version != _PICKLE_VERSION:
        raise ValueError(
            f"cannot read an Instrument pickled in format {version}: this is format {_PICKLE_VERSION}"
        )
    return _of(heralds, branches)


def _of(heralds: tuple[Hashable, ...], branches: FloatArray) -> Instrument:
    """Wrap branches, axis -3, that are known to sum to a channel."""
    instrument = Instrument.__new__(Instrument)
    instrument._heralds = heralds
    instrument._branches = branches.copy()
    instrument._branches.setflags(write=False)
    instrument._channel = Channel._of(branches.sum(axis=-3))
    return instrument


def _member(
    kernel: Callable[[FloatArray], FloatArray],
    heralds: tuple[Hashable, Hashable],
    name: str,
    value: npt.ArrayLike,
) -> Instrument:
    return _of(heralds, elementwise(kernel, (2, 4, 4), (name, value, ())))


_MEASURE = {"X": _core.instrument_measure_x, "Y": _core.instrument_measure_y, "Z": _core.instrument_measure_z}


def measurement(basis: str, p_readout_error: npt.ArrayLike = 0.0) -> Instrument:
    """Measure X, Y or Z projectively. The herald is the reported bit, 0 for the eigenvalue +1.

    Parameters
    ----------
    basis : {"X", "Y", "Z"}
        The Pauli that is measured.
    p_readout_error : array_like, default 0
        Probability that the reported bit is wrong, in [0, 1]; the qubit is left in the eigenstate of
        the true one.

    Returns
    -------
    Instrument

    Raises
    ------
    ValueError
        If `basis` is unknown or the probability is outside [0, 1].

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 2.2.5.

    Examples
    --------
    >>> import ebit
    >>> ebit.instruments.measurement("Z", p_readout_error=0.1).probabilities([1, 0, 0, 1])
    array([0.9, 0.1])
    """
    kernel = _MEASURE[one_of("basis", basis, tuple(_MEASURE))]
    return _member(kernel, (0, 1), "p_readout_error", p_readout_error)


def heralded_erasure(p_erasure: npt.ArrayLike) -> Instrument:
    """Lose the qubit with probability `p_erasure`, and know it.

    Heralds are "kept" and "erased"; after an erasure the maximally mixed state stands in its place.

    Parameters
    ----------
    p_erasure : array_like
        In [0, 1], any shape: that of the batch.

    Returns
    -------
    Instrument

    Raises
    ------
    ValueError
        If the probability is outside [0, 1].

    Notes
    -----
    M. Grassl, Th. Beth, T. Pellizzari, Phys. Rev. A 56, 33 (1997).

    Examples
    --------
    >>> import ebit
    >>> ebit.instruments.heralded_erasure(0.2).probabilities([1, 1, 0, 0])
    array([0.8, 0.2])
    """
    return _member(_core.instrument_heralded_erasure, ("kept", "erased"), "p_erasure", p_erasure)
