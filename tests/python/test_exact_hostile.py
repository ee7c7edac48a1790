"""What exact answers refuse, and how they say it."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

import ebit
from reference.hardware import bare_chain

CHAIN = bare_chain([0.3] * 2, 0.5, protocol=ebit.Doubling())


@pytest.mark.parametrize("ask", [ebit.exact.waiting_time, ebit.exact.pair, ebit.exact.figures])
@pytest.mark.parametrize("chain", [None, 3, "chain", [CHAIN]])
def test_what_is_not_a_chain(ask, chain) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TypeError, match=r"chain = .* must be a Chain"):
        ask(chain)


@pytest.mark.parametrize("tail", [0.0, -1e-3, 1e-14, 0.2, 1.0, math.nan, math.inf])
def test_tails_out_of_range(tail: float) -> None:
    with pytest.raises(ValueError, match=r"tail = .* must be in \[1e-13, 0.1\]"):
        ebit.exact.waiting_time(CHAIN, tail)


@pytest.mark.parametrize("tail", ["small", None, [1e-3, 1e-4], 1j])
def test_tails_of_the_wrong_type(tail: object) -> None:
    with pytest.raises(TypeError, match="tail"):
        ebit.exact.waiting_time(CHAIN, tail)  # type: ignore[arg-type]


@pytest.mark.parametrize("ask", [ebit.exact.waiting_time, ebit.exact.pair, ebit.exact.figures])
def test_size_limits(ask) -> None:  # type: ignore[no-untyped-def]
    for limit in (0, -5, 15):
        with pytest.raises(ValueError, match=r"size_limit = .* at least 16"):
            ask(CHAIN, size_limit=limit)
    for limit in (1e5, "big", None):
        with pytest.raises(TypeError, match="size_limit"):
            ask(CHAIN, size_limit=limit)


@pytest.mark.parametrize("ask", [ebit.exact.waiting_time, ebit.exact.pair, ebit.exact.figures])
@pytest.mark.parametrize("protocol", [ebit.SwapAsap(), ebit.Doubling()])
def test_different_attempt_times(ask, protocol) -> None:  # type: ignore[no-untyped-def]
    links = [ebit.links.ideal(0.5, attempt_time=time) for time in (1.0, 2.0)]
    with pytest.raises(ebit.exact.NotCovered, match=r"different attempt times \(1.0 and 2.0 s\)"):
        ask(ebit.Chain(links, protocol=protocol))


@pytest.mark.parametrize("ask", [ebit.exact.waiting_time, ebit.exact.pair, ebit.exact.figures])
@pytest.mark.parametrize(("word", "level"), [("ss", 1), ("ds", 1), ("sd", 1), ("sbd", 2)])
def test_fidelity_cutoffs_above_links(ask, word: str, level: int) -> None:  # type: ignore[no-untyped-def]
    cutoffs = [ebit.CutOff()] * len(word)
    cutoffs[level] = ebit.CutOff("fidelity", 0.5)
    links = [ebit.links.ideal(0.5)] * 2 ** word.count("s")
    chain = ebit.Chain(links, protocol=ebit.Nested(word, cutoffs), end_nodes="store")
    with pytest.raises(ebit.exact.NotCovered, match=f"fidelity cut-off of level {level}: only level 0"):
        ask(chain)


def test_ages_that_make_too_many_configurations() -> None:
    chain = ebit.Chain([ebit.links.ideal(0.1)] * 5, protocol=ebit.Slotted(cutoff=20.0))
    with pytest.raises(ebit.exact.NotCovered, match="a matrix of transitions needs at least"):
        ebit.exact.waiting_time(chain)


def test_a_refusal_is_a_value_error() -> None:
    assert issubclass(ebit.exact.NotCovered, ValueError)


REFUSED = [
    (bare_chain([1e-9] * 16, 0.5, protocol=ebit.Doubling()), "table of waiting times needs"),
    (bare_chain([0.5] * 9, 0.5), "no exact answer for 9 links .* at most 8"),
    (bare_chain([0.5] * 64, 0.1, protocol=ebit.Doubling()), "table of waiting times needs"),
]


@pytest.mark.parametrize(("chain", "words"), REFUSED)
def test_too_large(chain: ebit.Chain, words: str) -> None:
    for ask in (ebit.exact.waiting_time, ebit.exact.figures):
        with pytest.raises(ebit.exact.NotCovered, match=words):
            ask(chain)
    assert ebit.exact.pair(chain).fidelity() == 1.0  # perfect memories: it needs no waiting times


def test_too_much_work() -> None:
    node = ebit.Node(memory=ebit.Memory(t2=1e4))
    links = [ebit.links.ideal(1e-3 * (1.0 + 0.01 * k)) for k in range(20)]
    chain = ebit.Chain(links, [node] * 21, end_nodes="store")
    with pytest.raises(ebit.exact.NotCovered, match=r"20 links with end nodes .* multiplications"):
        ebit.exact.pair(chain, size_limit=50_000)
    with pytest.raises(ebit.exact.NotCovered, match="table of waiting times needs"):
        ebit.exact.pair(chain, size_limit=5000)
    slow = ebit.Chain([ebit.links.ideal(1e-9)] * 20, [node] * 21, end_nodes="store")
    with pytest.raises(ebit.exact.NotCovered, match="table of waiting times needs"):
        ebit.exact.pair(slow)


def test_a_table_that_is_too_large_leaves_the_closed_form() -> None:
    law = ebit.exact.waiting_time(bare_chain([1e-9] * 3))
    assert law.cdf(law.quantile(0.25)) == pytest.approx(0.25, abs=1e-8)
    assert len(law) > 1e10
    with pytest.raises(ebit.exact.NotCovered, match="entries, more than size_limit"):
        _ = law.probabilities


@pytest.fixture(params=["table", "closed form"])
def law(request: pytest.FixtureRequest) -> ebit.exact.WaitingTimeLaw:
    return ebit.exact.waiting_time(CHAIN if request.param == "table" else bare_chain([0.3, 0.5]))


@pytest.mark.parametrize("q", [0.0, 1.0, -0.5, 2.0, math.nan, math.inf, [0.5, 0.0]])
def test_quantiles_out_of_range(law: ebit.exact.WaitingTimeLaw, q: object) -> None:
    with pytest.raises(ValueError, match=r"q = .* must be in \(0, 1\)"):
        law.quantile(q)  # type: ignore[arg-type]


def test_quantiles_beyond_the_table() -> None:
    law = ebit.exact.waiting_time(CHAIN, tail=1e-3)
    with pytest.raises(ValueError, match="beyond the table"):
        law.quantile(0.99999)
    assert law.quantile([[0.5], [0.9]]).shape == (2, 1)


def test_times_of_any_kind(law: ebit.exact.WaitingTimeLaw) -> None:
    for question in (law.cdf, law.pmf):
        with pytest.raises(ValueError, match=r"time = .* must not be NaN"):
            question(math.nan)
        with pytest.raises(TypeError, match="time"):
            question("soon")  # type: ignore[arg-type]
        assert question([]).shape == (0,)
        assert question([[0.0, -1.0, -math.inf]]).tolist() == [[0.0, 0.0, 0.0]]
    assert law.cdf([math.inf, 1e300, 1e9]).tolist() == pytest.approx([1.0] * 3, abs=1e-11)
    assert law.pmf([math.inf, 1e300, 1e9]).tolist() == [0.0] * 3


def test_tables_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        ebit.exact.waiting_time(CHAIN).probabilities[1] = 1.0


def test_the_room_is_imported_late() -> None:
    code = "import sys, ebit; assert 'ebit.exact' not in sys.modules; ebit.exact.figures; print('late')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "late\n"
