"""Whether samples agree with an exact mean: five computed sigma."""

import numpy as np


def assert_mean(samples, exact, sigmas=5.0, slack=1e-10):
    """The mean over the first axis agrees with `exact`: every entry within `sigmas` of its own error."""
    samples = np.asarray(samples, float)
    mean = samples.mean(axis=0)
    error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    wrong = abs(mean - exact) > sigmas * error + slack
    assert not np.any(wrong), f"mean {mean}\nexact {exact}\nstandard error {error}"


def assert_same_mean(samples, others, sigmas=5.0, slack=1e-10):
    """Two independent sets of samples have the same mean."""
    samples, others = np.asarray(samples, float), np.asarray(others, float)
    error = np.sqrt(samples.var(axis=0, ddof=1) / len(samples) + others.var(axis=0, ddof=1) / len(others))
    wrong = abs(samples.mean(axis=0) - others.mean(axis=0)) > sigmas * error + slack
    assert not np.any(wrong), f"{samples.mean(axis=0)}\n{others.mean(axis=0)}\nstandard error {error}"
