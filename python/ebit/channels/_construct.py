"""Construction of channels from other representations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ebit._arrays import ComplexArray, as_complexes
from ebit.channels import _convert
from ebit.channels._channel import Channel, as_matrices, as_tolerance, checked_channel


def from_ptm(ptm: npt.ArrayLike, *, tolerance: float = 1e-9) -> Channel:
    """Return the channel with a Pauli transfer matrix: the constructor of `Channel`.

    Parameters
    ----------
    ptm : array_like, shape (..., 4**k, 4**k)
        ``R[i, j] = tr(P_i E(P_j)) / 2**k``, k = 1 or 2.
    tolerance : float, default 1e-9
        As for `Channel`.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the shape is wrong, an entry is not finite or the map is not a channel.

    Examples
    --------
    >>> import numpy as np, ebit
    >>> ebit.channels.from_ptm(np.diag([1, 0.9, 0.9, 1]))
    Channel(num_qubits=1, batch_shape=())
    """
    return Channel(ptm, tolerance=tolerance)


def from_kraus(kraus: npt.ArrayLike, *, tolerance: float = 1e-9) -> Channel:
    """Return the channel ``rho -> sum_m K_m rho K_m^dagger``.

    Parameters
    ----------
    kraus : array_like, shape (..., m, d, d)
        Kraus operators, d = 2 or 4 (qubit 0 is the left tensor factor).
    tolerance : float, default 1e-9
        As for `Channel`.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the shape is wrong or ``sum_m K_m^dagger K_m`` is not the identity.

    Examples
    --------
    >>> import numpy as np, ebit
    >>> gamma = 0.3
    >>> kraus = [[[1, 0], [0, np.sqrt(1 - gamma)]], [[0, np.sqrt(gamma)], [0, 0]]]
    >>> channel = ebit.channels.from_kraus(kraus)
    >>> np.allclose(channel.ptm, ebit.channels.amplitude_damping(gamma).ptm)
    True
    """
    array = as_matrices("kraus", as_complexes("kraus", kraus), sides=(2, 4))
    if array.ndim < 3:
        raise ValueError(f"kraus has shape {array.shape}: it must be (..., number of operators, d, d)")
    return Channel._of(checked_channel("kraus", _convert.ptm_from_kraus(array), as_tolerance(tolerance)))


def from_choi(choi: npt.ArrayLike, *, tolerance: float = 1e-9) -> Channel:
    """Return the channel with Choi matrix ``sum_ij |i><j| (x) E(|i><j|)``.

    Parameters
    ----------
    choi : array_like, shape (..., d*d, d*d)
        Complex, d = 2 or 4. The input is the left factor and the trace is d; see `Channel.choi`.
    tolerance : float, default 1e-9
        As for `Channel`; it also bounds how far the matrix may be from Hermitian.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the shape is wrong, an entry is not finite or the map is not a channel.

    Examples
    --------
    >>> import numpy as np, ebit
    >>> ebit.channels.from_choi(np.eye(4) / 2).ptm.diagonal()  # replaces every state by the mixed one
    array([1., 0., 0., 0.])
    """
    array = as_matrices("choi", as_complexes("choi", choi), sides=(4, 16))
    return _from_choi("choi", array, tolerance)


def from_superoperator(superoperator: npt.ArrayLike, *, tolerance: float = 1e-9) -> Channel:
    """Return the channel with ``vec(E(rho)) = S vec(rho)``, vec stacking columns.

    Parameters
    ----------
    superoperator : array_like, shape (..., d*d, d*d)
        S, complex, d = 2 or 4; see `Channel.superoperator`.
    tolerance : float, default 1e-9
        As for `from_choi`.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the shape is wrong, an entry is not finite or the map is not a channel.

    Examples
    --------
    >>> import numpy as np, ebit
    >>> ebit.channels.from_superoperator(np.diag([1, 0.8, 0.8, 1])).ptm.diagonal()
    array([1. , 0.8, 0.8, 1. ])
    """
    array = as_matrices("superoperator", as_complexes("superoperator", superoperator), sides=(4, 16))
    return _from_choi("superoperator", _convert.choi_from_superoperator(array), tolerance)


def _from_choi(name: str, choi: ComplexArray, tolerance: float) -> Channel:
    limit = as_tolerance(tolerance)
    ptm = _convert.ptm_from_choi(choi)
    if (defect := float(np.abs(ptm.imag).max(initial=0.0))) > limit:
        raise ValueError(f"{name} does not map Hermitian to Hermitian operators: it is off by {defect:.3g}")
    return Channel._of(checked_channel(name, np.ascontiguousarray(ptm.real), limit))
