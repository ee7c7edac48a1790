"""Steps on two states, described gate by gate and compiled to a bilinear map."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import instruments
from ebit._arrays import FloatArray, as_floats, as_int, require
from ebit.density import _paulis
from ebit.density._operations import Operation, as_qubits, resolve
from ebit.density._pull_back import at_the_end
from ebit.density._record import Bit, Condition, as_bit
from ebit.density._steps import HeraldedMap, Map, Measurement, Step
from ebit.density._terms import MAX_BITS, MAX_QUBITS
from ebit.density.bilinear_map import BilinearMap
from ebit.instruments import Instrument
from ebit.memory import Memory

# The observables of the compiler are numbers of 63 bits.
_MOST_QUBITS = 15
# Entries of a unitary's transfer matrix below this come from the rounding of its numbers.
_ROUNDING = np.finfo(np.float64).eps


class Protocol:
    """A step on two states, such as a swap or a distillation, described gate by gate.

    Qubits 0 to ``num_left - 1`` are those of the left state, the others those of the right one. Gates,
    noise, storage, measurements and feed-forward are written down in the order in which they happen;
    `compile` turns them into a `BilinearMap`, which costs a few multiplications for each pair of states
    however long the description is. It is exact for any noise.

    Parameters
    ----------
    num_left, num_right : int
        Numbers of qubits of the two states, in [1, 8] and together at most 15.

    Raises
    ------
    TypeError
        If a number is not an integer.
    ValueError
        If there are too many qubits.

    Notes
    -----
    Every Pauli on the kept qubits, times every character of the measurement record, is pulled back to the
    inputs once (Heisenberg picture). Pauli noise and Clifford gates keep it a single Pauli.

    Examples
    --------
    >>> import ebit
    >>> protocol = ebit.Protocol(2, 2)  # an entanglement swap
    >>> protocol.apply("CX", 1, 2)
    >>> protocol.apply("two_qubit_depolarizing_replace", 0.02, 1, 2)
    >>> x = protocol.measure("Z", 2, p_readout_error=0.005)
    >>> z = protocol.measure("X", 1, p_readout_error=0.005)
    >>> protocol.apply("X", 3, where=x)
    >>> protocol.apply("Z", 3, where=z)
    >>> protocol.keep(0, 3)
    >>> swap = protocol.compile()
    >>> swap
    BilinearMap(num_left=2, num_right=2, num_out=2, num_bits=2, terms=64, batch=None)
    >>> swap == ebit.protocols.swap(
    ...     gate_noise=ebit.channels.two_qubit_depolarizing(p_replace=0.02), p_readout_error=0.005
    ... )
    True
    """

    __slots__ = ("_accepted", "_batch", "_kept", "_num_bits", "_num_left", "_num_right", "_steps")

    def __init__(self, num_left: int, num_right: int) -> None:
        self._num_left, self._num_right = as_int("num_left", num_left), as_int("num_right", num_right)
        for name, number in (("num_left", self._num_left), ("num_right", self._num_right)):
            if not 1 <= number <= MAX_QUBITS:
                raise ValueError(f"{name} = {number} is not allowed: it must be in [1, {MAX_QUBITS}]")
        if self.num_qubits > _MOST_QUBITS:
            raise ValueError(
                f"num_left + num_right = {self.num_qubits} is not allowed: it must be at most {_MOST_QUBITS}"
            )
        self._num_bits = 0
        self._batch: int | None = None
        self._steps: list[Step] = []
        self._kept: tuple[int, ...] | None = None
        self._accepted = Bit._of(self, (), np.array(True))

    @property
    def num_qubits(self) -> int:
        """How many qubits the two states have together."""
        return self._num_left + self._num_right

    @property
    def num_bits(self) -> int:
        """How many bits have been measured so far."""
        return self._num_bits

    def __repr__(self) -> str:
        return (
            f"Protocol(num_left={self._num_left}, num_right={self._num_right}, "
            f"steps={len(self._steps)}, num_bits={self._num_bits})"
        )

    def apply(self, operation: Operation, *arguments: Any, where: Bit | None = None) -> None:
        """Write down an operation on some of the qubits; changes the protocol in place.

        Parameters
        ----------
        operation : str, Channel or complex array
            The name of a gate or channel, a channel, or a unitary, as for `DensityMatrix.apply`.
        *arguments : float, array_like or int
            The parameters of a named operation, each a number or one value per element of a batch, then
            the qubits.
        where : Bit, optional
            Only where this bit, measured before, is 1 (feed-forward).

        Raises
        ------
        TypeError
            If the number of arguments is wrong, or `where` is not a bit.
        ValueError
            If a parameter or qubit is out of range, or batches differ in size.

        Examples
        --------
        >>> import ebit
        >>> protocol = ebit.Protocol(1, 2)
        >>> protocol.apply("CX", 0, 1)
        >>> protocol.apply("amplitude_damping", [0.01, 0.02], 1)
        >>> bit = protocol.measure("Z", 1)
        >>> protocol.apply(ebit.channels.unitary("X"), 2, where=bit)
        """
        if where is not None:
            require("where", where, Bit)
            where = where._joined(True, np.logical_and)
            if where._protocol is not self:
                raise ValueError("where belongs to another protocol")
        transfer, qubits = resolve(operation, arguments, self.num_qubits)
        if isinstance(operation, np.ndarray | list) or (isinstance(operation, str) and operation.isupper()):
            transfer = np.where(np.abs(transfer) < _ROUNDING, 0.0, transfer)
        self._add(transfer, qubits, where)

    def decay(self, time: npt.ArrayLike, memory: Memory, qubit: int) -> None:
        """Write down that a qubit is stored for a time; changes the protocol in place.

        Parameters
        ----------
        time : float or array_like
            Seconds, a number or one value per element of a batch.
        memory : Memory
            Where it is stored.
        qubit : int
            Which one.

        Raises
        ------
        TypeError
            If `memory` is not a `Memory`.
        ValueError
            If a time is negative or not finite, or the qubit out of range.

        Examples
        --------
        >>> import ebit
        >>> protocol = ebit.Protocol(1, 2)
        >>> protocol.decay(0.5, ebit.Memory(t2=1.0), 2)
        """
        require("memory", memory, Memory)
        self._add(memory.decay(time).ptm, as_qubits((qubit,), 1, self.num_qubits), None)

    def _add(self, transfer: FloatArray, qubits: tuple[int, ...], where: Bit | None) -> None:
        self._fit_batch("the operation", transfer.shape[:-2])
        self._steps.append(Map(transfer.reshape(-1, *transfer.shape[-2:]), qubits, where))

    def _fit_batch(self, name: str, shape: tuple[int, ...]) -> None:
        if not shape:
            return
        if len(shape) != 1 or shape[0] < 1 or self._batch not in (None, shape[0]):
            allowed = "(N,)" if self._batch is None else f"({self._batch},)"
            raise ValueError(f"{name} has the batch shape {shape}: it must be {allowed} or ()")
        self._batch = shape[0]

    def measure(self, what: str | Instrument, *qubits: int, p_readout_error: npt.ArrayLike = 0.0) -> Bit:
        """Measure a Pauli, or a product of Paulis jointly, or with an instrument.

        The qubits are left in the eigenstate of the true outcome and may be used again.

        Parameters
        ----------
        what : str or Instrument
            A Pauli string with a letter for each qubit: ``"Z"``, or ``"XX"`` for the parity of two qubits;
            a sign in front, ``"-Z"``, exchanges 0 and 1. Or an instrument with two heralds.
        *qubits : int
            As many as there are letters, or as the instrument acts on.
        p_readout_error : float or array_like, default 0
            Probability that the bit is wrong, a number or one value per element of a batch.

        Returns
        -------
        Bit
            0 for the eigenvalue +1, or the index of the herald. The bit measured first is the most
            significant of an outcome.

        Raises
        ------
        TypeError
            If `what` is of another type.
        ValueError
            If `what` is no Pauli string or has not two heralds, does not fit the number of qubits, a qubit
            or probability is out of range, or there are more than 8 bits.

        Examples
        --------
        >>> import ebit
        >>> protocol = ebit.Protocol(2, 2)
        >>> parity = protocol.measure("ZZ", 1, 2, p_readout_error=0.01)
        >>> lost = protocol.measure(ebit.instruments.heralded_erasure(0.1), 0)
        >>> protocol.num_bits
        2
        """
        if self._num_bits == MAX_BITS:
            raise ValueError(f"a protocol measures at most {MAX_BITS} bits")
        errors = as_floats("p_readout_error", p_readout_error)
        # The range is checked by the library: <Z> after outcome 0 of the mixed state is half of 1 - 2 p.
        reliability = 2.0 * instruments.measurement("Z", errors).branch(0)[..., 3, 0]
        if isinstance(what, str):
            sign, string = self._pauli_string(what, qubits)
            step: Step = Measurement(string, self._num_bits, sign * reliability.reshape(-1))
        else:
            step = self._instrument(what, qubits, reliability)
        self._fit_batch("p_readout_error", errors.shape)
        self._steps.append(step)
        self._num_bits += 1
        return Bit._of(self, (self._num_bits - 1,), np.array([False, True]))

    def _pauli_string(self, pauli: str, qubits: tuple[int, ...]) -> tuple[float, int]:
        """Return the sign and the number of a string."""
        places = as_qubits(qubits, len(qubits), self.num_qubits)
        sign, row = _paulis.parse("what", pauli, len(places))
        if row == 0:
            raise ValueError(f"what = {pauli!r} is not allowed: I alone measures nothing")
        string = 0
        for digit, qubit in enumerate(reversed(places)):
            string |= (row >> 2 * digit & 3) << 2 * (self.num_qubits - 1 - qubit)
        return float(sign), string

    def _instrument(
        self, instrument: Instrument, qubits: tuple[int, ...], reliability: FloatArray
    ) -> HeraldedMap:
        require("what", instrument, str, Instrument)
        if len(instrument.heralds) != 2:
            raise ValueError(f"the instrument has {len(instrument.heralds)} heralds: it must have two")
        places = as_qubits(qubits, instrument.num_qubits, self.num_qubits)
        self._fit_batch("the instrument", instrument.batch_shape)
        zero, one = (instrument.branch(herald) for herald in instrument.heralds)
        # A readout error exchanges the branches.
        right = (0.5 + 0.5 * reliability)[..., None, None]
        read = [right * a + (1.0 - right) * b for a, b in ((zero, one), (one, zero))]
        zero, one = (branch.reshape(-1, *branch.shape[-2:]) for branch in read)
        return HeraldedMap(zero, one, places, self._num_bits)

    def accept(self, condition: Condition) -> None:
        """Accept the new state only if a condition holds; changes the protocol in place.

        Called again, all conditions must hold.

        Parameters
        ----------
        condition : Bit, callable or iterable of outcomes
            A bit, such as ``a == b``; or a function of all bits measured so far (each 0 or 1, in order)
            that answers True or False; or the outcomes to accept, as numbers or strings such as "01"
            (the bit measured first is the first digit).

        Raises
        ------
        TypeError
            If the condition is of another type.
        ValueError
            If the bit belongs to another protocol, an outcome does not exist, or no outcome is left.

        Examples
        --------
        >>> import ebit
        >>> protocol = ebit.Protocol(2, 2)
        >>> a, b = protocol.measure("Z", 2), protocol.measure("Z", 3)
        >>> protocol.accept(a == b)
        >>> protocol.accept(lambda a, b: a == b)
        >>> protocol.accept(["00", "11"])
        """
        accepted = self._accepted & as_bit(condition, self, self._num_bits)
        if not accepted._truth.any():
            raise ValueError("the condition leaves no outcome to accept")
        self._accepted = accepted

    def keep(self, *qubits: int) -> None:
        """Say which qubits make the new state, in this order; changes the protocol in place.

        The others are discarded.

        Parameters
        ----------
        *qubits : int
            Different qubits, maybe none; also measured ones.

        Raises
        ------
        ValueError
            If a qubit is out of range or twice there, or qubits were chosen before.

        Examples
        --------
        >>> import ebit
        >>> protocol = ebit.Protocol(2, 2)
        >>> protocol.keep(0, 3)
        """
        if self._kept is not None:
            raise ValueError(f"the protocol already keeps the qubits {self._kept}")
        kept = as_qubits(qubits, len(qubits), self.num_qubits)
        if len(kept) > MAX_QUBITS:
            raise ValueError(f"a state has at most {MAX_QUBITS} qubits: cannot keep {len(kept)}")
        self._kept = kept

    def compile(self) -> BilinearMap:
        """Return the map from the two states to the new one.

        Returns
        -------
        BilinearMap

        Raises
        ------
        ValueError
            If `keep` has not been called, or there would be too many terms.

        Examples
        --------
        >>> import ebit
        >>> protocol = ebit.Protocol(1, 1)
        >>> odd = protocol.measure("ZZ", 0, 1)
        >>> protocol.keep()
        >>> parity = protocol.compile()
        >>> parity.probabilities(ebit.DensityMatrix(1), ebit.DensityMatrix(1))
        array([1., 0.])
        """
        if self._kept is None:
            raise ValueError("the protocol keeps no qubits: say which with keep(), before compile()")
        observables = at_the_end(self.num_qubits, self._num_bits, self._kept)
        for step in reversed(self._steps):
            observables = step.pull_back(observables)
        coefficient = observables.value / 2.0**self._num_bits
        if self._batch is not None:
            coefficient = np.broadcast_to(coefficient, (coefficient.shape[0], self._batch))
        return BilinearMap(
            num_left=self._num_left,
            num_right=self._num_right,
            num_out=len(self._kept),
            num_bits=self._num_bits,
            out=observables.label >> self._num_bits,
            left=observables.pauli >> 2 * self._num_right,
            right=observables.pauli & (4**self._num_right - 1),
            character=observables.label & ((1 << self._num_bits) - 1),
            coefficient=coefficient[:, 0] if self._batch is None else coefficient,
            accepted=np.flatnonzero(self._accepted._over(tuple(range(self._num_bits)))).tolist(),
            kept=self._kept,
        )
