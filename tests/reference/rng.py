"""Twin of the rng room in plain Python integers.

Philox4x32-10: Salmon et al., SC'11. xoshiro256++: Blackman and Vigna, ACM TOMS 47:36 (2021).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

MASK32 = (1 << 32) - 1
MASK64 = (1 << 64) - 1


def philox4x32(counter: list[int], key: list[int]) -> list[int]:
    """Ten rounds of multiply, exchange and add key; 32-bit words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & MASK32, (a >> 32) ^ c3 ^ k1, a & MASK32
        k0, k1 = (k0 + 0x9E3779B9) & MASK32, (k1 + 0xBB67AE85) & MASK32
    return [c0, c1, c2, c3]


def lane_states(key: int, block: int, purpose: int) -> list[list[int]]:
    """The four xoshiro state words of each of the eight lanes of a stream."""
    words = []
    for index in range(16):
        counter = [block & MASK32, block >> 32, purpose, index]
        r = philox4x32(counter, [key & MASK32, key >> 32])
        words += [r[0] | r[1] << 32, r[2] | r[3] << 32]
    return [[words[8 * w + lane] for w in range(4)] for lane in range(8)]


def xoshiro256pp(state: list[int]) -> int:
    """Return one word and move `state` on by one step."""

    def rotl(x: int, k: int) -> int:
        return (x << k | x >> (64 - k)) & MASK64

    word = (rotl((state[0] + state[3]) & MASK64, 23) + state[0]) & MASK64
    t = state[1] << 17 & MASK64
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= t
    state[3] = rotl(state[3], 45)
    return word


def words(key: int, block: int, purpose: int) -> Iterator[int]:
    """The words of a stream: step i of lane l is word 8 i + l."""
    lanes = lane_states(key, block, purpose)
    while True:
        for lane in lanes:
            yield xoshiro256pp(lane)


def uniform(word: int) -> float:
    """k 2^-53 with k = 0 .. 2^53 - 1."""
    return (word >> 11) * 2.0**-53


def geometric(word: int, p: float) -> float:
    """T >= 1 by inversion: P(T > t) = (1 - p)^t."""
    u = ((word >> 11) + 1) * 2.0**-53
    return 1.0 if p == 1.0 else math.floor(math.log(u) / math.log1p(-p)) + 1.0


def bernoulli(word: int, p: float) -> int:
    """1 with probability p, to 2^-62."""
    return int(word >> 2 < int(p * 2**62))


def categorical(word: int, weights: list[float]) -> int:
    """The first category whose cumulative weight lies above a uniform fraction of the sum."""
    x = uniform(word) * sum(weights)
    cumulative = 0.0
    for index, weight in enumerate(weights):
        cumulative += weight
        if cumulative > x:
            return index
    raise AssertionError("weights sum to nothing")
