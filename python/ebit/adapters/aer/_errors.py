"""The functions that make errors in Aer, with their parameters: plain arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ebit import channels, instruments
from ebit.adapters import conventions
from ebit.adapters._common import require_qubits, reset_channel, within
from ebit.channels import Channel
from ebit.instruments import Instrument


def depolarizing_error(param: npt.ArrayLike, num_qubits: int) -> Channel:
    """Return what Aer calls ``depolarizing_error(param, num_qubits)``.

    Parameters
    ----------
    param : array_like
        Probability of a replacement by the maximally mixed state, in [0, 4/3] for one qubit and
        [0, 16/15] for two.
    num_qubits : int
        1 or 2.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.aer.depolarizing_error(0.01, 1).ptm.diagonal()
    array([1.  , 0.99, 0.99, 0.99])
    """
    require_qubits(num_qubits, (1, 2), "depolarizing_error")
    highest = float(conventions.p_replace_from_error(1.0, num_qubits))
    p_error = conventions.p_error_from_replace(within("param", param, highest), num_qubits)
    make = channels.depolarizing if num_qubits == 1 else channels.two_qubit_depolarizing
    return make(p_error=p_error)


def thermal_relaxation_error(
    t1: npt.ArrayLike, t2: npt.ArrayLike, time: npt.ArrayLike, excited_state_population: npt.ArrayLike = 0.0
) -> Channel:
    """Return what Aer calls ``thermal_relaxation_error(t1, t2, time, excited_state_population)``.

    Parameters
    ----------
    t1, t2, time : array_like
        In the same unit, whichever.
    excited_state_population : array_like, default 0
        Probability of ``|1>`` in equilibrium.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> error = ebit.adapters.aer.thermal_relaxation_error(50.0, 70.0, 0.1)
    >>> error == ebit.channels.memory_decay(0.1, t1=50.0, t2=70.0)
    True
    """
    population = within("excited_state_population", excited_state_population)
    return channels.memory_decay(time, t1, t2, population)


def amplitude_damping_error(
    param_amp: npt.ArrayLike, excited_state_population: npt.ArrayLike = 0.0
) -> Channel:
    """Return what Aer calls ``amplitude_damping_error(param_amp, excited_state_population)``.

    Parameters
    ----------
    param_amp : array_like
        Fraction of the way to equilibrium, in [0, 1].
    excited_state_population : array_like, default 0
        Probability of ``|1>`` in equilibrium.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.aer.amplitude_damping_error(1.0, 0.25).ptm[3, 0])  # <Z> at the end
    0.5
    """
    population = within("excited_state_population", excited_state_population)
    return channels.generalized_amplitude_damping(within("param_amp", param_amp), population)


def phase_damping_error(param_phase: npt.ArrayLike) -> Channel:
    """Return what Aer calls ``phase_damping_error(param_phase)``.

    Parameters
    ----------
    param_phase : array_like
        In [0, 1]; coherences are multiplied by ``sqrt(1 - param_phase)``.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.aer.phase_damping_error(0.36).ptm.diagonal().round(12)
    array([1. , 0.8, 0.8, 1. ])
    """
    return channels.dephasing(conventions.p_error_from_gamma(within("param_phase", param_phase)))


def phase_amplitude_damping_error(
    param_amp: npt.ArrayLike, param_phase: npt.ArrayLike, excited_state_population: npt.ArrayLike = 0.0
) -> Channel:
    """Return what Aer calls ``phase_amplitude_damping_error(param_amp, param_phase, ...)``.

    Parameters
    ----------
    param_amp, param_phase : array_like
        Together at most 1; coherences are multiplied by ``sqrt(1 - param_amp - param_phase)``, so that
        it is not one damping after the other.
    excited_state_population : array_like, default 0
        Probability of ``|1>`` in equilibrium.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.aer.phase_amplitude_damping_error(0.2, 0.16).ptm.diagonal().round(12)
    array([1. , 0.8, 0.8, 0.8])
    """
    amplitude, phase = within("param_amp", param_amp), within("param_phase", param_phase)
    within("param_amp + param_phase", amplitude + phase)
    kept = 1.0 - amplitude
    left = np.divide(phase, kept, out=np.zeros(np.broadcast(phase, kept).shape), where=kept > 0.0)
    damping = amplitude_damping_error(amplitude, excited_state_population)
    return phase_damping_error(np.minimum(left, 1.0)) @ damping


def reset_error(prob0: npt.ArrayLike, prob1: npt.ArrayLike = 0.0) -> Channel:
    """Return what Aer calls ``reset_error(prob0, prob1)``.

    Parameters
    ----------
    prob0, prob1 : array_like
        Probabilities of a reset to ``|0>`` and to ``|1>``, together at most 1.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.aer.reset_error(0.25, 0.125).ptm[3]
    array([0.125, 0.   , 0.   , 0.625])
    """
    return reset_channel(("prob0", prob0), ("prob1", prob1))


def pauli_error(noise_ops: Sequence[tuple[str, float]]) -> Channel:
    """Return what Aer calls ``pauli_error(noise_ops)``.

    Parameters
    ----------
    noise_ops : sequence of (label, probability)
        Labels of one or two letters, the gate's first qubit on the right; the probabilities sum to 1.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a label is none or the probabilities are not.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.aer.pauli_error([("IX", 0.25), ("II", 0.75)]).ptm.diagonal()[[3, 12]]  # IZ, ZI
    array([1. , 0.5])
    """
    labels = [str(label) for label, _ in noise_ops]
    sizes = {len(label) for label in labels}
    if sizes not in ({1}, {2}) or set("".join(labels)) - set("IXYZ"):
        raise ValueError(f"noise_ops has the labels {labels}: they must be Paulis of one or of two letters")
    weights = np.zeros(4 ** sizes.pop())
    for label, p in zip(labels, within("probabilities", [p for _, p in noise_ops]), strict=True):
        weights[int("".join(str("IXYZ".index(letter)) for letter in label[::-1]), 4)] += p
    if abs(weights.sum() - 1.0) > 1e-9:
        raise ValueError(f"noise_ops has probabilities that sum to {weights.sum():.12g}: it must be 1")
    rest = weights[1:] / weights.sum()
    return channels.pauli(*rest) if len(rest) == 3 else channels.two_qubit_pauli(rest)


def readout_error(probabilities: npt.ArrayLike) -> Instrument:
    """Return the measurement of one qubit that Aer's ``ReadoutError(probabilities)`` makes noisy.

    Parameters
    ----------
    probabilities : array_like, shape (2, 2)
        Row: the true bit, column: the probabilities of the reported one. They need not be symmetric.

    Returns
    -------
    Instrument
        The heralds 0 and 1 are the reported bit. The qubit is left in the eigenstate of the true one,
        which is, if nothing but the report is known, a mixture.

    Raises
    ------
    ValueError
        If the shape is wrong or a row is no distribution.

    Examples
    --------
    >>> import ebit
    >>> meter = ebit.adapters.aer.readout_error([[0.9, 0.1], [0.3, 0.7]])
    >>> meter.probabilities([1, 0, 0, -1])  # of the reported bit in |1>
    array([0.3, 0.7])
    """
    table = within("probabilities", probabilities)
    if table.shape != (2, 2):
        raise ValueError(f"probabilities has shape {table.shape}: it must be (2, 2)")
    if np.abs(table.sum(axis=1) - 1.0).max() > 1e-9:
        raise ValueError("probabilities has a row that does not sum to 1: rows belong to the true bit")
    ideal = instruments.measurement("Z")
    true = np.stack([ideal.branch(0), ideal.branch(1)])
    reported = np.einsum("tr,tij->rij", table, true)
    return Instrument({0: reported[0], 1: reported[1]})
