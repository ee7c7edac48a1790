"""What measurements and maps from two states return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ebit.density.density_matrix import DensityMatrix


class Joined(NamedTuple):
    """What a `BilinearMap` makes of two states, averaged over the accepted outcomes.

    Attributes
    ----------
    state : DensityMatrix
        Normalised; the maximally mixed state where the probability is below 1e-12.
    probability : float or ndarray
        Of an accepted outcome; one for each element of a batch.

    Examples
    --------
    >>> import ebit
    >>> pair = ebit.Werner(0.5)
    >>> ebit.protocols.dejmps()(pair, pair)
    Joined(state=DensityMatrix(num_qubits=2, batch=None), probability=0.625)
    """

    state: DensityMatrix
    probability: Any


class Sampled(NamedTuple):
    """What a `BilinearMap` makes of two states, an outcome drawn for each element.

    Attributes
    ----------
    state : DensityMatrix
        After this outcome, normalised.
    outcome : int or ndarray
        A number whose most significant bit was measured first; uint8, one for each element of a batch.
    accepted : bool or ndarray
        Whether the map accepts the outcome.
    probability : float or ndarray
        Of this outcome.

    Examples
    --------
    >>> import ebit
    >>> one = ebit.DensityMatrix(1)
    >>> one.apply("X", 0)
    >>> protocol = ebit.Protocol(1, 1)
    >>> bit = protocol.measure("Z", 0)
    >>> protocol.keep(1)
    >>> protocol.compile().sample(one, one, rng=1)
    Sampled(state=DensityMatrix(num_qubits=1, batch=None), outcome=1, accepted=True, probability=1.0)
    """

    state: DensityMatrix
    outcome: Any
    accepted: Any
    probability: Any


class Branch(NamedTuple):
    """What one outcome leaves, of a measurement or of a `BilinearMap` of two states.

    Attributes
    ----------
    outcome : int
        A number whose most significant bit was measured first; of an instrument that of the herald.
    state : DensityMatrix
        After this outcome, normalised; the maximally mixed state where the probability is below 1e-12.
    probability : float or ndarray
        Of this outcome; one for each element of a batch.
    accepted : bool
        Whether the map accepts the outcome; measurements accept all.

    Examples
    --------
    >>> import ebit
    >>> pair = ebit.Werner(0.0)
    >>> ebit.protocols.epl().branch(pair, pair, "11")
    Branch(outcome=3, state=DensityMatrix(num_qubits=2, batch=None), probability=0.25, accepted=True)
    """

    outcome: int
    state: DensityMatrix
    probability: Any
    accepted: bool = True
