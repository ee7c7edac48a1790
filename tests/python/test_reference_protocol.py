"""The distillation circuits of the twin against closed forms."""

import numpy as np
import pytest

from reference import protocol as twin

PSI_PLUS = np.array([0, 1, 1, 0]) / np.sqrt(2)


def bell_weights(pair):
    signs = np.array([[1, 1, -1, 1], [1, -1, 1, 1], [1, 1, 1, -1], [1, -1, -1, -1]])
    return signs @ pair / 4


def of_weights(weights):
    signs = np.array([[1, 1, -1, 1], [1, -1, 1, 1], [1, 1, 1, -1], [1, -1, -1, -1]])
    return weights @ signs


@pytest.mark.parametrize("seed", range(5))
def test_dejmps_as_published(seed):
    """Phi+ = A, Psi- = B, Psi+ = C, Phi- = D of D. Deutsch et al., Phys. Rev. Lett. 77, 2818 (1996)."""
    (a1, d1, c1, b1), (a2, d2, c2, b2) = np.random.default_rng(seed).dirichlet(np.ones(4), size=2)
    p, kept = twin.distilled("dejmps", of_weights([a1, d1, c1, b1]), of_weights([a2, d2, c2, b2]), 0.0, 0.0)
    expected = (a1 + b1) * (a2 + b2) + (c1 + d1) * (c2 + d2)
    a, d = (a1 * a2 + b1 * b2) / expected, (a1 * b2 + b1 * a2) / expected
    c, b = (c1 * c2 + d1 * d2) / expected, (c1 * d2 + d1 * c2) / expected
    assert p == pytest.approx(expected, abs=1e-14)
    np.testing.assert_allclose(bell_weights(kept), [a, d, c, b], rtol=0, atol=1e-14)


@pytest.mark.parametrize("g", [1.0, 0.95])
@pytest.mark.parametrize("m", [1.0, 0.98])
def test_noisy_distillation_in_bell_weights(g, m):
    """u[x, z] = g sum_z' k[x, z'] (same t[x, z' + z] + diff t[1 - x, z' + z]) + (1 - g) / 8."""
    rng = np.random.default_rng(1)
    k, t = rng.dirichlet(np.ones(4), size=(2,))
    same, diff = m**2 + (1 - m) ** 2, 2 * m * (1 - m)
    # A bilateral CNOT without the rotations: those exchange Phi- and Psi- of both pairs.
    swap = [0, 3, 2, 1]
    p, kept = twin.distilled("dejmps", of_weights(k[swap]), of_weights(t[swap]), 1 - np.sqrt(g), 1 - m)
    k, t = k.reshape(2, 2), t.reshape(2, 2)
    u = np.array(
        [
            [
                sum(k[x, other] * (same * t[x, other ^ z] + diff * t[1 - x, other ^ z]) for other in (0, 1))
                for z in (0, 1)
            ]
            for x in (0, 1)
        ]
    )
    u = g * u + (1 - g) / 8
    assert p == pytest.approx(u.sum(), abs=1e-14)
    np.testing.assert_allclose(bell_weights(kept), u.ravel() / u.sum(), rtol=0, atol=1e-14)


@pytest.mark.parametrize("r", [0.2, 0.7, 1.0])
@pytest.mark.parametrize("coherence", [1.0, 0.6])
def test_epl_as_published(r, coherence):
    """Success r^2 / 2; perfect coherence gives Psi+ itself, else fidelity (1 + c^2) / 2."""
    phase = np.exp(0.4j)
    psi = np.zeros((4, 4), dtype=complex)
    psi[1, 1] = psi[2, 2] = 0.5
    psi[1, 2], psi[2, 1] = coherence * phase / 2, coherence * phase.conjugate() / 2
    state = r * psi
    state[3, 3] = 1 - r
    p, kept = twin.epl(state, state)
    assert p == pytest.approx(r**2 / 2, abs=1e-14)
    assert np.real(PSI_PLUS @ kept @ PSI_PLUS) == pytest.approx((1 + coherence**2) / 2, abs=1e-14)
