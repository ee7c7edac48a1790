"""The Bell measurement of a swap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ebit import _core
from ebit._arrays import FloatArray
from ebit._points import Number, Shape, Value, columns, number, plain


@dataclass(frozen=True, slots=True, eq=False)
class BellMeasurement(Value):
    """A Bell-state measurement on two stored qubits.

    A CNOT, after which both qubits are replaced by the maximally mixed state with probability
    `p_replace`, a Hadamard gate, and two readouts, each wrong with probability `p_readout_error`. Every
    number may be an array: a measurement for every point of a sweep, over the shape to which they
    broadcast.

    Parameters
    ----------
    p_success : float or array_like
        Probability in [0, 1] that the measurement succeeds; failure is heralded.
    p_replace : float or array_like
        Probability in [0, 1] that the CNOT leaves the maximally mixed state of both qubits.
    p_readout_error : float or array_like
        Probability in [0, 1] that one readout reports the wrong bit.

    Raises
    ------
    ValueError
        If a parameter is not a probability.
    TypeError
        If a parameter is not a real number or an array of them.

    Examples
    --------
    >>> import ebit
    >>> bsm = ebit.BellMeasurement(p_replace=0.02, p_readout_error=0.005)
    >>> bsm.noise.round(6).tolist()
    [1.0, 0.9702, 0.960498, 0.9702]
    """

    p_success: Number = 1.0
    p_replace: Number = 0.0
    p_readout_error: Number = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, number(name, getattr(self, name)))
        self._shape_and_noise()

    def _shape_and_noise(self) -> tuple[Shape, FloatArray]:
        shape, numbers = columns("a Bell measurement", *self._tree.values())
        return shape, _core.bell_measurement_noise(*numbers)

    @property
    def _tree(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def noise(self) -> FloatArray:
        """Factors on (1, xx, yy, zz) of the swapped pair, shape (..., 4)."""
        shape, factors = self._shape_and_noise()
        return factors.reshape(*shape, 4)

    @property
    def parameters(self) -> dict[str, Any]:
        """The keyword arguments that rebuild this measurement."""
        return dict(plain(self._tree))
