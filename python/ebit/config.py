"""Chain descriptions in TOML: a file becomes an `ebit.Chain`.

Tables of a file::

    title = "two links"                 # optional, like everything but the links
    end_nodes = "measure"               # or "store"          (see ebit.Chain)
    pair_decay = "each"                 # or "once"

    [run]                               # what the command line does; its options come first
    rel_error = 1e-3                    # or shots = 100_000
    of = "rate"
    max_shots = 10_000_000
    seed = 7
    threads = 2

    [defaults.link]                     # taken by every link that does not say otherwise
    scheme = "double_click"
    detector = { efficiency = 0.8, p_dark = 1e-7 }

    [[links]]                           # from left to right
    arm_a = { length = 50e3 }           # medium = "fibre" unless "free_space" is written
    arm_b = { length = 50e3 }
    repeat = 2                          # this many such links, one after another

    [defaults.node]                     # with no [[nodes]] all nodes are like this
    memory = { t2 = 1.0 }               # model = "relaxation", "depolarizing" or "pauli_rates"
    bsm = { p_success = 0.5 }

    [protocol]
    kind = "swap_asap"                  # or "doubling"

The parameters in a table are those of the function of the same name: ``scheme = "double_click"`` is
`ebit.links.double_click`, ``medium = "fibre"`` is `ebit.Fibre`, a ``bsm`` is an
`ebit.BellMeasurement`. With ``[[nodes]]`` there is one entry per node (``repeat`` counts), end
nodes included. Defaults are merged table by table; a table that names another ``scheme``,
``medium``, ``model`` or ``kind`` than the default's takes nothing from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from os import PathLike
from pathlib import Path
from typing import Any

from msgspec import UNSET

import ebit
from ebit import _document, _schema
from ebit._document import Address, ConfigError, Tree

__all__ = ["ConfigError", "Scenario", "load", "read"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a file describes: a chain, and how long to sample it.

    Attributes
    ----------
    title : str
    chain : Chain
    run : table ``[run]``
        `shots`, `rel_error`, `of`, `max_shots`, `seed`, `threads`, each None if not given.
    """

    title: str
    chain: ebit.Chain
    run: _schema.Run


def load(path: str | PathLike[str], overrides: Sequence[str] = ()) -> ebit.Chain:
    """Return the chain that a TOML file describes.

    Parameters
    ----------
    path : path
        The file; `ebit.config` says what it may hold.
    overrides : sequence of str
        Changes like ``"nodes.1.memory.t2=0.2"``, made before the file is judged: an address in the
        file, and a value as TOML writes it.

    Raises
    ------
    ConfigError
        A ValueError of one line that names the file and the address of what is wrong, and what is
        allowed there.

    Examples
    --------
    >>> import ebit
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "two.toml"
    >>> _ = path.write_text('''
    ... [[links]]
    ... scheme = "ideal"
    ... p_success = 0.1
    ... repeat = 2
    ... ''')
    >>> len(ebit.load(path))
    2
    >>> ebit.load(path, ["links.0.p_success=1.5"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ebit._document.ConfigError: ...two.toml: links.0.p_success = 1.5 is not allowed: ...
    """
    return read(path, overrides).chain


def read(path: str | PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Return the chain of a TOML file together with its title and its ``[run]`` table; see `load`."""
    try:
        tree = _document.read_toml(Path(path))
        for assignment in overrides:
            _document.override(tree, assignment)
        return _scenario(_Source(tree))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


class _Source:
    """A tree with its defaults filled in, which still knows where every value came from."""

    def __init__(self, tree: Tree) -> None:
        self.written = _schema.tagged(tree)
        self.defaults: Tree = self.written.get("defaults", {})
        if not isinstance(self.defaults, dict) or not all(
            isinstance(t, dict) for t in self.defaults.values()
        ):
            raise ConfigError(
                "defaults is not allowed: it must hold tables, [defaults.link] or [defaults.node]"
            )
        for name in self.defaults.keys() - _LISTS.values():
            raise ConfigError(f"defaults.{name}: no such key; {_document.one_of(_LISTS.values(), name)}")
        self.filled = {key: value for key, value in self.written.items() if key != "defaults"}
        self.all_nodes_alike = "nodes" not in self.filled
        if self.all_nodes_alike:
            self.filled["nodes"] = [{}]
        for name, default in _LISTS.items():
            entries, below = self.filled.get(name), self.defaults.get(default, {})
            if isinstance(entries, list):
                self.filled[name] = [
                    _document.merged(below, own, _schema.TAGS) if isinstance(own, dict) else own
                    for own in entries
                ]

    def origin(self, address: Address) -> Address:
        """Where the value at `address` of the filled tree is written."""
        name, *rest = address
        if len(rest) < 2 or name not in _LISTS or _document.contains(self.written, address):
            return address
        default = ("defaults", _LISTS[str(name)], *rest[1:])
        made_up = name == "nodes" and self.all_nodes_alike
        return default if made_up or _document.contains(self.written, default) else address

    @contextmanager
    def blame(self, address: Address, names: Sequence[str] = ()) -> Iterator[None]:
        """Put `address` before what the library says; one of the parameters `names` is part of it."""
        try:
            yield
        except (ValueError, TypeError) as error:
            text = str(error)
            named = re.match(r"\w+(?=[ .])", text)
            if named and named[0] in names:
                place = self.origin((*address, named[0]))
                text = _document.dotted(place) + text[named.end() :]
            elif address:
                text = f"{_document.dotted(self.origin(address))}: {text}"
            raise ConfigError(text) from None


_LISTS = {"links": "link", "nodes": "node"}


def _scenario(source: _Source) -> Scenario:
    try:
        document = _document.convert(source.filled, _schema.Document)
    except _document.SchemaError as error:
        raise ConfigError(_document.dotted(source.origin(error.address)) + error.sentence) from None
    if document.run.shots is not None and document.run.rel_error is not None:
        raise ConfigError("run.rel_error: give either shots or rel_error")
    links = _repeated(document.links, "links", source)
    nodes = _repeated(document.nodes, "nodes", source)
    if source.all_nodes_alike:
        nodes = nodes[:1] * (len(links) + 1)
    rest = {name: getattr(document, name) for name in ("end_nodes", "pair_decay")}
    rest = {name: value for name, value in rest.items() if value is not UNSET}
    protocol = _made(document.protocol, ("protocol",), source)
    with source.blame((), ("end_nodes", "pair_decay")):
        chain = ebit.Chain(links, nodes, protocol, **rest)
    return Scenario(document.title, chain, document.run)


def _repeated(entries: Sequence[_schema.Link | _schema.Node], name: str, source: _Source) -> list[Any]:
    made = []
    for index, entry in enumerate(entries):
        made += [_made(entry, (name, index), source)] * entry.repeat
    return made


def _made(table: _schema.Table, address: Address, source: _Source) -> Any:
    """Call the constructor of a table with what the table holds."""
    arguments = {}
    for name in table.__struct_fields__:
        value = getattr(table, name)
        if value is not UNSET and name != "repeat":
            arguments[name] = _argument(value, (*address, name), source)
    with source.blame(address, list(arguments)):
        return attrgetter(_schema.CONSTRUCTORS[type(table)])(ebit)(**arguments)


def _argument(value: Any, address: Address, source: _Source) -> Any:
    if isinstance(value, tuple):
        return tuple(_argument(member, (*address, index), source) for index, member in enumerate(value))
    return _made(value, address, source) if isinstance(value, _schema.Table) else value
