"""Measurements by their effects alone: what is left of the qubits is not said."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import numpy.typing as npt

from ebit._arrays import ComplexArray, FloatArray, as_complexes
from ebit.channels import _convert
from ebit.channels._channel import as_tolerance, require_bounded

_PICKLE_VERSION = 1
_SIDES = (2, 4, 8, 16)


class Povm:
    """A measurement of one to four qubits given by its effects (a positive operator-valued measure).

    It has probabilities, but leaves no state: qubits measured by it are gone. `Instrument.from_povm` makes
    of it the measurement that disturbs them least.

    Parameters
    ----------
    effects : mapping from herald to array_like, or array_like, shape (..., outcomes, d, d)
        For every outcome a Hermitian d x d matrix E, d = 2**k; its probability is ``tr(E rho)``. A mapping
        names the outcomes, with one array of shape (..., d, d) each; else their names are 0, 1, ..
        Leading axes are those of a batch.
    tolerance : float, default 1e-9
        How far an effect may be from Hermitian, an eigenvalue of it below 0, and an eigenvalue of the sum
        of all from 1.

    Raises
    ------
    ValueError
        If a shape is wrong, an entry is not finite, an effect is not positive, or the effects do not sum
        to the identity; the eigenvalue that violates it is named.

    Examples
    --------
    The four directions of a tetrahedron tell a qubit's state (Renes, Blume-Kohout, Scott and Caves,
    J. Math. Phys. 45, 2171 (2004)):

    >>> import numpy as np, ebit
    >>> directions = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    >>> x, y, z = (ebit.gates.unitary(name) for name in "XYZ")
    >>> effects = [(np.eye(2) + a * x + b * y + c * z) / 4 for a, b, c in directions]
    >>> ebit.DensityMatrix(1).probabilities(ebit.Povm(effects), 0).round(3)
    array([0.394, 0.106, 0.106, 0.394])
    """

    __slots__ = ("_effects", "_heralds", "_vectors")

    def __init__(
        self, effects: Mapping[Hashable, npt.ArrayLike] | npt.ArrayLike, *, tolerance: float = 1e-9
    ) -> None:
        limit = as_tolerance(tolerance)
        heralds, array = _stacked(effects)
        require_bounded("effects", array)
        _require_positive(heralds, array, limit)
        total = np.linalg.eigvalsh(array.sum(axis=-3)).reshape(-1)
        if total.size and abs((worst := total[np.abs(total - 1.0).argmax()]) - 1.0) > limit:
            raise ValueError(f"effects do not sum to the identity: their sum has the eigenvalue {worst:.6g}")
        self._set(heralds, (array + array.conj().swapaxes(-1, -2)) / 2)

    def _set(self, heralds: tuple[Hashable, ...], effects: ComplexArray) -> None:
        self._heralds = heralds
        self._effects = effects
        d = effects.shape[-1]
        basis = _convert.paulis(_SIDES.index(d) + 1)
        vectors = np.einsum("...ij,pji->...p", effects, basis, optimize=True).real / d
        self._vectors: FloatArray = np.ascontiguousarray(vectors)
        for array in (self._effects, self._vectors):
            array.setflags(write=False)

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (_PICKLE_VERSION, self._heralds, self._effects)

    def __eq__(self, other: object) -> bool:
        """Whether both have the same heralds in the same order, and exactly the same numbers."""
        if not isinstance(other, Povm):
            return NotImplemented
        return self._heralds == other._heralds and np.array_equal(self._effects, other._effects)

    def __hash__(self) -> int:
        return hash((self._heralds, self._effects.shape, tuple(self._effects.flat)))

    def __repr__(self) -> str:
        return f"Povm({self._heralds}, num_qubits={self.num_qubits}, batch_shape={self.batch_shape})"

    @property
    def heralds(self) -> tuple[Hashable, ...]:
        """The labels of the outcomes, in their order."""
        return self._heralds

    @property
    def effects(self) -> ComplexArray:
        """The effects, shape ``batch_shape + (outcomes, 2**k, 2**k)``, read-only."""
        return self._effects

    @property
    def num_qubits(self) -> int:
        """How many qubits are measured, 1 to 4."""
        return _SIDES.index(self._effects.shape[-1]) + 1

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch, ``()`` for a single measurement."""
        return self._effects.shape[:-3]

    @property
    def vectors(self) -> FloatArray:
        """The effects in the Pauli basis, ``tr(E P) / 2**k``: ``batch_shape + (outcomes, 4**k)``, read-only.

        The probability of an outcome is the product of its vector with the expectation values of a state.
        """
        return self._vectors

    def labels(self, outcomes: npt.ArrayLike) -> npt.NDArray[np.object_]:
        """Return the heralds with given numbers, such as `DensityMatrix.sample` returns.

        Parameters
        ----------
        outcomes : int or array_like of int
            Places in `heralds`.

        Returns
        -------
        array of objects, the shape of `outcomes` (of a single number: the herald itself)

        Examples
        --------
        >>> import numpy as np, ebit
        >>> ebit.Povm({"up": np.diag([1, 0]), "down": np.diag([0, 1])}).labels([1, 0])
        array(['down', 'up'], dtype=object)
        """
        return labels_of(self._heralds, outcomes)


def labels_of(heralds: tuple[Hashable, ...], outcomes: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """Return the heralds with given numbers."""
    places = np.asarray(outcomes)
    if places.dtype.kind not in "iu":
        raise TypeError(f"outcomes = {outcomes!r} is not allowed: they must be integers")
    if places.size and (places.min() < 0 or places.max() >= len(heralds)):
        raise ValueError(f"outcomes = {outcomes!r} are not allowed: they must be in 0 .. {len(heralds) - 1}")
    table = np.empty(len(heralds), dtype=object)
    for place, herald in enumerate(heralds):
        table[place] = herald
    found: npt.NDArray[np.object_] = table[places]
    return found


def _stacked(
    effects: Mapping[Hashable, npt.ArrayLike] | npt.ArrayLike,
) -> tuple[tuple[Hashable, ...], ComplexArray]:
    if isinstance(effects, Mapping):
        if not effects:
            raise ValueError("effects is empty: it must hold at least one effect")
        each = [as_complexes(f"effects[{herald!r}]", effect) for herald, effect in effects.items()]
        if any(effect.ndim < 2 for effect in each):
            raise ValueError("effects hold an array without two axes: they must be (..., d, d)")
        try:
            array = np.stack(np.broadcast_arrays(*each), axis=-3)
        except ValueError:
            shapes = ", ".join(str(effect.shape) for effect in each)
            raise ValueError(f"effects have shapes {shapes}: they must broadcast to one") from None
        heralds = tuple(effects)
    else:
        array = as_complexes("effects", effects)
        heralds = tuple(range(array.shape[-3])) if array.ndim >= 3 else ()
    shape = array.shape
    if len(shape) < 3 or shape[-3] == 0 or shape[-1] != shape[-2] or shape[-1] not in _SIDES:
        raise ValueError(
            f"effects has shape {shape}: it must be (..., outcomes, d, d) with d = 2, 4, 8 or 16 "
            "(one to four qubits)"
        )
    return heralds, array


def _require_positive(heralds: tuple[Hashable, ...], effects: ComplexArray, tolerance: float) -> None:
    for place, herald in enumerate(heralds):
        effect = effects[..., place, :, :]
        skew = float(np.abs(effect - effect.conj().swapaxes(-1, -2)).max(initial=0.0))
        if skew > tolerance:
            raise ValueError(f"effects[{herald!r}] is not Hermitian: it is off by {skew:.3g}")
        if (lowest := np.linalg.eigvalsh(effect).min(initial=0.0)) < -tolerance:
            raise ValueError(f"effects[{herald!r}] is not positive: it has the eigenvalue {lowest:.3g}")


def _restore(version: int, heralds: tuple[Hashable, ...], effects: ComplexArray) -> Povm:
    if version != _PICKLE_VERSION:
        raise ValueError(f"cannot read a Povm pickled in format {version}: this is format {_PICKLE_VERSION}")
    povm = Povm.__new__(Povm)
    povm._set(heralds, effects.copy())
    return povm
