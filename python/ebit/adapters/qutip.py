"""QuTiP: `Qobj` kets, density matrices and superoperators.

QuTiP's first subsystem is qubit 0, as here. Its `fidelity` is the square root of ours and its
entropies are in nats: see `ebit.adapters.conventions`. Its `sigmam()` leads from ``|0>`` to ``|1>``;
a qubit that decays to ``|0>`` has the collapse operator ``destroy(2)``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ebit.adapters import arrays
from ebit.adapters._common import foreign, require_qubits, single_channel, single_state
from ebit.channels import Channel
from ebit.density import DensityMatrix

__all__ = ["channel_from", "channel_to", "state_from", "state_to"]


def state_to(state: arrays.State) -> Any:
    """Return a state as a density operator.

    Parameters
    ----------
    state : DensityMatrix, Pair, BellDiagonal or Werner
        A single one, on n qubits.

    Returns
    -------
    qutip.Qobj
        An operator with dims ``[[2] * n, [2] * n]``.

    Raises
    ------
    ValueError
        If the state is a batch.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.qutip.state_to(ebit.Werner(0.6)).dims
    [[2, 2], [2, 2]]
    """
    matrix = single_state(state)
    dims = [2] * (len(matrix).bit_length() - 1)
    return foreign("qutip").Qobj(matrix, dims=[dims, dims])


def state_from(obj: Any, *, tolerance: float = 1e-9) -> DensityMatrix:
    """Return the state of a ket, a bra or a density operator.

    Parameters
    ----------
    obj : qutip.Qobj
        Of qubits only.
    tolerance : float, default 1e-9
        As for `ebit.adapters.arrays.state_from`.

    Returns
    -------
    DensityMatrix

    Raises
    ------
    TypeError
        If `obj` is neither a ket, a bra nor an operator.
    ValueError
        If a subsystem is no qubit or the operator is not a state.

    Examples
    --------
    >>> import qutip, ebit
    >>> state = ebit.adapters.qutip.state_from(qutip.ket("01"))
    >>> state.expectation("ZI"), state.expectation("IZ")
    (1.0, -1.0)
    """
    qutip = foreign("qutip")
    if not isinstance(obj, qutip.Qobj) or obj.type not in ("ket", "bra", "oper"):
        raise TypeError(f"obj = {obj!r} is not allowed: it must be a ket, a bra or an operator")
    _require_qubit_dims(obj.dims)
    if obj.type == "oper":
        return arrays.state_from(obj.full(), tolerance=tolerance)
    ket = obj if obj.type == "ket" else obj.dag()
    return arrays.state_from(ket.full()[:, 0], tolerance=tolerance)


def _require_qubit_dims(dims: Any) -> None:
    sizes = set(np.ravel(dims[0])) | set(np.ravel(dims[1]))
    if sizes - {1, 2}:
        raise ValueError(f"obj has dims {dims}: every subsystem must be a qubit, of dimension 2")


def channel_to(channel: Channel) -> Any:
    """Return a channel as a superoperator.

    Parameters
    ----------
    channel : Channel
        A single one, on k qubits.

    Returns
    -------
    qutip.Qobj
        With ``superrep = "super"`` and dims ``[[[2] * k, [2] * k], [[2] * k, [2] * k]]``.

    Raises
    ------
    TypeError, ValueError
        If `channel` is not a Channel, or a batch.

    Examples
    --------
    >>> import qutip, ebit
    >>> damping = ebit.adapters.qutip.channel_to(ebit.channels.amplitude_damping(0.2))
    >>> float(damping(qutip.ket2dm(qutip.basis(2, 1))).diag()[0].round(12))
    0.2
    """
    one = single_channel(channel)
    dims = [[2] * one.num_qubits] * 2
    return foreign("qutip").Qobj(one.superoperator(), dims=[dims, dims], superrep="super")


def channel_from(obj: Any, *, tolerance: float = 1e-9) -> Channel:
    """Return the channel of a superoperator, a unitary or a list of Kraus operators.

    Parameters
    ----------
    obj : qutip.Qobj or list of qutip.Qobj
        A superoperator in any of QuTiP's forms (`superrep`), a unitary operator, or Kraus operators.
    tolerance : float, default 1e-9
        How far it may be from a channel.

    Returns
    -------
    Channel

    Raises
    ------
    TypeError
        If `obj` is something else.
    ValueError
        If it is not a channel on one or two qubits.

    Examples
    --------
    >>> import qutip, ebit
    >>> ebit.adapters.qutip.channel_from(qutip.to_choi(qutip.to_super(qutip.sigmax()))).ptm.diagonal()
    array([ 1.,  1., -1., -1.])
    """
    qutip = foreign("qutip")
    operators = list(obj) if isinstance(obj, list | tuple) else [obj]
    if not operators or not all(isinstance(operator, qutip.Qobj) for operator in operators):
        raise TypeError(f"obj = {obj!r} is not allowed: it must be a Qobj or a list of Kraus operators")
    if len(operators) == 1 and operators[0].type == "super":
        superoperator = _column_stacked(qutip, operators[0])
        return arrays.channel_from(superoperator, "superoperator", tolerance=tolerance)
    if any(operator.type != "oper" for operator in operators):
        kinds = ", ".join(operator.type for operator in operators)
        raise TypeError(f"obj holds {kinds}: it must be a superoperator or operators")
    for operator in operators:
        _require_qubit_dims(operator.dims)
        require_qubits(len(operator.dims[0]), (1, 2), "obj")
    return arrays.channel_from([operator.full() for operator in operators], "kraus", tolerance=tolerance)


def _column_stacked(qutip: Any, superoperator: Any) -> Any:
    sizes = np.ravel(superoperator.dims)
    if set(sizes) != {2}:
        raise ValueError(
            f"obj has dims {superoperator.dims}: every subsystem must be a qubit, of dimension 2"
        )
    require_qubits(len(sizes) // 4, (1, 2), "obj")
    if superoperator.superrep == "pauli":
        return qutip.superpauli_to_super(superoperator).full()
    return qutip.to_super(superoperator).full()
