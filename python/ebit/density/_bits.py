"""Measurement of qubits one by one: bit strings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import ByteArray, FloatArray, IntArray, as_floats
from ebit.density import _measured
from ebit.rng import Rng, run_key


class BitMeasurement(_core.DensityMatrix):
    """The methods of a density matrix that measure qubits one by one."""

    __slots__ = ()

    def measure_bits(
        self,
        *qubits: int,
        basis: str = "Z",
        p_readout_error: npt.ArrayLike = 0.0,
        rng: Rng = None,
    ) -> ByteArray:
        """Measure qubits one by one, in place.

        Parameters
        ----------
        *qubits : int
            Those that are measured; all by default.
        basis : str, default "Z"
            X, Y or Z: one letter for all qubits or one for each.
        p_readout_error : array_like, default 0
            Probabilities that a reported bit is wrong; it broadcasts to the shape of the result.
        rng : int, SeedSequence, Generator or None
            As in `measure`.

        Returns
        -------
        uint8 array, shape (k,) or (N, k)
            Bits, 0 for the eigenvalue +1, in the order of the qubits.

        Raises
        ------
        ValueError
            If the basis, the qubits or a shape is wrong, a probability is outside [0, 1], or a state has no
            positive trace.

        Examples
        --------
        >>> import ebit
        >>> ghz = ebit.DensityMatrix(3)
        >>> ghz.apply("H", 0)
        >>> ghz.apply("CX", 0, 1)
        >>> ghz.apply("CX", 1, 2)
        >>> ghz.measure_bits(rng=0), ghz.measure_bits(rng=3)
        (array([1, 1, 1], dtype=uint8), array([1, 1, 1], dtype=uint8))
        """
        places, digits = _basis(self, qubits, basis)
        shape = (1 if self.batch is None else self.batch, len(places))
        errors = as_floats("p_readout_error", p_readout_error)
        if errors.ndim > 0:
            errors = _measured.broadcast_to(
                "p_readout_error", errors, shape[1:] if self.batch is None else shape
            )
        bits = _core.density_measure_bits(self, places, digits, errors.reshape(-1), run_key(rng))
        return bits[0] if self.batch is None else bits

    def bit_probabilities(
        self, *qubits: int, basis: str = "Z", p_readout_error: npt.ArrayLike = 0.0
    ) -> FloatArray:
        """Return the distribution of the bits that `measure_bits` reports.

        Parameters
        ----------
        *qubits : int
            Those that are measured; all by default.
        basis : str, default "Z"
            As in `measure_bits`.
        p_readout_error : float or array_like, shape (k,), default 0
            Probability that a reported bit is wrong: of all, or of each.

        Returns
        -------
        array, shape (2**k,) or (N, 2**k)
            Entry b is the probability of the number b, whose most significant bit is that of the first
            qubit.

        Raises
        ------
        ValueError
            As for `measure_bits`.

        Examples
        --------
        >>> import ebit
        >>> pair = ebit.DensityMatrix(2)
        >>> pair.apply("H", 0)
        >>> pair.apply("CX", 0, 1)
        >>> pair.bit_probabilities(p_readout_error=0.1).round(12)
        array([0.41, 0.09, 0.09, 0.41])
        """
        places, digits = _basis(self, qubits, basis)
        errors = _measured.broadcast_to(
            "p_readout_error", as_floats("p_readout_error", p_readout_error), (len(places),)
        )
        return _measured.outcome_last(self, _core.density_bit_probabilities(self, places, digits, errors))

    def sample_bits(
        self,
        shots: int,
        *qubits: int,
        basis: str = "Z",
        p_readout_error: npt.ArrayLike = 0.0,
        rng: Rng = None,
    ) -> ByteArray:
        """Draw bit strings from fresh copies of a single state; nothing is done to it.

        Parameters
        ----------
        shots : int
            How many.
        *qubits : int
            Those that are measured; all by default.
        basis : str, default "Z"
            As in `measure_bits`.
        p_readout_error : float or array_like, shape (k,), default 0
            As in `bit_probabilities`.
        rng : int, SeedSequence, Generator or None
            Shot j depends on this and on j alone.

        Returns
        -------
        uint8 array, shape (shots, k)

        Raises
        ------
        ValueError
            As for `measure_bits`, and for a batch.

        Examples
        --------
        >>> import ebit
        >>> pair = ebit.DensityMatrix(2)
        >>> pair.apply("H", 0)
        >>> pair.apply("CX", 0, 1)
        >>> pair.sample_bits(4, rng=5).tolist()
        [[0, 0], [1, 1], [1, 1], [0, 0]]
        """
        drawn, k = self._draw_bits(shots, qubits, basis, p_readout_error, rng)
        places = np.arange(k - 1, -1, -1)
        return (drawn[:, None] >> places & 1).astype(np.uint8)

    def sample_counts(
        self,
        shots: int,
        *qubits: int,
        basis: str = "Z",
        p_readout_error: npt.ArrayLike = 0.0,
        rng: Rng = None,
    ) -> dict[str, int]:
        """Count the bit strings of `sample_bits`.

        Parameters
        ----------
        shots, *qubits, basis, p_readout_error, rng
            As for `sample_bits`.

        Returns
        -------
        dict
            From bit strings that occurred (the first qubit on the left) to how often they did, in order.

        Raises
        ------
        ValueError
            As for `sample_bits`.

        Examples
        --------
        >>> import ebit
        >>> pair = ebit.DensityMatrix(2)
        >>> pair.apply("H", 0)
        >>> pair.apply("CX", 0, 1)
        >>> pair.sample_counts(1000, rng=5)
        {'00': 489, '11': 511}
        """
        drawn, k = self._draw_bits(shots, qubits, basis, p_readout_error, rng)
        numbers, counts = np.unique(drawn, return_counts=True)
        return {f"{number:0{k}b}": int(count) for number, count in zip(numbers, counts, strict=True)}

    def _draw_bits(
        self, shots: int, qubits: tuple[int, ...], basis: str, p_readout_error: npt.ArrayLike, rng: Rng
    ) -> tuple[IntArray, int]:
        count = _measured.require_shots(self, shots)
        distribution = self.bit_probabilities(*qubits, basis=basis, p_readout_error=p_readout_error)
        drawn = _core.density_draw_shots(distribution, count, run_key(rng))
        return drawn, len(qubits) or self.num_qubits


def _basis(state: _core.DensityMatrix, qubits: tuple[int, ...], basis: str) -> tuple[list[int], list[int]]:
    places = _measured.places_of(state, len(qubits) or state.num_qubits, qubits)
    if not isinstance(basis, str) or not basis or set(basis) - set("XYZ"):
        raise ValueError(f"basis = {basis!r} is not allowed: it must hold letters X, Y, Z")
    letters = basis * len(places) if len(basis) == 1 else basis
    if len(letters) != len(places):
        raise ValueError(
            f"basis = {basis!r} is not allowed: it must hold one letter, or one for each of the "
            f"{len(places)} qubits"
        )
    return places, ["IXYZ".index(letter) for letter in letters]
