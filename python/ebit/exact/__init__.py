"""Exact answers without sampling: the law of the waiting time, and the mean state, of a chain.

Imported when it is first used. What has no exact answer here is refused by name (`NotCovered`, a
ValueError), never approximated.
"""

from ebit.exact._answers import SIZE_LIMIT, figures, pair, waiting_time
from ebit.exact._covariance import covariance
from ebit.exact._cutoffs import BestCutOffs, optimize_cutoffs
from ebit.exact._derivatives import CutOffStep, cutoff_steps, derivatives
from ebit.exact._law import WaitingTimeLaw
from ebit.exact._optimal import BestPolicy, optimal_policy
from ebit.exact._refusal import NotCovered

__all__ = [
    "SIZE_LIMIT",
    "BestCutOffs",
    "BestPolicy",
    "CutOffStep",
    "NotCovered",
    "WaitingTimeLaw",
    "covariance",
    "cutoff_steps",
    "derivatives",
    "figures",
    "optimal_policy",
    "optimize_cutoffs",
    "pair",
    "waiting_time",
]
