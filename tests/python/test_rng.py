"""The rng room: known answers, the plain-Python twin bit for bit, distributions, hostile input."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from ebit import _core
from reference import rng as twin

ONES = 0xFFFFFFFF
STREAMS = [
    (0, 0, 0),
    (1, 0, 0),
    (0, 1, 0),
    (0, 0, 1),
    (2**64 - 1, 2**64 - 1, 2**32 - 1),
    (7 << 40, 3 << 33, 2),
]


def twin_words(key: int, block: int, purpose: int, count: int) -> list[int]:
    return list(itertools.islice(twin.words(key, block, purpose), count))


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([ONES] * 4, [ONES] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_philox_gives_the_known_answers_of_random123(
    counter: list[int], key: list[int], answer: list[int]
) -> None:
    assert _core.philox4x32(counter, key) == answer
    assert twin.philox4x32(counter, key) == answer


@pytest.mark.parametrize("stream", STREAMS)
def test_words_equal_the_twin(stream: tuple[int, int, int]) -> None:
    assert _core.Stream(*stream).words(1003).tolist() == twin_words(*stream, 1003)


@pytest.mark.parametrize("stream", STREAMS)
def test_uniform_variates_equal_the_twin(stream: tuple[int, int, int]) -> None:
    expected = [twin.uniform(word) for word in twin_words(*stream, 500)]
    assert _core.Stream(*stream).uniform(500).tolist() == expected


@pytest.mark.parametrize("p", [0.0, 2.0**-62, 1e-3, 0.25, 0.5, 0.9, 1.0])
def test_bernoulli_variates_equal_the_twin(p: float) -> None:
    expected = [twin.bernoulli(word, p) for word in twin_words(5, 6, 7, 2000)]
    assert _core.Stream(5, 6, 7).bernoulli(p, 2000).tolist() == expected


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 9, 100])
def test_categorical_variates_equal_the_twin(n: int) -> None:
    weights = np.random.default_rng(n).random(n)
    weights[n // 2] = 0.0 if n > 1 else 1.0
    expected = [twin.categorical(word, weights.tolist()) for word in twin_words(5, 6, 7, 2000)]
    assert _core.Stream(5, 6, 7).categorical(weights, 2000).tolist() == expected


@pytest.mark.parametrize("p", [1.0, 1 - 2**-53, 0.9, 0.5, 0.1, 1e-2, 1e-4, 1e-6, 1e-9, 1e-12])
def test_geometric_variates_equal_the_twin(p: float) -> None:
    # Both invert the same uniforms; they may differ only where log(u) / log1p(-p) is an integer to
    # rounding, and then by one.
    words = twin_words(1, 2, 3, 4000)
    expected = np.array([twin.geometric(word, p) for word in words])
    drawn = _core.Stream(1, 2, 3).geometric(p, 4000)
    assert drawn.min() >= 1.0
    assert np.array_equal(drawn, np.floor(drawn))
    assert np.all(np.abs(drawn - expected) <= np.maximum(expected * 2.0**-51, 0.0 if p > 1e-3 else 1.0))
    assert np.mean(drawn != expected) < 1e-3 + p**-1 * 2.0**-50


@pytest.mark.parametrize("p", [0.9, 0.5003, 0.3, 0.1, 0.01, 1e-3, 2.6e-4, 2.4e-4, 1e-5])
def test_no_variate_is_settled_too_early(p: float) -> None:
    """Logarithms in single precision, where they are certain, change no variate."""
    words = _core.Stream(5, 6, 7).words(1 << 22)
    log = np.log(((words >> np.uint64(11)).astype(np.float64) + 1.0) * 2.0**-53)
    drawn = _core.Stream(5, 6, 7).geometric(p, 1 << 22)
    assert np.array_equal(drawn, np.floor(log / np.log1p(-p)) + 1.0)


@pytest.mark.parametrize("p", [1.0, 0.999, 0.7, 0.5, 0.1, 1e-3, 1e-6, 1e-12])
def test_geometric_distribution(p: float) -> None:
    n = 200_000
    times = _core.Stream(11, 0, 0).geometric(p, n)
    sigma = math.sqrt(1.0 - p) / p
    assert abs(times.mean() - 1.0 / p) <= 5.0 * sigma / math.sqrt(n)
    for quantile in (0.1, 0.5, 0.9):
        t = max(1.0, math.ceil(math.log1p(-quantile) / math.log1p(-p))) if p < 1.0 else 1.0
        exact = -math.expm1(t * math.log1p(-p)) if p < 1.0 else 1.0
        assert abs(np.mean(times <= t) - exact) <= 5.0 * math.sqrt(exact * (1.0 - exact) / n)


@pytest.mark.parametrize("p", [1.0, 0.5, 0.1, 1e-3, 1e-12, 0.0])
def test_bernoulli_distribution(p: float) -> None:
    n = 200_000
    ones = int(_core.Stream(12, 0, 0).bernoulli(p, n).sum(dtype=np.int64))
    assert abs(ones - n * p) <= 5.0 * math.sqrt(n * p * (1.0 - p)) + (1e-3 if p == 1e-12 else 0.0)


def test_categorical_distribution() -> None:
    n, weights = 200_000, np.array([0.0, 1.0, 2.0, 0.0, 5.0, 1e-3])
    counts = np.bincount(_core.Stream(13, 0, 0).categorical(weights, n), minlength=len(weights))
    p = weights / weights.sum()
    assert np.all(np.abs(counts - n * p) <= 5.0 * np.sqrt(n * p * (1.0 - p)))


def test_uniform_distribution() -> None:
    n = 1_000_000
    u = _core.Stream(14, 0, 0).uniform(n)
    assert u.min() >= 0.0
    assert u.max() < 1.0
    assert abs(u.mean() - 0.5) <= 5.0 * math.sqrt(1.0 / 12.0 / n)
    counts = np.histogram(u, bins=64, range=(0.0, 1.0))[0]
    chi_square = float(((counts - n / 64) ** 2 / (n / 64)).sum())
    assert abs(chi_square - 63.0) <= 5.0 * math.sqrt(2.0 * 63.0)


def test_lanes_and_streams_are_uncorrelated() -> None:
    rows = [_core.Stream(*key).uniform(80_000).reshape(-1, 8).T for key in STREAMS]
    correlation = np.corrcoef(np.concatenate(rows))
    off_diagonal = correlation[~np.eye(len(correlation), dtype=bool)]
    assert np.abs(off_diagonal).max() <= 6.0 / math.sqrt(10_000)  # the largest of 2256 entries


@pytest.mark.parametrize("p", [math.nan, math.inf, -math.inf, -1.0, 0.0, 1e-13, 1.0 + 1e-15])
def test_geometric_refuses(p: float) -> None:
    with pytest.raises(ValueError, match=r"^p = .* is not allowed: it must be in \[1e-12, 1\]"):
        _core.Stream(0, 0, 0).geometric(p, 1)


@pytest.mark.parametrize("p", [math.nan, math.inf, -1e-300, 1.0 + 1e-15])
def test_bernoulli_refuses(p: float) -> None:
    with pytest.raises(ValueError, match=r"^p = .* is not allowed: it must be a probability"):
        _core.Stream(0, 0, 0).bernoulli(p, 1)


@pytest.mark.parametrize(
    "weights", [[], [0.0], [math.nan, 1.0], [1.0, -1e-9], [math.inf, 1.0], [1e308, 1e308]]
)
def test_categorical_refuses(weights: list[float]) -> None:
    with pytest.raises(ValueError, match=r"weights.* is not allowed: it must be"):
        _core.Stream(0, 0, 0).categorical(np.array(weights), 1)


@pytest.mark.parametrize(
    "arguments", [(-1, 0, 0), (2**64, 0, 0), (0, -1, 0), (0, 0, 2**32), (0.5, 0, 0), ("a", 0, 0)]
)
def test_a_stream_refuses_a_key_that_does_not_fit(arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        _core.Stream(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [-1, 1.5, 2**64])
def test_a_stream_refuses_a_count_that_is_none(count: object) -> None:
    with pytest.raises(TypeError):
        _core.Stream(0, 0, 0).words(count)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [2**62, 2**63, 2**64 - 1])
def test_a_stream_refuses_a_count_that_has_no_room(count: int) -> None:
    with pytest.raises((MemoryError, ValueError)):
        _core.Stream(0, 0, 0).uniform(count)


def test_nothing_is_drawn_for_an_empty_request() -> None:
    stream = _core.Stream(1, 2, 3)
    for empty in (stream.words(0), stream.uniform(0), stream.geometric(0.5, 0), stream.bernoulli(0.5, 0)):
        assert empty.shape == (0,)
    assert stream.words(8).tolist() == twin_words(1, 2, 3, 8)
