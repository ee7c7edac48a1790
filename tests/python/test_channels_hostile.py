"""What the channel room refuses, and how it says so."""

import numpy as np
import pytest

import ebit
from ebit import channels
from reference import channels as twin

MEMBERS = [pytest.param(name, kwargs, id=f"{name}-{i}") for i, (name, kwargs) in enumerate(twin.MEMBERS)]


def member(name, kwargs):
    return getattr(channels, name)(**kwargs)


TRANSPOSE = np.diag([1.0, 1, -1, 1])  # positive, but not completely
LOSSY = np.diag([0.9, 0.9, 0.9, 0.9])


@pytest.mark.parametrize(
    ("make", "value", "message"),
    [
        (channels.from_ptm, TRANSPOSE, "ptm is not completely positive"),
        (channels.from_ptm, LOSSY, "ptm does not preserve the trace"),
        (channels.from_ptm, [np.eye(4), LOSSY], "ptm does not preserve the trace"),
        (channels.from_kraus, [0.9 * np.eye(2)], "kraus does not preserve the trace"),
        (channels.from_kraus, np.zeros((0, 2, 2)), "kraus does not preserve the trace"),
        (channels.from_choi, np.eye(4), "choi does not preserve the trace"),
        (channels.from_choi, np.kron(np.eye(2), [[1, 1e-3], [0, 0]]), "choi does not map Hermitian"),
        (channels.from_choi, np.eye(4)[[0, 2, 1, 3]], "choi is not completely positive"),
        (channels.from_superoperator, 2 * np.eye(4), "superoperator does not preserve the trace"),
        (channels.from_superoperator, np.eye(4)[[0, 2, 1, 3]], "superoperator is not completely positive"),
        (channels.unitary, np.ones((2, 2)), "gate is not unitary"),
    ],
)
def test_what_is_no_channel_is_refused(make, value, message):
    with pytest.raises(ValueError, match=message):
        make(value)


MATRIX_MAKERS = {
    ebit.Channel: ("ptm", np.eye(4)),
    channels.from_ptm: ("ptm", np.eye(16)),
    channels.from_kraus: ("kraus", np.eye(2)[None]),
    channels.from_choi: ("choi", np.eye(4) / 2),
    channels.from_superoperator: ("superoperator", np.eye(4)),
    channels.unitary: ("gate", np.eye(2)),
}


@pytest.mark.parametrize("make", MATRIX_MAKERS)
def test_hostile_matrices(make):
    name, good = MATRIX_MAKERS[make]
    make(good)
    for entry in (np.nan, np.inf, -np.inf, 1e200):
        bad = good.copy()
        bad[..., 1, 1] = entry
        with pytest.raises(ValueError, match=f"{name} holds NaN"):
            make(bad)
    for shape in ((), (0,), (4,), (3, 3), (1, 4, 2), (64, 64), (0, 0)):
        with pytest.raises(ValueError, match=f"{name} has shape"):
            make(np.zeros(shape))
    for wrong in (None, object(), np.full((4, 4), "x"), np.full((4, 4), True)):
        with pytest.raises(TypeError, match=name):
            make(wrong)
    for tolerance in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="tolerance"):
            make(good, tolerance=tolerance)
    with pytest.raises(TypeError, match="tolerance"):
        make(good, tolerance="tight")


BAD_PROBABILITIES = [np.nan, np.inf, -np.inf, -1e-9, 1 + 1e-9, 1e300]
BAD_VALUES = {
    "time": [np.nan, np.inf, -1e-9],
    "t1": [np.nan, -1.0, 0.0, 1e-310],
    "t2": [np.nan, -1.0, 0.0, 1e-310, 1e300, np.inf],
}


@pytest.mark.parametrize(("name", "kwargs"), MEMBERS)
def test_hostile_parameters(name, kwargs):
    if np.isinf(kwargs.get("t1", 1.0)):
        kwargs = {**kwargs, "t1": 5.0}
    for parameter, value in kwargs.items():
        for bad in BAD_VALUES.get(parameter, BAD_PROBABILITIES):
            hostile = np.where(np.arange(15) == 3, bad, value) if np.ndim(value) else bad
            with pytest.raises(ValueError, match=rf"{parameter}.* is not allowed: it must be"):
                member(name, {**kwargs, parameter: hostile})
            with pytest.raises(ValueError, match=rf"{parameter}.* is not allowed: it must be"):
                member(name, {**kwargs, parameter: [value, hostile]})
        for bad in ("0.1", True, 0.1j, object()):
            with pytest.raises(TypeError, match=parameter):
                member(name, {**kwargs, parameter: bad})


def test_probabilities_that_sum_above_one_are_refused():
    channels.pauli(0.1, 0.2, 0.7)  # 1 + 2e-16 in double precision
    with pytest.raises(ValueError, match=r"p_x \+ p_y \+ p_z = 1.1"):
        channels.pauli(0.5, 0.5, 0.1)
    with pytest.raises(ValueError, match="sum of probabilities"):
        channels.two_qubit_pauli(np.full(15, 0.1))
    with pytest.raises(ValueError, match="probabilities has shape"):
        channels.two_qubit_pauli(np.zeros(16))


@pytest.mark.parametrize("make", [channels.depolarizing, channels.two_qubit_depolarizing])
def test_depolarizing_takes_exactly_one_parameter(make):
    for kwargs in ({}, {"p_error": 0.1, "p_replace": 0.1}):
        with pytest.raises(TypeError, match="exactly one of p_error and p_replace"):
            make(**kwargs)
    with pytest.raises(TypeError):
        make(0.1)


def test_channels_that_do_not_fit_are_refused():
    one, two = channels.dephasing([0.1, 0.2]), channels.two_qubit_depolarizing(p_error=0.1)
    with pytest.raises(ValueError, match="cannot compose"):
        one @ two
    with pytest.raises(ValueError, match="two qubits at most"):
        one.tensor(two)
    with pytest.raises(ValueError, match="do not broadcast"):
        one @ channels.dephasing([0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="do not broadcast"):
        channels.pauli([0.1, 0.2], [0.1, 0.2, 0.3], 0.0)
    with pytest.raises(TypeError):
        one @ np.eye(4)
    with pytest.raises(TypeError):
        np.eye(4) @ one
    with pytest.raises(TypeError, match="other"):
        one.tensor(np.eye(4))
