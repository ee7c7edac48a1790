"""Qiskit Aer: noise models, and the functions that make its errors.

Aer applies an error after the gate, in Qiskit's qubit order: qubit 0 is the least significant one, so
that the two-qubit Pauli label "XZ" has Z on the gate's first qubit. Errors are turned round: qubit 0 of
the channel here is the first qubit of the gate. A depolarizing `param` is the probability of a
replacement by the maximally mixed state.
"""

from ebit.adapters.aer._errors import (
    amplitude_damping_error,
    depolarizing_error,
    pauli_error,
    phase_amplitude_damping_error,
    phase_damping_error,
    readout_error,
    reset_error,
    thermal_relaxation_error,
)
from ebit.adapters.aer._noise import Noise, channel_from, channel_to, noise_from, noise_to

__all__ = [
    "Noise",
    "amplitude_damping_error",
    "channel_from",
    "channel_to",
    "depolarizing_error",
    "noise_from",
    "noise_to",
    "pauli_error",
    "phase_amplitude_damping_error",
    "phase_damping_error",
    "readout_error",
    "reset_error",
    "thermal_relaxation_error",
]
