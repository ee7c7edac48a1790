"""Writes the arrays of every case to the file named as argument: python tests/isa_cases.py OUT.npz

tests/python/test_isa.py runs this once per instruction set and compares. An array of times, counts,
outcomes or random variates must be the same bits everywhere; a name that ends in `~` may differ by
1e-12. A new sampler adds its case here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

import ebit
from ebit import _core

Arrays = dict[str, npt.NDArray[np.generic]]


def streams() -> Arrays:
    """Every variate of the rng room."""
    stream = _core.Stream(2**63 + 5, 2**40 + 1, 3)
    weights = np.array([0.1, 0.0, 2.0, 0.7, 3.3])
    return {
        "words": stream.words(1001),
        "uniform": stream.uniform(1001),
        "bernoulli": stream.bernoulli(0.3, 1001),
        "categorical": stream.categorical(weights, 1001),
        **{f"geometric {p:g}": stream.geometric(p, 5000) for p in (1.0, 0.9, 0.1, 1e-4, 1e-9, 1e-12)},
    }


CASES: dict[str, Callable[[], Arrays]] = {
    "rng": streams,
}


def main(path: str) -> None:
    arrays = {f"{case}: {name}": array for case, make in CASES.items() for name, array in make().items()}
    np.savez(path, isa=np.array(_core.isa()), version=np.array(ebit.__version__), **arrays)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1])
