"""Repeater chains: their description, Monte Carlo samples and streaming estimates."""

from ebit.chain.description import Chain, Node
from ebit.chain.distributions import StorageHistogram
from ebit.chain.estimation import estimate, estimates
from ebit.chain.figures import Figure
from ebit.chain.policies import CompiledPolicy, PolicyTable
from ebit.chain.protocols import CutOff, Doubling, Nested, SwapAsap
from ebit.chain.run import Run, sample
from ebit.chain.slotted import Slotted
from ebit.chain.summary import Summary

__all__ = [
    "Chain",
    "CompiledPolicy",
    "CutOff",
    "Doubling",
    "Figure",
    "Nested",
    "Node",
    "PolicyTable",
    "Run",
    "Slotted",
    "StorageHistogram",
    "Summary",
    "SwapAsap",
    "estimate",
    "estimates",
    "sample",
]
