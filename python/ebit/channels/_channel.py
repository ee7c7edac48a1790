"""The channel type, and what makes a matrix a channel."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import ComplexArray, FloatArray, as_complexes, as_float, as_floats, elementwise, scalar
from ebit.channels import _convert

_COMPOSE = {1: _core.channel_compose_1, 2: _core.channel_compose_2}
_TWIRL = {1: _core.channel_twirl_1, 2: _core.channel_twirl_2}
_PAULI_PROBABILITIES = {1: _core.channel_pauli_probabilities_1, 2: _core.channel_pauli_probabilities_2}
_ENTANGLEMENT_FIDELITY = {1: _core.channel_entanglement_fidelity_1, 2: _core.channel_entanglement_fidelity_2}
_AVERAGE_FIDELITY = {1: _core.channel_average_fidelity_1, 2: _core.channel_average_fidelity_2}

_PICKLE_VERSION = 1
# No representation of a channel on two qubits has an entry above 4.
_LARGEST_ENTRY = 1e3

Number = TypeVar("Number", np.float64, np.complex128)


class Channel:
    """A channel on one or two qubits, or a batch of them.

    Channels come from the functions of `ebit.channels` and from `Memory.decay`; this constructor takes
    a Pauli transfer matrix. A channel is immutable and can be pickled.

    Parameters
    ----------
    ptm : array_like, shape (..., 4**k, 4**k)
        ``R[i, j] = tr(P_i E(P_j)) / 2**k``, order I, X, Y, Z, qubit 0 on the left; k is 1 or 2.
    tolerance : float, default 1e-9
        How far from a channel the matrix may be: largest deviation of its first row from (1, 0, ..)
        and size of a negative eigenvalue of the Choi matrix. The first row is then made exact.

    Raises
    ------
    ValueError
        If a shape is wrong, an entry is not finite, or the map does not preserve the trace or is not
        completely positive.

    Examples
    --------
    >>> import ebit
    >>> noisy = ebit.channels.dephasing(0.1) @ ebit.channels.unitary("H")
    >>> noisy.ptm.round(3)
    array([[ 1. ,  0. ,  0. ,  0. ],
           [ 0. ,  0. ,  0. ,  0.8],
           [ 0. ,  0. , -0.8,  0. ],
           [ 0. ,  1. ,  0. ,  0. ]])
    """

    __slots__ = ("_ptm",)
    _ptm: FloatArray
    __array_ufunc__ = None  # an array times a channel is a TypeError, not an array of objects

    def __init__(self, ptm: npt.ArrayLike, *, tolerance: float = 1e-9) -> None:
        self._ptm = checked_channel("ptm", as_ptm("ptm", ptm), as_tolerance(tolerance))

    @classmethod
    def _of(cls, ptm: FloatArray) -> Channel:
        """Wrap a matrix that is known to be a channel and belongs to nobody else."""
        channel = cls.__new__(cls)
        ptm.setflags(write=False)
        channel._ptm = ptm
        return channel

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (_PICKLE_VERSION, self._ptm)

    def __eq__(self, other: object) -> bool:
        """Whether both have exactly the same numbers."""
        if not isinstance(other, Channel):
            return NotImplemented
        return np.array_equal(self._ptm, other._ptm)

    def __hash__(self) -> int:
        return hash((self._ptm.shape, tuple(self._ptm.flat)))

    def __repr__(self) -> str:
        return f"Channel(num_qubits={self.num_qubits}, batch_shape={self.batch_shape})"

    @property
    def ptm(self) -> FloatArray:
        """Pauli transfer matrix, shape ``batch_shape + (4**k, 4**k)``, read-only."""
        return self._ptm

    @property
    def num_qubits(self) -> int:
        """How many qubits the channel acts on, 1 or 2."""
        return 1 if self._ptm.shape[-1] == 4 else 2

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch, ``()`` for a single channel."""
        return self._ptm.shape[:-2]

    def __matmul__(self, other: Channel) -> Channel:
        """``a @ b`` applies b first, then a; batches broadcast."""
        if not isinstance(other, Channel):
            return NotImplemented
        k = self.num_qubits
        if other.num_qubits != k:
            raise ValueError(f"cannot compose a channel on {k} with one on {other.num_qubits} qubits")
        core = self._ptm.shape[-2:]
        factors = (("left channel", self._ptm, core), ("right channel", other._ptm, core))
        return Channel._of(elementwise(_COMPOSE[k], core, *factors))

    def tensor(self, other: Channel) -> Channel:
        """Return the two-qubit channel with this one on qubit 0 and `other` on qubit 1.

        Parameters
        ----------
        other : Channel
            On one qubit; batches broadcast.

        Returns
        -------
        Channel

        Raises
        ------
        TypeError
            If `other` is not a Channel.
        ValueError
            If one of the two acts on two qubits, or the batches do not broadcast.

        Examples
        --------
        >>> import ebit
        >>> idle = ebit.channels.dephasing(0.1)
        >>> idle.tensor(idle).num_qubits
        2
        """
        if not isinstance(other, Channel):
            raise TypeError(f"other = {other!r} is not allowed: it must be a Channel")
        if self.num_qubits + other.num_qubits != 2:
            raise ValueError(
                f"cannot join channels on {self.num_qubits} and {other.num_qubits} qubits: two qubits at most"
            )
        factors = (("left channel", self._ptm, (4, 4)), ("right channel", other._ptm, (4, 4)))
        return Channel._of(elementwise(_core.channel_tensor, (16, 16), *factors))

    def choi(self) -> ComplexArray:
        """Return the Choi matrix ``sum_ij |i><j| (x) E(|i><j|)``, trace d = 2**k, the input on the left.

        Returns
        -------
        complex array, shape ``batch_shape + (d*d, d*d)``

        Examples
        --------
        >>> import ebit
        >>> ebit.channels.dephasing(0.25).choi().real[0]
        array([1. , 0. , 0. , 0.5])
        """
        return _convert.choi_from_ptm(self._ptm)

    def superoperator(self) -> ComplexArray:
        """Return S with ``vec(E(rho)) = S vec(rho)``, where vec stacks columns.

        Returns
        -------
        complex array, shape ``batch_shape + (d*d, d*d)``, d = 2**k

        Examples
        --------
        >>> import ebit
        >>> ebit.channels.dephasing(0.25).superoperator().real.diagonal()
        array([1. , 0.5, 0.5, 1. ])
        """
        return _convert.superoperator_from_choi(self.choi())

    def kraus(self) -> ComplexArray:
        """Return Kraus operators, shape ``batch_shape + (m, 2**k, 2**k)``.

        They are mutually orthogonal, heaviest first; m is the largest number needed in the batch.

        Examples
        --------
        >>> import ebit
        >>> ebit.channels.amplitude_damping(0.3).kraus().shape
        (2, 2, 2)
        """
        return _convert.kraus_from_choi(self.choi())

    def _flat(self) -> FloatArray:
        return self._ptm.reshape(-1, self._ptm.shape[-1] ** 2)

    def twirled(self) -> Channel:
        """Return the Pauli channel that conjugation with random Paulis leaves: the diagonal of `ptm`.

        Examples
        --------
        >>> import ebit
        >>> ebit.channels.amplitude_damping(0.36).twirled().ptm.diagonal().round(2)
        array([1.  , 0.8 , 0.8 , 0.64])
        """
        return Channel._of(_TWIRL[self.num_qubits](self._flat()).reshape(self._ptm.shape))

    def pauli_probabilities(self) -> FloatArray:
        """Return the probabilities of I, X, Y, Z (II, .., ZZ) in the twirled channel, last axis 4**k.

        Examples
        --------
        >>> import ebit
        >>> ebit.channels.pauli(0.1, 0.0, 0.2).pauli_probabilities().round(12)
        array([0.7, 0.1, 0. , 0.2])
        """
        probabilities = _PAULI_PROBABILITIES[self.num_qubits](self._flat())
        return probabilities.reshape(self._ptm.shape[:-1])

    def entanglement_fidelity(self) -> FloatArray:
        """Return the fidelity of half a maximally entangled state sent through: ``tr R / 4**k``.

        Examples
        --------
        >>> import ebit
        >>> float(ebit.channels.dephasing(0.25).entanglement_fidelity())
        0.75
        """
        return self._figure(_ENTANGLEMENT_FIDELITY[self.num_qubits](self._flat()))

    def average_fidelity(self) -> FloatArray:
        """Return the fidelity with the input averaged over pure states: ``(d F_e + 1) / (d + 1)``.

        Source: M., P. and R. Horodecki, Phys. Rev. A 60, 1888 (1999).

        Examples
        --------
        >>> import ebit
        >>> float(ebit.channels.depolarizing(p_replace=0.5).average_fidelity())
        0.75
        """
        return self._figure(_AVERAGE_FIDELITY[self.num_qubits](self._flat()))

    def _figure(self, values: FloatArray) -> FloatArray:
        return scalar(values.reshape(self.batch_shape))

    def is_cptp(self, tolerance: float = 1e-9) -> bool:
        """Say whether every channel of the batch preserves the trace and is completely positive.

        Channels are checked when they are made; this tells how well a product of many still is one.

        Parameters
        ----------
        tolerance : float, default 1e-9
            Largest deviation of a first row from (1, 0, ..), and size of a negative eigenvalue of a
            Choi matrix.

        Returns
        -------
        bool

        Raises
        ------
        ValueError
            If `tolerance` is negative or not finite.

        Examples
        --------
        >>> import ebit
        >>> (ebit.channels.dephasing(0.1) @ ebit.channels.amplitude_damping(0.2)).is_cptp()
        True
        """
        limit = as_tolerance(tolerance)
        return trace_defect(self._ptm) <= limit and positivity_defect(self._ptm) <= limit


def _restore(version: int, ptm: FloatArray) -> Channel:
    if version != _PICKLE_VERSION:
        raise ValueError(
            f"cannot read a Channel pickled in format {version}: this is format {_PICKLE_VERSION}"
        )
    return Channel._of(ptm.copy())


def as_tolerance(value: object) -> float:
    tolerance = as_float("tolerance", value)
    if not 0.0 <= tolerance < np.inf:
        raise ValueError(f"tolerance = {tolerance} is not allowed: it must be non-negative and finite")
    return tolerance


def as_ptm(name: str, value: npt.ArrayLike) -> FloatArray:
    """Return `value` as an own array of finite transfer matrices on one or two qubits."""
    return as_matrices(name, as_floats(name, value).copy(), sides=(4, 16))


def as_unitary(name: str, value: npt.ArrayLike, sides: tuple[int, ...], tolerance: float) -> ComplexArray:
    """Return unitary matrices of one of these sizes, or raise."""
    matrix = as_matrices(name, as_complexes(name, value), sides=sides)
    product = np.swapaxes(matrix.conj(), -1, -2) @ matrix
    defect = float(np.abs(product - np.eye(matrix.shape[-1])).max(initial=0.0))
    if not defect <= as_tolerance(tolerance):
        raise ValueError(f"{name} is not unitary: U^dagger U differs from 1 by {defect:.3g}")
    return matrix


def as_matrices(name: str, array: npt.NDArray[Number], sides: tuple[int, ...]) -> npt.NDArray[Number]:
    """Return `array` if it holds square matrices of one of these sizes, those of one, two, .. qubits."""
    shape = array.shape
    if len(shape) < 2 or shape[-1] != shape[-2] or shape[-1] not in sides:
        allowed = " or ".join(f"({side}, {side})" for side in sides)
        qubits = " or ".join(("one", "two", "three")[: len(sides)])
        raise ValueError(f"{name} has shape {shape}: its last axes must be {allowed} ({qubits} qubits)")
    require_bounded(name, array)
    return array


def require_bounded(name: str, array: npt.NDArray[Number]) -> None:
    """Raise if an entry is not finite or so large that arithmetic with it could overflow."""
    if not (np.abs(array) <= _LARGEST_ENTRY).all():
        raise ValueError(f"{name} holds NaN, infinity or an entry above {_LARGEST_ENTRY:g} in size")


def trace_defect(ptm: FloatArray) -> float:
    """Return how far the first rows are from (1, 0, ..)."""
    return float(np.abs(ptm[..., 0, :] - np.eye(ptm.shape[-1])[0]).max(initial=0.0))


def positivity_defect(ptm: FloatArray) -> float:
    """Return the size of the most negative eigenvalue of the Choi matrices."""
    return -float(np.linalg.eigvalsh(_convert.choi_from_ptm(ptm)).min(initial=0.0))


def require_completely_positive(name: str, ptm: FloatArray, tolerance: float) -> None:
    if (defect := positivity_defect(ptm)) > tolerance:
        raise ValueError(
            f"{name} is not completely positive: its Choi matrix has the eigenvalue {-defect:.3g} "
            f"(tolerance {tolerance:.3g})"
        )


def checked_channel(name: str, ptm: FloatArray, tolerance: float) -> FloatArray:
    """Return `ptm`, made to preserve the trace exactly, or raise if it is not a channel."""
    if (defect := trace_defect(ptm)) > tolerance:
        raise ValueError(
            f"{name} does not preserve the trace: it is off by {defect:.3g} (tolerance {tolerance:.3g})"
        )
    require_completely_positive(name, ptm, tolerance)
    ptm[..., 0, :] = np.eye(ptm.shape[-1])[0]
    ptm.setflags(write=False)
    return ptm
