"""NetSquid: its times and noise models. Plain arithmetic, from its documentation and its article.

NetSquid's times are in nanoseconds, 0 stands for "does not decay", the fidelity is the square root of
ours unless `squared=True`, and on kets and stabilizer states T1 and T2 act through their Pauli twirl:
take `Channel.twirled` to compare with those. It refuses a T2 above T1; here 2 T1 is the limit.

Source: T. Coopmans et al., Commun. Phys. 4, 164 (2021).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ebit import channels
from ebit._arrays import FloatArray, as_floats, scalar
from ebit.adapters._common import within
from ebit.channels import Channel
from ebit.memory import Memory

__all__ = ["depolar_noise", "memory", "seconds", "t1t2_noise"]

_PER_SECOND = 1e9


def seconds(nanoseconds: npt.ArrayLike) -> FloatArray:
    """Return a time of NetSquid in seconds.

    Parameters
    ----------
    nanoseconds : array_like
        As `ns.sim_time()` gives it.

    Returns
    -------
    float or array

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.netsquid.seconds(250.0))
    2.5e-07
    """
    return scalar(as_floats("nanoseconds", nanoseconds) / _PER_SECOND)


def _or_never(name: str, value: npt.ArrayLike) -> FloatArray:
    """Return a decay time in seconds, infinite for 0."""
    time = within(name, value, np.inf, infinite=True)
    return np.where(time == 0.0, np.inf, time / _PER_SECOND)


def memory(t1: npt.ArrayLike = 0.0, t2: npt.ArrayLike = 0.0) -> Memory:
    """Return the memory of ``T1T2NoiseModel(T1, T2)``.

    Parameters
    ----------
    t1, t2 : array_like, default 0
        Nanoseconds; 0 for no decay of this kind. Without a `t2` coherences are lost by relaxation alone.

    Returns
    -------
    Memory

    Raises
    ------
    ValueError
        If a time is negative, or `t2` above ``2 t1``.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.netsquid.memory(t1=0.0, t2=2e6)
    Memory(t1=inf, t2=0.002, excited_population=0.0)
    """
    relaxation, coherence = _or_never("t1", t1), _or_never("t2", t2)
    return Memory(scalar(relaxation), scalar(np.where(np.isinf(coherence), 2.0 * relaxation, coherence)))


def t1t2_noise(delay: npt.ArrayLike, t1: npt.ArrayLike = 0.0, t2: npt.ArrayLike = 0.0) -> Channel:
    """Return what ``T1T2NoiseModel(T1, T2)`` does to a density matrix in some time.

    Parameters
    ----------
    delay : array_like
        Nanoseconds.
    t1, t2 : array_like, default 0
        Nanoseconds; 0 for no decay of this kind.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a time is negative, or `t2` above ``2 t1``.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.netsquid.t1t2_noise(1e6, t2=2e6).ptm.diagonal().round(4)
    array([1.    , 0.6065, 0.6065, 1.    ])
    """
    return memory(t1, t2).decay(within("delay", delay, np.inf) / _PER_SECOND)


def depolar_noise(depolar_rate: npt.ArrayLike, delay: npt.ArrayLike | None = None) -> Channel:
    """Return what ``DepolarNoiseModel(depolar_rate, time_independent)`` does.

    Parameters
    ----------
    depolar_rate : array_like
        With a `delay` the rate in hertz at which the state is replaced by the maximally mixed one;
        without (``time_independent=True``) the probability of that.
    delay : array_like, optional
        Nanoseconds.

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
    >>> ebit.adapters.netsquid.depolar_noise(0.25).ptm.diagonal()
    array([1.  , 0.75, 0.75, 0.75])
    >>> ebit.adapters.netsquid.depolar_noise(100.0, delay=1e6).ptm.diagonal().round(4)
    array([1.    , 0.9048, 0.9048, 0.9048])
    """
    if delay is None:
        return channels.depolarizing(p_replace=within("depolar_rate", depolar_rate))
    rate = within("depolar_rate", depolar_rate, np.inf)
    time = within("delay", delay, np.inf) / _PER_SECOND
    return channels.depolarizing(p_replace=-np.expm1(-rate * time))
