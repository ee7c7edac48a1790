"""Continuous time: Markovian evolution by rates and a Hamiltonian."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from ebit._arrays import ComplexArray, FloatArray, as_complexes, as_float, as_floats, as_int
from ebit.channels import Channel
from ebit.channels._convert import paulis
from ebit.density._exponential import Exponential
from ebit.density._operations import as_qubits
from ebit.density.density_matrix import DensityMatrix
from ebit.memory import Memory

#: A complex matrix, a Pauli string or other name, or a sum of Pauli strings with coefficients.
Operator: TypeAlias = npt.ArrayLike | str | Mapping[str, complex]

_MOST_QUBITS = 4
_LARGEST_RATE = 1e18  # in 1/s, as of memories
_MOST_PHASE = 1e9  # in rad: beyond it rounding of the frequency is seen
_LOWERING = np.array([[0, 1], [0, 0]], dtype=complex)
_NAMED = {
    "lowering": _LOWERING,
    "raising": _LOWERING.T.copy(),
    "number": np.diag([0, 1]).astype(complex),
}
_PAULI = {
    "I": np.eye(2, dtype=complex),
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]], dtype=complex),
    "Z": np.diag([1, -1]).astype(complex),
}


class Lindbladian:
    """The generator of a Markovian evolution of 1 to 4 qubits that does not depend on time. Immutable.

    ``d rho / dt = -i [H, rho] + sum_j rate_j (L_j rho L_j^dagger - (L_j^dagger L_j rho + rho L_j^dagger
    L_j) / 2)``, with hbar = 1: a Hamiltonian is in rad/s. Kept as a real matrix in the Pauli basis, whose
    exponential is exact. Generators add: ``a + b`` acts with both. Rates that change in time are not covered:
    cut the time into pieces.

    Parameters
    ----------
    num_qubits : int
        In [1, 4].
    hamiltonian : complex array or mapping, optional
        A Hermitian matrix, shape ``(2**n, 2**n)``, or a sum of Pauli strings, such as ``{"ZZ": 0.5}``.
    jumps : iterable of tuples ``(rate, operator, *qubits)``
        A rate in 1/s, then a jump operator: a complex matrix; a Pauli string; "lowering" (``|0><1|``),
        "raising" or "number" (``|1><1|``); or a sum of Pauli strings with complex coefficients. It acts on
        the qubits named, or on all of them if none is.

    Raises
    ------
    ValueError
        If a number is out of range, a shape is wrong, the Hamiltonian is not Hermitian, or a name unknown.
    TypeError
        If an argument has another type.

    Notes
    -----
    G. Lindblad, Commun. Math. Phys. 48, 119 (1976); V. Gorini, A. Kossakowski, E. C. G. Sudarshan, J. Math.
    Phys. 17, 821 (1976).

    Examples
    --------
    A driven qubit that decays:

    >>> import numpy as np, ebit
    >>> driven = ebit.Lindbladian(1, {"X": 0.5 * 2 * np.pi * 1e3}, [(200.0, "lowering", 0)])
    >>> state = ebit.DensityMatrix(1)
    >>> state.evolve(driven, 0.5e-3, 0)
    >>> state.coefficients.round(4)
    array([ 1.    ,  0.    , -0.0614, -0.9268])
    """

    def __init__(
        self,
        num_qubits: int,
        hamiltonian: Operator | None = None,
        jumps: Iterable[tuple[Any, ...]] = (),
    ) -> None:
        n = as_int("num_qubits", num_qubits)
        if not 1 <= n <= _MOST_QUBITS:
            raise ValueError(f"num_qubits = {n} is not allowed: it must be in [1, {_MOST_QUBITS}]")
        generator = np.zeros((4**n, 4**n))
        if hamiltonian is not None:
            generator += _hamiltonian_part(hamiltonian, n)
        for jump in jumps:
            generator += _jump_part(jump, n)
        self._set(generator)

    def _set(self, generator: FloatArray) -> None:
        if not np.abs(generator).max() <= 4.0 * _LARGEST_RATE:
            raise ValueError(f"rates and frequencies must be at most {_LARGEST_RATE:g} 1/s in size")
        generator[0] = 0.0  # the trace stays exactly
        generator.setflags(write=False)
        self._generator = generator

    @classmethod
    def _of(cls, generator: FloatArray) -> Self:
        made = cls.__new__(cls)
        made._set(generator)
        return made

    @classmethod
    def from_memories(cls, memories: Iterable[Memory]) -> Self:
        """Return the generator of qubits that lie in memories, qubit q in the q-th.

        Parameters
        ----------
        memories : iterable of Memory
            1 to 4, each for a single point.

        Returns
        -------
        Lindbladian

        Raises
        ------
        ValueError
            If there are too many memories, or one is for several points.

        Examples
        --------
        >>> import numpy as np, ebit
        >>> memory = ebit.Memory(t1=1.0, t2=0.1)
        >>> decay = ebit.Lindbladian.from_memories([memory])
        >>> np.allclose(decay.channel(0.2).ptm, memory.decay(0.2).ptm)
        True
        """
        listed = list(memories)
        if not 1 <= len(listed) <= _MOST_QUBITS:
            raise ValueError(f"{len(listed)} memories are not allowed: there must be 1 to {_MOST_QUBITS}")
        n = len(listed)
        total = np.zeros((4**n, 4**n))
        for qubit, memory in enumerate(listed):
            if not isinstance(memory, Memory):
                raise TypeError(f"memories[{qubit}] = {memory!r} is not allowed: it must be a Memory")
            if memory.shape != ():
                raise ValueError(f"memories[{qubit}] has shape {memory.shape}: it must be for one point")
            rates = np.array(memory.rates, dtype=float)
            single = -np.diag([0.0, *rates])
            single[3, 0] = rates[2] * float(memory.equilibrium_z)
            total += _embedded(single, (qubit,), n)
        return cls._of(total)

    def on(self, num_qubits: int, *qubits: int) -> Self:
        """Return the generator that acts on some of more qubits and leaves the others alone.

        Parameters
        ----------
        num_qubits : int
            In [1, 4].
        *qubits : int
            As many as this generator has.

        Returns
        -------
        Lindbladian

        Raises
        ------
        ValueError
            If there are too many qubits, or they are not different ones of them.

        Examples
        --------
        >>> import ebit
        >>> decay = ebit.Lindbladian(1, jumps=[(1.0, "lowering")])
        >>> exchange = ebit.Lindbladian(2, {"XX": 0.5, "YY": 0.5})
        >>> (exchange + decay.on(2, 0)).num_qubits
        2
        """
        n = as_int("num_qubits", num_qubits)
        if not 1 <= n <= _MOST_QUBITS:
            raise ValueError(f"num_qubits = {n} is not allowed: it must be in [1, {_MOST_QUBITS}]")
        return self._of(_embedded(self._generator, as_qubits(qubits, self.num_qubits, n), n))

    def __add__(self, other: Lindbladian) -> Self:
        """Return the generator that acts with both."""
        if not isinstance(other, Lindbladian):
            return NotImplemented
        if other.num_qubits != self.num_qubits:
            raise ValueError(
                f"cannot add generators on {self.num_qubits} and {other.num_qubits} qubits: use `on` first"
            )
        return self._of(self._generator + other._generator)

    @property
    def num_qubits(self) -> int:
        """How many qubits evolve."""
        return (len(self._generator).bit_length() - 1) // 2

    @property
    def generator(self) -> FloatArray:
        """``G[i, j] = tr(P_i L(P_j)) / 2**n`` in 1/s, shape ``(4**n, 4**n)``, read-only."""
        return self._generator

    @cached_property
    def _exponential(self) -> Exponential:
        return Exponential(self._generator)

    def transfer(self, time: npt.ArrayLike) -> FloatArray:
        """Return the transfer matrices ``exp(G time)``, shape ``time.shape + (4**n, 4**n)``.

        Parameters
        ----------
        time : array_like
            Seconds, non-negative and finite.

        Returns
        -------
        ndarray

        Raises
        ------
        ValueError
            If a time is negative, not finite, or so long that no digit of a phase is left.

        Examples
        --------
        >>> import ebit
        >>> noise = ebit.Lindbladian(3, jumps=[(0.5, "Z", q) for q in range(3)])
        >>> noise.transfer([0.0, 1.0]).shape
        (2, 64, 64)
        """
        times = self._times(time)
        side = len(self._generator)
        return self._exponential.matrices(times.reshape(-1)).reshape(*times.shape, side, side)

    def channel(self, time: npt.ArrayLike) -> Channel:
        """Return the channel of some time, of a generator on one or two qubits.

        Parameters
        ----------
        time : array_like
            Seconds, non-negative and finite, any shape: that of the batch.

        Returns
        -------
        Channel

        Raises
        ------
        ValueError
            If a time is negative or not finite, or there are more than two qubits (see `transfer`).

        Examples
        --------
        >>> import ebit
        >>> exchange = ebit.Lindbladian(2, {"XX": 0.5, "YY": 0.5})
        >>> exchange.channel([0.0, 0.1]).batch_shape
        (2,)
        """
        if self.num_qubits > 2:
            raise ValueError(
                f"a channel acts on 1 or 2 qubits, not {self.num_qubits}: use transfer or evolve"
            )
        return Channel._of(self.transfer(time))

    def steady_state(self) -> DensityMatrix:
        """Return the state that is left after a long time, if there is only one.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        ValueError
            If the state after a long time depends on that at the beginning.

        Examples
        --------
        >>> import ebit
        >>> thermal = ebit.Lindbladian(1, jumps=[(3.0, "lowering"), (1.0, "raising")])
        >>> thermal.steady_state().coefficients.round(12)
        array([1. , 0. , 0. , 0.5])
        """
        # G (1, r) = 0 for the other expectation values r.
        inner, inhomogeneous = self._generator[1:, 1:], self._generator[1:, 0]
        sizes = np.linalg.svd(inner, compute_uv=False)
        if not sizes[-1] > 1e-12 * sizes[0]:
            raise ValueError("there is more than one steady state: some expectation value never decays")
        state = DensityMatrix._empty(self.num_qubits, None)
        state.coefficients[0] = 1.0
        state.coefficients[1:] = np.linalg.solve(inner, -inhomogeneous)
        return state

    def _times(self, time: npt.ArrayLike) -> FloatArray:
        times = as_floats("time", time)
        if not ((times >= 0.0) & (times < np.inf)).all():
            wrong = times[~((times >= 0.0) & (times < np.inf))][0]
            raise ValueError(f"time = {wrong} is not allowed: it must be non-negative and finite")
        longest = float(times.max(initial=0.0))
        if longest > 0.0 and self._exponential.frequency > _MOST_PHASE / longest:
            raise ValueError(
                f"time = {longest:g} is not allowed: phases of more than {_MOST_PHASE:g} rad "
                "are lost to rounding"
            )
        return times

    def __eq__(self, other: object) -> bool:
        """Whether both have exactly the same generator."""
        if not isinstance(other, Lindbladian):
            return NotImplemented
        return np.array_equal(self._generator, other._generator)

    def __hash__(self) -> int:
        return hash(self._generator.tobytes())

    def __repr__(self) -> str:
        return f"Lindbladian(num_qubits={self.num_qubits})"

    def __reduce__(self) -> tuple[object, ...]:
        return Lindbladian._of, (np.array(self._generator),)


# ---- from operators to generators ----


def _operator(name: str, value: Operator) -> ComplexArray:
    """Return the matrix of an operator on as many qubits as it says."""
    if isinstance(value, str):
        if value in _NAMED:
            return _NAMED[value]
        if not value or set(value) - set(_PAULI):
            names = ", ".join(_NAMED)
            raise ValueError(
                f"{name} = {value!r} is not allowed: it must be a Pauli string or one of {names}"
            )
        if len(value) > _MOST_QUBITS:
            raise ValueError(f"{name} = {value!r} is not allowed: at most {_MOST_QUBITS} qubits")
        matrix = np.eye(1, dtype=complex)
        for letter in value:
            matrix = np.kron(matrix, _PAULI[letter])
        return matrix
    if isinstance(value, Mapping):
        if not value:
            raise ValueError(f"{name} = {{}} is not allowed: it must have a term")
        terms = [_coefficient(name, c) * _operator(name, string) for string, c in value.items()]
        if len({term.shape for term in terms}) > 1:
            raise ValueError(f"{name} is not allowed: its terms must be on the same number of qubits")
        total: ComplexArray = np.sum(terms, axis=0)
        return total
    matrix = as_complexes(name, value)
    if matrix.ndim != 2 or matrix.shape not in [(2**k, 2**k) for k in range(1, _MOST_QUBITS + 1)]:
        raise ValueError(
            f"{name} has shape {matrix.shape}: it must be (2**k, 2**k), k in [1, {_MOST_QUBITS}]"
        )
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} holds NaN or infinity: its entries must be finite")
    return matrix


def _coefficient(name: str, value: object) -> complex:
    array = as_complexes(name, value)  # type: ignore[arg-type]
    if array.ndim != 0 or not np.isfinite(array):
        raise ValueError(f"{name}: the coefficient {value!r} is not allowed: it must be a finite number")
    return complex(array)


def _hamiltonian_part(value: Operator, num_qubits: int) -> FloatArray:
    """Return the generator of ``-i [H, rho]``."""
    matrix = _operator("hamiltonian", value)
    if len(matrix) != 2**num_qubits:
        raise ValueError(f"hamiltonian has shape {matrix.shape}: it must be {(2**num_qubits, 2**num_qubits)}")
    size = float(np.abs(matrix).max())
    if float(np.abs(matrix - matrix.conj().T).max()) > 1e-12 * size:
        raise ValueError("hamiltonian is not allowed: it must be Hermitian")
    matrix = (matrix + matrix.conj().T) / 2.0
    basis = paulis(num_qubits)
    return _in_pauli_basis(-1j * (matrix @ basis - basis @ matrix))


def _jump_part(jump: tuple[Any, ...], num_qubits: int) -> FloatArray:
    """Return the generator of one jump operator."""
    if not isinstance(jump, tuple) or len(jump) < 2:
        raise TypeError(f"jump = {jump!r} is not allowed: it must be a tuple (rate, operator, *qubits)")
    rate = as_float("rate", jump[0])
    if not 0.0 <= rate <= _LARGEST_RATE:
        raise ValueError(f"rate = {rate} is not allowed: it must be in [0, {_LARGEST_RATE:g}]")
    operator = _operator("operator", jump[1])
    k = len(operator).bit_length() - 1
    qubits = as_qubits(jump[2:] or tuple(range(num_qubits)), k, num_qubits)
    basis = paulis(k)
    adjoint = operator.conj().T
    lost = adjoint @ operator
    flow = operator @ basis @ adjoint - 0.5 * (lost @ basis + basis @ lost)
    return _embedded(rate * _in_pauli_basis(flow), qubits, num_qubits)


def _in_pauli_basis(images: ComplexArray) -> FloatArray:
    """Return ``tr(P_i E(P_j)) / 2**k`` of the images ``E(P_j)``, which are Hermitian."""
    count, side, _ = images.shape
    basis = paulis(side.bit_length() - 1).reshape(count, -1)
    # tr(P X) = sum_ab conj(P_ab) X_ab, because P is Hermitian.
    generator: FloatArray = (basis.conj() @ images.reshape(count, -1).T).real / side
    return generator


def _embedded(generator: FloatArray, qubits: tuple[int, ...], num_qubits: int) -> FloatArray:
    """Return a generator on `num_qubits`, acting on `qubits` of them."""
    order = [*qubits, *(q for q in range(num_qubits) if q not in qubits)]
    rest = 4 ** (num_qubits - len(qubits))
    place = [order.index(q) for q in range(num_qubits)]
    axes = [*place, *(num_qubits + p for p in place)]
    tensor = np.kron(generator, np.eye(rest)).reshape((4,) * (2 * num_qubits))
    return np.ascontiguousarray(tensor.transpose(axes)).reshape(4**num_qubits, 4**num_qubits)
