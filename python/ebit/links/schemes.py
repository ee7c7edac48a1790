"""The heralded schemes: hardware in, elementary link out.

Every scheme reports Psi+- and rotates it to Phi+ by an X on qubit b (``frame="psi"`` leaves Psi+).
States are full: a false herald carries ``|00>`` or ``|11>``, nothing is twirled. Where an arm fades, the
herald probability and the unnormalised state are averaged over the fading of both arms, as if every
attempt saw new conditions; use `FreeSpace.blocks` and one link per block where waiting times matter.

Every number, those of the hardware included, may be an array: a link for every point of a sweep, over
the shape to which they broadcast. A number "or (a, b)" is one number (or array) for both nodes, or a
tuple or list of two, one for each node.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy.typing as npt

from ebit import _core
from ebit._points import number, optional_number, per_node
from ebit.links._stations import (
    Converters,
    Frame,
    Medium,
    PerNode,
    Stations,
    arguments_from_parameters,
)
from ebit.links.elementary_link import ElementaryLink, builders
from ebit.links.hardware import Detector
from ebit.state import Werner


def single_click(
    arm_a: Medium,
    arm_b: Medium,
    *,
    bright_population: PerNode,
    detector: Detector = Detector(),  # noqa: B008 (immutable)
    visibility: npt.ArrayLike = 1.0,
    phase_std: npt.ArrayLike = 0.0,
    p_double_excitation: PerNode = 0.0,
    p_dephasing: PerNode = 0.0,
    source_efficiency: PerNode = 1.0,
    converter: Converters = None,
    preparation_time: npt.ArrayLike = 0.0,
    modes: npt.ArrayLike = 1,
    frame: Frame = "phi",
) -> ElementaryLink:
    """Return a link heralded by one photon behind a beam splitter between the nodes.

    Each node is prepared in ``sqrt(alpha) |1>|photon> + sqrt(1 - alpha) |0>|no photon>``. The attempt
    counts if exactly one of two detectors clicks. For low efficiency and perfect interference
    p_success = 2 alpha eta and the fidelity is 1 - alpha.

    Parameters
    ----------
    arm_a, arm_b : Fibre or FreeSpace
        From each node to the beam splitter.
    bright_population : number or (a, b)
        alpha, the population of the state that emits; per node.
    detector : Detector
        Both detectors of the station. A number-resolving one rejects two photons, and a photon
        together with a dark count.
    visibility : float or array_like, default 1
        Of two-photon interference, V = mu^2 with mu the overlap amplitude of the photons.
    phase_std : float or array_like, default 0
        Standard deviation of the (Gaussian) phase between the arms, radians.
    p_double_excitation, p_dephasing : number or (a, b), default 0
        Probability, in [0, 1/2], that a second photon betrays the emitter, and that its qubit suffers a
        Z error in preparation; each multiplies the coherence by 1 - 2p, per node.
    source_efficiency : number or (a, b), default 1
        Probability that an emitted photon is collected into the arm.
    converter : FrequencyConverter, None or (a, b)
        At the nodes.
    preparation_time : float or array_like, default 0
        Seconds per attempt beside the travel of photon and answer, 2 max(delay_a, delay_b).
    modes : int or array_like, default 1
        Multiplexed modes that one attempt tries: p_success = 1 - (1 - p)^modes.
    frame : {"phi", "psi"}
        Whether the state is rotated to Phi+.

    Returns
    -------
    ElementaryLink

    Raises
    ------
    ValueError
        If a number is out of range or the link heralds less than once in 1e12 attempts.

    References
    ----------
    C. Cabrillo et al., Phys. Rev. A 59, 1025 (1999).

    Examples
    --------
    >>> import ebit
    >>> arm = ebit.Fibre(length=25e3)
    >>> link = ebit.links.single_click(arm, arm, bright_population=0.1, detector=ebit.Detector(0.8, 1e-6))
    >>> round(link.p_success, 5), round(link.attempt_time, 9)
    (0.04996, 0.00025)
    """
    stations = Stations(arm_a, arm_b, detector, source_efficiency, converter, preparation_time, modes, frame)
    parameters = {
        "bright_population": list(per_node("bright_population", bright_population)),
        "visibility": number("visibility", visibility),
        "phase_std": number("phase_std", phase_std),
        "p_double_excitation": list(per_node("p_double_excitation", p_double_excitation)),
        "p_dephasing": list(per_node("p_dephasing", p_dephasing)),
    }
    return stations.link("single_click", _core.single_click, parameters)


def double_click(
    arm_a: Medium,
    arm_b: Medium,
    *,
    detector: Detector = Detector(),  # noqa: B008 (immutable)
    visibility: npt.ArrayLike = 1.0,
    p_dephasing: PerNode = 0.0,
    source_efficiency: PerNode = 1.0,
    converter: Converters = None,
    preparation_time: npt.ArrayLike = 0.0,
    modes: npt.ArrayLike = 1,
    frame: Frame = "phi",
) -> ElementaryLink:
    """Return a link heralded by two photons, one in each of two bins.

    Each node emits one photon in the early or late bin (or polarisation), entangled with its qubit. The
    attempt counts if each bin has exactly one click. Without dark counts p_success = eta_a eta_b / 2 and
    the fidelity is (1 + visibility) / 2.

    Parameters
    ----------
    arm_a, arm_b : Fibre or FreeSpace
        From each node to the beam splitter.
    detector : Detector
        Both detectors of the station; `p_dark` is per detector and bin.
    visibility : float or array_like, default 1
        Of two-photon interference, V = mu^2 with mu the overlap amplitude of the photons.
    p_dephasing : number or (a, b), default 0
        Probability of a Z error in preparation, in [0, 1/2]; per node.
    source_efficiency : number or (a, b), default 1
        Probability that an emitted photon is collected into the arm.
    converter : FrequencyConverter, None or (a, b)
        At the nodes.
    preparation_time : float or array_like, default 0
        Seconds per attempt beside the travel of photon and answer, 2 max(delay_a, delay_b).
    modes : int or array_like, default 1
        Multiplexed modes that one attempt tries: p_success = 1 - (1 - p)^modes.
    frame : {"phi", "psi"}
        Whether the state is rotated to Phi+.

    Returns
    -------
    ElementaryLink

    Raises
    ------
    ValueError
        If a number is out of range or the link heralds less than once in 1e12 attempts.

    References
    ----------
    S. D. Barrett, P. Kok, Phys. Rev. A 71, 060310(R) (2005).

    Examples
    --------
    >>> import ebit
    >>> link = ebit.links.double_click(
    ...     ebit.Fibre(length=82.8e3, loss_db=21.8),
    ...     ebit.Fibre(length=19.1e3, loss_db=6.2),
    ...     detector=ebit.Detector(efficiency=0.8, p_dark=1e-6),
    ...     visibility=0.9,
    ... )
    >>> round(link.p_success, 7), round(link.attempt_time, 9)
    (0.0005076, 0.000828)
    """
    stations = Stations(arm_a, arm_b, detector, source_efficiency, converter, preparation_time, modes, frame)
    parameters = {
        "visibility": number("visibility", visibility),
        "p_dephasing": list(per_node("p_dephasing", p_dephasing)),
    }
    return stations.link("double_click", _core.double_click, parameters)


def spdc_midpoint(
    arm_a: Medium,
    arm_b: Medium,
    *,
    mean_pairs: npt.ArrayLike,
    detector: Detector = Detector(),  # noqa: B008 (immutable)
    misalignment: npt.ArrayLike = 0.0,
    source_efficiency: PerNode = 1.0,
    converter: Converters = None,
    preparation_time: npt.ArrayLike = 0.0,
    pulse_period: npt.ArrayLike | None = None,
    modes: npt.ArrayLike = 1,
    frame: Frame = "phi",
) -> ElementaryLink:
    """Return a link fed by a source of polarisation-entangled photon pairs in the middle.

    The source emits n pairs with probability (n + 1) l^n / (1 + l)^(n + 2), l = mean_pairs / 2; each
    side analyses polarisation with two detectors, and the attempt counts if both sides register light.

    Source, losses, dark counts and detectors treat all polarisations alike. The heralded pair is thus
    symmetric under U (x) U, a Werner state, and fixed by the error rate E of two measurements in the
    same basis: w = 1 - 2E. Vacuum and multi-pair contributions are in `p_success` and w, double clicks
    of threshold detectors are random bits. Memories that load the light with a herald are described as
    far as they act like such an analyser.

    Parameters
    ----------
    arm_a, arm_b : Fibre or FreeSpace
        From the source to each node.
    mean_pairs : float or array_like
        Mean number of pairs per attempt.
    detector : Detector
        Both detectors of each node. With number-resolving ones a side counts if it registers exactly
        one photon or dark count.
    misalignment : float or array_like, default 0
        Probability, in [0, 1/2], that a photon of a pair goes to the wrong detector.
    source_efficiency : number or (a, b), default 1
        Probability that an emitted photon is collected into the arm.
    converter : FrequencyConverter, None or (a, b)
        At the nodes, behind the arms.
    preparation_time : float or array_like, default 0
        Seconds per attempt beside the time for which a memory waits for the other side's answer,
        2 max(delay_a, delay_b), with a source that fires ahead.
    pulse_period : float or array_like, optional
        Seconds between attempts if nothing waits for an answer (pairs that are measured at once).
    modes : int or array_like, default 1
        Multiplexed modes that one attempt tries: p_success = 1 - (1 - p)^modes.
    frame : {"phi", "psi"}
        Whether the state is rotated to Phi+.

    Returns
    -------
    ElementaryLink

    Raises
    ------
    ValueError
        If a number is out of range or the link heralds less than once in 1e12 attempts.

    Notes
    -----
    Gain and error are those of the reference, with dark counts also beside photons: this multiplies
    w p_success by (1 - p_dark_a)(1 - p_dark_b).

    References
    ----------
    X. Ma, C.-H. F. Fung, H.-K. Lo, Phys. Rev. A 76, 012307 (2007).

    Examples
    --------
    >>> import ebit
    >>> arm, detector = ebit.Fibre(length=10e3), ebit.Detector(0.6, 1e-6)
    >>> link = ebit.links.spdc_midpoint(arm, arm, mean_pairs=0.02, detector=detector, pulse_period=1e-9)
    >>> round(link.p_success, 6), round(float(ebit.Pair(link.state).fidelity()), 4)
    (0.002893, 0.9903)
    """
    stations = Stations(arm_a, arm_b, detector, source_efficiency, converter, preparation_time, modes, frame)
    parameters = {
        "mean_pairs": number("mean_pairs", mean_pairs),
        "misalignment": number("misalignment", misalignment),
        "pulse_period": optional_number("pulse_period", pulse_period),
    }
    return stations.link("spdc_midpoint", _core.spdc_midpoint, parameters)


def ideal(
    p_success: npt.ArrayLike,
    attempt_time: npt.ArrayLike = 1.0,
    *,
    fidelity: npt.ArrayLike | None = None,
    state: npt.ArrayLike | object | None = None,
) -> ElementaryLink:
    """Return an abstract link without hardware.

    Parameters
    ----------
    p_success : float or array_like
        Probability that one attempt heralds a pair, at least 1e-12.
    attempt_time : float or array_like, default 1
        Seconds per attempt; with 1 s, seconds count attempts.
    fidelity : float or array_like, optional
        Of a Werner state with Phi+; 1 if no state is given at all.
    state : array_like, shape (..., 4, 4), or object with `.correlations`, optional
        The heralded pair, instead of `fidelity`.

    Returns
    -------
    ElementaryLink

    Raises
    ------
    ValueError
        If a number is out of range, or both `fidelity` and `state` are given.

    Examples
    --------
    >>> import ebit
    >>> ebit.links.ideal(0.1, fidelity=0.925).state.diagonal()
    array([ 1. ,  0.9, -0.9,  0.9])
    """
    if fidelity is not None and state is not None:
        raise ValueError("give either fidelity or state, not both")
    if state is None:
        fidelity = number("fidelity", 1.0 if fidelity is None else fidelity)
        state = Werner.from_fidelity(fidelity)
    link = ElementaryLink(p_success, attempt_time, state=state)
    pair = {"state": link._tree["state"]} if fidelity is None else {"fidelity": fidelity}
    timing = {name: link._tree[name] for name in ("p_success", "attempt_time")}
    return link._described({"scheme": "ideal", **timing, **pair})


def _builder(scheme: Callable[..., ElementaryLink]) -> Callable[..., ElementaryLink]:
    return lambda **parameters: scheme(**arguments_from_parameters(parameters))


builders["ideal"] = ideal
builders.update({scheme.__name__: _builder(scheme) for scheme in (single_click, double_click, spdc_midpoint)})
