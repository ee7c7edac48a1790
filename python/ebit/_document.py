"""Chain descriptions as plain trees: addresses, overrides, defaults and what a schema says of them.

An address is a path of keys and list positions joined by dots, ``nodes.1.memory.t2``.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import inspect

Address: TypeAlias = tuple[str | int, ...]
Tree: TypeAlias = dict[str, Any]
T = TypeVar("T")


class ConfigError(ValueError):
    """A chain description that cannot be used; the message is one line and names the address.

    Examples
    --------
    >>> import ebit
    >>> ebit.load("no-such-file.toml")
    Traceback (most recent call last):
    ebit.config.ConfigError: no-such-file.toml: cannot read it: No such file or directory
    """

    __module__ = "ebit.config"  # where users find it


def dotted(address: Address) -> str:
    return ".".join(map(str, address))


def one_of(names: Iterable[object], wrong: object) -> str:
    """List what is allowed, the nearest first if something is near."""
    allowed = sorted(map(str, names))
    near = difflib.get_close_matches(str(wrong), allowed, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}allowed here: {', '.join(allowed) or 'nothing'}"


def read_toml(path: Path) -> Tree:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read it: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError("cannot read it: it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"it is not TOML: {error}") from None


Override: TypeAlias = tuple[Address, Any]


def parsed_override(assignment: str, schema: type) -> Override:
    """Read ``nodes.1.memory.t2=0.2``; the value is written as in TOML.

    Where the schema wants a text, a single word needs no quotes.
    """
    name, equals, value = (part.strip() for part in assignment.partition("="))
    address: Address = tuple(int(key) if key.isdecimal() else key for key in name.split("."))
    if not equals or not all(str(key) for key in address):
        raise ConfigError(
            f"{assignment!r} is not an override: write ADDRESS=VALUE, as in nodes.1.memory.t2=0.2"
        )
    try:
        parsed = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        parsed = {}
    if not parsed and re.fullmatch(r"[A-Za-z][\w-]*", value) and _wants_text(schema, address):
        parsed = {"value": value}
    if parsed.keys() != {"value"}:
        raise ConfigError(
            f"{name} = {value} is not a TOML value (a text needs quotes, a number a leading digit)"
        )
    return address, parsed["value"]


def changed(tree: Any, address: Address, value: Any, depth: int = 0) -> Any:
    """Return `tree` with `value` at `address`; tables on the way are made, list entries must exist."""
    if depth == len(address):
        return value
    key, here = address[depth], dotted(address[: depth + 1])
    if isinstance(tree, list):
        if not isinstance(key, int) or key >= len(tree):
            raise ConfigError(f"{here}: no such entry; {_range(address[:depth], len(tree))}")
        return [*tree[:key], changed(tree[key], address, value, depth + 1), *tree[key + 1 :]]
    if not isinstance(tree, dict):
        raise ConfigError(f"{here}: no such key; {dotted(address[:depth])} is a single value")
    below = tree.get(str(key), {} if depth + 1 < len(address) else None)
    return {**tree, str(key): changed(below, address, value, depth + 1)}


def _range(where: Address, count: int) -> str:
    first, last = dotted((*where, 0)), dotted((*where, count - 1))
    return "it is empty" if count == 0 else f"there is {first}" + (f" to {last}" if count > 1 else " alone")


def merged(defaults: Mapping[str, Any], own: Mapping[str, Any], tags: Iterable[str]) -> Tree:
    """Fill `own` with `defaults`, table by table.

    A table that names another kind than the default's (under one of the keys `tags`) takes nothing
    from it.
    """
    if any(tag in own and own[tag] != defaults.get(tag) for tag in tags):
        return dict(own)
    result = dict(defaults)
    for key, value in own.items():
        below = defaults.get(key)
        both_tables = isinstance(value, dict) and isinstance(below, dict)
        result[key] = merged(below, value, tags) if both_tables else value  # type: ignore[arg-type]
    return result


def contains(tree: Any, address: Address) -> bool:
    """Whether something stands at `address`."""
    for key in address:
        if isinstance(tree, dict):
            inside = key in tree
        else:
            inside = isinstance(tree, list) and isinstance(key, int) and key < len(tree)
        if not inside:
            return False
        tree = tree[key]
    return True


class SchemaError(ConfigError):
    """What a schema says against a tree: the sentence goes on from the dotted `address`."""

    def __init__(self, address: Address, sentence: str) -> None:
        super().__init__(dotted(address) + sentence)
        self.address = address
        self.sentence = sentence


def convert(tree: Any, schema: type[T]) -> T:
    """Turn a tree into frozen structs, or raise `SchemaError`."""
    try:
        return msgspec.convert(tree, schema)
    except msgspec.ValidationError as error:
        raise _explained(str(error), tree, schema) from None


def _explained(text: str, tree: Any, schema: type) -> SchemaError:
    text, _, path = text.partition(" - at `$")
    address: Address = tuple(
        int(index) if index else key for key, index in re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", path)
    )
    quoted = re.search(r"`(.*)`", text)
    name = quoted[1] if quoted else ""
    if text.startswith("Object contains unknown field"):
        return SchemaError((*address, name), f": no such key; {one_of(_keys(schema, tree, address), name)}")
    if text.startswith("Object missing required field"):
        choices = _choices(schema, tree, (*address, name))
        return SchemaError((*address, name), " is missing" + (f"; {one_of(choices, '')}" if choices else ""))
    value: Any = tree
    for key in address:
        value = value[key]
    shown = "a table" if isinstance(value, dict) else repr(value)
    if item := _one_or_two(schema, tree, address):
        return SchemaError(address, f" = {shown} is not allowed: it must be {item}")
    if text.startswith("Invalid"):
        choices = _choices(schema, tree, address)
        return SchemaError(address, f" = {value!r} is not allowed; {one_of(choices, value)}")
    allowed = (
        text.removeprefix("Expected ")
        .split(", got")[0]
        .replace("`", "")
        .replace(" | null", "")
        .replace("object", "table")
    )
    return SchemaError(address, f" = {shown} is not allowed: it must be of type {allowed}")


def _structs(kind: inspect.Type, place: Any) -> list[inspect.StructType]:
    """The structs that may stand here; only the one whose tag `place` bears, if it bears one."""
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    structs = [k for k in kinds if isinstance(k, inspect.StructType)]
    chosen = [
        k
        for k in structs
        if isinstance(place, dict) and k.tag is not None and place.get(k.tag_field) == k.tag
    ]
    return chosen or structs


def _at(schema: type, tree: Any, address: Address) -> tuple[inspect.Type, Any]:
    kind, place = inspect.type_info(schema), tree
    for key in address:
        kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
        lists = [k for k in kinds if isinstance(k, inspect.VarTupleType | inspect.TupleType)]
        if lists and isinstance(key, int):
            own = lists[0]
            kind = own.item_type if isinstance(own, inspect.VarTupleType) else own.item_types[0]
        else:
            fields = [f for struct in _structs(kind, place) for f in struct.fields if f.encode_name == key]
            kind = fields[0].type if fields else inspect.AnyType()
        inside = contains(place, (key,))
        place = place[key] if inside else None
    return kind, place


def _kinds(schema: type, tree: Any, address: Address) -> tuple[inspect.Type, ...]:
    kind, _ = _at(schema, tree, address)
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _one_or_two(schema: type, tree: Any, address: Address) -> str:
    """What may stand here alone or as a list of two, if something may."""
    kinds = _kinds(schema, tree, address)
    for kind in kinds:
        if isinstance(kind, inspect.TupleType) and kind.item_types[0] in kinds:
            item = kind.item_types[0]
            if isinstance(item, inspect.LiteralType):
                return f"{' or '.join(map(repr, item.values))}, or a list of two of these"
            return (
                "a table or two tables" if isinstance(item, inspect.StructType) else "a number or two numbers"
            )
    return ""


def _wants_text(schema: type, address: Address) -> bool:
    texts = any(isinstance(kind, inspect.StrType) for kind in _kinds(schema, None, address))
    return texts or bool(_choices(schema, None, address))


def _keys(schema: type, tree: Any, address: Address) -> list[str]:
    structs = _structs(*_at(schema, tree, address))
    names = [field.encode_name for struct in structs for field in struct.fields]
    return sorted({*names, *(struct.tag_field for struct in structs if struct.tag_field)})


def _choices(schema: type, tree: Any, address: Address) -> list[str]:
    """The texts allowed at `address`: the tags of a union, or the values of a literal."""
    above, here = _kinds(schema, tree, address[:-1]), _kinds(schema, tree, address)
    tags = [str(k.tag) for k in above if isinstance(k, inspect.StructType) and k.tag_field == address[-1]]
    return tags + [str(v) for k in here if isinstance(k, inspect.LiteralType) for v in k.values]
