"""Capacity bounds that no link or chain can exceed.

Secret key or entanglement in bits per channel use and mode, over pure-loss channels with free two-way
classical communication. A dual-rail photon (polarisation, two time bins) uses two modes: divide a rate
per photon by two before comparing.
"""

from __future__ import annotations

import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, as_floats, elementwise, scalar

__all__ = ["chain_bound", "plob_bound", "repeater_bound", "tgw_bound"]


def plob_bound(transmissivity: npt.ArrayLike) -> FloatArray:
    """Return the capacity -log2(1 - eta) of a channel without repeater.

    Parameters
    ----------
    transmissivity : array_like
        eta in [0, 1], any shape. Accurate however small.

    Returns
    -------
    ndarray or float
        Bits, shape of `transmissivity`; infinite for eta = 1.

    Raises
    ------
    ValueError
        If a transmissivity is not in [0, 1].

    References
    ----------
    S. Pirandola, R. Laurenza, C. Ottaviani, L. Banchi, Nat. Commun. 8, 15043 (2017).

    Examples
    --------
    >>> plob_bound([0.5, 1e-20])
    array([1.00000000e+00, 1.44269504e-20])
    """
    return scalar(elementwise(_core.plob_bound, (), ("transmissivity", transmissivity, ())))


def tgw_bound(transmissivity: npt.ArrayLike) -> FloatArray:
    """Return the bound log2((1 + eta) / (1 - eta)), weaker than `plob_bound`.

    Parameters
    ----------
    transmissivity : array_like
        eta in [0, 1], any shape.

    Returns
    -------
    ndarray or float
        Bits, shape of `transmissivity`; infinite for eta = 1.

    Raises
    ------
    ValueError
        If a transmissivity is not in [0, 1].

    References
    ----------
    M. Takeoka, S. Guha, M. M. Wilde, Nat. Commun. 5, 5235 (2014).

    Examples
    --------
    >>> float(tgw_bound(1 / 3).round(12))
    1.0
    """
    return scalar(elementwise(_core.tgw_bound, (), ("transmissivity", transmissivity, ())))


def chain_bound(transmissivities: npt.ArrayLike) -> FloatArray:
    """Return the capacity of a chain of links: that of its worst link.

    Parameters
    ----------
    transmissivities : array_like, shape (..., links)
        eta of each link, in [0, 1].

    Returns
    -------
    ndarray or float, shape (...)
        Bits.

    Raises
    ------
    ValueError
        If there is no link, or a transmissivity is not in [0, 1].

    References
    ----------
    S. Pirandola, Commun. Phys. 2, 51 (2019).

    Examples
    --------
    >>> float(chain_bound([0.9, 0.5, 0.8]))
    1.0
    """
    eta = as_floats("transmissivities", transmissivities)
    if eta.ndim == 0 or eta.shape[-1] == 0:
        raise ValueError(f"transmissivities has shape {eta.shape}: its last axis must run over links")
    return scalar(_core.chain_bound(eta.reshape(-1, eta.shape[-1])).reshape(eta.shape[:-1]))


def repeater_bound(transmissivity: npt.ArrayLike, repeaters: npt.ArrayLike) -> FloatArray:
    """Return the capacity -log2(1 - eta^(1/(n + 1))) of a channel with n equidistant repeaters.

    Parameters
    ----------
    transmissivity : array_like
        eta in [0, 1] of the whole channel.
    repeaters : array_like
        n, whole numbers >= 0; broadcast with `transmissivity`.

    Returns
    -------
    ndarray or float
        Bits, broadcast shape.

    Raises
    ------
    ValueError
        If a transmissivity is not in [0, 1] or a number of repeaters not whole.

    References
    ----------
    S. Pirandola, Commun. Phys. 2, 51 (2019).

    Examples
    --------
    >>> repeater_bound(0.0625, [0, 1, 3]).round(4)
    array([0.0931, 0.415 , 1.    ])
    """
    parameters = (("transmissivity", transmissivity, ()), ("repeaters", repeaters, ()))
    return scalar(elementwise(_core.repeater_bound, (), *parameters))
