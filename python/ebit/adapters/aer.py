"""Qiskit Aer: noise models, and the functions that make its errors.

Aer applies an error after the gate, in Qiskit's qubit order: qubit 0 is the least significant one, so
that the two-qubit Pauli label "XZ" has Z on the gate's first qubit. Errors are turned round: qubit 0 of
the channel here is the first qubit of the gate. A depolarizing `param` is the probability of a
replacement by the maximally mixed state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import channels, instruments
from ebit._arrays import FloatArray
from ebit.adapters import conventions, qiskit
from ebit.adapters._common import foreign, is_pauli, require_qubits, reset_channel, single_channel, within
from ebit.channels import Channel
from ebit.instruments import Instrument

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

Place = tuple[str, tuple[int, ...] | None]


@dataclass(frozen=True)
class Noise:
    """What a noise model of Aer says, as channels of `ebit`.

    Attributes
    ----------
    gates : mapping from (name, qubits) to Channel
        The error after a gate, by Qiskit's name of it ("cx", "sx") and its qubits, in the gate's order;
        qubits None stands for all that have no entry of their own.
    readout : mapping from qubit to array, shape (2, 2)
        Row: the true bit, column: the probabilities of the reported one. The key None stands for all
        qubits that have no entry of their own.

    Examples
    --------
    >>> import ebit
    >>> noise = ebit.adapters.aer.Noise({("cx", None): ebit.channels.two_qubit_depolarizing(p_replace=0.01)})
    >>> noise.after("cx", 1, 0)
    Channel(num_qubits=2, batch_shape=())
    >>> noise.after("x", 1) is None
    True
    """

    gates: Mapping[Place, Channel] = field(default_factory=dict)
    readout: Mapping[int | None, FloatArray] = field(default_factory=dict)

    def after(self, gate: str, *qubits: int) -> Channel | None:
        """Return the error after a gate, or None if it is perfect.

        Parameters
        ----------
        gate : str
            Qiskit's name.
        *qubits : int
            In the gate's order.

        Returns
        -------
        Channel or None

        Examples
        --------
        >>> import ebit
        >>> error = ebit.channels.bit_flip(0.1)
        >>> ebit.adapters.aer.Noise({("x", (2,)): error}).after("x", 2) == error
        True
        """
        return self.gates.get((gate, qubits), self.gates.get((gate, None)))

    def assignment(self, qubit: int) -> FloatArray:
        """Return the probabilities of the reported bits of a qubit.

        Parameters
        ----------
        qubit : int
            Number of the qubit.

        Returns
        -------
        array, shape (2, 2)
            Row: the true bit, column: the reported one; the identity if readout is perfect.

        Examples
        --------
        >>> import ebit
        >>> ebit.adapters.aer.Noise(readout={None: [[0.9, 0.1], [0.3, 0.7]]}).assignment(5)
        array([[0.9, 0.1],
               [0.3, 0.7]])
        """
        found = self.readout.get(qubit, self.readout.get(None))
        return np.eye(2) if found is None else np.array(found, dtype=float)


def noise_from(model: Any, *, tolerance: float = 1e-9) -> Noise:
    """Read a noise model.

    Parameters
    ----------
    model : qiskit_aer.noise.NoiseModel
        With errors on one or two qubits and readout errors of single qubits.
    tolerance : float, default 1e-9
        How far an error may be from a channel.

    Returns
    -------
    Noise

    Raises
    ------
    TypeError
        If `model` is no noise model.
    ValueError
        If an error acts on three qubits or more, or a readout error on several; it is named.

    Examples
    --------
    >>> import ebit
    >>> from qiskit_aer.noise import NoiseModel, thermal_relaxation_error
    >>> model = NoiseModel()
    >>> model.add_all_qubit_quantum_error(thermal_relaxation_error(50.0, 70.0, 0.1), ["x", "sx"])
    >>> noise = ebit.adapters.aer.noise_from(model)
    >>> sorted(noise.gates)
    [('sx', None), ('x', None)]
    >>> noise.after("x", 0).ptm.diagonal().round(4)
    array([1.    , 0.9986, 0.9986, 0.998 ])
    """
    if not isinstance(model, foreign("qiskit_aer.noise", "qiskit-aer").NoiseModel):
        raise TypeError(f"model = {model!r} is not allowed: it must be a NoiseModel")
    # Aer has no public way to the errors themselves.
    errors: dict[Place, Any] = {(name, None): error for name, error in model._default_quantum_errors.items()}
    for name, local in model._local_quantum_errors.items():
        errors |= {(name, qubits): error for qubits, error in local.items()}
    for (name, _), error in errors.items():
        require_qubits(error.num_qubits, (1, 2), f"the error after {name!r}")
    readout: dict[int | None, FloatArray] = {}
    if model._default_readout_error is not None:
        readout[None] = _assignment("the readout error of all qubits", model._default_readout_error)
    for qubits, error in model._local_readout_errors.items():
        readout[qubits[0]] = _assignment(f"the readout error of qubits {qubits}", error)
    return Noise(
        {place: channel_from(error, tolerance=tolerance) for place, error in errors.items()}, readout
    )


def _assignment(what: str, error: Any) -> FloatArray:
    if error.number_of_qubits != 1:
        raise ValueError(f"{what} is a joint one of {error.number_of_qubits}: only single qubits are read")
    return np.array(error.probabilities, dtype=float)


def noise_to(noise: Noise) -> Any:
    """Make a noise model.

    Parameters
    ----------
    noise : Noise
        Its channels are single ones, not batches.

    Returns
    -------
    qiskit_aer.noise.NoiseModel

    Raises
    ------
    TypeError, ValueError
        If `noise` is no Noise or holds a batch.

    Examples
    --------
    >>> import ebit
    >>> damping = ebit.channels.amplitude_damping(0.1)
    >>> noise = ebit.adapters.aer.Noise({("x", (2,)): damping}, {2: [[1, 0], [0.1, 0.9]]})
    >>> model = ebit.adapters.aer.noise_to(noise)
    >>> sorted(model.noise_instructions), model.noise_qubits
    (['measure', 'x'], [2])
    """
    if not isinstance(noise, Noise):
        raise TypeError(f"noise = {noise!r} is not allowed: it must be a Noise")
    aer = foreign("qiskit_aer.noise", "qiskit-aer")
    model = aer.NoiseModel()
    for (name, qubits), channel in noise.gates.items():
        error = channel_to(channel)
        if qubits is None:
            model.add_all_qubit_quantum_error(error, [name])
        else:
            model.add_quantum_error(error, [name], qubits)
    for qubit, probabilities in noise.readout.items():
        error = aer.ReadoutError(probabilities)
        if qubit is None:
            model.add_all_qubit_readout_error(error)
        else:
            model.add_readout_error(error, [qubit])
    return model


def channel_to(channel: Channel) -> Any:
    """Return a channel as an error of Aer: of Paulis if it is a Pauli channel, else of Kraus operators.

    Parameters
    ----------
    channel : Channel
        A single one.

    Returns
    -------
    qiskit_aer.noise.QuantumError

    Raises
    ------
    TypeError, ValueError
        If `channel` is not a Channel, or a batch.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.aer.channel_to(ebit.channels.bit_flip(0.25)).probabilities
    [np.float64(0.75), np.float64(0.25)]
    """
    aer = foreign("qiskit_aer.noise", "qiskit-aer")
    one = single_channel(channel)
    if not is_pauli(one):
        return aer.QuantumError(qiskit.channel_to(one, "Kraus"))
    weights = one.pauli_probabilities().clip(min=0.0)
    labels = ["".join(letters)[::-1] for letters in product("IXYZ", repeat=one.num_qubits)]
    likely = [(label, p) for label, p in zip(labels, weights / weights.sum(), strict=True) if p > 1e-14]
    return aer.pauli_error(likely)


def channel_from(error: Any, *, tolerance: float = 1e-9) -> Channel:
    """Return the channel of an error.

    Parameters
    ----------
    error : qiskit_aer.noise.QuantumError
        On one or two qubits.
    tolerance : float, default 1e-9
        How far it may be from a channel.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If it acts on more qubits.

    Examples
    --------
    >>> import ebit
    >>> from qiskit_aer.noise import pauli_error
    >>> error = pauli_error([("IX", 0.25), ("II", 0.75)])  # X on the first qubit
    >>> ebit.adapters.aer.channel_from(error).ptm.diagonal()[[3, 12]]  # IZ, ZI
    array([1. , 0.5])
    """
    return qiskit.channel_from(error, tolerance=tolerance)


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
