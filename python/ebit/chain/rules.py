"""What all protocols and cut-offs are: immutable rules, known by their fields."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ebit._points import Value


class Rules(Value):
    """Base of frozen dataclasses, the numbers among whose fields may be arrays."""

    __slots__ = ()

    @property
    def _tree(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
