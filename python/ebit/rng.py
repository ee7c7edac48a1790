"""The one door through which randomness comes in: `rng=` becomes a 64-bit run key."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

# As text: importing numpy.random takes longer than all of this package.
Rng: TypeAlias = "int | np.integer | np.random.SeedSequence | np.random.Generator | None"

_KEYS = 1 << 64


def run_key(rng: Rng) -> int:
    """Turn `rng` into the key that every random number of a run depends on.

    Parameters
    ----------
    rng : int, SeedSequence, Generator or None
        An integer in [0, 2**64) is the key itself. A `numpy.random.SeedSequence` gives its first
        64-bit word, a `numpy.random.Generator` draws one (and moves on), None takes fresh entropy
        from the operating system.

    Returns
    -------
    int
        The key, in [0, 2**64). The same key gives the same results.

    Raises
    ------
    ValueError
        If an integer is negative or too large.
    TypeError
        If `rng` is of another type.

    Examples
    --------
    >>> from ebit.rng import run_key
    >>> run_key(7)
    7
    """
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool):
        key = int(rng)
        if not 0 <= key < _KEYS:
            raise ValueError(f"rng = {rng} is not allowed: an integer must be in [0, 2**64)")
        return key
    if rng is None:
        rng = np.random.SeedSequence()
    if isinstance(rng, np.random.SeedSequence):
        return int(rng.generate_state(1, np.uint64)[0])
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(_KEYS, dtype=np.uint64, endpoint=False))
    raise TypeError(f"rng = {rng!r} is not allowed: it must be an integer, SeedSequence, Generator or None")
