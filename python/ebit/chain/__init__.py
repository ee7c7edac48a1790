"""Repeater chains: their description, Monte Carlo samples and streaming estimates."""

from ebit.chain.description import Chain, Doubling, Node, SwapAsap
from ebit.chain.estimation import estimate, estimates
from ebit.chain.run import Run, sample
from ebit.chain.summary import Figure, Summary

__all__ = [
    "Chain",
    "Doubling",
    "Figure",
    "Node",
    "Run",
    "Summary",
    "SwapAsap",
    "estimate",
    "estimates",
    "sample",
]
