"""Measured counts, and the model of how they come about."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, as_floats, as_int, require
from ebit.density import DensityMatrix
from ebit.rng import Rng, run_key

#: How bits are misread: a probability, one per qubit, or assignment matrices A[read, true] of shape (2, 2)
#: or (n, 2, 2).
Readout: TypeAlias = npt.ArrayLike

_MAX_QUBITS = 8


class PauliCounts:
    """How often every outcome was seen, for settings in which each qubit is measured in a Pauli basis.

    Parameters
    ----------
    counts : dict
        From a setting (a letter X, Y or Z per qubit) to its counts: an array of shape (2**n,), or
        (N, 2**n) for a batch of N experiments, or a dict from bit strings to numbers such as
        ``{"00": 480, "11": 520}``. Bit 0 is the eigenvalue +1; qubit 0 comes first and is the most
        significant bit of an index.

    Attributes
    ----------
    settings : tuple of str
    num_qubits : int
    batch : int or None
        Number of experiments, None for a single one.
    counts : array, shape (settings, 2**n) or (settings, 2**n, N)
    shots : array, shape (settings,) or (settings, N)

    Raises
    ------
    TypeError
        If `counts` is no dict, or a number is missing.
    ValueError
        If a setting or a shape is wrong, a count is negative or not finite, or a setting has no shots.

    Examples
    --------
    >>> import ebit
    >>> counts = ebit.tomography.PauliCounts({"XX": {"00": 52, "11": 48}, "ZZ": [49, 0, 1, 50]})
    >>> counts.settings, counts.shots
    (('XX', 'ZZ'), array([100., 100.]))
    """

    __slots__ = ("batch", "counts", "num_qubits", "settings", "shots")

    settings: tuple[str, ...]
    num_qubits: int
    batch: int | None
    counts: FloatArray
    shots: FloatArray

    def __init__(self, counts: Mapping[str, npt.ArrayLike | Mapping[str, float]]) -> None:
        require("counts", counts, Mapping)
        n = _check_settings("counts", counts)
        columns = {setting: _column(setting, value, n) for setting, value in counts.items()}
        shapes = {column.shape for column in columns.values()}
        if len(shapes) > 1:
            raise ValueError(f"counts have the shapes {sorted(shapes)}: they must agree")
        self._set(tuple(counts), np.stack([np.moveaxis(column, -1, 0) for column in columns.values()]))

    @classmethod
    def _of(cls, settings: tuple[str, ...], counts: FloatArray) -> PauliCounts:
        self = cls.__new__(cls)
        self._set(settings, counts)
        return self

    def _set(self, settings: tuple[str, ...], counts: FloatArray) -> None:
        self.settings, self.num_qubits = settings, len(settings[0])
        self.batch = counts.shape[2] if counts.ndim == 3 else None
        self.counts, self.shots = counts, counts.sum(axis=1)
        self.counts.flags.writeable = self.shots.flags.writeable = False

    def __getitem__(self, setting: str) -> FloatArray:
        """Return the counts of a setting, shape (2**n,) or (N, 2**n)."""
        return np.moveaxis(self.counts[self.settings.index(setting)], 0, -1)

    def __repr__(self) -> str:
        return f"PauliCounts(num_qubits={self.num_qubits}, settings={len(self.settings)}, batch={self.batch})"

    def _columns(self) -> FloatArray:
        """Return the counts as those of a batch."""
        return self.counts if self.batch is not None else self.counts[..., None]


def settings(num_qubits: int) -> tuple[str, ...]:
    """Return the 3**n settings that measure every qubit in X, Y or Z: enough to tell all states apart.

    Parameters
    ----------
    num_qubits : int
        In [1, 8].

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If there are no or too many qubits.

    Examples
    --------
    >>> import ebit
    >>> ebit.tomography.settings(2)[:4]
    ('XX', 'XY', 'XZ', 'YX')
    """
    n = as_int("num_qubits", num_qubits)
    if not 1 <= n <= _MAX_QUBITS:
        raise ValueError(f"num_qubits = {n} is not allowed: it must be in [1, {_MAX_QUBITS}]")
    return tuple("".join(letters) for letters in itertools.product("XYZ", repeat=n))


def simulate(
    state: DensityMatrix,
    shots: int,
    settings: Sequence[str] | None = None,
    *,
    readout: Readout = 0.0,
    rng: Rng = None,
) -> PauliCounts:
    """Draw the counts of an experiment.

    Parameters
    ----------
    state : DensityMatrix
        What is measured; of a batch every state is.
    shots : int
        Number of measurements in each setting.
    settings : sequence of str, optional
        A letter X, Y or Z per qubit each; all 3**n of them if left out.
    readout : float or array_like, default 0
        Probability that a bit is read wrongly (a number or one per qubit), or assignment matrices
        A[read, true] of shape (2, 2) or (n, 2, 2).
    rng : int, SeedSequence, Generator or None
        See `ebit.rng.run_key`. The counts of state k do not depend on the states after it.

    Returns
    -------
    PauliCounts

    Raises
    ------
    ValueError
        If `shots` is below 1, a setting does not fit the state, or `readout` is not one.

    Examples
    --------
    >>> import ebit
    >>> counts = ebit.tomography.simulate(ebit.DensityMatrix.bell(), 1000, ["XX", "ZZ"], rng=7)
    >>> counts["ZZ"].sum(), counts["ZZ"][[1, 2]]
    (np.float64(1000.0), array([0., 0.]))
    """
    require("state", state, DensityMatrix)
    count = as_int("shots", shots)
    if count < 1:
        raise ValueError(f"shots = {count} is not allowed: it must be at least 1")
    chosen = _all_settings(state.num_qubits) if settings is None else tuple(settings)
    if _check_settings("settings", chosen) != state.num_qubits:
        raise ValueError(f"settings = {chosen[0]!r} ... do not fit a state of {state.num_qubits} qubits")
    model = Model(chosen, readout)
    rows = state.coefficients.reshape(len(state.coefficients), -1)
    probabilities = np.moveaxis(model.probabilities(rows), -1, 0).clip(min=0.0)
    probabilities /= probabilities.sum(axis=-1, keepdims=True)
    drawn = generator(rng).multinomial(count, probabilities).astype(np.float64)
    counts = np.ascontiguousarray(np.moveaxis(drawn, 0, -1))
    return PauliCounts._of(chosen, counts if state.batch is not None else counts[..., 0])


_all_settings = settings


def generator(rng: Rng) -> np.random.Generator:
    """Return the stream of a run key."""
    return np.random.Generator(np.random.Philox(key=run_key(rng)))


class Model:
    """Probabilities of the outcomes of all settings, linear in the coefficients of a state.

    In one setting the strings that count are those with its letter or I on every qubit, one per subset of
    the qubits. From the expectation values of these subsets to the probabilities, one qubit after the
    other, goes the matrix A (1, 1; 1, -1) / 2, A the assignment matrix of the qubit.
    """

    def __init__(self, settings: tuple[str, ...], readout: Readout) -> None:
        self.num_qubits = len(settings[0])
        self.settings = settings
        self.assignment = _assignment(readout, self.num_qubits)
        self.rows = np.array([[_row(setting, subset) for subset in self._subsets()] for setting in settings])
        self._forward = self.assignment @ np.array([[0.5, 0.5], [0.5, -0.5]])
        self._adjoint = np.swapaxes(self._forward, 1, 2)

    def _subsets(self) -> range:
        return range(1 << self.num_qubits)

    def probabilities(self, rows: FloatArray) -> FloatArray:
        """Coefficients, shape (4**n, N), to probabilities, shape (settings, 2**n, N)."""
        return on_qubits(self._forward, rows[self.rows])

    def adjoint(self, weights: FloatArray) -> FloatArray:
        """The transposed map: from (settings, 2**n, N) to (4**n, N)."""
        parts = on_qubits(self._adjoint, weights)
        total = np.zeros((4**self.num_qubits, weights.shape[-1]))
        for rows, part in zip(self.rows, parts, strict=True):
            total[rows] += part
        return total

    def inverse(self) -> FloatArray:
        """Per qubit: what turns frequencies into expectation values, readout errors undone; (n, 2, 2)."""
        undone: FloatArray = np.array([[1.0, 1.0], [1.0, -1.0]]) @ np.linalg.inv(self.assignment)
        return undone


def on_qubits(matrices: FloatArray, values: FloatArray) -> FloatArray:
    """Apply a 2 x 2 matrix per qubit to an array of shape (settings, 2**n, N)."""
    for qubit, matrix in enumerate(matrices):
        split = values.reshape(len(values), 1 << qubit, 2, -1, values.shape[-1])
        zero, one = split[:, :, 0], split[:, :, 1]
        values = np.stack([row[0] * zero + row[1] * one for row in matrix], axis=2).reshape(values.shape)
    return values


def compatible(settings: tuple[str, ...], row: int) -> tuple[npt.NDArray[np.bool], int]:
    """Say which settings measure a Pauli string, and on which subset of the qubits it acts."""
    n = len(settings[0])
    letters = ["IXYZ"[row >> 2 * (n - 1 - qubit) & 3] for qubit in range(n)]
    fits = [all(p in ("I", s) for p, s in zip(letters, setting, strict=True)) for setting in settings]
    return np.array(fits), sum((p != "I") << (n - 1 - qubit) for qubit, p in enumerate(letters))


def _row(setting: str, subset: int) -> int:
    n = len(setting)
    digits = ("IXYZ".index(letter) if subset >> (n - 1 - q) & 1 else 0 for q, letter in enumerate(setting))
    return sum(digit << 2 * (n - 1 - q) for q, digit in enumerate(digits))


def _check_settings(name: str, settings: Any) -> int:
    """Return the number of qubits on which all of the settings act, or raise."""
    chosen = list(settings)
    if not chosen:
        raise ValueError(f"{name} are not allowed: there must be at least one setting")
    for setting in chosen:
        if not isinstance(setting, str):
            raise TypeError(f"{name}: the setting {setting!r} is not allowed: it must be a string")
        if len(setting) != len(chosen[0]) or not set(setting) <= set("XYZ") or not setting:
            raise ValueError(
                f"{name}: the setting {setting!r} is not allowed: it must have a letter X, Y or Z per qubit"
            )
    if len(set(chosen)) != len(chosen):
        raise ValueError(f"{name} are not allowed: a setting stands there twice")
    if len(chosen[0]) > _MAX_QUBITS:
        raise ValueError(f"{name}: {len(chosen[0])} qubits are not allowed: at most {_MAX_QUBITS} are")
    return len(chosen[0])


def _column(setting: str, value: Any, num_qubits: int) -> FloatArray:
    """Return the counts of a setting, shape (2**n,) or (N, 2**n)."""
    name, d = f"counts[{setting!r}]", 1 << num_qubits
    if isinstance(value, Mapping):
        column = np.zeros(d)
        for bits, count in value.items():
            if not isinstance(bits, str) or len(bits) != num_qubits or not set(bits) <= {"0", "1"}:
                raise ValueError(f"{name}: the outcome {bits!r} is not allowed: it must be {num_qubits} bits")
            column[int(bits, 2)] = float(as_floats(name, count))
    else:
        column = as_floats(name, value).copy()
    if column.ndim not in (1, 2) or column.shape[-1] != d or column.size == 0:
        raise ValueError(f"{name} has shape {column.shape}: it must be ({d},) or (N, {d})")
    if not np.isfinite(column).all() or (column < 0.0).any():
        raise ValueError(f"{name} is not allowed: counts must be finite and at least 0")
    if (column.sum(axis=-1) <= 0.0).any():
        raise ValueError(f"{name} is not allowed: there must be at least one shot")
    return column


def _assignment(readout: Readout, num_qubits: int) -> FloatArray:
    """Return one matrix A[read, true] per qubit, shape (n, 2, 2)."""
    array = as_floats("readout", readout)
    if array.shape in ((), (num_qubits,)):
        p = np.broadcast_to(array, (num_qubits,))
        if not ((p >= 0.0) & (p < 0.5)).all():
            raise ValueError(f"readout = {readout!r} is not allowed: probabilities must be in [0, 1/2)")
        return np.stack([np.stack([1.0 - p, p], axis=-1), np.stack([p, 1.0 - p], axis=-1)], axis=-2)
    if array.shape not in ((2, 2), (num_qubits, 2, 2)):
        raise ValueError(
            f"readout has shape {array.shape}: it must be (), ({num_qubits},), (2, 2) or ({num_qubits}, 2, 2)"
        )
    matrices = np.array(np.broadcast_to(array, (num_qubits, 2, 2)))
    if not ((matrices >= 0.0).all() and np.allclose(matrices.sum(axis=1), 1.0, rtol=0.0, atol=1e-9)):
        raise ValueError("readout is not allowed: the columns A[:, true] must be probabilities with sum 1")
    if not (np.linalg.det(matrices) > 1e-9).all():
        raise ValueError("readout is not allowed: a bit must be read rightly more often than wrongly")
    return matrices
