"""Stim: tableaus and stabilizer states, noise instructions.

Stim's first qubit is qubit 0, as here; a Pauli that is the identity is written "_" there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ebit import channels
from ebit._arrays import FloatArray, as_int
from ebit.adapters._common import foreign, is_pauli, require_qubits, single_channel
from ebit.channels import Channel
from ebit.density import DensityMatrix

__all__ = ["channel_from", "channel_to", "state_from", "state_to"]

_NAMES = {1: "PAULI_CHANNEL_1", 2: "PAULI_CHANNEL_2"}


def state_from(obj: Any) -> DensityMatrix:
    """Return the stabilizer state of a simulator or tableau, or of its generators.

    Parameters
    ----------
    obj : stim.TableauSimulator, stim.Tableau or sequence of stim.PauliString
        The state of the simulator; what the tableau makes of ``|0..0>``; the state that the n generators
        on n qubits stabilise.

    Returns
    -------
    DensityMatrix

    Raises
    ------
    TypeError
        If `obj` is none of these.
    ValueError
        If the generators do not commute, contradict each other or leave the state open.

    Examples
    --------
    >>> import stim, ebit
    >>> simulator = stim.TableauSimulator()
    >>> simulator.h(0)
    >>> simulator.cx(0, 1)
    >>> simulator.x(1)
    >>> state = ebit.adapters.stim.state_from(simulator)
    >>> state.expectation("XX"), state.expectation("ZZ")
    (1.0, -1.0)
    """
    stim = foreign("stim")
    if isinstance(obj, stim.TableauSimulator):
        tableau = obj.current_inverse_tableau() ** -1
    elif isinstance(obj, stim.Tableau):
        tableau = obj
    elif isinstance(obj, list | tuple) and all(isinstance(g, stim.PauliString) for g in obj):
        tableau = stim.Tableau.from_stabilizers(obj)
    else:
        raise TypeError(
            f"obj = {obj!r} is not allowed: it must be a TableauSimulator, a Tableau or PauliStrings"
        )
    generators = [str(tableau.z_output(qubit)).replace("_", "I") for qubit in range(len(tableau))]
    return DensityMatrix.from_stabilizers(generators)


def state_to(state: DensityMatrix) -> Any:
    """Return the tableau that makes a stabilizer state of ``|0..0>``.

    Parameters
    ----------
    state : DensityMatrix
        A single stabilizer state: 2**n Pauli strings have the expectation value 1 or -1.

    Returns
    -------
    stim.Tableau

    Raises
    ------
    ValueError
        If the state is a batch or no stabilizer state.

    Examples
    --------
    >>> import ebit
    >>> state = ebit.DensityMatrix(2)
    >>> state.apply("H", 0)
    >>> state.apply("CX", 0, 1)
    >>> ebit.adapters.stim.state_to(state).to_stabilizers(canonicalize=True)
    [stim.PauliString("+XX"), stim.PauliString("+ZZ")]
    """
    stim = foreign("stim")
    if state.batch is not None:
        raise ValueError(f"state is a batch of {state.batch}: convert its elements one by one")
    values, n = state.coefficients, state.num_qubits
    stabilised = np.flatnonzero(np.abs(np.abs(values) - 1.0) < 1e-9)
    if len(stabilised) != 2**n:
        raise ValueError(
            f"state is no stabilizer state: {len(stabilised)} of the {2**n} Paulis have the value 1 or -1"
        )
    strings = [_pauli_string(stim, int(index), n) * round(values[index]) for index in stabilised]
    return stim.Tableau.from_stabilizers(strings, allow_redundant=True)


def channel_to(channel: Channel, targets: Sequence[int]) -> Any:
    """Return a Pauli channel as an instruction of Stim.

    Parameters
    ----------
    channel : Channel
        A single one, with a diagonal transfer matrix; `Channel.twirled` makes one of any channel.
    targets : sequence of int
        The qubits that it acts on, the channel's qubit 0 first.

    Returns
    -------
    stim.CircuitInstruction

    Raises
    ------
    TypeError, ValueError
        If `channel` is not a Channel, a batch or no Pauli channel, or the number of targets another.

    Examples
    --------
    >>> import ebit
    >>> str(ebit.adapters.stim.channel_to(ebit.channels.pauli(0.25, 0.0, 0.5), [3]))
    'PAULI_CHANNEL_1(0.25, 0, 0.5) 3'
    """
    stim = foreign("stim")
    one = single_channel(channel)
    if not is_pauli(one):
        raise ValueError("channel is no Pauli channel, and Stim has no other: channel.twirled() is one")
    places = [as_int("targets", target) for target in targets]
    if len(places) != one.num_qubits:
        raise ValueError(f"targets = {places} is not allowed: the channel acts on {one.num_qubits} qubits")
    return stim.CircuitInstruction(
        _NAMES[one.num_qubits], places, one.pauli_probabilities()[1:].clip(min=0.0)
    )


def channel_from(instruction: Any) -> Channel:
    """Return the channel of a noise instruction, a reset or a unitary gate.

    Parameters
    ----------
    instruction : stim.CircuitInstruction or stim.Tableau
        Its targets do not matter: the first one of every group is qubit 0.

    Returns
    -------
    Channel

    Raises
    ------
    TypeError
        If `instruction` is no instruction.
    ValueError
        If it is no channel on one or two qubits, such as a measurement or a correlated error.

    Examples
    --------
    >>> import stim, ebit
    >>> channel = ebit.adapters.stim.channel_from(stim.CircuitInstruction("DEPOLARIZE1", [0], [0.3]))
    >>> channel == ebit.channels.depolarizing(p_error=0.3)
    True
    """
    stim = foreign("stim")
    if isinstance(instruction, stim.Tableau):
        require_qubits(len(instruction), (1, 2), "the tableau")
        return _clifford(stim, instruction)
    if not isinstance(instruction, stim.CircuitInstruction):
        raise TypeError(
            f"instruction = {instruction!r} is not allowed: it must be a CircuitInstruction or a Tableau"
        )
    name, arguments = instruction.name, np.array(instruction.gate_args_copy())
    if name in _NOISE:
        return _NOISE[name](arguments)
    tableau = stim.gate_data(name).tableau
    if tableau is None:
        raise ValueError(f"the instruction {name} is not allowed: it is no channel on one or two qubits")
    return _clifford(stim, tableau)


def _clifford(stim: Any, tableau: Any) -> Channel:
    n = len(tableau)
    ptm = np.zeros((4**n, 4**n))
    for column in range(4**n):
        image = tableau(_pauli_string(stim, column, n))
        row = int("".join(str(int(image[qubit])) for qubit in range(n)), 4)
        ptm[row, column] = image.sign.real
    return Channel(ptm)


def _pauli_string(stim: Any, index: int, n: int) -> Any:
    """Return the Pauli string of a row of a density matrix."""
    return stim.PauliString([index >> (2 * (n - 1 - qubit)) & 3 for qubit in range(n)])


def _reset(basis: str) -> Channel:
    reset = channels.reset(1.0)
    return reset if basis == "Z" else channels.unitary("H" if basis == "X" else "H_YZ") @ reset


_NOISE: dict[str, Callable[[FloatArray], Channel]] = {
    "X_ERROR": lambda p: channels.bit_flip(p[0]),
    "Y_ERROR": lambda p: channels.y_flip(p[0]),
    "Z_ERROR": lambda p: channels.dephasing(p[0]),
    "DEPOLARIZE1": lambda p: channels.depolarizing(p_error=p[0]),
    "DEPOLARIZE2": lambda p: channels.two_qubit_depolarizing(p_error=p[0]),
    "PAULI_CHANNEL_1": lambda p: channels.pauli(*p),
    "PAULI_CHANNEL_2": channels.two_qubit_pauli,
    "R": lambda _: _reset("Z"),
    "RX": lambda _: _reset("X"),
    "RY": lambda _: _reset("Y"),
}
