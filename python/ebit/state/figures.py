"""Figures of merit of a pair; the target state is Phi+."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Literal

import numpy.typing as npt

from ebit import _core, _spectrum
from ebit._arrays import ComplexArray, FloatArray, elementwise, one_of, scalar
from ebit.state import _spectral

#: Names of the Bell states, in the order of all Bell weights and measurement outcomes.
BELL_STATES = ("phi_plus", "phi_minus", "psi_plus", "psi_minus")

_BASES = ("x", "y", "z")
_SECRET_FRACTIONS = {"bb84": _core.secret_fraction_bb84, "six_state": _core.secret_fraction_six_state}


def binary_entropy(p: npt.ArrayLike) -> FloatArray:
    """Return the entropy of a biased coin in bits, -p log2 p - (1 - p) log2(1 - p).

    Parameters
    ----------
    p : array_like
        Probabilities in [0, 1], any shape.

    Returns
    -------
    ndarray or float
        The shape of `p`.

    Raises
    ------
    ValueError
        If `p` is not a probability.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.state.binary_entropy(0.5))
    1.0
    """
    return scalar(elementwise(_core.binary_entropy, (), ("p", p, ())))


class PairFigures(ABC):
    """What a state of two qubits is worth. Every figure has the batch shape of the state."""

    __slots__ = ()

    @property
    @abstractmethod
    def correlations(self) -> FloatArray:
        """Pauli expectation values C[i][j] = tr(P_i x P_j rho), order I, X, Y, Z, shape (..., 4, 4)."""

    def density_matrix(self) -> ComplexArray:
        """Return the density matrix, shape (..., 4, 4), basis 00, 01, 10, 11 (left qubit first).

        Examples
        --------
        >>> import ebit
        >>> ebit.Werner(1.0).density_matrix().real.tolist()[0]
        [0.5, 0.0, 0.0, 0.5]
        """
        return _spectral.density_matrix(self.correlations)

    def bell_weights(self) -> FloatArray:
        """Return the fidelities to Phi+, Phi-, Psi+, Psi-, shape (..., 4).

        Examples
        --------
        >>> import ebit
        >>> ebit.Werner(0.6).bell_weights().round(12).tolist()
        [0.7, 0.1, 0.1, 0.1]
        """
        return self._algebraic(_core.bell_weights, (4,))

    def fidelity(self, target: str = "phi_plus") -> FloatArray:
        """Return the fidelity <B|rho|B> to a Bell state (not its square root).

        Parameters
        ----------
        target : str
            One of `BELL_STATES`.

        Returns
        -------
        ndarray or float
            The batch shape.

        Raises
        ------
        ValueError
            If there is no such Bell state.

        Examples
        --------
        >>> import ebit
        >>> round(float(ebit.Werner(0.6).fidelity()), 12)
        0.7
        """
        index = BELL_STATES.index(one_of("target", target, BELL_STATES))
        return scalar(self.bell_weights()[..., index])

    def qber(self, basis: Literal["x", "y", "z"]) -> FloatArray:
        """Return the error rate when both qubits are measured in one basis.

        An error is a pair of outcomes that the target state Phi+ never gives: different ones in the
        X and Z bases, equal ones in the Y basis.

        Parameters
        ----------
        basis : {"x", "y", "z"}

        Returns
        -------
        ndarray or float
            The batch shape.

        Raises
        ------
        ValueError
            If there is no such basis.

        Examples
        --------
        >>> import ebit
        >>> pair = ebit.BellDiagonal([0.9, 0.06, 0.03, 0.01])
        >>> [round(float(pair.qber(basis)), 12) for basis in ("x", "y", "z")]
        [0.07, 0.09, 0.04]
        """
        index = _BASES.index(one_of("basis", basis, _BASES))
        return scalar(self._algebraic(_core.qber, (3,))[..., index])

    def purity(self) -> FloatArray:
        """Return tr(rho^2), between 1/4 and 1.

        Examples
        --------
        >>> import ebit
        >>> float(ebit.Werner(0.0).purity())
        0.25
        """
        return self._algebraic(_core.purity, ())

    def concurrence(self) -> FloatArray:
        """Return the concurrence, between 0 (separable) and 1.

        Wootters, Phys. Rev. Lett. 80, 2245 (1998).

        Examples
        --------
        >>> import ebit
        >>> round(float(ebit.Werner(0.6).concurrence()), 12)
        0.4
        """
        return self._of_rows(_spectrum.concurrence)

    def entanglement_of_formation(self) -> FloatArray:
        """Return the entanglement of formation in ebits, between 0 (separable) and 1.

        Wootters, Phys. Rev. Lett. 80, 2245 (1998).

        Examples
        --------
        >>> import ebit
        >>> round(float(ebit.Werner(1.0).entanglement_of_formation()), 12)
        1.0
        """
        return self._of_rows(_spectrum.entanglement_of_formation)

    def negativity(self) -> FloatArray:
        """Return (trace norm of the partial transpose - 1)/2, between 0 (separable) and 1/2.

        Vidal and Werner, Phys. Rev. A 65, 032314 (2002).

        Examples
        --------
        >>> import ebit
        >>> round(float(ebit.Werner(0.6).negativity()), 12)
        0.2
        """
        return self._of_rows(_spectrum.negativity, [0])

    def log_negativity(self) -> FloatArray:
        """Return log2 of the trace norm of the partial transpose, in bits, between 0 and 1.

        Vidal and Werner, Phys. Rev. A 65, 032314 (2002).

        Examples
        --------
        >>> import ebit
        >>> round(float(ebit.Werner(1.0).log_negativity()), 12)
        1.0
        """
        return self._of_rows(_spectrum.log_negativity, [0])

    def chsh(self) -> FloatArray:
        """Return the largest CHSH value over all settings; above 2 no local model exists.

        Horodecki, Horodecki and Horodecki, Phys. Lett. A 200, 340 (1995).

        Examples
        --------
        >>> import ebit
        >>> round(float(ebit.Werner(1.0).chsh()), 6)
        2.828427
        """
        return self._of_rows(_spectrum.chsh)

    def hashing_bound(self) -> FloatArray:
        """Return the coherent information S(B) - S(AB) from left to right, in bits.

        Where positive, this many ebits per pair can be distilled with one-way messages (Devetak and
        Winter, Proc. R. Soc. A 461, 207 (2005)). It may be negative: nothing is clipped. For a
        Bell-diagonal pair it is 1 - H(weights).

        Examples
        --------
        >>> import ebit
        >>> float(ebit.Werner(0.0).hashing_bound())
        -1.0
        """
        return scalar(_spectral.hashing_bound(self.correlations))

    def secret_fraction(
        self, protocol: Literal["bb84", "six_state"] = "bb84", *, f: npt.ArrayLike = 1.0
    ) -> FloatArray:
        """Return the asymptotic secret bits per pair, clipped at zero.

        The key comes from Z measurements, every pair counts (sifting 1), messages go one way. With
        the error rates q, the Bell weights v, h the binary and H the Shannon entropy:

        - ``"bb84"``: 1 - h(q_x) - f h(q_z); Shor and Preskill, Phys. Rev. Lett. 85, 441 (2000).
          The same for its entanglement-based form, BBM92.
        - ``"six_state"``: 1 - (H(v) - h(q_z)) - f h(q_z), which is 1 - H(v) for f = 1; Lo, Quantum
          Inf. Comput. 1, 81 (2001). The weights are those of the twirled pair.

        Average states, not fractions: the fraction of a mean state is what an observer without a
        record of each pair can distil.

        Parameters
        ----------
        protocol : str
            ``"bb84"`` or ``"six_state"``.
        f : array_like
            Inefficiency of reconciliation, at least 1 (the Shannon limit); broadcasts with the batch.

        Returns
        -------
        ndarray or float
            Bits, the batch shape broadcast with `f`.

        Raises
        ------
        ValueError
            If `protocol` is unknown or `f` is below 1 or infinite.

        Examples
        --------
        >>> import ebit
        >>> pair = ebit.Werner.from_fidelity(0.95)
        >>> round(float(pair.secret_fraction()), 6), round(float(pair.secret_fraction("six_state")), 6)
        (0.578315, 0.634355)
        """
        function = _SECRET_FRACTIONS[one_of("protocol", protocol, tuple(_SECRET_FRACTIONS))]
        return scalar(elementwise(function, (), ("correlations", self.correlations, (4, 4)), ("f", f, ())))

    def _of_rows(self, function: Callable[..., FloatArray], *arguments: object) -> FloatArray:
        correlations = self.correlations
        return scalar(function(_spectral.rows(correlations), *arguments).reshape(correlations.shape[:-2]))

    def _algebraic(self, function: Callable[..., FloatArray], core_shape: tuple[int, ...]) -> FloatArray:
        return scalar(elementwise(function, core_shape, ("correlations", self.correlations, (4, 4))))
