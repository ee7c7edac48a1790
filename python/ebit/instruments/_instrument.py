"""The instrument type."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, as_complexes, as_floats
from ebit.channels import Channel, _convert
from ebit.channels._channel import (
    as_matrices,
    as_ptm,
    as_tolerance,
    checked_channel,
    require_bounded,
    require_completely_positive,
)
from ebit.instruments._povm import Povm, labels_of

_PICKLE_VERSION = 1


class Instrument:
    """A set of heralded maps that together are a channel on one or two qubits, or a batch of such sets.

    Parameters
    ----------
    branches : mapping from herald to array_like, shape (..., 4**k, 4**k)
        For every herald (any hashable label) the Pauli transfer matrix of its branch, not normalised:
        acting on the expectation values r of a state, the branch happens with probability
        ``(R @ r)[0]`` and leaves ``R @ r`` divided by it. Batch axes broadcast.
    tolerance : float, default 1e-9
        How far a branch may be from completely positive and the sum from a channel, as for `Channel`.

    Raises
    ------
    TypeError
        If `branches` is not a mapping.
    ValueError
        If there are no branches, shapes differ, a branch is not completely positive or the branches
        do not sum to a channel.

    Examples
    --------
    >>> import ebit
    >>> meter = ebit.instruments.measurement("Z")
    >>> meter.probabilities([1, 0, 0, 1])  # of outcomes 0 and 1 in |0>
    array([1., 0.])
    >>> meter.channel().ptm.diagonal()
    array([1., 0., 0., 1.])
    """

    __slots__ = ("_branches", "_channel", "_heralds")

    def __init__(self, branches: Mapping[Hashable, npt.ArrayLike], *, tolerance: float = 1e-9) -> None:
        if not isinstance(branches, Mapping):
            raise TypeError(
                f"branches = {branches!r} is not allowed: it must map heralds to transfer matrices"
            )
        if not branches:
            raise ValueError("branches is empty: it must hold at least one map")
        limit = as_tolerance(tolerance)
        ptms = [as_ptm(f"branches[{herald!r}]", ptm) for herald, ptm in branches.items()]
        try:
            stacked = np.stack(np.broadcast_arrays(*ptms), axis=-3)
        except ValueError:
            shapes = ", ".join(str(ptm.shape) for ptm in ptms)
            raise ValueError(f"the branches have shapes {shapes}: they must broadcast to one") from None
        for herald, ptm in zip(branches, ptms, strict=True):
            require_completely_positive(f"branches[{herald!r}]", ptm, limit)
        self._heralds = tuple(branches)
        self._channel = Channel._of(checked_channel("the sum of branches", stacked.sum(axis=-3), limit))
        self._branches = stacked
        self._branches.setflags(write=False)

    @classmethod
    def from_kraus(cls, kraus: Mapping[Hashable, npt.ArrayLike], *, tolerance: float = 1e-9) -> Instrument:
        """Return the instrument whose branches are ``rho -> sum_m K_m rho K_m^dagger``.

        Parameters
        ----------
        kraus : mapping from herald to complex array_like, shape (..., m, d, d)
            The Kraus operators of each branch, d = 2 or 4; the number m may differ between branches.
        tolerance : float, default 1e-9
            How far the sum of ``K^dagger K`` may be from the identity.

        Returns
        -------
        Instrument

        Raises
        ------
        TypeError
            If `kraus` is not a mapping.
        ValueError
            If a shape is wrong or the branches do not sum to a channel.

        Examples
        --------
        >>> import numpy as np, ebit
        >>> dark, click = [[1, 0], [0, np.sqrt(0.7)]], [[0, np.sqrt(0.3)], [0, 0]]
        >>> decay = ebit.Instrument.from_kraus({"dark": [dark], "click": [click]})
        >>> decay.probabilities([1, 0, 0, -1]).round(12)  # of an excited qubit
        array([0.7, 0.3])
        """
        if not isinstance(kraus, Mapping):
            raise TypeError(f"kraus = {kraus!r} is not allowed: it must map heralds to Kraus operators")
        branches = {}
        for herald, operators in kraus.items():
            name = f"kraus[{herald!r}]"
            array = as_matrices(name, as_complexes(name, operators), sides=(2, 4))
            if array.ndim < 3:
                raise ValueError(
                    f"{name} has shape {array.shape}: it must be (..., number of operators, d, d)"
                )
            branches[herald] = _convert.ptm_from_kraus(array)
        return cls(branches, tolerance=tolerance)

    @classmethod
    def from_povm(
        cls, effects: Povm | Mapping[Hashable, npt.ArrayLike] | npt.ArrayLike, *, tolerance: float = 1e-9
    ) -> Instrument:
        """Return the least disturbing measurement with given effects: ``rho -> sqrt(E) rho sqrt(E)``.

        Parameters
        ----------
        effects : Povm, mapping from herald to array_like, or array_like, shape (..., outcomes, d, d)
            As for `Povm`, d = 2 or 4.
        tolerance : float, default 1e-9
            As for `Povm`.

        Returns
        -------
        Instrument
            Its heralds are those of the effects.

        Raises
        ------
        ValueError
            If the effects are no measurement (see `Povm`), or are on more than two qubits.

        Notes
        -----
        G. Lueders, Ann. Phys. 443, 322 (1950), for projectors; Nielsen and Chuang, Quantum Computation and
        Quantum Information, section 2.2.6, for effects.

        Examples
        --------
        >>> import numpy as np, ebit
        >>> unsharp = ebit.Instrument.from_povm([np.diag([0.8, 0.2]), np.diag([0.2, 0.8])])
        >>> unsharp.channel().ptm.diagonal().round(12)
        array([1. , 0.8, 0.8, 1. ])
        """
        povm = effects if isinstance(effects, Povm) else Povm(effects, tolerance=tolerance)
        if povm.num_qubits > 2:
            raise ValueError(f"the effects are on {povm.num_qubits} qubits: an instrument takes 1 or 2")
        weights, vectors = np.linalg.eigh(povm.effects)
        roots = vectors * np.sqrt(weights.clip(min=0.0))[..., None, :] @ vectors.conj().swapaxes(-1, -2)
        branches = _convert.ptm_from_kraus(roots[..., None, :, :])
        return cls(
            {herald: branches[..., k, :, :] for k, herald in enumerate(povm.heralds)}, tolerance=tolerance
        )

    @classmethod
    def _of(cls, heralds: tuple[Hashable, ...], branches: FloatArray) -> Instrument:
        """Wrap branches, axis -3, that are known to sum to a channel."""
        instrument = cls.__new__(cls)
        instrument._heralds = heralds
        instrument._branches = branches.copy()
        instrument._branches.setflags(write=False)
        instrument._channel = Channel._of(branches.sum(axis=-3))
        return instrument

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (_PICKLE_VERSION, self._heralds, self._branches)

    def __eq__(self, other: object) -> bool:
        """Whether both have the same heralds in the same order, and exactly the same numbers."""
        if not isinstance(other, Instrument):
            return NotImplemented
        return self._heralds == other._heralds and np.array_equal(self._branches, other._branches)

    def __hash__(self) -> int:
        return hash((self._heralds, self._branches.shape, tuple(self._branches.flat)))

    def __repr__(self) -> str:
        return f"Instrument({self._heralds}, num_qubits={self.num_qubits}, batch_shape={self.batch_shape})"

    @property
    def heralds(self) -> tuple[Hashable, ...]:
        """The labels of the branches, in the order of `probabilities`."""
        return self._heralds

    def labels(self, outcomes: npt.ArrayLike) -> npt.NDArray[np.object_]:
        """Return the heralds with given numbers, such as `DensityMatrix.measure` returns.

        Parameters
        ----------
        outcomes : int or array_like of int
            Places in `heralds`.

        Returns
        -------
        array of objects, the shape of `outcomes` (of a single number: the herald itself)

        Examples
        --------
        >>> import ebit
        >>> ebit.instruments.heralded_erasure(0.25).labels([0, 1, 0])
        array(['kept', 'erased', 'kept'], dtype=object)
        """
        return labels_of(self._heralds, outcomes)

    @property
    def num_qubits(self) -> int:
        """How many qubits the instrument acts on, 1 or 2."""
        return self._channel.num_qubits

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch, ``()`` for a single instrument."""
        return self._channel.batch_shape

    def branch(self, herald: Hashable) -> FloatArray:
        """Return the transfer matrix of one branch (not normalised, read-only).

        Parameters
        ----------
        herald : hashable
            One of `heralds`.

        Returns
        -------
        array, shape ``batch_shape + (4**k, 4**k)``

        Raises
        ------
        ValueError
            If there is no such herald.

        Examples
        --------
        >>> import ebit
        >>> ebit.instruments.heralded_erasure(0.25).branch("kept").diagonal()
        array([0.75, 0.75, 0.75, 0.75])
        """
        if herald not in self._heralds:
            raise ValueError(f"herald = {herald!r} is not allowed: it must be one of {self._heralds}")
        branch: FloatArray = self._branches[..., self._heralds.index(herald), :, :]
        return branch

    def channel(self) -> Channel:
        """Return the channel that is left when the herald is forgotten: the sum of the branches.

        Returns
        -------
        Channel

        Examples
        --------
        >>> import ebit
        >>> ebit.instruments.heralded_erasure(0.25).channel().ptm.diagonal()
        array([1.  , 0.75, 0.75, 0.75])
        """
        return self._channel

    def probabilities(self, state: npt.ArrayLike, *, tolerance: float = 1e-9) -> FloatArray:
        """Return the probability of every herald, in the order of `heralds`.

        Parameters
        ----------
        state : array_like, shape (..., 4**k)
            Pauli expectation values of a normalised state (I, X, Y, Z; two qubits: II, IX, .., ZZ).
            Batch axes broadcast with those of the instrument.
        tolerance : float, default 1e-9
            How far the trace may be from 1 and an eigenvalue of the state below 0.

        Returns
        -------
        array, shape (..., number of heralds)

        Raises
        ------
        ValueError
            If the shape is wrong or the expectation values do not belong to a state.

        Examples
        --------
        >>> import ebit
        >>> ebit.instruments.measurement("X").probabilities([1, 1, 0, 0])  # of outcomes 0 and 1 in |+>
        array([1., 0.])
        """
        size = 4**self.num_qubits
        expectations = as_floats("state", state)
        if expectations.ndim < 1 or expectations.shape[-1] != size:
            raise ValueError(f"state has shape {expectations.shape}: its last axis must be {size}")
        _require_state(expectations, self.num_qubits, as_tolerance(tolerance))
        weights: FloatArray = np.einsum("...bj,...j->...b", self._branches[..., 0, :], expectations)
        return weights


def _require_state(expectations: FloatArray, num_qubits: int, tolerance: float) -> None:
    require_bounded("state", expectations)
    if np.abs(expectations[..., 0] - 1.0).max(initial=0.0) > tolerance:
        raise ValueError("state has not trace 1: its first expectation value, of the identity, must be 1")
    rho = np.tensordot(expectations, _convert.paulis(num_qubits), axes=1) / 2**num_qubits
    if (lowest := np.linalg.eigvalsh(rho).min(initial=0.0)) < -tolerance:
        raise ValueError(f"state is not positive: its density matrix has the eigenvalue {lowest:.3g}")


def _restore(version: int, heralds: tuple[Hashable, ...], branches: FloatArray) -> Instrument:
    if version != _PICKLE_VERSION:
        raise ValueError(
            f"cannot read an Instrument pickled in format {version}: this is format {_PICKLE_VERSION}"
        )
    return Instrument._of(heralds, branches)
