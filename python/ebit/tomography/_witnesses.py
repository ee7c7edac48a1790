"""Fidelities and bounds on them from a few settings: how entanglement is verified in practice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ebit._arrays import FloatArray, one_of, require
from ebit.chain.figures import Figure
from ebit.density import _paulis
from ebit.state import BELL_STATES
from ebit.tomography._counts import PauliCounts, Readout
from ebit.tomography._linear import figure_of, moments, outcome_weights

# Signs of XX and ZZ.
_BELL_SIGNS = {"phi_plus": (1, 1), "phi_minus": (-1, 1), "psi_plus": (1, -1), "psi_minus": (-1, -1)}
_XX, _ZI, _IZ, _ZZ = 5, 12, 3, 15


def bell_fidelity(counts: PauliCounts, target: str = "phi_plus", *, readout: Readout = 0.0) -> Figure:
    """Return the fidelity to a Bell state from measurements of XX, YY and ZZ.

    Parameters
    ----------
    counts : PauliCounts
        Of two qubits, with at least the settings XX, YY and ZZ.
    target : str
        ``"phi_plus"``, ``"phi_minus"``, ``"psi_plus"`` or ``"psi_minus"``.
    readout : float or array_like, default 0
        Readout errors to undo: the probability of a wrong bit (a number or one per qubit), or
        assignment matrices A[read, true] of shape (2, 2) or (2, 2, 2).

    Returns
    -------
    Figure
        Value and standard error, floats or arrays of shape (N,).

    Raises
    ------
    ValueError
        If a setting is missing or there is no such Bell state.

    Notes
    -----
    (1 + <XX> - <YY> + <ZZ>)/4 for Phi+; unbiased, it may exceed 1.

    Examples
    --------
    >>> import ebit
    >>> pair = ebit.DensityMatrix.from_pair(ebit.Werner.from_fidelity(0.9))
    >>> counts = ebit.tomography.simulate(pair, 1000, ["XX", "YY", "ZZ"], readout=0.01, rng=7)
    >>> value, standard_error = ebit.tomography.bell_fidelity(counts, readout=0.01)
    >>> bool(abs(value - 0.9) < 3 * standard_error < 0.03)
    True
    """
    return stabilizer_fidelity(counts, _bell_generators(counts, target), readout=readout)


def stabilizer_fidelity(counts: PauliCounts, generators: Sequence[str], *, readout: Readout = 0.0) -> Figure:
    """Return the fidelity to a stabilizer state: the mean of all products of its generators.

    Parameters
    ----------
    counts : PauliCounts
        In settings that measure every product, such as XXX, XYY, YXY, YYX and ZZZ for a GHZ state.
    generators : sequence of str
        n signed Pauli strings: ``["XXX", "ZZI", "IZZ"]`` for the GHZ state.
    readout : float or array_like, default 0
        Readout errors to undo, as in `bell_fidelity`.

    Returns
    -------
    Figure
        Value and standard error, floats or arrays of shape (N,).

    Raises
    ------
    ValueError
        If the generators are not n commuting, independent strings, or a setting is missing.

    Notes
    -----
    Above 1/2 the state is entangled between all of the qubits, if the target is (`stabilizer_witness`).

    Examples
    --------
    >>> import ebit
    >>> settings = ["XXX", "XYY", "YXY", "YYX", "ZZZ"]
    >>> counts = ebit.tomography.simulate(ebit.DensityMatrix.ghz(3), 200, settings, rng=7)
    >>> ebit.tomography.stabilizer_fidelity(counts, ["XXX", "ZZI", "IZZ"])
    Figure(value=1.0, standard_error=0.0)
    """
    require("counts", counts, PauliCounts)
    rows, signs, n = _paulis.group("generators", list(generators), counts.num_qubits)
    if len(rows) != 1 << n:
        raise ValueError(f"there are {len(generators)} generators: a pure state of {n} qubits has {n}")
    terms = [(int(row), float(sign) / len(rows)) for row, sign in zip(rows, signs, strict=True)]
    return figure_of(counts, *moments(counts, *outcome_weights(counts, terms, readout)))


def stabilizer_witness(counts: PauliCounts, generators: Sequence[str], *, readout: Readout = 0.0) -> Figure:
    """Return the expectation value of ``W = 1/2 - |S><S|``: negative only if all qubits are entangled.

    Parameters
    ----------
    counts : PauliCounts
        As in `stabilizer_fidelity`.
    generators : sequence of str
        Of the target S, which must not be a product of states of some of the qubits: a Bell, GHZ or
        connected graph state.
    readout : float or array_like, default 0
        Readout errors to undo, as in `bell_fidelity`.

    Returns
    -------
    Figure
        Value and standard error, floats or arrays of shape (N,).

    Raises
    ------
    ValueError
        As for `stabilizer_fidelity`, and if the target is a product across some cut.

    Notes
    -----
    Bourennane et al., Phys. Rev. Lett. 92, 087902 (2004); Toth and Guehne, Phys. Rev. A 72, 022340
    (2005). No state that is separable across some cut has more than the largest squared Schmidt
    coefficient of the target there, which is at most 1/2 for a stabilizer state that is entangled
    across it.

    Examples
    --------
    >>> import ebit
    >>> counts = ebit.tomography.simulate(ebit.DensityMatrix.bell(), 200, ["XX", "YY", "ZZ"], rng=7)
    >>> ebit.tomography.stabilizer_witness(counts, ["XX", "ZZ"]).value
    -0.5
    """
    value, error = stabilizer_fidelity(counts, generators, readout=readout)
    rows, _, n = _paulis.group("generators", list(generators), counts.num_qubits)
    if n == 1:
        raise ValueError("generators are of one qubit: it has nothing to be entangled with")
    x, z = _paulis.bits(rows)
    for side in range(1, 1 << (n - 1)):  # without the last qubit, so that every cut comes once
        outside = sum(1 << 2 * place for place in range(n) if not side >> place & 1)
        if ((x | z) & outside == 0).sum() == 1 << side.bit_count():
            raise ValueError(f"generators = {list(generators)} are not allowed: they give a product state")
    return Figure(0.5 - value, error)


def fidelity_bound(counts: PauliCounts, groups: Sequence[Sequence[str]], *, readout: Readout = 0.0) -> Figure:
    """Return a lower bound on the fidelity to a stabilizer state from as many settings as groups.

    Parameters
    ----------
    counts : PauliCounts
        With a setting for every group of generators.
    groups : sequence of sequence of str
        The generators, so divided that those of a group are read from one setting: the two of the GHZ
        state are ``[["XXX"], ["ZZI", "IZZ"]]``, those of a cluster state its even and its odd ones.
    readout : float or array_like, default 0
        Readout errors to undo, as in `bell_fidelity`.

    Returns
    -------
    Figure
        Value and standard error, floats or arrays of shape (N,).

    Raises
    ------
    ValueError
        If the generators are not n commuting, independent strings, or a setting is missing.

    Notes
    -----
    F >= sum over groups of <product of (1 + S)/2> - (groups - 1), since the projectors commute and have
    the target's as their product: Toth and Guehne, Phys. Rev. Lett. 94, 060501 (2005), equation (7) for
    the GHZ state. Above 1/2 all qubits are entangled, as in `stabilizer_witness`.

    Examples
    --------
    >>> import ebit
    >>> ghz = ebit.DensityMatrix.ghz(4)
    >>> ghz.apply("depolarizing_error", 0.02, 0)
    >>> counts = ebit.tomography.simulate(ghz, 1000, ["XXXX", "ZZZZ"], rng=7)
    >>> groups = [["XXXX"], ["ZZII", "IZZI", "IIZZ"]]
    >>> bound = ebit.tomography.fidelity_bound(counts, groups)
    >>> 0.9 < bound.value < ghz.fidelity(["XXXX", "ZZII", "IZZI", "IIZZ"])
    True
    """
    require("counts", counts, PauliCounts)
    everything = [text for group in groups for text in group]
    rows, _, n = _paulis.group("groups", everything, counts.num_qubits)
    if len(rows) != 1 << n:
        raise ValueError(f"groups have {len(everything)} generators: a pure state of {n} qubits has {n}")
    terms = [(0, 1.0 - len(groups))]
    for group in groups:
        rows, signs, _ = _paulis.group("groups", list(group), n)
        terms += [(int(row), float(sign) / len(rows)) for row, sign in zip(rows, signs, strict=True)]
    return figure_of(counts, *moments(counts, *outcome_weights(counts, terms, readout)))


def bell_fidelity_bound(counts: PauliCounts, target: str = "phi_plus", *, readout: Readout = 0.0) -> Figure:
    """Return a lower bound on the fidelity to a Bell state from XX and ZZ alone.

    Parameters
    ----------
    counts : PauliCounts
        Of two qubits, with at least the settings XX and ZZ.
    target : str
        ``"phi_plus"``, ``"phi_minus"``, ``"psi_plus"`` or ``"psi_minus"``.
    readout : float or array_like, default 0
        Readout errors to undo, as in `bell_fidelity`.

    Returns
    -------
    Figure
        Value and standard error (to first order, with half a count added to what is under the root),
        floats or arrays of shape (N,).

    Raises
    ------
    ValueError
        If a setting is missing or there is no such Bell state.

    Notes
    -----
    For Psi+: F >= (P01 + P10)/2 - sqrt(P00 P11) + <XX>/2, since positivity bounds the coherence between
    00 and 11 that <XX> also contains; as in experiments with pairs of NV centres: Bernien et al., Nature
    497, 86 (2013). It is at least as high as `fidelity_bound`, which replaces the root by the arithmetic
    mean.

    Examples
    --------
    >>> import ebit
    >>> counts = ebit.tomography.PauliCounts({"XX": [460, 40, 40, 460], "ZZ": [490, 30, 10, 470]})
    >>> value, error = ebit.tomography.bell_fidelity_bound(counts)
    >>> round(value, 4), round(error, 4)
    (0.8827, 0.0105)
    """
    _bell_generators(counts, target)
    sign_x, sign_z = _BELL_SIGNS[target]
    # Probabilities of the outcomes that the target never gives in Z.
    wrong = [
        [(0, 0.25), (_ZI, 0.25 * a), (_IZ, 0.25 * b), (_ZZ, 0.25 * a * b)]
        for a, b in (((1, -1), (-1, 1)) if sign_z > 0 else ((1, 1), (-1, -1)))
    ]
    linear, constant = outcome_weights(
        counts, [(0, 0.25), (_ZZ, 0.25 * sign_z), (_XX, 0.5 * sign_x)], readout
    )
    value, _ = moments(counts, linear, constant)
    # The slope of -sqrt(p q) by p is -sqrt(q / p) / 2.
    parts = [outcome_weights(counts, terms, readout) for terms in wrong]
    p, q = (np.clip(moments(counts, *part)[0], 0.0, None) for part in parts)
    half = 0.5 / counts._columns().sum(axis=1)[counts.settings.index("ZZ")]
    root: FloatArray = np.sqrt((p + half) / (q + half))
    slopes = (-0.5 / root, -0.5 * root)
    weights = linear + sum(slope * part[0] for slope, part in zip(slopes, parts, strict=True))
    return figure_of(counts, value - np.sqrt(p * q), moments(counts, weights, 0.0)[1])


def _bell_generators(counts: PauliCounts, target: str) -> list[str]:
    require("counts", counts, PauliCounts)
    if counts.num_qubits != 2:
        raise ValueError(f"the counts are of {counts.num_qubits} qubits: a Bell state has two")
    x, z = _BELL_SIGNS[one_of("target", target, BELL_STATES)]
    return [("" if x > 0 else "-") + "XX", ("" if z > 0 else "-") + "ZZ"]
