"""States of a stored pair of qubits: general, Bell-diagonal, Werner."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt

from ebit import _arrays, _core
from ebit._arrays import FloatArray, elementwise, one_of
from ebit.channels import Channel
from ebit.memory import Memory
from ebit.state.figures import PairFigures

_PICKLE_VERSION = 1


class PairState(PairFigures):
    """Common base of `Pair`, `BellDiagonal` and `Werner`: immutable states with batch axes.

    The left qubit is qubit 0, the right one qubit 1. Batch axes come first; index and iterate over
    them as with an array. States are equal if they have the same form and the same numbers.

    Examples
    --------
    >>> import ebit
    >>> pairs = ebit.Werner([0.9, 0.8])
    >>> pairs[1] == ebit.Werner(0.8), [pair.batch_shape for pair in pairs]
    (True, [(), ()])
    """

    __slots__ = ("_values",)

    _values: FloatArray
    _core_shape: ClassVar[tuple[int, ...]]

    #: How special the form is: 0 for `Pair`, 1 for `BellDiagonal`, 2 for `Werner`.
    rank: ClassVar[int]

    @classmethod
    def _of(cls, values: FloatArray) -> Self:
        """Wrap an array that the library made: nothing is checked or copied."""
        self = cls.__new__(cls)
        self._values = np.asarray(values)
        self._values.flags.writeable = False
        return self

    @classmethod
    @abstractmethod
    def _from_correlations(cls, correlations: FloatArray) -> Self:
        """Take over correlations that are known to have this form (others are twirled)."""

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch, ``()`` for a single pair."""
        return self._values.shape[: self._values.ndim - len(self._core_shape)]

    def to_pair(self) -> Pair:
        """Return the same state as a `Pair`.

        Examples
        --------
        >>> import ebit
        >>> ebit.Werner(0.5).to_pair().correlations.diagonal().tolist()
        [1.0, 0.5, -0.5, 0.5]
        """
        return Pair._of(self.correlations)

    def to_bell_diagonal(self) -> BellDiagonal:
        """Return the same state as a `BellDiagonal`.

        Raises
        ------
        ValueError
            If the state is not Bell-diagonal to 1e-12; `twirled` makes it so, at a loss.

        Examples
        --------
        >>> import ebit
        >>> ebit.Werner(0.6).to_bell_diagonal().weights.round(12).tolist()
        [0.7, 0.1, 0.1, 0.1]
        """
        return BellDiagonal._of(_convert(_core.exact_bell_weights, (4,), self.correlations))

    def to_werner(self) -> Werner:
        """Return the same state as a `Werner`.

        Raises
        ------
        ValueError
            If the state is not a Werner state to 1e-12; `twirled` makes it one, at a loss.

        Examples
        --------
        >>> import ebit
        >>> ebit.BellDiagonal([0.7, 0.1, 0.1, 0.1]).to_werner().fidelity().round(12)
        np.float64(0.7)
        """
        return Werner._of(_convert(_core.exact_werner_parameter, (), self.correlations))

    def twirled(self, to: Literal["bell_diagonal", "werner"] = "bell_diagonal") -> BellDiagonal | Werner:
        """Return the twirled state; what the form has no place for is lost.

        Parameters
        ----------
        to : str
            ``"bell_diagonal"``: averaged over the Paulis P x P*, keeps the four Bell weights.
            ``"werner"``: averaged over all unitaries U x U*, keeps the fidelity to Phi+ (so Psi+
            becomes the Werner state with w = -1/3).

        Returns
        -------
        BellDiagonal or Werner

        Raises
        ------
        ValueError
            If there is no such form.

        Notes
        -----
        Bennett, DiVincenzo, Smolin and Wootters, Phys. Rev. A 54, 3824 (1996).

        Examples
        --------
        >>> import ebit
        >>> ebit.BellDiagonal([0.7, 0.3, 0.0, 0.0]).twirled("werner").bell_weights().round(12).tolist()
        [0.7, 0.1, 0.1, 0.1]
        """
        forms: dict[str, type[BellDiagonal | Werner]] = {"bell_diagonal": BellDiagonal, "werner": Werner}
        return forms[one_of("to", to, tuple(forms))]._from_correlations(self.correlations)

    def apply(self, channel: Channel, qubit: int) -> PairState:
        """Return the state after a one-qubit channel on one of the qubits.

        Parameters
        ----------
        channel : Channel
            On one qubit; its batch shape and that of the state broadcast.
        qubit : int
            0 (left) or 1 (right).

        Returns
        -------
        PairState
            In the form of this state as far as the channel keeps it: every channel keeps a `Pair`,
            a Pauli channel a `BellDiagonal`, a depolarizing channel a `Werner` state.

        Raises
        ------
        TypeError
            If `channel` is not a `Channel`.
        ValueError
            If `channel` acts on two qubits, or `qubit` is neither 0 nor 1.

        Examples
        --------
        >>> import ebit
        >>> phi_plus = ebit.Werner(1.0)
        >>> phi_plus.apply(ebit.channels.dephasing(0.25), 0)
        BellDiagonal([0.75, 0.25, 0.0, 0.0])
        >>> round(float(phi_plus.apply(ebit.channels.amplitude_damping(0.36), 1).fidelity()), 12)
        0.81
        """
        if not isinstance(channel, Channel):
            raise TypeError(f"channel = {channel!r} is not allowed: it must be a Channel")
        if channel.num_qubits != 1:
            raise ValueError("channel acts on two qubits: it must act on one")
        side = _arrays.as_int("qubit", qubit)
        if side not in (0, 1):
            raise ValueError(f"qubit = {qubit} is not allowed: it must be 0 (left) or 1 (right)")
        correlations = elementwise(
            (_core.apply_left, _core.apply_right)[side],
            (4, 4),
            ("channel", channel.ptm, (4, 4)),
            ("state", self.correlations, (4, 4)),
        )
        rank = min(self.rank, _rank_kept(channel.ptm))
        return form_of_rank(rank)._from_correlations(correlations)

    def decay(self, left: Memory, right: Memory, time: npt.ArrayLike) -> PairState:
        """Return the state after its qubits were stored for some time.

        Parameters
        ----------
        left, right : Memory
            The memories of the two qubits.
        time : array_like
            Seconds, not negative; its shape and the batch shape of the state broadcast.

        Returns
        -------
        PairState
            In the form that both channels keep, see `apply`.

        Raises
        ------
        TypeError
            If `left` or `right` is not a `Memory`.
        ValueError
            If a time is negative or not finite.

        Examples
        --------
        >>> import ebit
        >>> memory = ebit.Memory.depolarizing(1.0)
        >>> ebit.Werner(1.0).decay(memory, memory, [0.0, 0.5]).w.round(4).tolist()
        [1.0, 0.3679]
        """
        for name, memory in (("left", left), ("right", right)):
            if not isinstance(memory, Memory):
                raise TypeError(f"{name} = {memory!r} is not allowed: it must be a Memory")
        return self.apply(left.decay(time), 0).apply(right.decay(time), 1)

    def __getitem__(self, index: Any) -> Self:
        """Index the batch axes."""
        parts = index if isinstance(index, tuple) else (index,)
        if not any(part is Ellipsis for part in parts):
            parts += (Ellipsis,)
        return self._of(self._values[parts + (slice(None),) * len(self._core_shape)])

    def __iter__(self) -> Iterator[Self]:
        if not self.batch_shape:
            raise TypeError("a single pair has no batch axis to iterate over")
        return (self[i] for i in range(self.batch_shape[0]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PairState):
            return NotImplemented
        return type(self) is type(other) and np.array_equal(self._values, other._values)

    def __hash__(self) -> int:
        return hash((type(self), self._values.shape, tuple(self._values.flat)))

    def __repr__(self) -> str:
        if self.batch_shape:
            return f"{type(self).__name__}(batch_shape={self.batch_shape})"
        return f"{type(self).__name__}({self._values.tolist()})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (_PICKLE_VERSION, type(self), self._values)


class Pair(PairState):
    """A general state of two qubits, held as its Pauli expectation values.

    Parameters
    ----------
    correlations : array_like, shape (..., 4, 4)
        C[i][j] = tr(P_i x P_j rho), order I, X, Y, Z; i belongs to the left qubit.

    Raises
    ------
    ValueError
        If the shape is wrong, the trace C[0][0] is not 1, or the state has a negative eigenvalue
        (1e-9 is tolerated).

    Examples
    --------
    The state with both qubits in 0:

    >>> import ebit
    >>> pair = ebit.Pair([[1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1]])
    >>> pair.bell_weights().tolist()
    [0.5, 0.5, 0.0, 0.0]
    """

    __slots__ = ()
    _core_shape = (4, 4)
    rank = 0

    def __init__(self, correlations: npt.ArrayLike) -> None:
        checked = elementwise(_core.check_correlations, (4, 4), ("correlations", correlations, (4, 4)))
        checked.flags.writeable = False
        self._values = checked

    @classmethod
    def from_density_matrix(cls, density_matrix: npt.ArrayLike) -> Self:
        """Return the pair with these density matrices.

        Parameters
        ----------
        density_matrix : array_like, shape (..., 4, 4)
            Complex, basis 00, 01, 10, 11 with the left qubit first.

        Returns
        -------
        Pair

        Raises
        ------
        ValueError
            If a matrix is not Hermitian, has a trace other than 1 or a negative eigenvalue (1e-9 is
            tolerated).

        Examples
        --------
        >>> import ebit
        >>> ebit.Pair.from_density_matrix(ebit.Werner(0.5).density_matrix()).fidelity()
        np.float64(0.625)
        """
        matrix = _arrays.as_complexes("density_matrix", density_matrix)
        # Each complex number becomes two doubles on a new last axis.
        entries = matrix[..., None].view(np.float64)
        return cls._of(
            elementwise(_core.correlations_of_density_matrix, (4, 4), ("density_matrix", entries, (4, 4, 2)))
        )

    @classmethod
    def _from_correlations(cls, correlations: FloatArray) -> Self:
        return cls._of(correlations)

    @property
    def correlations(self) -> FloatArray:
        """Pauli expectation values C[i][j] = tr(P_i x P_j rho), read-only, shape (..., 4, 4)."""
        return self._values


class BellDiagonal(PairState):
    """A mixture of the four Bell states.

    Parameters
    ----------
    weights : array_like, shape (..., 4)
        Probabilities of Phi+, Phi-, Psi+, Psi- (index 2x + z: x bit flip, z phase flip).

    Raises
    ------
    ValueError
        If the shape is wrong, a weight is outside [0, 1], or the weights do not add up to 1 (1e-9
        is tolerated).

    Examples
    --------
    >>> import ebit
    >>> ebit.BellDiagonal([0.9, 0.1, 0.0, 0.0]).correlations.diagonal().round(12).tolist()
    [1.0, 0.8, -0.8, 1.0]
    """

    __slots__ = ()
    _core_shape = (4,)
    rank = 1

    def __init__(self, weights: npt.ArrayLike) -> None:
        checked = elementwise(_core.check_bell_weights, (4,), ("weights", weights, (4,)))
        checked.flags.writeable = False
        self._values = checked

    @classmethod
    def _from_correlations(cls, correlations: FloatArray) -> Self:
        return cls._of(_convert(_core.bell_weights, (4,), correlations))

    @property
    def weights(self) -> FloatArray:
        """Probabilities of Phi+, Phi-, Psi+, Psi-, read-only, shape (..., 4)."""
        return self._values

    @property
    def correlations(self) -> FloatArray:
        """Pauli expectation values diag(1, xx, yy, zz), shape (..., 4, 4)."""
        return elementwise(_core.correlations_of_bell_diagonal, (4, 4), ("weights", self._values, (4,)))


class Werner(PairState):
    """Phi+ mixed with white noise: w Phi+ + (1 - w) 1/4.

    Parameters
    ----------
    w : array_like
        In [-1/3, 1], any shape; the fidelity is (1 + 3w)/4.

    Raises
    ------
    ValueError
        If w is outside its range (1e-9 is tolerated).

    Notes
    -----
    Werner, Phys. Rev. A 40, 4277 (1989), with Phi+ in the place of the singlet.

    Examples
    --------
    >>> import ebit
    >>> ebit.Werner(0.9).fidelity().round(12)
    np.float64(0.925)
    """

    __slots__ = ()
    _core_shape = ()
    rank = 2

    def __init__(self, w: npt.ArrayLike) -> None:
        checked = elementwise(_core.check_werner_parameter, (), ("w", w, ()))
        checked.flags.writeable = False
        self._values = checked

    @classmethod
    def from_fidelity(cls, fidelity: npt.ArrayLike) -> Self:
        """Return the Werner state with this fidelity to Phi+, w = (4F - 1)/3.

        Parameters
        ----------
        fidelity : array_like
            F in [0, 1], any shape: that of the batch.

        Returns
        -------
        Werner

        Raises
        ------
        ValueError
            If the fidelity is outside [0, 1].

        Examples
        --------
        >>> import ebit
        >>> ebit.Werner.from_fidelity(0.25)
        Werner(0.0)
        """
        return cls._of(elementwise(_core.werner_parameter_of_fidelity, (), ("fidelity", fidelity, ())))

    @classmethod
    def _from_correlations(cls, correlations: FloatArray) -> Self:
        return cls._of(_convert(_core.werner_parameter, (), correlations))

    @property
    def w(self) -> FloatArray:
        """The weight of Phi+ beside white noise, read-only, the batch shape."""
        return self._values

    @property
    def correlations(self) -> FloatArray:
        """Pauli expectation values diag(1, w, -w, w), shape (..., 4, 4)."""
        return elementwise(_core.correlations_of_werner, (4, 4), ("w", self._values, ()))


def form_of_rank(rank: int) -> type[PairState]:
    """Return the class of pair states that is as special as `rank` says."""
    return (Pair, BellDiagonal, Werner)[rank]


def _restore(version: int, form: type[PairState], values: FloatArray) -> PairState:
    if version != _PICKLE_VERSION:
        raise ValueError(f"cannot read a pair pickled in format {version}: this is format {_PICKLE_VERSION}")
    return form._of(values.copy())


def _rank_kept(ptm: FloatArray) -> int:
    """Return the rank of the most special form that every channel of a batch keeps."""
    if np.any(ptm[..., ~np.eye(4, dtype=bool)] != 0.0):
        return Pair.rank
    scale = ptm.diagonal(axis1=-2, axis2=-1)[..., 1:]
    return Werner.rank if np.all(scale == scale[..., :1]) else BellDiagonal.rank


def _convert(function: Any, core_shape: tuple[int, ...], correlations: FloatArray) -> FloatArray:
    return elementwise(function, core_shape, ("correlations", correlations, (4, 4)))
