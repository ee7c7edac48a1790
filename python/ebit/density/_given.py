"""The linear maps that are left of a bilinear one when one of its states is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ebit._arrays import FloatArray
from ebit.density._states import State, as_state

if TYPE_CHECKING:
    from ebit.density.bilinear_map import BilinearMap


def transfers_given(bmap: BilinearMap, left: State | None, right: State | None) -> FloatArray:
    """Return the maps of all outcomes with one state given, shape (..., outcomes, 4^k, 4^k)."""
    if (left is None) == (right is None):
        raise TypeError("exactly one of left and right must be given")
    out, i, j, character, coefficient = bmap.terms
    if right is not None:
        free, given, state, name = i, j, right, "right"
        num_free, num_given = bmap.num_left, bmap.num_right
    else:
        assert left is not None
        free, given, state, name = j, i, left, "left"
        num_free, num_given = bmap.num_right, bmap.num_left
    if num_free != bmap.num_out or num_free not in (1, 2):
        raise ValueError(
            f"the map takes the other state from {num_free} to {bmap.num_out} qubits: "
            "a channel or instrument takes 1 to 1 or 2 to 2"
        )
    values = as_state(name, state, num_given).coefficients
    is_batch = values.ndim == 2 or coefficient.ndim == 2
    values, factors = (array.reshape(len(array), -1) for array in (values, coefficient))
    products = factors * values[given]
    side = 4**num_free
    maps = np.zeros((1 << bmap.num_bits, side * side, products.shape[1]))
    for outcome, flat in enumerate(maps):
        signs = 1.0 - 2.0 * (np.bitwise_count(character & outcome) % 2)
        np.add.at(flat, side * out + free, signs[:, None] * products)
    maps = np.moveaxis(maps, -1, 0).reshape(-1, 1 << bmap.num_bits, side, side)
    return maps if is_batch else maps[0]
