"""Stored states as a network simulator holds them: in slots, each with its own clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import IntArray, as_floats, require
from ebit.density._bound import bound
from ebit.density._operations import Operation, resolve
from ebit.density.bilinear_map import BilinearMap
from ebit.density.density_matrix import DensityMatrix
from ebit.memory import Memory
from ebit.rng import Rng, run_key

_PICKLE_VERSION = 1

#: One slot, or an array of different ones.
Slots: TypeAlias = int | IntArray
#: Seconds, one time for all slots or one for each.
Times: TypeAlias = npt.ArrayLike


class StatePool(_core.StatePool):
    """A store of quantum states for event-driven simulators: thousands of pairs without an object for each.

    A state of 1 to 6 qubits stands in a slot, which is named by an integer and has its own clock. Each of
    its qubits lies in a memory. Whoever touches a slot says at which time, and the state is first brought
    there: ``(slot, time, ...)``. Nothing is computed while a state only waits; times before a slot's clock
    are refused. Looking (`state`, `fidelity`, `age`) leaves the clock as it is.

    Every method takes one slot or an array of different ones; then times and other numbers may be arrays
    too, and states are batches. A call for many slots does what a call for each of them would do, or, where
    anything is refused, nothing. A slot's name is never used again: one that is no longer valid is refused.
    ``slot in pool`` tells whether it is, ``len(pool)`` is the number of states, and iteration gives the
    slots in use. Pools can be copied and pickled; slots keep their names.

    Parameters
    ----------
    rng : int, SeedSequence, Generator or None
        Decides the outcomes, in the order in which they are drawn.

    Raises
    ------
    ValueError, TypeError
        If `rng` is not allowed.

    Examples
    --------
    Two pairs are stored, swapped, and looked at:

    >>> import ebit
    >>> phi_plus = ebit.DensityMatrix.bell()
    >>> pool = ebit.StatePool(rng=7)
    >>> dephasing = pool.add_memory(ebit.Memory(t2=1.0))
    >>> left = pool.store(phi_plus, 0.0, dephasing, dephasing)
    >>> right = pool.store(phi_plus, 0.1, dephasing, dephasing)
    >>> long = pool.join(left, right, 0.1, ebit.protocols.swap())
    >>> left in pool, len(pool)
    (False, 1)
    >>> round(pool.fidelity(long, 0.2), 4)
    0.8352
    """

    __slots__ = ()

    def __init__(self, rng: Rng = None) -> None:
        super().__init__(run_key(rng))

    # ---- memories ----

    def add_memory(self, memory: Memory) -> Any:
        """Return the number by which slots refer to a memory. Number 0 is a perfect one.

        Parameters
        ----------
        memory : Memory
            Equal memories have one number.

        Returns
        -------
        int, or array of int
            In the shape of the memory.

        Raises
        ------
        TypeError
            If it is not a Memory.
        ValueError
            If there are more than 65536.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> pool.add_memory(ebit.Memory(t2=1.0)), pool.add_memory(ebit.Memory(t2=0.1))
        (1, 2)
        """
        require("memory", memory, Memory)
        numbers = [self._add_rates(*row) for row in memory._canonical.reshape(-1, 4).tolist()]
        return numbers[0] if memory.shape == () else np.array(numbers).reshape(memory.shape)

    @bound(_core.StatePool)
    def move(self, slot: Slots, time: Times, qubit: npt.ArrayLike, memory: npt.ArrayLike) -> None:
        """Bring a qubit into another memory, in place.

        Parameters
        ----------
        slot : int or array
            Which states.
        time : float or array_like
            When.
        qubit : int or array_like
            Which of the qubits of the state.
        memory : int or array_like
            A number that `add_memory` returned, or 0.

        Raises
        ------
        ValueError
            If a slot is not valid, a time before its clock, or there is no such qubit or memory.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slot = pool.store(ebit.DensityMatrix(1), 0.0)
        >>> pool.move(slot, 1.0, 0, pool.add_memory(ebit.Memory(t1=1.0, excited_population=0.5)))
        >>> pool.state(slot, 2.0).coefficients.round(4)
        array([1.    , 0.    , 0.    , 0.3679])
        """

    # ---- in and out ----

    @bound(_core.StatePool)
    def store(self, state: DensityMatrix, time: Times, *memories: npt.ArrayLike) -> Any:
        """Store a copy of a state, or of each state of a batch.

        Parameters
        ----------
        state : DensityMatrix
            Of 1 to 6 qubits; a single one may be stored many times over.
        time : float or array_like
            When; the clock of the slot, and the birth of the state.
        *memories : int or array_like
            The memory of each qubit, by number (`add_memory`); perfect ones if there is none.

        Returns
        -------
        int, or array of int
            The slots: an array if the state is a batch, or a time or a memory is an array.

        Raises
        ------
        ValueError
            If a time is not finite, there is no such memory, or not one for each qubit.
        TypeError
            If an argument has another type.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slots = pool.store(ebit.DensityMatrix(2), [0.0, 0.5, 0.7])
        >>> len(slots) == len(pool) == 3
        True
        """

    @bound(_core.StatePool)
    def free(self, slot: Slots) -> None:
        """Throw states away, in place: their slots are no longer valid.

        Parameters
        ----------
        slot : int or array
            Which states.

        Raises
        ------
        ValueError
            If a slot is not valid, or named twice.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slot = pool.store(ebit.DensityMatrix(2), 0.0)
        >>> pool.free(slot)
        >>> slot in pool
        False
        """

    def state(self, slot: Slots, time: Times) -> DensityMatrix:
        """Return a copy of a state as it is at some time; of many slots, a batch.

        Parameters
        ----------
        slot : int or array
            Which states, of equally many qubits. Here a slot may be named several times.
        time : float or array_like
            When, not before the clock of the slot, which stays.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        ValueError
            If a slot is not valid, a time before its clock, or the numbers of qubits differ.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slots = pool.store(ebit.DensityMatrix(2), [0.0, 0.5, 0.7])
        >>> pool.state(slots[0], 1.0)
        DensityMatrix(num_qubits=2, batch=None)
        >>> pool.state(slots, 1.0)
        DensityMatrix(num_qubits=2, batch=3)
        """
        slots = _as_slots(slot)
        if slots.size == 0:
            raise ValueError("slot = [] is not allowed: there must be one")
        batch = None if slots.ndim == 0 else len(slots)
        state = DensityMatrix._empty(self.num_qubits(int(slots.flat[0])), batch)
        self._look(slots.reshape(-1), time, state)
        return state

    @bound(_core.StatePool)
    def replace(self, slot: Slots, time: Times, state: DensityMatrix) -> None:
        """Put other states in place of those that are stored: what `state` gave, changed, comes back.

        Parameters
        ----------
        slot : int or array
            Which slots.
        time : float or array_like
            When; the clock of the slot from now on.
        state : DensityMatrix
            Of as many qubits: a single one for all slots, or one for each.

        Raises
        ------
        ValueError
            If a slot is not valid, a time before its clock, or the numbers of qubits or slots differ.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slots = pool.store(ebit.DensityMatrix(2), [0.0, 0.5, 0.7])
        >>> states = pool.state(slots, 1.0)
        >>> states.apply("RX", [0.1, 0.2, 0.3], 0)
        >>> pool.replace(slots, 1.0, states)
        """

    @bound(_core.StatePool)
    def advance(self, slot: Slots, time: Times) -> None:
        """Bring states to some time, in place. Seldom needed: everything that touches a slot does so.

        Parameters
        ----------
        slot : int or array
            Which states.
        time : float or array_like
            When, not before the clock of the slot.

        Raises
        ------
        ValueError
            If a slot is not valid, or a time before its clock.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slot = pool.store(ebit.DensityMatrix(2), 0.0)
        >>> pool.advance(slot, 1.0)
        >>> pool.clock(slot)
        1.0
        """

    # ---- what a slot is like ----

    @bound(_core.StatePool)
    def fidelity(self, slot: Slots, time: Times, target: DensityMatrix | None = None) -> Any:
        """Return the fidelity ``<psi|rho|psi>`` of states as they are at some time.

        Parameters
        ----------
        slot : int or array
            Which states. Here a slot may be named several times.
        time : float or array_like
            When, not before the clock of the slot, which stays.
        target : DensityMatrix, optional
            A single pure state; Phi+ if the slot holds a pair.

        Returns
        -------
        float, or array

        Raises
        ------
        ValueError
            If a slot is not valid, a time before its clock, or the target is not pure or of another number
            of qubits.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slot = pool.store(ebit.DensityMatrix(2), 0.0)
        >>> pool.fidelity(slot, 1.0), pool.fidelity(slot, 1.0, ebit.DensityMatrix(2))
        (0.5, 1.0)
        """

    @bound(_core.StatePool)
    def age(self, slot: Slots, time: Times) -> Any:
        """Return how long ago states were stored; what was joined is as old as its oldest part.

        Parameters
        ----------
        slot : int or array
            Which states. Here a slot may be named several times.
        time : float or array_like
            When, not before the clock of the slot.

        Returns
        -------
        float, or array
            Seconds.

        Raises
        ------
        ValueError
            If a slot is not valid, or a time before its clock.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slot = pool.store(ebit.DensityMatrix(2), 2.0)
        >>> pool.age(slot, 5.0)
        3.0
        """

    @bound(_core.StatePool)
    def clock(self, slot: Slots) -> Any:
        """Return the time to which states have been brought.

        Parameters
        ----------
        slot : int or array
            Which states.

        Returns
        -------
        float, or array
            Seconds.

        Raises
        ------
        ValueError
            If a slot is not valid.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> pool.clock(pool.store(ebit.DensityMatrix(2), 2.0))
        2.0
        """

    @bound(_core.StatePool)
    def num_qubits(self, slot: int) -> Any:
        """Return how many qubits a slot holds.

        Parameters
        ----------
        slot : int
            Which state.

        Returns
        -------
        int

        Raises
        ------
        ValueError
            If the slot is not valid.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> pool.num_qubits(pool.store(ebit.DensityMatrix(2), 0.0))
        2
        """

    # ---- operations ----

    @bound(_core.StatePool)
    def apply(self, slot: Slots, time: Times, operation: Operation, *arguments: Any) -> None:
        """Do something to some of the qubits, in place.

        Parameters
        ----------
        slot : int or array
            Which states, of equally many qubits. What only some of them need, after a measurement perhaps,
            is applied to those: ``slots[outcome == 1]``.
        time : float or array_like
            When.
        operation, *arguments
            As in `DensityMatrix.apply`: a name, a channel or a unitary; parameters, each a number or one
            per slot; qubits.

        Raises
        ------
        ValueError
            If a slot is not valid, a time before its clock, or a number out of range.
        TypeError
            If the number of arguments is wrong, or one has another type.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slot = pool.store(ebit.DensityMatrix(2), 0.0)
        >>> pool.apply(slot, 0.0, "H", 0)
        >>> pool.apply(slot, 0.0, "CX", 0, 1)
        >>> pool.apply(slot, 0.0, "depolarizing_replace", 0.1, 0)
        >>> round(pool.fidelity(slot, 0.0), 6)
        0.925
        """

    def _apply(self, slot: Slots, time: Times, operation: Operation, *arguments: Any) -> None:
        """Do what the compiled method leaves: anything but a name and plain numbers."""
        slots = _as_slots(slot).reshape(-1)
        if slots.size == 0:
            return
        transfer, qubits = resolve(operation, arguments, self.num_qubits(int(slots[0])))
        self._apply_transfer(slots, as_floats("time", time), transfer, list(qubits))

    @bound(_core.StatePool)
    def measure(
        self, slot: Slots, time: Times, pauli: str, *qubits: int, p_readout_error: float = 0.0
    ) -> Any:
        """Measure a Pauli string on some of the qubits, in place, and return the outcome.

        Parameters
        ----------
        slot : int or array
            Which states, of equally many qubits.
        time : float or array_like
            When.
        pauli : str
            One letter for each qubit: "Z" measures one, "XX" the joint parity of two.
        *qubits : int
            Which of the qubits of the state.
        p_readout_error : float, default 0
            Probability that the outcome returned is wrong; the state is left in the true eigenspace.

        Returns
        -------
        int, or array of uint8
            0 for the eigenvalue +1, 1 for -1.

        Raises
        ------
        ValueError
            If a slot is not valid, a time before its clock, or a number or letter out of range.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool(rng=1)
        >>> slot = pool.store(ebit.DensityMatrix(2), 0.0)
        >>> pool.apply(slot, 0.0, "X", 1)
        >>> pool.measure(slot, 0.0, "Z", 1)
        1
        """

    @bound(_core.StatePool)
    def discard(self, slot: Slots, time: Times, *qubits: int) -> Any:
        """Throw some of the qubits away and return the slots of what is left; the old ones are free.

        Parameters
        ----------
        slot : int or array
            Which states, of equally many qubits.
        time : float or array_like
            When.
        *qubits : int
            Not all of them: see `free`.

        Returns
        -------
        int, or array of int
            New slots; the remaining qubits keep their order and their memories.

        Raises
        ------
        ValueError
            If a slot is not valid, a time before its clock, or a qubit is not there or named twice.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slot = pool.store(ebit.DensityMatrix(3), 0.0)
        >>> pool.num_qubits(pool.discard(slot, 1.0, 0, 2))
        1
        """

    @bound(_core.StatePool)
    def tensor(self, left: Slots, right: Slots, time: Times) -> Any:
        """Put two independent states into one slot and return it; the old ones are free.

        Parameters
        ----------
        left, right : int or array
            Which states; those of the left one are the first qubits of the new one. At most 6 together.
        time : float or array_like
            When.

        Returns
        -------
        int, or array of int
            New slots; all qubits keep their memories.

        Raises
        ------
        ValueError
            If a slot is not valid or named twice, a time before its clock, or there are too many qubits.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> a, b = pool.store(ebit.DensityMatrix(2), 0.0), pool.store(ebit.DensityMatrix(1), 1.0)
        >>> pool.num_qubits(pool.tensor(a, b, 1.0))
        3
        """

    @bound(_core.StatePool)
    def join(self, left: Slots, right: Slots, time: Times, step: BilinearMap) -> Any:
        """Swap, distil, teleport: do a step on two states and return the slot of the mean state.

        The state is the mean over the accepted outcomes of the step. Whether the outcome is accepted is
        drawn, unless all are. The old slots are free.

        Parameters
        ----------
        left, right : int or array
            Which states, of as many qubits as the step takes.
        time : float or array_like
            When.
        step : BilinearMap
            See `ebit.protocols`, `Protocol`.

        Returns
        -------
        int, or array of int
            New slots, or -1 where the outcome was not accepted. Qubits keep their memories.

        Raises
        ------
        ValueError
            If a slot is not valid or named twice, a time before its clock, or the numbers of qubits differ.
        TypeError
            If `step` is not a BilinearMap.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool(rng=1)
        >>> good = ebit.DensityMatrix.bell()
        >>> a, b = pool.store(good, 0.0), pool.store(good, 0.0)
        >>> pool.join(a, b, 1.0, ebit.protocols.dejmps()) in (-1, *pool)
        True
        """

    @bound(_core.StatePool)
    def sample_join(self, left: Slots, right: Slots, time: Times, step: BilinearMap) -> Any:
        """Do a step on two states as in `join`, but draw one outcome and leave its state.

        Parameters
        ----------
        left, right : int or array
            Which states, of as many qubits as the step takes.
        time : float or array_like
            When.
        step : BilinearMap
            See `ebit.protocols`, `Protocol`.

        Returns
        -------
        slot : int, or array of int
            New slots, or -1 where the outcome was not accepted.
        outcome : int, or array of uint8
            The bits that the step measured, as one number.

        Raises
        ------
        ValueError
            If a slot is not valid or named twice, a time before its clock, or the numbers of qubits differ.
        TypeError
            If `step` is not a BilinearMap.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool(rng=1)
        >>> good = ebit.DensityMatrix.bell()
        >>> a, b = pool.store(good, 0.0), pool.store(good, 0.0)
        >>> slot, outcome = pool.sample_join(a, b, 1.0, ebit.protocols.swap())
        >>> 0 <= outcome < 4
        True
        """

    # ---- the pool as a whole ----

    @bound(_core.StatePool)
    def slots(self) -> Any:
        """Return all slots in use, by number of qubits.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slot = pool.store(ebit.DensityMatrix(1), 0.0)
        >>> pool.slots().tolist() == [slot]
        True
        """

    def __iter__(self) -> Iterator[int]:
        """Iterate over the slots in use at this moment."""
        return iter(self.slots().tolist())

    def __repr__(self) -> str:
        return f"StatePool({len(self)} states, {self.nbytes} bytes)"

    def copy(self) -> StatePool:
        """Return a copy: the same slots, states and clocks, and the same outcomes to come.

        Examples
        --------
        >>> import ebit
        >>> pool = ebit.StatePool()
        >>> slot = pool.store(ebit.DensityMatrix(1), 0.0)
        >>> other = pool.copy()
        >>> pool.free(slot)
        >>> slot in other
        True
        """
        return _restore(_PICKLE_VERSION, self._save())

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> StatePool:
        return self.copy()

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (_PICKLE_VERSION, self._save())


def _restore(version: int, snapshot: bytes) -> StatePool:
    if version != _PICKLE_VERSION:
        raise ValueError(
            f"cannot read a StatePool pickled in format {version}: this is format {_PICKLE_VERSION}"
        )
    pool = StatePool.__new__(StatePool)
    _core.StatePool.__init__(pool, snapshot)
    return pool


def _as_slots(slot: Slots) -> IntArray:
    array = np.asarray(slot)
    if array.ndim > 1 or (array.dtype.kind not in "iu" and array.size > 0):
        raise TypeError(f"slot = {slot!r} is not allowed: it must be an integer or an array of them")
    return array.astype(np.int64)
