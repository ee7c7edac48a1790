"""Exact answers of chains with a shape: one point after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np

from ebit._points import Shape
from ebit.chain import Chain
from ebit.exact._refusal import NotCovered
from ebit.state import Pair

_Options = ParamSpec("_Options")
_Answer = TypeVar("_Answer")


def over_points(
    question: Callable[Concatenate[Chain, _Options], _Answer],
) -> Callable[Concatenate[Chain, _Options], _Answer]:
    """Let a question about a single chain be asked of a chain with a shape, too.

    Its answers are then arrays over the points: of numbers, of dicts of numbers (NaN where a point has
    none of that name), a batch of pairs, or an array of objects.
    """

    @wraps(question)
    def asked(chain: Chain, *args: _Options.args, **options: _Options.kwargs) -> _Answer:
        if not isinstance(chain, Chain) or chain.shape == ():
            return question(chain, *args, **options)
        # An iterator would have nothing left for the second point.
        given: Any = [list(value) if isinstance(value, Iterator) else value for value in args]
        named: Any = {name: list(v) if isinstance(v, Iterator) else v for name, v in options.items()}
        answers = []
        for index in np.ndindex(chain.shape):
            try:
                answers.append(question(chain.point(index), *given, **named))
            except NotCovered as refusal:
                raise NotCovered(f"{refusal} (at point {index})") from None
        return cast(_Answer, _together(answers, chain.shape))

    return cast(Callable[Concatenate[Chain, _Options], _Answer], asked)


def _together(answers: Sequence[Any], shape: Shape) -> Any:
    first = answers[0]
    if isinstance(first, dict):
        names = dict.fromkeys(name for answer in answers for name in answer)
        return {name: _together([answer.get(name, np.nan) for answer in answers], shape) for name in names}
    if isinstance(first, Pair):
        return Pair(np.array([answer.correlations for answer in answers]).reshape(*shape, 4, 4))
    if isinstance(first, int | float | np.number):
        return np.array(answers, dtype=np.float64).reshape(shape)
    objects = np.empty(len(answers), dtype=object)
    objects[:] = answers
    return objects.reshape(shape)
