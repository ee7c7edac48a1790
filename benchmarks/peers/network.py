"""The network batch that all peers compute.

For every delivered pair four links, each Phi+ stored for a time of its own, qubit by qubit in memories with
t1 and t2; two noisy swaps, each outcome drawn with a given variate and corrected; one noisy round of DEJMPS,
of which the state after acceptance and the probability are kept. Peers take times (4, N) and variates (2, N)
and return coefficients (16, N), probabilities (N,) and outcomes (2, N).
"""

from __future__ import annotations

from typing import NamedTuple


class Model(NamedTuple):
    """Relaxation and coherence times of the left and the right memory, errors of gates and readouts."""

    t1_left: float = 1.0
    t2_left: float = 0.5
    t1_right: float = 2.0
    t2_right: float = 0.7
    p_replace: float = 0.01
    p_readout_error: float = 0.005
