"""Numbers that packages define differently, brought to the definition that is used here.

Fidelities here are squared, entropies in bits, and the two probabilities of a depolarizing channel have
two names. What each package means by its parameters stands on the conventions page.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, as_floats, scalar
from ebit.adapters._common import require_qubits, within

__all__ = [
    "bits_from_nats",
    "fidelity_from_root",
    "gamma_from_p_error",
    "nats_from_bits",
    "p_error_from_average_fidelity",
    "p_error_from_gamma",
    "p_error_from_replace",
    "p_replace_from_error",
    "root_from_fidelity",
]


def fidelity_from_root(root_fidelity: npt.ArrayLike) -> FloatArray:
    """Return the fidelity ``<psi|rho|psi>`` from its square root.

    Parameters
    ----------
    root_fidelity : array_like
        In [0, 1], as `qutip.fidelity` and, unless told ``squared=True``, NetSquid give it.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If a number is outside [0, 1].

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.conventions.fidelity_from_root(0.9))
    0.81
    """
    return scalar(within("root_fidelity", root_fidelity) ** 2)


def root_from_fidelity(fidelity: npt.ArrayLike) -> FloatArray:
    """Return the square root that QuTiP and NetSquid call fidelity.

    Parameters
    ----------
    fidelity : array_like
        ``<psi|rho|psi>``, in [0, 1].

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If a number is outside [0, 1].

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.conventions.root_from_fidelity(0.81))
    0.9
    """
    return scalar(np.sqrt(within("fidelity", fidelity)))


def bits_from_nats(nats: npt.ArrayLike) -> FloatArray:
    """Return an entropy or information in bits.

    Parameters
    ----------
    nats : array_like
        With the natural logarithm, as of QuTiP and PennyLane unless told another base.

    Returns
    -------
    float or array

    Examples
    --------
    >>> import numpy as np, ebit
    >>> float(ebit.adapters.conventions.bits_from_nats(np.log(2)))
    1.0
    """
    return scalar(as_floats("nats", nats) / np.log(2.0))


def nats_from_bits(bits: npt.ArrayLike) -> FloatArray:
    """Return an entropy or information with the natural logarithm.

    Parameters
    ----------
    bits : array_like
        As all entropies of `ebit`.

    Returns
    -------
    float or array

    Examples
    --------
    >>> import ebit
    >>> round(float(ebit.adapters.conventions.nats_from_bits(1.0)), 6)
    0.693147
    """
    return scalar(as_floats("bits", bits) * np.log(2.0))


def _highest_replacement(num_qubits: int) -> float:
    require_qubits(num_qubits, (1, 2), "the depolarizing channel")
    return 4.0**num_qubits / (4.0**num_qubits - 1.0)


def p_error_from_replace(p_replace: npt.ArrayLike, num_qubits: int = 1) -> FloatArray:
    """Return the probability of an error from that of a replacement by the maximally mixed state.

    Parameters
    ----------
    p_replace : array_like
        At most 4/3 for one qubit and 16/15 for two: above 1 the channel is still one, though not a
        mixture of keeping and replacing.
    num_qubits : int, default 1
        1 or 2.

    Returns
    -------
    float or array
        Probability that one of the Paulis other than the identity happens.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.conventions.p_error_from_replace(0.04).round(12))
    0.03
    """
    highest = _highest_replacement(num_qubits)
    # Rounding may lift the highest one above 1.
    return scalar(np.minimum(within("p_replace", p_replace, highest) / highest, 1.0))


def p_replace_from_error(p_error: npt.ArrayLike, num_qubits: int = 1) -> FloatArray:
    """Return the probability of a replacement by the maximally mixed state from that of an error.

    Parameters
    ----------
    p_error : array_like
        Probability that one of the Paulis other than the identity happens, in [0, 1].
    num_qubits : int, default 1
        1 or 2.

    Returns
    -------
    float or array
        Above 1 where errors are more likely than in the maximally mixed state.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.conventions.p_replace_from_error(0.03).round(12))
    0.04
    """
    return scalar(within("p_error", p_error) * _highest_replacement(num_qubits))


def p_error_from_average_fidelity(average_fidelity: npt.ArrayLike, num_qubits: int = 1) -> FloatArray:
    """Return the probability of an error in a gate of some average fidelity, if errors are Paulis.

    Parameters
    ----------
    average_fidelity : array_like
        Over pure input states, as measured by randomised benchmarking: at least 1/3 for one qubit and
        1/5 for two.
    num_qubits : int, default 1
        1 or 2.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If a number is out of range.

    Notes
    -----
    M. A. Nielsen, Phys. Lett. A 303, 249 (2002): ``1 - F = d / (d + 1) p_error`` with d = 2**n.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.conventions.p_error_from_average_fidelity(0.98).round(12))
    0.03
    """
    require_qubits(num_qubits, (1, 2), "the gate")
    d = 2.0**num_qubits
    fidelity = within("average_fidelity", average_fidelity, lowest=1.0 / (d + 1.0))
    return scalar(np.minimum((1.0 - fidelity) * ((d + 1.0) / d), 1.0))


def p_error_from_gamma(gamma: npt.ArrayLike) -> FloatArray:
    """Return the probability of a phase flip that dephases as phase damping by `gamma` does.

    Parameters
    ----------
    gamma : array_like
        In [0, 1]: phase damping multiplies coherences by ``sqrt(1 - gamma)``, a phase flip by
        ``1 - 2 p_error``.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.conventions.p_error_from_gamma(0.36).round(12))
    0.1
    """
    lost = within("gamma", gamma)
    # 1 - sqrt(1 - gamma), without cancellation where gamma is small.
    return scalar(0.5 * lost / (1.0 + np.sqrt(1.0 - lost)))


def gamma_from_p_error(p_error: npt.ArrayLike) -> FloatArray:
    """Return the `gamma` of phase damping that dephases as a phase flip does.

    Parameters
    ----------
    p_error : array_like
        Probability of Z, in [0, 1/2]; no phase damping does what a likelier flip does.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.conventions.gamma_from_p_error(0.1).round(12))
    0.36
    """
    flips = within("p_error", p_error, 0.5)
    return scalar(4.0 * flips * (1.0 - flips))
