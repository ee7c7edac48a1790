"""The Bell measurement of a swap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebit import _arrays, _core
from ebit._arrays import FloatArray


@dataclass(frozen=True, slots=True)
class BellMeasurement:
    """A Bell-state measurement on two stored qubits.

    A CNOT, after which both qubits are replaced by the maximally mixed state with probability
    `p_replace`, a Hadamard gate, and two readouts, each wrong with probability `p_readout_error`.

    Parameters
    ----------
    p_success : float
        Probability in [0, 1] that the measurement succeeds; failure is heralded.
    p_replace : float
        Probability in [0, 1] that the CNOT leaves the maximally mixed state of both qubits.
    p_readout_error : float
        Probability in [0, 1] that one readout reports the wrong bit.

    Raises
    ------
    ValueError
        If a parameter is not a probability.
    TypeError
        If a parameter is not a single real number.

    Examples
    --------
    >>> import ebit
    >>> bsm = ebit.BellMeasurement(p_replace=0.02, p_readout_error=0.005)
    >>> bsm.noise.round(6).tolist()
    [1.0, 0.9702, 0.960498, 0.9702]
    """

    p_success: float = 1.0
    p_replace: float = 0.0
    p_readout_error: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, _arrays.as_float(name, getattr(self, name)))
        self._noise()

    def _noise(self) -> FloatArray:
        values = (np.array([value]) for value in self.parameters.values())
        return _core.bell_measurement_noise(*values).reshape(4)

    @property
    def noise(self) -> FloatArray:
        """Factors on (1, xx, yy, zz) of the swapped pair, shape (4,)."""
        return self._noise()

    @property
    def parameters(self) -> dict[str, float]:
        """The keyword arguments that rebuild this measurement."""
        return {name: getattr(self, name) for name in self.__slots__}
