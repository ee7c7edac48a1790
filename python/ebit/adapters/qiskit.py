"""Qiskit: the states and channels of `qiskit.quantum_info`.

Qiskit is little-endian: qubit 0 is the least significant one, the right tensor factor and the last
letter of a Pauli label. Matrices are reordered, so that qubit 0 there is qubit 0 here. Noise models of
Aer are in `ebit.adapters.aer`.
"""

from __future__ import annotations

from typing import Any

from ebit._arrays import one_of
from ebit.adapters import arrays
from ebit.adapters._common import foreign, require_qubits, single_channel, single_state
from ebit.channels import Channel
from ebit.density import DensityMatrix

__all__ = ["channel_from", "channel_to", "state_from", "state_to"]

_FORMS = {"Kraus": "kraus", "SuperOp": "superoperator", "Choi": "choi", "PTM": "ptm"}


def state_to(state: arrays.State) -> Any:
    """Return a state as a density matrix of Qiskit.

    Parameters
    ----------
    state : DensityMatrix, Pair, BellDiagonal or Werner
        A single one.

    Returns
    -------
    qiskit.quantum_info.DensityMatrix

    Raises
    ------
    ValueError
        If the state is a batch.

    Examples
    --------
    >>> import ebit
    >>> state = ebit.DensityMatrix(2)
    >>> state.apply("X", 1)
    >>> ebit.adapters.qiskit.state_to(state).probabilities_dict()  # qubit 1 is on the left
    {np.str_('10'): np.float64(1.0)}
    """
    little = arrays.reorder(single_state(state), "matrix")
    return foreign("qiskit.quantum_info").DensityMatrix(little)


def state_from(obj: Any, *, tolerance: float = 1e-9) -> DensityMatrix:
    """Return the state of an object of `qiskit.quantum_info`.

    Parameters
    ----------
    obj : DensityMatrix, Statevector or StabilizerState of qiskit.quantum_info
        Of qubits.
    tolerance : float, default 1e-9
        As for `ebit.adapters.arrays.state_from`.

    Returns
    -------
    DensityMatrix

    Raises
    ------
    TypeError
        If `obj` is none of these.
    ValueError
        If it is not a state of qubits.

    Examples
    --------
    >>> import ebit
    >>> from qiskit.quantum_info import Statevector
    >>> ebit.adapters.qiskit.state_from(Statevector.from_label("01")).expectation("ZI")
    -1.0
    """
    info = foreign("qiskit.quantum_info")
    if not isinstance(obj, info.DensityMatrix | info.Statevector | info.StabilizerState):
        raise TypeError(
            f"obj = {obj!r} is not allowed: it must be a DensityMatrix, Statevector or StabilizerState"
        )
    if obj.num_qubits is None:
        raise ValueError(f"obj has dimensions {obj.dims()}: every subsystem must be a qubit")
    if isinstance(obj, info.StabilizerState):
        labels = obj.clifford.to_labels(mode="S")  # a sign, then the letters, qubit 0 last
        return DensityMatrix.from_stabilizers([label[0] + label[:0:-1] for label in labels])
    return arrays.state_from(obj.data, "little", tolerance=tolerance)


def channel_to(channel: Channel, form: str = "SuperOp") -> Any:
    """Return a channel as an object of `qiskit.quantum_info`.

    Parameters
    ----------
    channel : Channel
        A single one.
    form : {"SuperOp", "Kraus", "Choi", "PTM"}
        The class of the result.

    Returns
    -------
    qiskit.quantum_info.SuperOp, Kraus, Choi or PTM

    Raises
    ------
    TypeError, ValueError
        If `channel` is not a Channel, or a batch, or the form unknown.

    Examples
    --------
    >>> import ebit
    >>> cnot = ebit.adapters.qiskit.channel_to(ebit.channels.unitary("CX"))
    >>> from qiskit.circuit.library import CXGate
    >>> from qiskit.quantum_info import SuperOp
    >>> cnot == SuperOp(CXGate())
    True
    """
    cls = getattr(foreign("qiskit.quantum_info"), one_of("form", form, tuple(_FORMS)))
    data = arrays.channel_to(single_channel(channel), _FORMS[form], "little")
    return cls(list(data) if form == "Kraus" else data)


def channel_from(obj: Any, *, tolerance: float = 1e-9) -> Channel:
    """Return the channel of a channel, operator, gate or circuit of Qiskit.

    Parameters
    ----------
    obj : qiskit object
        All that `qiskit.quantum_info.SuperOp` understands: Kraus, SuperOp, Choi, PTM, Chi, Stinespring,
        Operator, an error of Aer, an instruction or a circuit without classical bits.
    tolerance : float, default 1e-9
        How far it may be from a channel.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If it does not act on one or two qubits, or is not a channel.

    Examples
    --------
    >>> import ebit
    >>> from qiskit.quantum_info import Pauli
    >>> ebit.adapters.qiskit.channel_from(Pauli("ZI")).ptm.diagonal()[[1, 4]]  # Z on qubit 1: IX, XI
    array([-1.,  1.])
    """
    info = foreign("qiskit.quantum_info")
    if isinstance(obj, info.Pauli | info.Clifford):
        obj = info.Operator(obj)
    superoperator = info.SuperOp(obj)
    if superoperator.num_qubits is None or superoperator.input_dims() != superoperator.output_dims():
        dims = f"{superoperator.input_dims()} to {superoperator.output_dims()}"
        raise ValueError(f"obj maps dimensions {dims}: it must map qubits to the same qubits")
    require_qubits(superoperator.num_qubits, (1, 2), "obj")
    return arrays.channel_from(superoperator.data, "superoperator", "little", tolerance=tolerance)
