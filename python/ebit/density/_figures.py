"""What a density matrix is worth: figures of merit, one number per state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from ebit import _core, _spectrum
from ebit._arrays import FloatArray, as_bool, as_complexes, as_floats, as_int, one_of
from ebit.density import _paulis
from ebit.state import BELL_STATES, PairState

if TYPE_CHECKING:
    from ebit.density.density_matrix import DensityMatrix

#: A figure of a single state is a float, that of a batch an array of shape (N,).
Figure: TypeAlias = "float | FloatArray"
#: A Pauli string, or a real combination of some: a mapping or a list of pairs, string to coefficient. A
#: coefficient is a number or one per state of a batch.
Observable: TypeAlias = "str | Mapping[str, npt.ArrayLike] | Sequence[tuple[str, npt.ArrayLike]]"

_BELL_SIGNS = ([1, 1, -1, 1], [1, -1, 1, 1], [1, 1, 1, -1], [1, -1, -1, -1])
_DIAGONAL = [0, 5, 10, 15]  # rows II, XX, YY, ZZ


class Figures(_core.DensityMatrix):
    """The methods of a density matrix that say how much it is worth."""

    __slots__ = ()

    def fidelity(
        self,
        target: str | Sequence[str] | DensityMatrix | PairState | npt.NDArray[Any] = "phi_plus",
        *,
        root: bool = False,
    ) -> Figure:
        """Return the fidelity to a pure or mixed state, squared: ``<psi|rho|psi>`` for a pure one.

        Parameters
        ----------
        target : str, list of str, array, DensityMatrix or pair state
            A Bell state by its name (for two qubits), n stabilizer generators such as
            ``["XX", "-ZZ"]``, amplitudes of shape (d,) or (N, d) (qubit 0 most significant), or any
            state: then it is (tr sqrt(sqrt(rho) sigma sqrt(rho)))^2.
        root : bool, default False
            Whether to return the square root, as QuTiP does.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        TypeError
            If `target` is none of these.
        ValueError
            If it does not fit the state.

        Notes
        -----
        Uhlmann, Rep. Math. Phys. 9, 273 (1976); Jozsa, J. Mod. Opt. 41, 2315 (1994). Between mixed
        states the root is exact to about 1e-8 where both are singular: an eigenvalue that is the
        rounding error of a zero enters by its square root.

        Examples
        --------
        >>> import ebit
        >>> state = ebit.DensityMatrix.from_pair(ebit.Werner.from_fidelity(0.81))
        >>> round(state.fidelity(), 12), round(state.fidelity(["XX", "ZZ"], root=True), 12)
        (0.81, 0.9)
        >>> round(state.fidelity(ebit.DensityMatrix.product("00")), 12)
        0.436666666667
        """
        if isinstance(target, (_core.DensityMatrix, PairState)):
            left, right, single = _both(self, target)
            fidelity = _spectrum.root_fidelity(left, right) ** 2
        else:
            fidelity, single = self._overlap(target)
        fidelity = np.clip(fidelity, 0.0, None)
        return _figure(np.sqrt(fidelity) if as_bool("root", root) else fidelity, single)

    def _overlap(self, target: object) -> tuple[FloatArray, bool]:
        """Return <psi|rho|psi>, and whether it is that of a single state."""
        rows, n = _rows(self), self.num_qubits
        if isinstance(target, str):
            one_of("target", target, BELL_STATES)
            if n != 2:
                raise ValueError(f"target = {target!r} is a state of two qubits, not of {n}")
            signs = np.array(_BELL_SIGNS[BELL_STATES.index(target)], dtype=np.float64)
            return 0.25 * _combined(rows, np.array(_DIAGONAL), signs), self.batch is None
        if isinstance(target, Sequence) and all(isinstance(text, str) for text in target):
            places, values, _ = _paulis.group("target", target, n)
            if len(places) != 1 << n:
                raise ValueError(f"target has {len(target)} generators: a pure state has {n}")
            return _combined(rows, places, values.astype(np.float64)) / (1 << n), self.batch is None
        vector = as_complexes("target", cast("npt.ArrayLike", target))
        if vector.ndim not in (1, 2) or vector.shape[-1] != 1 << n:
            raise ValueError(f"target has shape {vector.shape}: it must be ({1 << n},) or (N, {1 << n})")
        norms = (np.abs(vector) ** 2).sum(axis=-1).reshape(-1)
        worst = norms[np.argmax(np.abs(norms - 1.0))]
        if not abs(worst - 1.0) <= 1e-9:
            raise ValueError(
                f"target has the squared norm {worst}: it must be 1; mixed states are given as DensityMatrix"
            )
        pure = type(self).from_state_vector(vector)  # type: ignore[attr-defined]
        left, right, single = _both(self, pure)
        return np.einsum("rk,rk->k", *np.broadcast_arrays(left, right)) / (1 << n), single

    def trace_distance(self, other: DensityMatrix | PairState) -> Figure:
        """Return half the trace norm of the difference, between 0 and 1.

        Parameters
        ----------
        other : DensityMatrix or pair state
            On as many qubits; a single state is compared with every one of a batch.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        TypeError
            If `other` is none.
        ValueError
            If numbers of qubits or batch sizes differ.

        Notes
        -----
        Nielsen and Chuang, Quantum Computation and Quantum Information, section 9.2.1.

        Examples
        --------
        >>> import ebit
        >>> zero, plus = ebit.DensityMatrix.product("0"), ebit.DensityMatrix.product("+")
        >>> round(zero.trace_distance(plus), 6)
        0.707107
        """
        left, right, single = _both(self, other)
        return _figure(0.5 * _spectrum.trace_norm(left - right), single)

    def purity(self) -> Figure:
        """Return tr(rho^2), between 1/2^n and 1.

        Returns
        -------
        float or array, shape (N,)

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.from_stabilizers(["ZZ"]).purity()
        0.5
        """
        rows = _rows(self)
        return _figure(np.einsum("rk,rk->k", rows, rows) / (1 << self.num_qubits), self.batch is None)

    def eigenvalues(self) -> FloatArray:
        """Return the eigenvalues in ascending order.

        Returns
        -------
        array, shape (d,) or (N, d)

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.from_pair(ebit.Werner(0.6)).eigenvalues().round(12)
        array([0.1, 0.1, 0.1, 0.7])
        """
        values = _spectrum.eigenvalues(_rows(self)).T
        return values if self.batch is not None else values[0]

    def entropy(self, qubits: int | Sequence[int] | None = None) -> Figure:
        """Return the von Neumann entropy in bits.

        Parameters
        ----------
        qubits : int or list of int, optional
            Of these alone; of the whole state without them.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        ValueError
            If a qubit is not there, or twice.

        Notes
        -----
        Nielsen and Chuang, Quantum Computation and Quantum Information, section 11.3.

        Examples
        --------
        >>> import ebit
        >>> ghz = ebit.DensityMatrix.ghz(3)
        >>> round(ghz.entropy(), 12), round(ghz.entropy([0, 1]), 12)
        (0.0, 1.0)
        """
        rows = _rows(self)
        if qubits is not None:
            rows = _spectrum.reduced(rows, self._subset("qubits", qubits))
        return _figure(_spectrum.entropy(rows), self.batch is None)

    def negativity(self, qubits: int | Sequence[int] | None = None) -> Figure:
        """Return (trace norm of the partial transpose - 1)/2 between some qubits and the others.

        Parameters
        ----------
        qubits : int or list of int, optional
            One side of the cut. It may be left out for two qubits.

        Returns
        -------
        float or array, shape (N,)
            0 for separable states, 1/2 for a Bell state.

        Raises
        ------
        ValueError
            If a qubit is not there or twice, or one side is empty.

        Notes
        -----
        Vidal and Werner, Phys. Rev. A 65, 032314 (2002).

        Examples
        --------
        >>> import ebit
        >>> round(ebit.DensityMatrix.ghz(3).negativity([0, 2]), 12)
        0.5
        """
        return _figure(_spectrum.negativity(_rows(self), self._side(qubits)), self.batch is None)

    def log_negativity(self, qubits: int | Sequence[int] | None = None) -> Figure:
        """Return log2 of the trace norm of the partial transpose, in bits.

        Parameters
        ----------
        qubits : int or list of int, optional
            One side of the cut. It may be left out for two qubits.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        ValueError
            If a qubit is not there or twice, or one side is empty.

        Notes
        -----
        Vidal and Werner, Phys. Rev. A 65, 032314 (2002).

        Examples
        --------
        >>> import ebit
        >>> round(ebit.DensityMatrix.bell().log_negativity(), 12)
        1.0
        """
        return _figure(_spectrum.log_negativity(_rows(self), self._side(qubits)), self.batch is None)

    def concurrence(self) -> Figure:
        """Return the concurrence of two qubits, between 0 (separable) and 1.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        ValueError
            If there are not two qubits.

        Notes
        -----
        Wootters, Phys. Rev. Lett. 80, 2245 (1998).

        Examples
        --------
        >>> import ebit
        >>> round(ebit.DensityMatrix.from_pair(ebit.Werner(0.6)).concurrence(), 12)
        0.4
        """
        return _figure(_spectrum.concurrence(self._pair_rows("concurrence")), self.batch is None)

    def entanglement_of_formation(self) -> Figure:
        """Return the entanglement of formation of two qubits in ebits, between 0 (separable) and 1.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        ValueError
            If there are not two qubits.

        Notes
        -----
        Wootters, Phys. Rev. Lett. 80, 2245 (1998).

        Examples
        --------
        >>> import ebit
        >>> round(ebit.DensityMatrix.bell().entanglement_of_formation(), 12)
        1.0
        """
        rows = self._pair_rows("entanglement_of_formation")
        return _figure(_spectrum.entanglement_of_formation(rows), self.batch is None)

    def chsh(self) -> Figure:
        """Return the largest CHSH value of two qubits over all settings; above 2 no local model exists.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        ValueError
            If there are not two qubits.

        Notes
        -----
        Horodecki, Horodecki and Horodecki, Phys. Lett. A 200, 340 (1995).

        Examples
        --------
        >>> import ebit
        >>> round(ebit.DensityMatrix.bell().chsh(), 6)
        2.828427
        """
        return _figure(_spectrum.chsh(self._pair_rows("chsh")), self.batch is None)

    def mutual_information(self, qubits: int | Sequence[int] | None = None) -> Figure:
        """Return S(A) + S(B) - S(AB) in bits, A some of the qubits and B the others.

        Parameters
        ----------
        qubits : int or list of int, optional
            One side of the cut. It may be left out for two qubits.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        ValueError
            If a qubit is not there or twice, or one side is empty.

        Notes
        -----
        Nielsen and Chuang, Quantum Computation and Quantum Information, section 11.3.4.

        Examples
        --------
        >>> import ebit
        >>> round(ebit.DensityMatrix.bell().mutual_information(), 12)
        2.0
        """
        rows, side = _rows(self), self._side(qubits)
        others = [qubit for qubit in range(self.num_qubits) if qubit not in side]
        parts = [_spectrum.entropy(_spectrum.reduced(rows, part)) for part in (side, others)]
        return _figure(parts[0] + parts[1] - _spectrum.entropy(rows), self.batch is None)

    def coherent_information(self, receiver: int | Sequence[int] | None = None) -> Figure:
        """Return S(B) - S(AB) in bits, B the receiver's qubits and A the others; it may be negative.

        Parameters
        ----------
        receiver : int or list of int, optional
            The receiver's qubits. They may be left out for two qubits: then it is qubit 1.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        ValueError
            If a qubit is not there or twice, or one side is empty.

        Notes
        -----
        Schumacher and Nielsen, Phys. Rev. A 54, 2629 (1996). Where positive, so many ebits per state can
        be distilled with one-way messages to the receiver: Devetak and Winter, Proc. R. Soc. A 461, 207
        (2005). `PairFigures.hashing_bound` is the same for pairs.

        Examples
        --------
        >>> import ebit
        >>> round(ebit.DensityMatrix.bell().coherent_information(), 12)
        1.0
        """
        side = [1] if receiver is None and self.num_qubits == 2 else self._side(receiver, "receiver")
        return _figure(_spectrum.coherent_information(_rows(self), side), self.batch is None)

    def relative_entropy(self, other: DensityMatrix | PairState) -> Figure:
        """Return tr rho (log2 rho - log2 sigma) in bits.

        Parameters
        ----------
        other : DensityMatrix or pair state
            The state sigma; a single one is compared with every one of a batch.

        Returns
        -------
        float or array, shape (N,)
            Infinite where the state is not inside the support of the other one (to 1e-8).

        Raises
        ------
        TypeError
            If `other` is none.
        ValueError
            If numbers of qubits or batch sizes differ.

        Notes
        -----
        Vedral, Rev. Mod. Phys. 74, 197 (2002).

        Examples
        --------
        >>> import ebit
        >>> noise = ebit.DensityMatrix.from_coefficients([1, 0, 0, 0])
        >>> round(ebit.DensityMatrix.product("0").relative_entropy(noise), 12)
        1.0
        >>> noise.relative_entropy(ebit.DensityMatrix.product("0"))
        inf
        """
        left, right, single = _both(self, other)
        return _figure(_spectrum.relative_entropy(left, right), single)

    def expectation(self, observable: Observable) -> Figure:
        """Return the expectation value of a Pauli string or of a sum of them.

        Parameters
        ----------
        observable : str, dict or list of (str, float)
            A signed string such as ``"-XZI"``, or coefficients of strings:
            ``{"XX": 0.5, "ZI": -1.0}``. A coefficient may be an array with one number per state.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        TypeError
            If `observable` is none of these.
        ValueError
            If a string or the shape of a coefficient does not fit.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix.bell().expectation({"XX": 0.5, "YY": 0.25, "ZI": -1.0})
        0.25
        """
        rows, single = _rows(self), self.batch is None
        total = np.zeros(rows.shape[1])
        for row, coefficient in self._terms(observable):
            total += coefficient * rows[row]
        return _figure(total, single)

    def variance(self, observable: Observable) -> Figure:
        """Return the variance of a single measurement of an observable, ``<O^2> - <O>^2``.

        Parameters
        ----------
        observable : str, dict or list of (str, float)
            As for `expectation`.

        Returns
        -------
        float or array, shape (N,)

        Raises
        ------
        TypeError
            If `observable` is none of these.
        ValueError
            If a string or the shape of a coefficient does not fit.

        Examples
        --------
        >>> import ebit
        >>> plus = ebit.DensityMatrix.product("+")
        >>> plus.variance("X"), plus.variance("Z"), plus.variance({"X": 3.0, "Z": 4.0})
        (0.0, 1.0, 16.0)
        """
        rows, terms = _rows(self), self._terms(observable)
        mean, square = np.zeros(rows.shape[1]), np.zeros(rows.shape[1])
        for row, coefficient in terms:
            mean += coefficient * rows[row]
            for other, factor in terms:  # of products that anticommute nothing is left
                sign = _paulis.product_sign(np.int64(row), np.int64(other))
                square += coefficient * factor * sign * rows[row ^ other]
        return _figure(np.maximum(0.0, square - mean**2), self.batch is None)

    def _terms(self, observable: object) -> list[tuple[int, FloatArray]]:
        """Return the rows of an observable and their coefficients."""
        if isinstance(observable, str):
            observable = {observable: 1.0}
        pairs = list(observable.items()) if isinstance(observable, Mapping) else observable
        if not isinstance(pairs, Sequence) or not all(
            isinstance(pair, tuple) and len(pair) == 2 for pair in pairs
        ):
            raise TypeError(
                f"observable = {observable!r} is not allowed: it must be a Pauli string, or coefficients of"
                " strings as a dict or a list of pairs (string, coefficient)"
            )
        terms = []
        for text, value in pairs:
            sign, row = _paulis.parse("observable", text, self.num_qubits)
            coefficient = as_floats(f"the coefficient of {text}", value)
            if coefficient.ndim and coefficient.shape != (self.batch,):
                shape = "()" if self.batch is None else f"() or ({self.batch},)"
                raise ValueError(f"the coefficient of {text} has shape {coefficient.shape}, not {shape}")
            if not np.isfinite(coefficient).all():
                raise ValueError(f"the coefficient of {text} is not finite")
            terms.append((row, sign * coefficient))
        return terms

    def _subset(self, name: str, qubits: object) -> list[int]:
        chosen = [qubits] if isinstance(qubits, int | np.integer) else qubits
        if not isinstance(chosen, Sequence | np.ndarray) or isinstance(chosen, str):
            raise TypeError(f"{name} = {qubits!r} is not allowed: it must be a qubit or a list of qubits")
        places = sorted(as_int(name, qubit) for qubit in chosen)
        n = self.num_qubits
        if any(not 0 <= place < n for place in places) or len(set(places)) != len(places):
            raise ValueError(f"{name} = {qubits} is not allowed: different qubits in [0, {n - 1}] are")
        return places

    def _side(self, qubits: object, name: str = "qubits") -> list[int]:
        """Return one side of a cut, neither empty nor everything."""
        if qubits is None:
            if self.num_qubits != 2:
                raise ValueError(f"{name} must be given for a state of {self.num_qubits} qubits")
            return [0]
        side = self._subset(name, qubits)
        if not 0 < len(side) < self.num_qubits:
            raise ValueError(f"{name} = {qubits} is not allowed: there must be qubits on both sides")
        return side

    def _pair_rows(self, figure: str) -> FloatArray:
        if self.num_qubits != 2:
            raise ValueError(f"{figure} is defined for two qubits: the state has {self.num_qubits}")
        return _rows(self)


def _rows(state: _core.DensityMatrix) -> FloatArray:
    """Return the coefficients as those of a batch; no copy."""
    values = state.coefficients
    return values if state.batch is not None else values[:, None]


def _both(left: _core.DensityMatrix, right: object) -> tuple[FloatArray, FloatArray, bool]:
    """Return the coefficients of two states that fit each other, and whether both are single."""
    if isinstance(right, PairState):
        right = type(left).from_pair(right)  # type: ignore[attr-defined]
    if not isinstance(right, _core.DensityMatrix):
        raise TypeError(f"other = {right!r} is not allowed: it must be a DensityMatrix or a pair state")
    if left.num_qubits != right.num_qubits:
        raise ValueError(f"the states have {left.num_qubits} and {right.num_qubits} qubits: they must agree")
    sizes = {size for size in (left.batch, right.batch) if size is not None}
    if len(sizes) > 1:
        raise ValueError(f"the batches have {left.batch} and {right.batch} states: they must agree")
    return _rows(left), _rows(right), not sizes


def _combined(rows: FloatArray, places: npt.NDArray[np.int64], values: FloatArray) -> FloatArray:
    return _spectrum.total(values[:, None] * rows[places])


def _figure(values: FloatArray, single: bool) -> Figure:
    return float(values[0]) if single else values
