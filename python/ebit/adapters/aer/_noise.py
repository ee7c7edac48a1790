"""Errors and noise models of Aer, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from ebit._arrays import FloatArray
from ebit.adapters import qiskit
from ebit.adapters._common import foreign, is_pauli, require_qubits, single_channel
from ebit.channels import Channel

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
