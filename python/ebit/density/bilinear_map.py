"""Maps from two states to one, such as swaps, distillations and fusions, as sparse tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, IntArray
from ebit.channels import Channel
from ebit.density._given import transfers_given
from ebit.density._record import as_outcomes
from ebit.density._register import recorder_of
from ebit.density._results import Branch, Joined, Sampled
from ebit.density._states import State, as_state
from ebit.density._terms import (
    MAX_BITS,
    MAX_QUBITS,
    coefficients,
    in_range,
    indices,
    kept_qubits,
    sorted_terms,
)
from ebit.density.density_matrix import DensityMatrix
from ebit.instruments import Instrument
from ebit.rng import Rng, run_key
from ebit.threads import thread_count

_PICKLE_VERSION = 1


class BilinearMap:
    """A step on two states with a measurement record, in canonical form. Immutable.

    With ``left`` and ``right`` the coefficients of the two states, the new state after outcome m is, not
    normalised, ``out_m[k] = sum (-1)**popcount(s & m) * c * left[i] * right[j]`` over the terms
    ``(k, i, j, s, c)``; ``out_m[0]`` is the probability of m. `Protocol.compile` makes such maps from a
    description of gates, `ebit.protocols` has the usual ones; the constructor takes a table.

    Parameters
    ----------
    num_left, num_right, num_out : int
        Numbers of qubits of the two states and of the new one, at most 8 each.
    num_bits : int
        How many bits are measured, at most 8. An outcome is a number of so many bits; the bit measured
        first is the most significant one.
    out, left, right : array_like of int, shape (T,)
        k, i and j of every term: Pauli strings, counted in base 4 (I, X, Y, Z; qubit 0 first).
    character : array_like of int, shape (T,)
        s of every term: the bits whose signs it has, as a mask of an outcome.
    coefficient : array_like, shape (T,) or (T, N)
        c of every term, a number or one per element of a batch.
    accepted : iterable of int or str, optional
        Outcomes after which the new state is used, as numbers or strings of bits; all by default.
    kept : tuple of int, optional
        For every qubit of the new state its number among the qubits of the left and then the right state.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If a number is out of range, the columns differ in length or a coefficient is not finite.

    Examples
    --------
    >>> import ebit
    >>> dejmps = ebit.protocols.dejmps()
    >>> pair = ebit.Werner.from_fidelity(0.8)
    >>> better, probability = dejmps(pair, pair)
    >>> round(probability, 6)
    0.768889
    >>> ebit.BilinearMap(  # the overlap tr(a b) of two states of a qubit, as a probability
    ...     num_left=1, num_right=1, num_out=0, num_bits=0,
    ...     out=[0] * 4, left=range(4), right=range(4), character=[0] * 4, coefficient=[0.5] * 4,
    ... )(ebit.DensityMatrix(1), ebit.DensityMatrix(1)).probability
    1.0
    """

    __slots__ = ("_accepted", "_hash", "_kept", "_marginal", "_pool_join", "_table")

    def __init__(
        self,
        *,
        num_left: int,
        num_right: int,
        num_out: int,
        num_bits: int,
        out: npt.ArrayLike,
        left: npt.ArrayLike,
        right: npt.ArrayLike,
        character: npt.ArrayLike,
        coefficient: npt.ArrayLike,
        accepted: Iterable[int | str] | None = None,
        kept: tuple[int, ...] | None = None,
    ) -> None:
        sizes = [
            in_range(name, value, largest)
            for name, value, largest in (
                ("num_left", num_left, MAX_QUBITS),
                ("num_right", num_right, MAX_QUBITS),
                ("num_out", num_out, MAX_QUBITS),
                ("num_bits", num_bits, MAX_BITS),
            )
        ]
        named = (("left", left), ("right", right), ("out", out))
        strings = {n: indices(n, v, 4**size) for (n, v), size in zip(named, sizes[:3], strict=True)}
        columns = [strings["out"], strings["left"], strings["right"]]
        columns.append(indices("character", character, 1 << sizes[3]))
        self._table = _table(sizes, *sorted_terms(columns, coefficients(coefficient, columns)))
        self._accepted = np.ones(1 << sizes[3], dtype=np.uint8)
        if accepted is not None:
            self._accepted[:] = 0
            self._accepted[as_outcomes("accepted", accepted, sizes[3])] = 1
        self._accepted.flags.writeable = False
        self._kept = None if kept is None else kept_qubits(kept, sizes)
        self._hash: int | None = None
        self._marginal: BilinearMap | None = None

    # ---- the table ----

    @property
    def num_left(self) -> int:
        """How many qubits the left state has."""
        return self._table.num_left

    @property
    def num_right(self) -> int:
        """How many qubits the right state has."""
        return self._table.num_right

    @property
    def num_out(self) -> int:
        """How many qubits the new state has."""
        return self._table.num_out

    @property
    def num_bits(self) -> int:
        """How many bits are measured."""
        return self._table.num_bits

    @property
    def batch(self) -> int | None:
        """How many elements the coefficients are for; None if they are the same for all."""
        return self._table.batch

    @property
    def kept(self) -> tuple[int, ...] | None:
        """For every qubit of the new state its number among the input qubits; None if unknown."""
        return self._kept

    @property
    def accepted(self) -> tuple[int, ...]:
        """The outcomes after which the new state is used."""
        return tuple(np.flatnonzero(self._accepted).tolist())

    @property
    def terms(self) -> tuple[IntArray, IntArray, IntArray, IntArray, FloatArray]:
        """The columns out, left, right, character and coefficient, sorted; equal terms are one."""
        return self._table.columns

    def accepting(self, outcomes: Iterable[int | str]) -> BilinearMap:
        """Return the same map with other outcomes accepted.

        Parameters
        ----------
        outcomes : iterable of int or str
            Numbers, or strings of bits.

        Returns
        -------
        BilinearMap

        Raises
        ------
        ValueError
            If an outcome does not exist.

        Examples
        --------
        >>> import ebit
        >>> teleportation = ebit.protocols.teleportation(corrected=False)
        >>> teleportation.accepting(["00"]).accepted  # no correction is needed
        (0,)
        """
        return self._with(self._table, as_outcomes("outcomes", outcomes, self.num_bits), self._kept)

    @classmethod
    def _with(
        cls, table: _core.BilinearTable, accepted: Iterable[int], kept: tuple[int, ...] | None
    ) -> BilinearMap:
        self = cls.__new__(cls)
        self._table, self._kept, self._hash, self._marginal = table, kept, None, None
        self._accepted = np.zeros(1 << table.num_bits, dtype=np.uint8)
        self._accepted[list(accepted)] = 1
        self._accepted.flags.writeable = False
        return self

    def __repr__(self) -> str:
        return (
            f"BilinearMap(num_left={self.num_left}, num_right={self.num_right}, num_out={self.num_out}, "
            f"num_bits={self.num_bits}, terms={len(self.terms[0])}, batch={self.batch})"
        )

    def __eq__(self, other: object) -> bool:
        """Whether both have exactly the same terms, accepted outcomes and kept qubits."""
        if not isinstance(other, BilinearMap):
            return NotImplemented
        return self is other or (
            self._sizes == other._sizes
            and self._kept == other._kept
            and np.array_equal(self._accepted, other._accepted)
            and all(map(np.array_equal, self.terms, other.terms))
        )

    def __hash__(self) -> int:
        if self._hash is None:
            columns = tuple((column + 0.0).tobytes() for column in self.terms)  # -0.0 equals 0.0
            self._hash = hash((self._sizes, self._kept, self._accepted.tobytes(), columns))
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (_PICKLE_VERSION, self._sizes, self.terms, self.accepted, self._kept)

    def __getattr__(self, name: str) -> _core.PoolJoin:
        # Made when a pool first asks for it.
        if name != "_pool_join":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if self._kept is None:
            raise ValueError("a map of slots must say which qubits it keeps (kept)")
        self._pool_join = _core.PoolJoin(self._table, self._accepted.tolist(), list(self._kept))
        return self._pool_join

    @property
    def _sizes(self) -> tuple[int, int, int, int]:
        return self.num_left, self.num_right, self.num_out, self.num_bits

    # ---- on two states ----

    def __call__(self, left: State, right: State, *, threads: int | None = None) -> Joined:
        """Return the new state, averaged over the accepted outcomes, and their probability.

        Parameters
        ----------
        left, right : DensityMatrix or pair state
            Single states and batches; a single one, also of coefficients, stands for all elements.
        threads : int, optional
            One by default.

        Returns
        -------
        Joined
            ``state``, normalised (the maximally mixed state where the probability is below 1e-12), and
            ``probability``, a float or an array (N,).

        Raises
        ------
        TypeError
            If a state is of another type.
        ValueError
            If a state has the wrong number of qubits, or batches differ in size.

        Examples
        --------
        >>> import ebit
        >>> pair, probability = ebit.protocols.swap()(ebit.Werner(0.9), ebit.Werner(0.8))
        >>> pair.coefficients.reshape(4, 4).diagonal().round(12)
        array([ 1.  ,  0.72, -0.72,  0.72])
        """
        recorder = recorder_of(left, right)
        if recorder is not None:
            joined: Joined = recorder.join(self, left, right)
            return joined
        (a, b), state = self._prepared(left, right)
        probability = self._table.average(a, b, self._accepted, state, thread_count(threads))
        return Joined(state, _shaped(probability, state))

    def sample(self, left: State, right: State, *, rng: Rng = None, threads: int | None = None) -> Sampled:
        """Draw an outcome for each element and return the state after it.

        Parameters
        ----------
        left, right : DensityMatrix or pair state
            As in a call of the map.
        rng : int, SeedSequence, Generator or None
            Decides the outcomes. That of an element depends on its number in the batch alone.
        threads : int, optional
            One by default.

        Returns
        -------
        Sampled
            ``state``, ``outcome``, ``accepted`` (whether the outcome is) and ``probability`` (of this
            outcome); numbers, or arrays (N,).

        Raises
        ------
        TypeError
            If a state is of another type.
        ValueError
            If a state has the wrong number of qubits, or batches differ in size.

        Examples
        --------
        >>> import ebit
        >>> dejmps = ebit.protocols.dejmps()
        >>> pairs = ebit.Werner([0.9] * 5)
        >>> drawn = dejmps.sample(pairs, pairs, rng=1)
        >>> drawn.outcome.shape, drawn.accepted.dtype
        ((5,), dtype('bool'))
        """
        recorder = recorder_of(left, right)
        if recorder is not None:
            sampled: Sampled = recorder.sample(self, left, right, rng)
            return sampled
        (a, b), state = self._prepared(left, right)
        outcome, probability = self._table.sample(a, b, run_key(rng), state, thread_count(threads))
        accepted = self._accepted[outcome] == 1
        return Sampled(state, *(_shaped(column, state) for column in (outcome, accepted, probability)))

    def branch(self, left: State, right: State, outcome: int | str) -> Branch:
        """Return the new state after one outcome.

        Parameters
        ----------
        left, right : DensityMatrix or pair state
            As in a call of the map.
        outcome : int or str
            A number, or a string of bits.

        Returns
        -------
        Branch
            ``outcome``, ``state`` (normalised), ``probability`` (a float or an array) and ``accepted``.

        Raises
        ------
        ValueError
            If there is no such outcome, or the states do not fit.

        Examples
        --------
        >>> import ebit
        >>> phi_plus = ebit.Werner(1.0)
        >>> ebit.protocols.swap(correction="none").branch(phi_plus, phi_plus, "11").probability
        0.25
        """
        (number,) = as_outcomes("outcome", [outcome], self.num_bits)
        (a, b), state = self._prepared(left, right)
        probability = self._table.branch(a, b, np.array(number, dtype=np.uint8), state, 1)
        return Branch(number, state, _shaped(probability, state), bool(self._accepted[number]))

    def branches(self, left: State, right: State) -> list[Branch]:
        """Return the new states after all outcomes, in order.

        Parameters
        ----------
        left, right : DensityMatrix or pair state
            As in a call of the map.

        Returns
        -------
        list of Branch

        Examples
        --------
        >>> import ebit
        >>> phi_plus = ebit.Werner(1.0)
        >>> [branch.probability for branch in ebit.protocols.swap().branches(phi_plus, phi_plus)]
        [0.25, 0.25, 0.25, 0.25]
        """
        return [self.branch(left, right, outcome) for outcome in range(1 << self.num_bits)]

    def probabilities(self, left: State, right: State) -> FloatArray:
        """Return the probability of every outcome.

        Parameters
        ----------
        left, right : DensityMatrix or pair state
            As in a call of the map.

        Returns
        -------
        array, shape (2**num_bits,) or (N, 2**num_bits)

        Examples
        --------
        >>> import ebit
        >>> pair = ebit.Werner(0.5)
        >>> ebit.protocols.dejmps().probabilities(pair, pair).round(4)
        array([0.3125, 0.1875, 0.1875, 0.3125])
        """
        if self._marginal is None:
            columns = self.terms
            traces = columns[0] == 0
            sizes = self.num_left, self.num_right, 0, self.num_bits
            self._marginal = self._with(_table(sizes, *(column[traces] for column in columns)), (), None)
        return np.stack([b.probability for b in self._marginal.branches(left, right)], axis=-1)

    def _prepared(
        self, left: State, right: State
    ) -> tuple[tuple[DensityMatrix, DensityMatrix], DensityMatrix]:
        """Return the states, checked, and one for the result."""
        a = as_state("left", left, self.num_left)
        b = as_state("right", right, self.num_right)
        batches = {batch for batch in (a.batch, b.batch, self.batch) if batch is not None}
        if len(batches) > 1:
            raise ValueError(
                f"batches differ: left has {a.batch} states, right {b.batch}, the map {self.batch} elements"
            )
        return (a, b), DensityMatrix._empty(self.num_out, batches.pop() if batches else None)

    # ---- with one state given ----

    def channel(self, *, left: State | None = None, right: State | None = None) -> Channel:
        """Return the channel that is left when one of the states is given, averaged over outcomes.

        Parameters
        ----------
        left, right : DensityMatrix or pair state
            Exactly one of them.

        Returns
        -------
        Channel
            From the other state to the new one.

        Raises
        ------
        TypeError
            If none or both are given.
        ValueError
            If not all outcomes are accepted (see `instrument`), or the new state has not as many qubits
            as the other one, 1 or 2.

        Examples
        --------
        >>> import ebit
        >>> noisy = ebit.protocols.teleportation().channel(right=ebit.Werner.from_fidelity(0.85))
        >>> round(float(noisy.average_fidelity()), 12)  # (2 F + 1) / 3
        0.9
        """
        if len(self.accepted) < 1 << self.num_bits:
            raise ValueError("not all outcomes are accepted: that is an instrument, not a channel")
        return Channel(transfers_given(self, left, right).sum(axis=-3))

    def instrument(self, *, left: State | None = None, right: State | None = None) -> Instrument:
        """Return the instrument that is left when one of the states is given; its heralds are the outcomes.

        Parameters
        ----------
        left, right : DensityMatrix or pair state
            Exactly one of them.

        Returns
        -------
        Instrument
            From the other state to the new one, with a branch for every outcome.

        Raises
        ------
        TypeError
            If none or both are given.
        ValueError
            If the new state has not as many qubits as the other one, 1 or 2.

        Examples
        --------
        >>> import ebit
        >>> pump = ebit.protocols.dejmps().instrument(right=ebit.Werner(0.9))
        >>> pump.heralds
        (0, 1, 2, 3)
        """
        branches = transfers_given(self, left, right)
        return Instrument({m: branches[..., m, :, :] for m in range(1 << self.num_bits)})


def _table(sizes: Sequence[int], *columns: Any) -> _core.BilinearTable:
    num_left, num_right, num_out, num_bits = sizes
    return _core.BilinearTable(num_left, num_right, num_out, num_bits, *columns)


def _shaped(column: npt.NDArray[Any], state: DensityMatrix) -> Any:
    return column[0].item() if state.batch is None else column


def _restore(
    version: int, sizes: tuple[int, ...], terms: tuple[Any, ...], accepted: Iterable[int], kept: Any
) -> BilinearMap:
    if version != _PICKLE_VERSION:
        raise ValueError(
            f"cannot read a BilinearMap pickled in format {version}: this is format {_PICKLE_VERSION}"
        )
    return BilinearMap._with(_table(sizes, *terms), accepted, kept)
