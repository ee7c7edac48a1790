"""Slow twins of the link room: photons counted one by one, in Fock space."""

from __future__ import annotations

from itertools import product
from math import comb, factorial, sqrt

import numpy as np

PAULI = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
X_ON_B = np.kron(PAULI[0], PAULI[1])
Z_ON_B = np.kron(PAULI[0], PAULI[3])
Z_ON_A = np.kron(PAULI[3], PAULI[0])


def correlations(rho):
    """C[i, j] = tr(P_i (x) P_j rho)."""
    return np.array([[np.trace(np.kron(p, q) @ rho).real for q in PAULI] for p in PAULI])


def density_matrix(c):
    return sum(c[i, j] * np.kron(PAULI[i], PAULI[j]) for i in range(4) for j in range(4)) / 4


def fidelity(c):
    """<Phi+|rho|Phi+>."""
    phi = np.array([1, 0, 0, 1]) / sqrt(2)
    return (phi @ density_matrix(c) @ phi).real


# ---- photons on a beam splitter -------------------------------------------------------------------
# Modes of one bin: detector 0 or 1, each with two orthogonal wave packets, and what arms a, b lose.
MODES = 6


def photon(node, eta, visibility, time_bin=0, phase=0.0, bins=1):
    """Creation operator of a photon of node 0 (a) or 1 (b), as amplitudes of all modes."""
    c = np.zeros(bins * MODES, complex)
    own = c[time_bin * MODES :]
    mu = sqrt(visibility)
    packets = (1.0, 0.0) if node == 0 else (mu, sqrt(1 - visibility))
    for detector, packet in product(range(2), range(2)):
        sign = -1 if node == 1 and detector == 1 else 1
        own[2 * detector + packet] = sign * packets[packet] * sqrt(eta / 2)
    own[4 + node] = sqrt(1 - eta)
    return c * np.exp(1j * phase)


def create(field, operator):
    """Apply a creation operator to {occupation numbers: amplitude}."""
    out = {}
    for occupation, amplitude in field.items():
        for mode in np.flatnonzero(operator):
            more = list(occupation)
            more[mode] += 1
            key = tuple(more)
            out[key] = out.get(key, 0) + amplitude * operator[mode] * sqrt(more[mode])
    return out


def registers(photons, count, p_dark, number_resolving):
    """Probability that a detector which `photons` reach shows `count` = 0 or 1."""
    if not number_resolving:
        shows_none = (1 - p_dark) if photons == 0 else 0.0
        return shows_none if count == 0 else 1 - shows_none
    return {count: 1 - p_dark, count - 1: p_dark}.get(photons, 0.0)


def heralded(fields, bins, p_dark, number_resolving):
    """Unnormalised state after exactly one click in each bin, corrected to Psi+."""
    rho = np.zeros((4, 4), complex)
    for occupation in set().union(*fields):
        psi = np.array([f.get(occupation, 0) for f in fields])
        counts = [[sum(occupation[b * MODES + 2 * d :][:2]) for d in range(2)] for b in range(bins)]
        for pattern in product(range(2), repeat=bins):  # the detector that clicks in each bin
            p = 1.0
            for b, detector in enumerate(pattern):
                p *= registers(counts[b][detector], 1, p_dark, number_resolving)
                p *= registers(counts[b][1 - detector], 0, p_dark, number_resolving)
            corrected = Z_ON_B @ psi if sum(pattern) % 2 else psi
            rho += p * np.outer(corrected, corrected.conj())
    return rho


def single_click(alpha, eta, visibility, p_dark, number_resolving=False, phase=0.0):
    """Unnormalised heralded state, frame psi; alpha and eta are pairs."""
    fields = []
    for bright in product(range(2), repeat=2):
        amplitude = np.prod([sqrt(a if on else 1 - a) for a, on in zip(alpha, bright, strict=True)])
        field = {(0,) * MODES: amplitude}
        for node in range(2):
            if bright[node]:
                field = create(field, photon(node, eta[node], visibility, phase=phase * node))
        fields.append(field)
    return heralded(fields, 1, p_dark, number_resolving)


def double_click(eta, visibility, p_dark, number_resolving=False):
    """Unnormalised heralded state, frame psi."""
    fields = []
    for bits in product(range(2), repeat=2):
        field = {(0,) * (2 * MODES): 0.5}
        for node in range(2):
            field = create(field, photon(node, eta[node], visibility, time_bin=bits[node], bins=2))
        fields.append(field)
    return heralded(fields, 2, p_dark, number_resolving)


def flip_phases(rho, p_a, p_b):
    """Z errors on both qubits."""
    rho = (1 - p_a) * rho + p_a * Z_ON_A @ rho @ Z_ON_A
    return (1 - p_b) * rho + p_b * Z_ON_B @ rho @ Z_ON_B


def link_state(rho):
    """Probability and correlations, rotated to Phi+, of an unnormalised state in frame psi."""
    p = np.trace(rho).real
    return p, correlations(X_ON_B @ rho @ X_ON_B / p)


def dark_with_noise(p_dark, eta, noise_photons, single_mode, cutoff=400):
    """Dark counts together with noise light of a thermal or a Poissonian photon number."""
    dark = 0.0
    p = 1 / (1 + noise_photons) if single_mode else np.exp(-noise_photons)
    for n in range(cutoff):
        dark += p * (1 - eta) ** n
        p *= noise_photons / (1 + noise_photons) if single_mode else noise_photons / (n + 1)
    return 1 - (1 - p_dark) * dark


# ---- pairs of a down-conversion source ------------------------------------------------------------


def two_counts(n, eta, p_dark, number_resolving):
    """table[i, n_h]: i = 0 none, 1 only H, 2 only V, 3 both (or more than one), for n photons on a side."""
    table = np.zeros((4, n + 1))
    lose = [[comb(k, j) * eta**j * (1 - eta) ** (k - j) for j in range(k + 1)] for k in range(n + 1)]
    for n_h in range(n + 1):
        show = []
        for photons in (n_h, n - n_h):
            p = lose[photons]
            show.append(
                [sum(p[j] * registers(j, c, p_dark, number_resolving) for j in range(len(p))) for c in (0, 1)]
            )
        (h0, h1), (v0, v1) = show
        table[:3, n_h] = h0 * v0, h1 * v0, h0 * v1
        table[3, n_h] = 1 - table[:3, n_h].sum()
    return table


def symmetric_power(u, n):
    """A 2x2 polarisation rotation on n photons; basis: number of H photons."""
    d = np.zeros((n + 1, n + 1), complex)
    for k in range(n + 1):  # (u H)^k (u V)^(n - k) as a polynomial in H
        poly = np.ones(1)
        for _ in range(k):
            poly = np.convolve(poly, [u[1, 0], u[0, 0]])
        for _ in range(n - k):
            poly = np.convolve(poly, [u[1, 1], u[0, 1]])
        norm = sqrt(factorial(k) * factorial(n - k))
        d[:, k] = [poly[j] * sqrt(factorial(j) * factorial(n - j)) / norm for j in range(n + 1)]
    return d


def spdc(mean_pairs, eta, p_dark, number_resolving=False, rotation=None, pairs=40):
    """Gain Q and E[s_a s_b] of the two bits in one basis, all photon numbers summed.

    `rotation` turns the polarisation of both sides before the measurement.
    """
    l = mean_pairs / 2  # noqa: E741
    gain = product_of_bits = 0.0
    sign = np.array([0, 1, -1, 0])
    for n in range(pairs + 1):
        p_n = (n + 1) * l**n / (1 + l) ** (n + 2)
        amplitude = np.zeros((n + 1, n + 1), complex)  # number of H photons on sides a, b
        for m in range(n + 1):
            amplitude[n - m, m] = (-1) ** m / sqrt(n + 1)
        if rotation is not None:
            d = symmetric_power(rotation, n)
            amplitude = d @ amplitude @ d.T
        side_a, side_b = (two_counts(n, eta[i], p_dark[i], number_resolving) for i in range(2))
        joint = p_n * side_a @ abs(amplitude) ** 2 @ side_b.T
        last = 3 if number_resolving else 4
        gain += joint[1:last, 1:last].sum()
        product_of_bits += sign @ joint @ sign
    return gain, product_of_bits
