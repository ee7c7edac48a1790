"""Instruments: maps with a classical herald, such as measurements and heralded losses."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, elementwise, one_of
from ebit.instruments._instrument import Instrument
from ebit.instruments._povm import Povm

__all__ = ["Instrument", "Povm", "heralded_erasure", "measurement"]


_MEASURE = {"X": _core.instrument_measure_x, "Y": _core.instrument_measure_y, "Z": _core.instrument_measure_z}


def _member(
    kernel: Callable[[FloatArray], FloatArray],
    heralds: tuple[Hashable, Hashable],
    name: str,
    value: npt.ArrayLike,
) -> Instrument:
    return Instrument._of(heralds, elementwise(kernel, (2, 4, 4), (name, value, ())))


_MEASURE = {"X": _core.instrument_measure_x, "Y": _core.instrument_measure_y, "Z": _core.instrument_measure_z}


def measurement(basis: str, p_readout_error: npt.ArrayLike = 0.0) -> Instrument:
    """Measure X, Y or Z projectively. The herald is the reported bit, 0 for the eigenvalue +1.

    Parameters
    ----------
    basis : {"X", "Y", "Z"}
        The Pauli that is measured.
    p_readout_error : array_like, default 0
        Probability that the reported bit is wrong, in [0, 1]; the qubit is left in the eigenstate of
        the true one.

    Returns
    -------
    Instrument

    Raises
    ------
    ValueError
        If `basis` is unknown or the probability is outside [0, 1].

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 2.2.5.

    Examples
    --------
    >>> import ebit
    >>> ebit.instruments.measurement("Z", p_readout_error=0.1).probabilities([1, 0, 0, 1])
    array([0.9, 0.1])
    """
    kernel = _MEASURE[one_of("basis", basis, tuple(_MEASURE))]
    return _member(kernel, (0, 1), "p_readout_error", p_readout_error)


def heralded_erasure(p_erasure: npt.ArrayLike) -> Instrument:
    """Lose the qubit with probability `p_erasure`, and know it.

    Heralds are "kept" and "erased"; after an erasure the maximally mixed state stands in its place.

    Parameters
    ----------
    p_erasure : array_like
        In [0, 1], any shape: that of the batch.

    Returns
    -------
    Instrument

    Raises
    ------
    ValueError
        If the probability is outside [0, 1].

    Notes
    -----
    M. Grassl, Th. Beth, T. Pellizzari, Phys. Rev. A 56, 33 (1997).

    Examples
    --------
    >>> import ebit
    >>> ebit.instruments.heralded_erasure(0.2).probabilities([1, 1, 0, 0])
    array([0.8, 0.2])
    """
    return _member(_core.instrument_heralded_erasure, ("kept", "erased"), "p_erasure", p_erasure)
