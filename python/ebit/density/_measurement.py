"""Measurement of density matrices: probabilities, sampling, projection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray
from ebit.density import _measured
from ebit.density._measured import Measured
from ebit.density._results import Branch
from ebit.instruments import Instrument, Povm
from ebit.rng import Rng, run_key

if TYPE_CHECKING:
    from ebit.density.density_matrix import DensityMatrix


class Measurement(_core.DensityMatrix):
    """The methods of a density matrix that measure strings, instruments and effects."""

    __slots__ = ()

    def probabilities(self, what: Measured, *qubits: int, p_readout_error: npt.ArrayLike = 0.0) -> FloatArray:
        """Return the probability of every outcome of a measurement; nothing is done to the state.

        Parameters
        ----------
        what : str, Instrument or Povm
            A Pauli string such as ``"Z"`` or ``"-XX"`` (the parity alone), an instrument on one or two
            qubits, or the effects of a measurement of up to four.
        *qubits : int
            Those that are measured. They may be left out where `what` takes all of the state.
        p_readout_error : float or array_like, shape (N,), default 0
            Of a Pauli string: the probability that the reported bit is wrong.

        Returns
        -------
        array, shape (outcomes,) or (N, outcomes)
            Relative to the trace. Outcome 0 of a Pauli string is its eigenvalue +1.

        Raises
        ------
        TypeError
            If `what` is nothing to measure.
        ValueError
            If the string, the qubits or a shape is wrong, or a state has no positive trace.

        Examples
        --------
        >>> import ebit
        >>> pair = ebit.DensityMatrix(2)
        >>> pair.apply("H", 0)
        >>> pair.apply("CX", 0, 1)
        >>> pair.probabilities("XX").round(12), pair.probabilities("Z", 1).round(12)
        (array([1., 0.]), array([0.5, 0.5]))
        """
        if isinstance(what, str):
            table = _core.density_pauli_probabilities(
                self, what, _measured.places_of(self, _measured.letters_in(what), qubits)
            )
            error = _measured.errors_of(self, p_readout_error)
            return _measured.outcome_last(
                self, table if not error.any() else table + error * (table[::-1] - table)
            )
        _measured.require_no_error(self, p_readout_error)
        matrices, places = _measured.maps_of(self, what, qubits)
        return _measured.outcome_last(self, _core.density_map_probabilities(self, places, matrices))

    def measure(
        self,
        what: str | Instrument,
        *qubits: int,
        p_readout_error: npt.ArrayLike = 0.0,
        rng: Rng = None,
    ) -> Any:
        """Measure, in place: draw outcomes, and leave the state that follows from them.

        A Pauli string on several qubits measures their parity alone. To measure qubits one by one, see
        `measure_bits`.

        Parameters
        ----------
        what : str or Instrument
            As in `probabilities`.
        *qubits : int
            As in `probabilities`.
        p_readout_error : float or array_like, shape (N,), default 0
            Of a Pauli string: the probability that the reported bit is wrong. The state left is that of
            the true one; the error changes nothing but the report. (An instrument with readout errors,
            such as `ebit.instruments.measurement`, leaves the mixture that the report alone tells.)
        rng : int, SeedSequence, Generator or None
            What state k of a batch draws depends on this and on k alone.

        Returns
        -------
        int, or array, shape (N,)
            Of a Pauli string the bit, 0 for the eigenvalue +1 (uint8 in a batch: fit for
            ``apply(..., where=bit)``); of an instrument the number of the herald (see `Instrument.labels`).

        Raises
        ------
        TypeError
            If `what` is nothing to measure.
        ValueError
            If the string, the qubits or a shape is wrong, a probability is outside [0, 1], or a state has
            no positive trace; the state is then as it was.

        Examples
        --------
        >>> import ebit
        >>> pair = ebit.DensityMatrix(2, batch=3)
        >>> pair.apply("H", 0)
        >>> pair.apply("CX", 0, 1)
        >>> here, there = pair.measure("Z", 0, rng=7), pair.measure("Z", 1, rng=8)
        >>> (here == there).all()
        np.True_
        """
        key = run_key(rng)
        if isinstance(what, str):
            places = _measured.places_of(self, _measured.letters_in(what), qubits)
            bits = _core.density_measure_pauli(
                self, what, places, _measured.errors_of(self, p_readout_error), key
            )
            return bits if self.batch is not None else int(bits[0])
        _measured.require_no_error(self, p_readout_error)
        matrices, places = _measured.maps_of(self, _measured.require_instrument(what), qubits)
        heralds = _core.density_measure_maps(self, self, places, matrices, key)
        return heralds if self.batch is not None else int(heralds[0])

    def project(self, what: str | Instrument, *qubits: int, outcome: Any) -> Any:
        """Keep the part of the state with a given outcome, normalised, in place: post-selection.

        Parameters
        ----------
        what : str or Instrument
            As in `probabilities`.
        *qubits : int
            As in `probabilities`.
        outcome : int, herald or array_like of int, shape (N,)
            The outcome, or one for each state, as `measure` returns them: bits, or numbers of heralds. A
            herald that is not an integer may stand for its number.

        Returns
        -------
        float, or array, shape (N,)
            The probability of the outcome. Where it is below 1e-12, no state is left but that of rounding,
            and the maximally mixed one takes its place.

        Raises
        ------
        TypeError
            If `what` is nothing to measure or the outcome is no integer.
        ValueError
            If the string, the qubits, a shape or an outcome is wrong, or a state has no positive trace.

        Examples
        --------
        >>> import ebit
        >>> state = ebit.DensityMatrix(1)
        >>> round(state.project("X", 0, outcome=1), 12)
        0.5
        >>> state.coefficients.round(12)
        array([ 1., -1.,  0.,  0.])
        """
        if isinstance(what, str):
            places = _measured.places_of(self, _measured.letters_in(what), qubits)
            found = _core.density_project_pauli(
                self, what, places, _measured.outcomes_of(self, (0, 1), outcome)
            )
        else:
            matrices, places = _measured.maps_of(self, _measured.require_instrument(what), qubits)
            outcomes = _measured.outcomes_of(self, what.heralds, outcome)
            found = _core.density_project_maps(self, self, places, matrices, outcomes)
        return found if self.batch is not None else float(found[0])

    def branches(self, what: Measured, *qubits: int) -> list[Branch]:
        """Return every outcome's probability and the state it leaves; this state is left alone.

        Parameters
        ----------
        what : str, Instrument or Povm
            As in `probabilities`. A measurement by its effects takes the measured qubits away.
        *qubits : int
            As in `probabilities`.

        Returns
        -------
        list of Branch
            In the order of outcomes, each with its ``state`` and ``probability``, a float, or an array of
            shape (N,).

        Raises
        ------
        TypeError, ValueError
            As for `probabilities`.

        Examples
        --------
        >>> import ebit
        >>> state = ebit.DensityMatrix(1)
        >>> plus, minus = state.branches("X", 0)
        >>> round(plus.probability, 12), minus.state.coefficients.round(12)
        (0.5, array([ 1., -1.,  0.,  0.]))
        """
        if isinstance(what, Povm):
            matrices, places = _measured.maps_of(self, what, qubits)
            return [self._consumed(matrices, places, outcome) for outcome in range(len(what.heralds))]
        count = 2 if isinstance(what, str) else len(_measured.require_instrument(what).heralds)
        found = []
        for outcome in range(count):
            state = self._whole().copy()
            found.append(Branch(outcome, state, state.project(what, *qubits, outcome=outcome)))
        return found

    def _consumed(self, matrices: FloatArray, places: list[int], outcome: int) -> Branch:
        left = self._without(places)
        given = np.array([outcome], dtype=np.int64)
        probability = _core.density_project_maps(self, left, places, matrices, given)
        return Branch(outcome, left, probability if self.batch is not None else float(probability[0]))

    def measure_and_discard(self, what: Measured, *qubits: int, rng: Rng = None) -> tuple[Any, DensityMatrix]:
        """Measure qubits that are gone afterwards, as photons are: return outcome and the other qubits.

        Parameters
        ----------
        what : str, Instrument or Povm
            As in `probabilities`, on up to four qubits.
        *qubits : int
            As in `probabilities`.
        rng : int, SeedSequence, Generator or None
            As in `measure`.

        Returns
        -------
        outcome : int, or array, shape (N,)
            As in `measure`; of a `Povm` the number of the effect (see `Povm.labels`).
        state : DensityMatrix
            Of the other qubits, in their order. This state is left alone.

        Raises
        ------
        TypeError, ValueError
            As for `probabilities`.

        Examples
        --------
        >>> import numpy as np, ebit
        >>> pair = ebit.DensityMatrix(2)
        >>> pair.apply("H", 0)
        >>> pair.apply("CX", 0, 1)
        >>> click = ebit.Povm({"dark": np.diag([1.0, 0.3]), "click": np.diag([0.0, 0.7])})
        >>> outcome, other = pair.measure_and_discard(click, 0, rng=0)
        >>> click.labels(outcome), other.coefficients.round(3)
        ('click', array([ 1.,  0.,  0., -1.]))
        """
        key = run_key(rng)
        matrices, places = _measured.maps_of(self, what, qubits)
        left = self._without(places)
        found = _core.density_measure_maps(self, left, places, np.ascontiguousarray(matrices[:, :, :1]), key)
        if self.batch is None:
            return int(found[0]), left
        return (found.astype(np.uint8) if isinstance(what, str) else found), left

    def sample(
        self,
        what: Measured,
        *qubits: int,
        shots: int | None = None,
        p_readout_error: npt.ArrayLike = 0.0,
        rng: Rng = None,
    ) -> Any:
        """Draw outcomes of a measurement of fresh copies; nothing is done to the state.

        Parameters
        ----------
        what : str, Instrument or Povm
            As in `probabilities`.
        *qubits : int
            As in `probabilities`.
        shots : int, optional
            How many outcomes of a single state. Without it there is one; a batch gives one per state.
        p_readout_error : float or array_like, shape (N,), default 0
            As in `probabilities`.
        rng : int, SeedSequence, Generator or None
            As in `measure`.

        Returns
        -------
        int, or int64 array, shape (shots,) or (N,)

        Raises
        ------
        TypeError, ValueError
            As for `probabilities`, and if `shots` is negative or given for a batch.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix(1).sample("X", 0, shots=1000, rng=1).mean()
        np.float64(0.524)
        """
        key = run_key(rng)
        table = self.probabilities(what, *qubits, p_readout_error=p_readout_error)
        if shots is not None:
            return _core.density_draw_shots(table, _measured.require_shots(self, shots), key)
        if self.batch is None:
            return int(_core.density_draw_shots(table, 1, key)[0])
        return _core.density_draw(np.ascontiguousarray(table.T), key)

    def _whole(self) -> DensityMatrix:
        return cast("DensityMatrix", self)

    def _without(self, places: list[int]) -> DensityMatrix:
        return type(self._whole())._empty(self.num_qubits - len(places), self.batch)
