"""Density matrices from and to other descriptions of a state."""

from __future__ import annotations

from typing import Literal, Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from ebit import _core, _spectrum
from ebit._arrays import (
    ComplexArray,
    FloatArray,
    as_bool,
    as_complexes,
    as_float,
    as_floats,
    as_int,
    one_of,
    require,
)
from ebit.density import _paulis
from ebit.state import BELL_STATES, Pair, PairState

Order: TypeAlias = Literal["big", "little"]
State = TypeVar("State", bound=_core.DensityMatrix)

# Larger matrices are tested for positivity by a Cholesky decomposition, a tenth of the eigenvalues' time.
_CHOLESKY_QUBITS = 7
_BELL_GENERATORS = (["XX", "ZZ"], ["-XX", "ZZ"], ["XX", "-ZZ"], ["-XX", "-ZZ"])
# Bloch vectors as coefficients I, X, Y, Z.
_SINGLE_QUBIT = {
    "0": (1.0, 0.0, 0.0, 1.0),
    "1": (1.0, 0.0, 0.0, -1.0),
    "+": (1.0, 1.0, 0.0, 0.0),
    "-": (1.0, -1.0, 0.0, 0.0),
    "r": (1.0, 0.0, 1.0, 0.0),
    "l": (1.0, 0.0, -1.0, 0.0),
}


class Conversions(_core.DensityMatrix):
    """The constructors of a density matrix, and its other forms."""

    __slots__ = ()

    @classmethod
    def from_coefficients(
        cls, coefficients: npt.ArrayLike, *, tolerance: float = 1e-9, positivity: bool = True
    ) -> Self:
        """Return the state with these Pauli expectation values; they are copied.

        Parameters
        ----------
        coefficients : array_like, shape (4**n,) or (4**n, N)
            ``tr(P rho)`` in base-4 order (I, X, Y, Z; qubit 0 first).
        tolerance : float, default 1e-9
            By how much the trace may differ from 1 and an eigenvalue lie below 0.
        positivity : bool, default True
            Whether to look for negative eigenvalues. That takes ``8**n`` operations: microseconds for
            few qubits, half a minute for 13.

        Returns
        -------
        DensityMatrix
            A batch if the array has two axes.

        Raises
        ------
        ValueError
            If the shape is wrong, or this is not a state.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.from_coefficients([1, 0, 0, 0.5]).matrix().real
        array([[0.75, 0.  ],
               [0.  , 0.25]])
        """
        values = as_floats("coefficients", coefficients)
        rows = len(values) if values.ndim in (1, 2) else 0
        n = (rows.bit_length() - 1) // 2
        if rows != 4 ** max(n, 0):
            raise ValueError(
                f"coefficients has shape {values.shape}: it must be (4**n,), or (4**n, N) for a batch"
            )
        state = cls(n, values.shape[1] if values.ndim == 2 else None)
        if not np.isfinite(values).all():
            raise ValueError("coefficients are not allowed: they must be finite")
        state.coefficients[...] = values
        return _checked(state, "coefficients", _as_tolerance(tolerance), positivity)

    @classmethod
    def from_matrix(
        cls,
        matrix: npt.ArrayLike,
        order: Order = "big",
        *,
        tolerance: float = 1e-9,
        positivity: bool = True,
    ) -> Self:
        """Return the state with this density matrix.

        Parameters
        ----------
        matrix : array_like, shape (d, d) or (N, d, d)
            Complex, d = 2**n.
        order : {"big", "little"}
            Whether qubit 0 is the most significant bit of a row's number (the left tensor factor), or the
            least significant one as in Qiskit and qulacs.
        tolerance : float, default 1e-9
            By how much an entry may differ from the conjugate of the one opposite, the trace from 1, and
            an eigenvalue lie below 0. Asymmetries within it are averaged out.
        positivity : bool, default True
            Whether to look for negative eigenvalues. That takes ``8**n`` operations: microseconds for
            few qubits, half a minute for 13.

        Returns
        -------
        DensityMatrix
            A batch if the array has three axes.

        Raises
        ------
        ValueError
            If the shape is wrong, or this is not a state.

        Examples
        --------
        >>> import ebit
        >>> state = ebit.DensityMatrix.from_matrix([[0.5, -0.5j], [0.5j, 0.5]])
        >>> state.coefficients
        array([1., 0., 1., 0.])
        """
        array = as_complexes("matrix", matrix)
        d = array.shape[-1] if array.ndim else 0
        if array.ndim not in (2, 3) or array.shape[-2] != d or d < 1 or d & (d - 1):
            raise ValueError(f"matrix has shape {array.shape}: it must be (d, d) or (N, d, d), d = 2**n")
        state = cls(d.bit_length() - 1, len(array) if array.ndim == 3 else None)
        limit = _as_tolerance(tolerance)
        _core.set_matrices(state, array, _is_little(order), limit)
        return _checked(state, "matrix", limit, positivity)

    def matrix(self, order: Order = "big") -> ComplexArray:
        """Return the density matrix.

        Parameters
        ----------
        order : {"big", "little"}
            Whether qubit 0 is the most or the least significant bit of a row's number.

        Returns
        -------
        complex array, shape (d, d) or (N, d, d)
            ``16 * 4**n`` bytes per state.

        Raises
        ------
        ValueError
            If there is no such order.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.product("01").matrix().real.diagonal()
        array([0., 1., 0., 0.])
        >>> ebit.DensityMatrix.product("01").matrix("little").real.diagonal()
        array([0., 0., 1., 0.])
        """
        matrices = _core.get_matrices(self, _is_little(order))
        return matrices if self.batch is not None else matrices[0]

    @classmethod
    def from_state_vector(
        cls, vector: npt.ArrayLike, order: Order = "big", *, tolerance: float = 1e-9
    ) -> Self:
        """Return the pure state with these amplitudes.

        Parameters
        ----------
        vector : array_like, shape (d,) or (N, d)
            Complex amplitudes, d = 2**n.
        order : {"big", "little"}
            Whether qubit 0 is the most or the least significant bit of an amplitude's number.
        tolerance : float, default 1e-9
            By how much the squared norm may differ from 1.

        Returns
        -------
        DensityMatrix
            A batch if the array has two axes.

        Raises
        ------
        ValueError
            If the shape is wrong or a vector is not normalised.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.from_state_vector([0.6, 0.8j]).coefficients.round(12)
        array([ 1.  ,  0.  ,  0.96, -0.28])
        """
        array = as_complexes("vector", vector)
        d = array.shape[-1] if array.ndim else 0
        if array.ndim not in (1, 2) or d < 1 or d & (d - 1):
            raise ValueError(f"vector has shape {array.shape}: it must be (d,) or (N, d), d = 2**n")
        state = cls(d.bit_length() - 1, len(array) if array.ndim == 2 else None)
        limit = _as_tolerance(tolerance)
        _require_close("the squared norm of vector", (np.abs(array) ** 2).sum(axis=-1), limit)
        _core.set_vectors(state, array, _is_little(order))
        return state

    def state_vector(self, order: Order = "big", *, tolerance: float = 1e-9) -> ComplexArray:
        """Return the amplitudes of a pure state; the first of the largest ones is real and positive.

        Parameters
        ----------
        order : {"big", "little"}
            Whether qubit 0 is the most or the least significant bit of an amplitude's number.
        tolerance : float, default 1e-9
            By how much the purity may differ from 1.

        Returns
        -------
        complex array, shape (d,) or (N, d)

        Raises
        ------
        ValueError
            If a state is not pure.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.bell("psi_minus").state_vector().real.round(6)
        array([ 0.      ,  0.707107, -0.707107,  0.      ])
        """
        matrices = _core.get_matrices(self, _is_little(order))
        purity = (np.abs(matrices) ** 2).sum(axis=(-2, -1))
        _require_close("the purity", purity, _as_tolerance(tolerance))
        populations = np.einsum("kii->ki", matrices).real
        largest = np.argmax(populations > populations.max(axis=1, keepdims=True) - 1e-9, axis=1)
        each = np.arange(len(matrices))
        vectors: ComplexArray = matrices[each, :, largest] / np.sqrt(populations[each, largest])[:, None]
        return vectors if self.batch is not None else vectors[0]

    @classmethod
    def from_pair(cls, pair: PairState) -> Self:
        """Return the state of a stored pair; its left qubit becomes qubit 0.

        Parameters
        ----------
        pair : Pair, BellDiagonal or Werner
            A single one, or a batch with one axis.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        TypeError
            If `pair` is none.
        ValueError
            If it has several batch axes.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.from_pair(ebit.Werner([0.9, 0.8])).fidelity().round(12)
        array([0.925, 0.85 ])
        """
        require("pair", pair, PairState)
        if len(pair.batch_shape) > 1:
            raise ValueError(f"pair has batch shape {pair.batch_shape}: it must have at most one axis")
        state = cls(2, pair.batch_shape[0] if pair.batch_shape else None)
        state.coefficients[...] = np.moveaxis(pair.correlations.reshape(*pair.batch_shape, 16), -1, 0)
        return state

    def to_pair(self) -> Pair:
        """Return a state of two qubits as a `Pair`; qubit 0 becomes its left qubit.

        Raises
        ------
        ValueError
            If there are not two qubits, or this is not a state.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.bell().to_pair().bell_weights()
        array([1., 0., 0., 0.])
        """
        if self.num_qubits != 2:
            raise ValueError(f"the state has {self.num_qubits} qubits: a pair has two")
        return Pair(self.coefficients.T.reshape(*self.coefficients.shape[1:], 4, 4))

    @classmethod
    def from_stabilizers(cls, generators: list[str], batch: int | None = None) -> Self:
        """Return the state that is stabilized by Pauli strings, as mixed as they leave it.

        Parameters
        ----------
        generators : list of str
            Strings such as ``"-XIZ"`` that commute and are independent. With k of them on n qubits the
            state is the projector on their common eigenspace, divided by its dimension ``2**(n - k)``.
        batch : int, optional
            Number of copies; without it there is a single state.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        TypeError
            If `generators` is no list of strings.
        ValueError
            If a string is not one, two anticommute, or one is a product of others.

        Notes
        -----
        Gottesman, arXiv:quant-ph/9705052 (1997).

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.from_stabilizers(["XX", "-ZZ"]).fidelity("psi_plus")
        1.0
        """
        rows, signs, n = _paulis.group("generators", generators)
        state = _zeros(cls, n, batch)
        state.coefficients[rows] = signs.reshape(-1, *(1,) * (state.coefficients.ndim - 1))
        return state

    @classmethod
    def bell(cls, name: str = "phi_plus", batch: int | None = None) -> Self:
        """Return a Bell state of two qubits.

        Parameters
        ----------
        name : str
            ``"phi_plus"``, ``"phi_minus"``, ``"psi_plus"`` or ``"psi_minus"``.
        batch : int, optional
            Number of copies; without it there is a single state.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        ValueError
            If there is no such Bell state.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.bell("psi_minus").chsh().__round__(6)
        2.828427
        """
        index = BELL_STATES.index(one_of("name", name, BELL_STATES))
        return cls.from_stabilizers(_BELL_GENERATORS[index], batch)

    @classmethod
    def ghz(cls, num_qubits: int, batch: int | None = None) -> Self:
        """Return ``(|0..0> + |1..1>) / sqrt(2)``.

        Parameters
        ----------
        num_qubits : int
            At least 1.
        batch : int, optional
            Number of copies; without it there is a single state.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        ValueError
            If there are no or too many qubits.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.ghz(3).expectation("XXX")
        1.0
        """
        n = _at_least_one(num_qubits)
        state = _zeros(cls, n, batch)  # first of all, since it refuses too many qubits
        neighbours = ["I" * k + "ZZ" + "I" * (n - 2 - k) for k in range(n - 1)]
        rows, signs, _ = _paulis.group("generators", ["X" * n, *neighbours])
        state.coefficients[rows] = signs.reshape(-1, *(1,) * (state.coefficients.ndim - 1))
        return state

    @classmethod
    def w(cls, num_qubits: int, batch: int | None = None) -> Self:
        """Return the equal superposition of all states with a single 1.

        Parameters
        ----------
        num_qubits : int
            At least 1.
        batch : int, optional
            Number of copies; without it there is a single state.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        ValueError
            If there are no or too many qubits.

        Examples
        --------
        >>> import ebit
        >>> round(ebit.DensityMatrix.w(3).expectation("ZII"), 12)
        0.333333333333
        """
        n = _at_least_one(num_qubits)
        state = _zeros(cls, n, batch)  # first of all, since it refuses too many qubits
        vector = np.zeros(1 << n, dtype=np.complex128)
        vector[1 << np.arange(n)] = 1.0 / np.sqrt(n)
        if batch is None:
            _core.set_vectors(state, vector, False)
        else:
            state.coefficients[...] = cls.w(n).coefficients[:, None]
        return state

    @classmethod
    def product(cls, text: str, batch: int | None = None) -> Self:
        """Return a product of eigenstates of the Paulis.

        Parameters
        ----------
        text : str
            A letter per qubit: ``0`` and ``1`` (eigenstates of Z), ``+`` and ``-`` (X), ``r`` and ``l``
            (Y).
        batch : int, optional
            Number of copies; without it there is a single state.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        TypeError
            If `text` is no string.
        ValueError
            If there is another letter in it.

        Examples
        --------
        >>> import ebit
        >>> state = ebit.DensityMatrix.product("0+")
        >>> state.expectation("ZX"), state.expectation("XZ")
        (1.0, 0.0)
        """
        require("text", text, str)
        if not set(text) <= set(_SINGLE_QUBIT):
            raise ValueError(f"text = {text!r} is not allowed: its letters must be among 0, 1, +, -, r, l")
        state = _zeros(cls, len(text), batch)
        values = np.ones(1)
        for letter in text:
            values = np.outer(values, _SINGLE_QUBIT[letter]).reshape(-1)
        state.coefficients[...] = values.reshape(-1, *(1,) * (state.coefficients.ndim - 1))
        return state


def _is_little(order: object) -> bool:
    return one_of("order", order, ("big", "little")) == "little"


def _as_tolerance(tolerance: object) -> float:
    value = as_float("tolerance", tolerance)
    if not value >= 0.0:
        raise ValueError(f"tolerance = {value} is not allowed: it must be at least 0")
    return value


def _at_least_one(num_qubits: object) -> int:
    n = as_int("num_qubits", num_qubits)
    if n < 1:
        raise ValueError(f"num_qubits = {n} is not allowed: it must be at least 1")
    return n


def _zeros(cls: type[State], num_qubits: int, batch: int | None) -> State:
    """Return a state of which only the trace is set."""
    state = cls(num_qubits, batch)
    state.coefficients[1:] = 0.0
    return state


def _require_close(name: str, values: FloatArray, tolerance: float) -> None:
    """Raise unless all values are 1 to the tolerance."""
    wrong = np.flatnonzero(~(np.abs(np.atleast_1d(values) - 1.0) <= tolerance))
    if len(wrong):
        value = np.atleast_1d(values)[wrong[0]]
        where = f" of element {wrong[0]}" if np.ndim(values) else ""
        raise ValueError(f"{name}{where} is {value}: it must be 1")


def _checked(state: State, name: str, tolerance: float, positivity: bool) -> State:
    """Return the state if it has trace 1 and, if asked, no negative eigenvalue."""
    _require_close(f"the trace of {name}", state.coefficients[0], tolerance)
    if as_bool("positivity", positivity):
        _require_positive(state, name, tolerance)
    return state


def _require_positive(state: _core.DensityMatrix, name: str, tolerance: float) -> None:
    rows = state.coefficients.reshape(len(state.coefficients), -1)
    if state.num_qubits >= _CHOLESKY_QUBITS and _has_cholesky(rows, tolerance):
        return
    lowest = _spectrum.eigenvalues(rows)[0]
    worst = int(np.argmin(lowest))
    if lowest[worst] < -tolerance:
        where = f" of element {worst}" if state.batch is not None else ""
        raise ValueError(f"{name}{where} has the eigenvalue {lowest[worst]}: none may be negative")


def _has_cholesky(rows: FloatArray, tolerance: float) -> bool:
    """Say whether all states are positive after white noise of this size is added."""
    shift = tolerance + len(rows) ** 0.5 * np.finfo(np.float64).eps
    for k in range(rows.shape[1]):
        matrix = _spectrum.matrices(rows[:, k : k + 1])[0]
        matrix[np.diag_indices(len(matrix))] += shift
        try:
            np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            return False
    return True
