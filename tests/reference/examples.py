"""Links and memories without any symmetry: what the twins and the samplers are compared on."""

import numpy as np

from .delivered_pair import correlations, relaxation

PHI_PLUS = np.diag([1.0, 1.0, -1.0, 1.0])


def random_state(seed):
    """A full link state near Phi+, not Bell-diagonal, as a correlation matrix."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    noise = a @ a.conj().T
    bell = np.array([1, 0, 0, 1]) / np.sqrt(2)
    rho = 0.7 * np.outer(bell, bell) + 0.3 * noise / np.trace(noise)
    return correlations(rho.reshape(2, 2, 2, 2))


STATES = [random_state(k) for k in range(4)]

# (rate_x, rate_y, rate_z, equilibrium_z) of the 2n memories
MEMORIES = [
    relaxation(20.0, 15.0, 0.2),
    (0.03, 0.05, 0.02, -0.4),
    (0.1, 0.1, 0.1, 0.0),
    relaxation(30.0, 60.0),
    (0.06, 0.02, 0.07, 0.1),
    relaxation(12.0, 20.0, 0.9),
    (0.0, 0.04, 0.04, 0.0),
    relaxation(25.0, 10.0, 0.5),
]
