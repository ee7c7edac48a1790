"""Methods whose body is compiled: only their signature and docstring are written in Python.

The class takes the function of the library itself, so that a call goes straight there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ebit import _core

Method = TypeVar("Method", bound=Callable[..., Any])


def bound(owner: type) -> Callable[[Method], Method]:
    """Decorate a method without a body: the one of that name in `owner`, a class of `_core`, stands in."""

    def take(method: Method) -> Method:
        function: Method = getattr(owner, method.__name__)
        signature = inspect.signature(method)
        bare = signature.replace(
            parameters=[p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()],
            return_annotation=inspect.Signature.empty,
        )
        text = inspect.cleandoc(method.__doc__ or "")
        _core.document(function, f"{method.__name__}{bare}\n--\n\n{text}\n")
        return function

    return take
