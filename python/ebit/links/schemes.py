"""The heralded schemes: hardware in, elementary link out.

Every scheme reports Psi+- and rotates it to Phi+ by an X on qubit b (``frame="psi"`` leaves Psi+).
States are full: a false herald carries |00> or |11>, nothing is twirled. Where an arm fades, the herald
probability and the unnormalised state are averaged over the fading of both arms, as if every attempt
saw new conditions; use `FreeSpace.blocks` and one link per block where waiting times matter.
"""

from __future__ import annotations

from typing import Literal

import numpy.typing as npt

from ebit import _core
from ebit._arrays import as_float, as_floats, as_int, one_of
from ebit.links.elementary_link import ElementaryLink
from ebit.links.hardware import Detector, FrequencyConverter
from ebit.links.media import Fibre, FreeSpace

Medium = Fibre | FreeSpace
PerNode = float | tuple[float, float]
Converters = FrequencyConverter | None | tuple[FrequencyConverter | None, FrequencyConverter | None]
Frame = Literal["phi", "psi"]


def _per_node(name: str, value: PerNode) -> tuple[float, float]:
    array = as_floats(name, value)
    if array.shape not in ((), (2,)):
        raise ValueError(
            f"{name} has shape {array.shape}: it must be one number, or one for each node (a, b)"
        )
    a, b = (array, array) if array.ndim == 0 else array
    return float(a), float(b)


def _converters(value: Converters) -> tuple[FrequencyConverter | None, FrequencyConverter | None]:
    pair = value if isinstance(value, tuple) else (value, value)
    if len(pair) != 2 or not all(c is None or isinstance(c, FrequencyConverter) for c in pair):
        raise TypeError(
            f"converter = {value!r} is not allowed: it must be a FrequencyConverter, None, or two"
        )
    return pair


class _Stations:
    """The part that all schemes share: arms, detectors, timing, modes."""

    def __init__(
        self,
        arms: tuple[Medium, Medium],
        detector: Detector,
        source_efficiency: PerNode,
        converter: Converters,
        preparation_time: float,
        modes: int,
        frame: Frame,
    ) -> None:
        for name, arm in zip(("arm_a", "arm_b"), arms, strict=True):
            if not isinstance(arm, Fibre | FreeSpace):
                raise TypeError(f"{name} = {arm!r} is not allowed: it must be a Fibre or FreeSpace")
        if not isinstance(detector, Detector):
            raise TypeError(f"detector = {detector!r} is not allowed: it must be a Detector")
        efficiencies = _per_node("source_efficiency", source_efficiency)
        converters = _converters(converter)
        preparation_time = as_float("preparation_time", preparation_time)
        modes = as_int("modes", modes)
        one_of("frame", frame, ("phi", "psi"))
        self.herald = _core.Herald(preparation_time, modes, frame == "psi")
        self.detector = detector._compiled()
        self.a, self.b = (
            _core.Arm(arm._compiled(), efficiency, c._compiled() if c else None)
            for arm, efficiency, c in zip(arms, efficiencies, converters, strict=True)
        )
        self.parameters: dict[str, object] = {
            "arms": [
                {
                    "medium": arm.parameters,
                    "source_efficiency": efficiency,
                    "converter": c.parameters if c else None,
                }
                for arm, efficiency, c in zip(arms, efficiencies, converters, strict=True)
            ],
            "detector": detector.parameters,
            "preparation_time": preparation_time,
            "modes": modes,
            "frame": frame,
        }

    def link(
        self, compiled: tuple[float, float, npt.ArrayLike, float, int], scheme: str, **own: object
    ) -> ElementaryLink:
        p_success, attempt_time, state, transmissivity, modes = compiled
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in own.items()}
        return ElementaryLink(
            p_success,
            attempt_time,
            state=state,
            transmissivity=transmissivity,
            modes=modes,
            parameters={"scheme": scheme, **plain, **self.parameters},
        )


def single_click(
    arm_a: Medium,
    arm_b: Medium,
    *,
    bright_population: PerNode,
    detector: Detector = Detector(),  # noqa: B008 (immutable)
    visibility: float = 1.0,
    phase_std: float = 0.0,
    p_double_excitation: PerNode = 0.0,
    p_dephasing: PerNode = 0.0,
    source_efficiency: PerNode = 1.0,
    converter: Converters = None,
    preparation_time: float = 0.0,
    modes: int = 1,
    frame: Frame = "phi",
) -> ElementaryLink:
    """Return a link heralded by one photon behind a beam splitter between the nodes.

    Each node is prepared in sqrt(alpha) |1>|photon> + sqrt(1 - alpha) |0>|no photon>. The attempt counts
    if exactly one of two detectors clicks. For low efficiency and perfect interference
    p_success = 2 alpha eta and the fidelity is 1 - alpha.

    Parameters
    ----------
    arm_a, arm_b : Fibre or FreeSpace
        From each node to the beam splitter.
    bright_population : float or (a, b)
        alpha, the population of the state that emits; per node.
    detector : Detector
        Both detectors of the station. A number-resolving one rejects two photons, and a photon
        together with a dark count.
    visibility : float, default 1
        Of two-photon interference, V = mu^2 with mu the overlap amplitude of the photons.
    phase_std : float, default 0
        Standard deviation of the (Gaussian) phase between the arms, radians.
    p_double_excitation, p_dephasing : float or (a, b), default 0
        Probability, in [0, 1/2], that a second photon betrays the emitter, and that its qubit suffers a
        Z error in preparation; each multiplies the coherence by 1 - 2p, per node.
    source_efficiency : float or (a, b), default 1
        Probability that an emitted photon is collected into the arm.
    converter : FrequencyConverter, None or (a, b)
        At the nodes.
    preparation_time : float, default 0
        Seconds per attempt beside the travel of photon and answer, 2 max(delay_a, delay_b).
    modes : int, default 1
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
    >>> arm = Fibre(length=25e3)
    >>> link = single_click(arm, arm, bright_population=0.1, detector=Detector(0.8, 1e-6))
    >>> round(link.p_success, 5), round(link.attempt_time, 9)
    (0.04943, 0.00025)
    """
    stations = _Stations(
        (arm_a, arm_b), detector, source_efficiency, converter, preparation_time, modes, frame
    )
    bright = _per_node("bright_population", bright_population)
    visibility, phase_std = as_float("visibility", visibility), as_float("phase_std", phase_std)
    double = _per_node("p_double_excitation", p_double_excitation)
    dephasing = _per_node("p_dephasing", p_dephasing)
    compiled = _core.single_click(
        stations.a,
        stations.b,
        stations.herald,
        stations.detector,
        bright,
        visibility,
        phase_std,
        double,
        dephasing,
    )
    return stations.link(
        compiled,
        "single_click",
        bright_population=bright,
        visibility=visibility,
        phase_std=phase_std,
        p_double_excitation=double,
        p_dephasing=dephasing,
    )


def double_click(
    arm_a: Medium,
    arm_b: Medium,
    *,
    detector: Detector = Detector(),  # noqa: B008 (immutable)
    visibility: float = 1.0,
    p_dephasing: PerNode = 0.0,
    source_efficiency: PerNode = 1.0,
    converter: Converters = None,
    preparation_time: float = 0.0,
    modes: int = 1,
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
    visibility : float, default 1
        Of two-photon interference, V = mu^2 with mu the overlap amplitude of the photons.
    p_dephasing : float or (a, b), default 0
        Probability of a Z error in preparation, in [0, 1/2]; per node.
    source_efficiency : float or (a, b), default 1
        Probability that an emitted photon is collected into the arm.
    converter : FrequencyConverter, None or (a, b)
        At the nodes.
    preparation_time : float, default 0
        Seconds per attempt beside the travel of photon and answer, 2 max(delay_a, delay_b).
    modes : int, default 1
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
    >>> link = double_click(
    ...     Fibre(length=82.8e3, loss_db=21.8),
    ...     Fibre(length=19.1e3, loss_db=6.2),
    ...     detector=Detector(efficiency=0.8, p_dark=1e-6),
    ...     visibility=0.9,
    ... )
    >>> round(link.p_success, 7), round(link.attempt_time, 9)
    (0.0005074, 0.000828)
    """
    stations = _Stations(
        (arm_a, arm_b), detector, source_efficiency, converter, preparation_time, modes, frame
    )
    visibility = as_float("visibility", visibility)
    dephasing = _per_node("p_dephasing", p_dephasing)
    compiled = _core.double_click(
        stations.a, stations.b, stations.herald, stations.detector, visibility, dephasing
    )
    return stations.link(compiled, "double_click", visibility=visibility, p_dephasing=dephasing)


def spdc_midpoint(
    arm_a: Medium,
    arm_b: Medium,
    *,
    mean_pairs: float,
    detector: Detector = Detector(),  # noqa: B008 (immutable)
    misalignment: float = 0.0,
    source_efficiency: PerNode = 1.0,
    converter: Converters = None,
    preparation_time: float = 0.0,
    pulse_period: float | None = None,
    modes: int = 1,
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
    mean_pairs : float
        Mean number of pairs per attempt.
    detector : Detector
        Both detectors of each node. With number-resolving ones a side counts if it registers exactly
        one photon or dark count.
    misalignment : float, default 0
        Probability, in [0, 1/2], that a photon of a pair goes to the wrong detector.
    source_efficiency : float or (a, b), default 1
        Probability that an emitted photon is collected into the arm.
    converter : FrequencyConverter, None or (a, b)
        At the nodes, behind the arms.
    preparation_time : float, default 0
        Seconds per attempt beside the time for which a memory waits for the other side's answer,
        2 max(delay_a, delay_b), with a source that fires ahead.
    pulse_period : float, optional
        Seconds between attempts if nothing waits for an answer (pairs that are measured at once).
    modes : int, default 1
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
    >>> arm = Fibre(length=10e3)
    >>> link = spdc_midpoint(arm, arm, mean_pairs=0.02, detector=Detector(0.6, 1e-6), pulse_period=1e-9)
    >>> round(link.p_success, 6), round(float(link.state[0, 0]), 3), round(float(link.state[3, 3]), 3)
    (0.002938, 1.0, 0.979)
    """
    stations = _Stations(
        (arm_a, arm_b), detector, source_efficiency, converter, preparation_time, modes, frame
    )
    mean_pairs, misalignment = as_float("mean_pairs", mean_pairs), as_float("misalignment", misalignment)
    period = None if pulse_period is None else as_float("pulse_period", pulse_period)
    compiled = _core.spdc_midpoint(
        stations.a, stations.b, stations.herald, stations.detector, mean_pairs, misalignment, period
    )
    return stations.link(
        compiled, "spdc_midpoint", mean_pairs=mean_pairs, misalignment=misalignment, pulse_period=period
    )


def ideal(
    p_success: float,
    attempt_time: float = 1.0,
    *,
    fidelity: float | None = None,
    state: npt.ArrayLike | object | None = None,
) -> ElementaryLink:
    """Return an abstract link without hardware.

    Parameters
    ----------
    p_success : float
        Probability that one attempt heralds a pair, at least 1e-12.
    attempt_time : float, default 1
        Seconds per attempt; with 1 s, seconds count attempts.
    fidelity : float, optional
        Of a Werner state with Phi+; 1 if no state is given at all.
    state : array_like, shape (4, 4), or object with `.correlations`, optional
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
    >>> ideal(0.1, fidelity=0.925).state.diagonal()
    array([ 1. ,  0.9, -0.9,  0.9])
    """
    if fidelity is not None and state is not None:
        raise ValueError("give either fidelity or state, not both")
    own: dict[str, object] = {}
    if state is None:
        own["fidelity"] = as_float("fidelity", 1.0 if fidelity is None else fidelity)
        state = _core.werner_of_fidelity(as_float("fidelity", own["fidelity"]))
    link = ElementaryLink(p_success, attempt_time, state=state)
    own = own or {"state": link.state.tolist()}
    parameters = {"scheme": "ideal", "p_success": link.p_success, "attempt_time": link.attempt_time, **own}
    return ElementaryLink(p_success, attempt_time, state=state, parameters=parameters)
