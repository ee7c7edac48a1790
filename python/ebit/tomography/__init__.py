"""States from measurement counts, and how sure one can be of them.

Counts are `PauliCounts`; `readout=` says how bits are misread. The states: `linear_inversion`,
`nearest_state`, `maximum_likelihood`. What a few settings are enough for: `bell_fidelity`,
`stabilizer_fidelity`, lower bounds and witnesses. Errors: every `Figure` has one, `bootstrap` makes it for
whatever is computed from a state.
"""

from ebit.tomography._bootstrap import bootstrap
from ebit.tomography._counts import PauliCounts, settings, simulate
from ebit.tomography._direct import DirectPlan, direct_fidelity_plan
from ebit.tomography._likelihood import MaximumLikelihood, log_likelihood, maximum_likelihood
from ebit.tomography._linear import expectation, linear_inversion, nearest_state
from ebit.tomography._witnesses import (
    bell_fidelity,
    bell_fidelity_bound,
    fidelity_bound,
    stabilizer_fidelity,
    stabilizer_witness,
)

__all__ = [
    "DirectPlan",
    "MaximumLikelihood",
    "PauliCounts",
    "bell_fidelity",
    "bell_fidelity_bound",
    "bootstrap",
    "direct_fidelity_plan",
    "expectation",
    "fidelity_bound",
    "linear_inversion",
    "log_likelihood",
    "maximum_likelihood",
    "nearest_state",
    "settings",
    "simulate",
    "stabilizer_fidelity",
    "stabilizer_witness",
]
