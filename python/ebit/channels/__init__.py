"""Noise channels on one or two qubits: the canonical form, the catalogue, conversions.

Every channel is kept as its Pauli transfer matrix ``R[i, j] = tr(P_i E(P_j)) / 2**k``, real, in the
order I, X, Y, Z (two qubits: II, IX, .., ZZ, qubit 0 on the left). Any parameter may be an array:
the result is then a batch of channels, with NumPy's broadcasting rules.

Noise that is correlated over more than two qubits, has a memory or leaves the qubit has no such form
and is refused.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ebit import _core, gates
from ebit._arrays import elementwise
from ebit.channels import _convert
from ebit.channels._channel import Channel, as_unitary
from ebit.channels._construct import from_choi, from_kraus, from_ptm, from_superoperator

__all__ = [
    "Channel",
    "amplitude_damping",
    "bit_flip",
    "dephasing",
    "depolarizing",
    "from_choi",
    "from_kraus",
    "from_ptm",
    "from_superoperator",
    "generalized_amplitude_damping",
    "memory_decay",
    "pauli",
    "reset",
    "two_qubit_depolarizing",
    "two_qubit_pauli",
    "unitary",
    "y_flip",
]


# The catalogue: one function each. Ranges are checked in the library.


def _member(name: str, *parameters: tuple[str, npt.ArrayLike, tuple[int, ...]]) -> Channel:
    side = 16 if name.startswith("two_qubit") else 4
    return Channel._of(elementwise(_core.channel_catalogue[name], (side, side), *parameters))


def _by_error_or_replacement(
    name: str, p_error: npt.ArrayLike | None, p_replace: npt.ArrayLike | None
) -> Channel:
    if p_error is not None and p_replace is None:
        return _member(f"{name}_error", ("p_error", p_error, ()))
    if p_replace is not None and p_error is None:
        return _member(f"{name}_replace", ("p_replace", p_replace, ()))
    raise TypeError(f"{name} takes exactly one of p_error and p_replace")


def pauli(p_x: npt.ArrayLike, p_y: npt.ArrayLike, p_z: npt.ArrayLike) -> Channel:
    """Apply X, Y or Z with these probabilities; with the rest to 1 nothing happens.

    Parameters
    ----------
    p_x, p_y, p_z : array_like
        Probabilities in [0, 1], together at most 1; they broadcast.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a probability is outside [0, 1] or their sum exceeds 1.

    Examples
    --------
    >>> import ebit
    >>> ebit.channels.pauli(0.1, 0.0, 0.2).ptm.diagonal()
    array([1. , 0.6, 0.4, 0.8])
    """
    return _member("pauli", ("p_x", p_x, ()), ("p_y", p_y, ()), ("p_z", p_z, ()))


def bit_flip(p_error: npt.ArrayLike) -> Channel:
    """Apply X with probability `p_error`.

    Parameters
    ----------
    p_error : array_like
        In [0, 1], any shape: that of the batch.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the probability is outside [0, 1].

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 8.3.3.

    Examples
    --------
    >>> import ebit
    >>> ebit.channels.bit_flip(0.1).ptm.diagonal()
    array([1. , 1. , 0.8, 0.8])
    """
    return _member("bit_flip", ("p_error", p_error, ()))


def y_flip(p_error: npt.ArrayLike) -> Channel:
    """Apply Y (a bit and a phase flip) with probability `p_error`.

    Parameters
    ----------
    p_error : array_like
        In [0, 1], any shape: that of the batch.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the probability is outside [0, 1].

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 8.3.3.

    Examples
    --------
    >>> import ebit
    >>> ebit.channels.y_flip(0.1).ptm.diagonal()
    array([1. , 0.8, 1. , 0.8])
    """
    return _member("y_flip", ("p_error", p_error, ()))


def dephasing(p_error: npt.ArrayLike) -> Channel:
    """Apply Z (a phase flip) with probability `p_error`.

    Coherences are multiplied by ``1 - 2 p_error``: the qubit is fully dephased at 1/2.

    Parameters
    ----------
    p_error : array_like
        In [0, 1], any shape: that of the batch.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the probability is outside [0, 1].

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 8.3.3.

    Examples
    --------
    >>> import ebit
    >>> ebit.channels.dephasing([0.1, 0.5]).ptm[:, 1, 1]
    array([0.8, 0. ])
    """
    return _member("dephasing", ("p_error", p_error, ()))


def depolarizing(*, p_error: npt.ArrayLike | None = None, p_replace: npt.ArrayLike | None = None) -> Channel:
    """Shrink the expectation values of X, Y and Z alike.

    Parameters
    ----------
    p_error : array_like
        Probability that one of X, Y, Z happens (each with a third of it): factor ``1 - 4/3 p_error``.
    p_replace : array_like
        Probability that the state is replaced by the maximally mixed one: factor ``1 - p_replace``.
        Exactly one of the two, in [0, 1].

    Returns
    -------
    Channel

    Raises
    ------
    TypeError
        If both or none are given.
    ValueError
        If the probability is outside [0, 1].

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 8.3.4.

    Examples
    --------
    >>> import ebit
    >>> ebit.channels.depolarizing(p_error=0.3).ptm.diagonal()
    array([1. , 0.6, 0.6, 0.6])
    >>> ebit.channels.depolarizing(p_replace=0.4).ptm.diagonal()
    array([1. , 0.6, 0.6, 0.6])
    """
    return _by_error_or_replacement("depolarizing", p_error, p_replace)


def amplitude_damping(gamma: npt.ArrayLike) -> Channel:
    """Let ``|1>`` decay to ``|0>`` with probability `gamma`.

    Coherences are multiplied by ``sqrt(1 - gamma)``.

    Parameters
    ----------
    gamma : array_like
        Probability in [0, 1], any shape: that of the batch.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the probability is outside [0, 1].

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 8.3.5.

    Examples
    --------
    >>> import ebit
    >>> ebit.channels.amplitude_damping(0.36).ptm.round(2)
    array([[1.  , 0.  , 0.  , 0.  ],
           [0.  , 0.8 , 0.  , 0.  ],
           [0.  , 0.  , 0.8 , 0.  ],
           [0.36, 0.  , 0.  , 0.64]])
    """
    return _member("amplitude_damping", ("gamma", gamma, ()))


def generalized_amplitude_damping(gamma: npt.ArrayLike, excited_population: npt.ArrayLike) -> Channel:
    """Relax by a fraction `gamma` toward the mixed state that is ``|1>`` with `excited_population`.

    Parameters
    ----------
    gamma : array_like
        Fraction of the way, in [0, 1]; coherences are multiplied by ``sqrt(1 - gamma)``.
    excited_population : array_like
        Probability of ``|1>`` in the state that is reached at ``gamma = 1``, in [0, 1].

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is outside [0, 1].

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 8.3.5.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.channels.generalized_amplitude_damping(1.0, 0.25).ptm[3, 0])  # <Z> at the end
    0.5
    """
    return _member(
        "generalized_amplitude_damping", ("gamma", gamma, ()), ("excited_population", excited_population, ())
    )


def reset(p_reset: npt.ArrayLike, excited_population: npt.ArrayLike = 0.0) -> Channel:
    """Throw the qubit away with probability `p_reset` and prepare ``|0>`` in its place.

    Parameters
    ----------
    p_reset : array_like
        Probability in [0, 1], any shape: that of the batch.
    excited_population : array_like, default 0
        Probability of ``|1>`` in the state that is prepared, in [0, 1].

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is outside [0, 1].

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 8.2.3: measure in the
    computational basis, flip where the outcome is 1. Coherences are left with ``1 - p_reset``, where
    amplitude damping leaves ``sqrt(1 - gamma)``.

    Examples
    --------
    >>> import ebit
    >>> ebit.channels.reset(0.25).ptm
    array([[1.  , 0.  , 0.  , 0.  ],
           [0.  , 0.75, 0.  , 0.  ],
           [0.  , 0.  , 0.75, 0.  ],
           [0.25, 0.  , 0.  , 0.75]])
    """
    return _member("reset", ("p_reset", p_reset, ()), ("excited_population", excited_population, ()))


def memory_decay(
    time: npt.ArrayLike, t1: npt.ArrayLike, t2: npt.ArrayLike, excited_population: npt.ArrayLike = 0.0
) -> Channel:
    """Store a qubit for a time in a memory with relaxation time `t1` and coherence time `t2`.

    Amplitude damping ``1 - exp(-time / t1)`` followed by dephasing, so that coherences decay as
    ``exp(-time / t2)``. See `ebit.Memory` for other memories.

    Parameters
    ----------
    time : array_like
        Seconds, non-negative and finite.
    t1, t2 : array_like
        Seconds, ``0 < t2 <= 2 t1``, infinity allowed.
    excited_population : array_like, default 0
        Probability of ``|1>`` after a long time, in [0, 1].

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is out of range.

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, sections
    8.3.5 and 8.3.6.

    Examples
    --------
    >>> import ebit
    >>> ebit.channels.memory_decay(1.0, t1=float("inf"), t2=2.0).ptm.diagonal().round(4)
    array([1.    , 0.6065, 0.6065, 1.    ])
    """
    return _member(
        "memory_decay",
        ("time", time, ()),
        ("t1", t1, ()),
        ("t2", t2, ()),
        ("excited_population", excited_population, ()),
    )


def two_qubit_depolarizing(
    *, p_error: npt.ArrayLike | None = None, p_replace: npt.ArrayLike | None = None
) -> Channel:
    """Shrink all fifteen two-qubit Pauli expectation values alike.

    Parameters
    ----------
    p_error : array_like
        Probability that one of the fifteen Paulis other than II happens: factor ``1 - 16/15 p_error``.
    p_replace : array_like
        Probability that the state of both qubits is replaced by the maximally mixed one: factor
        ``1 - p_replace``. Exactly one of the two, in [0, 1].

    Returns
    -------
    Channel

    Raises
    ------
    TypeError
        If both or none are given.
    ValueError
        If the probability is outside [0, 1].

    Examples
    --------
    >>> import ebit
    >>> float(ebit.channels.two_qubit_depolarizing(p_replace=0.1).ptm[5, 5])
    0.9
    """
    return _by_error_or_replacement("two_qubit_depolarizing", p_error, p_replace)


def two_qubit_pauli(probabilities: npt.ArrayLike) -> Channel:
    """Apply a two-qubit Pauli drawn from a table.

    Parameters
    ----------
    probabilities : array_like, shape (..., 15)
        Probabilities of IX, IY, IZ, XI, XX, .., ZZ (qubit 0 on the left), together at most 1; with the
        rest to 1 nothing happens.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a probability is outside [0, 1], their sum exceeds 1 or the last axis is not 15 long.

    Examples
    --------
    >>> import numpy as np, ebit
    >>> probabilities = np.zeros(15)
    >>> probabilities[14] = 0.1  # ZZ
    >>> channel = ebit.channels.two_qubit_pauli(probabilities)
    >>> float(channel.ptm[4, 4])  # XI
    0.8
    """
    return _member("two_qubit_pauli", ("probabilities", probabilities, (15,)))


def unitary(gate: str | npt.ArrayLike, *parameters: npt.ArrayLike, tolerance: float = 1e-9) -> Channel:
    """Apply a gate of `ebit.gates`, by name, or a unitary matrix.

    Parameters
    ----------
    gate : str or array_like, shape (..., d, d)
        Name as in `ebit.gates.names`, or unitary with d = 2 or 4 (qubit 0 is the left factor).
    *parameters : array_like
        Of a gate by name; they broadcast.
    tolerance : float, default 1e-9
        Largest entry of ``U^dagger U - 1`` that is allowed.

    Returns
    -------
    Channel

    Raises
    ------
    TypeError
        If the number of parameters is wrong.
    ValueError
        If the name is unknown, a parameter is not finite, the shape is wrong, the matrix is not unitary
        or the gate acts on three qubits.

    Examples
    --------
    >>> import ebit
    >>> ebit.channels.unitary("S").ptm.astype(int)
    array([[ 1,  0,  0,  0],
           [ 0,  0, -1,  0],
           [ 0,  1,  0,  0],
           [ 0,  0,  0,  1]])
    >>> ebit.channels.unitary("RX", [0.1, 0.2]).batch_shape
    (2,)
    """
    if isinstance(gate, str):
        batch, table = gates.parameter_columns(gate, parameters)
        if gates.num_qubits(gate) > 2:
            raise ValueError(f"gate = {gate} is not allowed: a Channel acts on one or two qubits")
        ptm = _core.gate_transfer(gate, table)
        return Channel._of(ptm.reshape(*batch, *ptm.shape[1:]))
    if parameters:
        raise TypeError("a unitary matrix takes no parameters")
    matrix = as_unitary("gate", gate, (2, 4), tolerance)
    ptm = _convert.ptm_from_kraus(matrix[..., None, :, :])
    ptm[..., 0, :] = np.eye(ptm.shape[-1])[0]
    return Channel._of(ptm)
