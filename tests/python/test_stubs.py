"""The stubs match the compiled module: the same names, the same numbers of parameters."""

from __future__ import annotations

import ast
import inspect
import re
import types
from pathlib import Path
from typing import Any

from ebit import _core

STUBS = Path(__file__).parents[2] / "python" / "ebit" / "_core.pyi"

Signatures = dict[str, set[int] | None]  # numbers of parameters, one per overload; None: no function


def parameter_count(arguments: str) -> int:
    """Count the parameters in a pybind11 signature: commas outside brackets and quotes; not `*args`."""
    text = re.sub(r'"[^"]*"|, \*args', "", arguments).strip()
    depth, commas = 0, 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        commas += character == "," and depth == 0
    return commas + 1 if text else 0


def compiled_counts(name: str, function: Any) -> set[int]:
    pattern = rf"^(?:\d+\. )?{re.escape(name)}\((.*)\) -> "
    found = re.findall(pattern, function.__doc__ or "", flags=re.MULTILINE)
    inherited = isinstance(function, types.WrapperDescriptorType)
    if not found and not inherited and getattr(function, "__text_signature__", None):
        # Documented by the Python half.
        parameters = inspect.signature(function).parameters.values()
        return {sum(p.kind is not inspect.Parameter.VAR_POSITIONAL for p in parameters)}
    return {parameter_count(arguments) for arguments in found}


PLUMBING = {"__class__", "__dict__", "__doc__", "__module__", "__new__", "__weakref__"}


def is_written(name: str, value: object) -> bool:
    """Whether somebody bound this member of a class; pybind11 and Python add some of their own."""
    if name == "__init__" and not compiled_counts(name, value):
        return False  # of a class without a constructor
    return name not in PLUMBING and not name.startswith(("_pybind11", "__pybind11"))


def compiled_signatures() -> Signatures:
    found: Signatures = {}

    def add(name: str, value: Any) -> None:
        plain = value.__func__ if isinstance(value, staticmethod) else value
        is_function = callable(plain) and not inspect.isclass(plain)
        found[name] = compiled_counts(name.split(".")[-1], plain) if is_function else None

    for name, value in vars(_core).items():
        if not name.startswith("__"):
            add(name, value)
        if inspect.isclass(value):
            for member, what in vars(value).items():
                if is_written(member, what):
                    add(f"{name}.{member}", what)
    return found


def stub_signatures() -> Signatures:
    found: Signatures = {}

    def visit(nodes: list[ast.stmt], prefix: str) -> None:
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                found[node.name] = None
                visit(node.body, f"{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                arguments = node.args
                count = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)
                decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
                name = prefix + node.name
                if "property" in decorators:
                    found[name] = None
                elif not any(decorator.endswith(".setter") for decorator in decorators):
                    found[name] = {count} | (found.get(name) or set())
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[prefix + node.target.id] = None

    visit(ast.parse(STUBS.read_text()).body, "")
    return found


def test_the_stubs_name_what_the_module_holds() -> None:
    compiled, stubs = compiled_signatures(), stub_signatures()
    assert sorted(compiled.keys() - stubs.keys()) == [], "missing from _core.pyi"
    assert sorted(stubs.keys() - compiled.keys()) == [], "not in the compiled module"


def test_the_stubs_have_the_parameters_of_the_module() -> None:
    compiled, stubs = compiled_signatures(), stub_signatures()
    differing = {
        n: (compiled[n], stubs[n]) for n in compiled.keys() & stubs.keys() if compiled[n] != stubs[n]
    }
    assert differing == {}, "(compiled, stub) numbers of parameters"
