"""Chain descriptions in TOML: a file becomes an `ebit.Chain`.

Tables of a file::

    title = "two links"                 # optional, like everything but the links
    end_nodes = "measure"               # or "store", or a list of two (see ebit.Chain)
    pair_decay = "each"                 # or "once"

    [run]                               # what the command line does; its options come first
    rel_error = 1e-3                    # or shots = 100_000
    of = "rate"
    max_shots = 10_000_000
    seed = 7
    threads = 2
    telemetry = true

    [defaults.link]                     # taken by every link that does not say otherwise
    scheme = "double_click"
    detector = { efficiency = 0.8, p_dark = 1e-7 }

    [[links]]                           # from left to right
    arm_a = { length = 50e3 }           # model = "fibre" unless "free_space" is written
    arm_b = { length = 50e3 }
    repeat = 2                          # this many such links, one after another

    [defaults.node]                     # with no [[nodes]] all nodes are like this
    memory = { t2 = 1.0 }               # model = "relaxation", "depolarizing" or "pauli_rates"
    bsm = { p_success = 0.5 }

    [protocol]
    kind = "swap_asap"                  # or "slotted", "doubling", or "nested" with a word and cutoffs

The parameters in a table are those of the function of the same name: ``scheme = "double_click"`` is
`ebit.links.double_click`, an arm with ``model = "fibre"`` is an `ebit.Fibre`, a ``bsm`` an
`ebit.BellMeasurement`; a parameter that belongs to both nodes of a link may be a list of two. The
``policy`` of a slotted chain may be a table with the parameters of `ebit.PolicyTable`, its states as
pairs of links and nodes: ``policy = { states = [[[[0, 1, 0], [1, 2, 0]], [1]]] }``. A file describes one
chain: the points of a sweep, and compiled policies, are for Python.

Where there are ``[[nodes]]``, they are one more than the links, end nodes included. Defaults are merged
table by table; a table that names another ``scheme``, ``model`` or ``kind`` than the default's takes
nothing from it.

Addresses, in overrides and in errors, are keys and positions joined by dots, counted from 0 along
the chain with all repeats written out: ``links.1.arm_a.length``, ``nodes.2.memory.t2``. Alone an
override of ``repeat`` itself (``links.0.repeat=8``) counts the entries of the file.
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
from ebit._schema import Run

__all__ = ["ConfigError", "Run", "Scenario", "load", "read"]

_MOST_LINKS = 65536


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a file describes: a chain, and how long to sample it.

    Attributes
    ----------
    title : str
    chain : Chain
    run : table ``[run]``
        `shots`, `rel_error`, `of`, `max_shots`, `seed`, `threads`, `telemetry`, each None if not given.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5)])
    >>> ebit.config.Scenario("one link", chain, ebit.config.Run(shots=1000)).run.shots
    1000
    """

    title: str
    chain: ebit.Chain
    run: Run


def load(path: str | PathLike[str], overrides: Sequence[str] = ()) -> ebit.Chain:
    """Return the chain that a TOML file describes.

    Parameters
    ----------
    path : path
        The file; `ebit.config` says what it may hold.
    overrides : sequence of str
        Changes like ``"nodes.1.memory.t2=0.2"``, made before the file is judged: an address in the
        file, and a value as TOML writes it (a single word needs no quotes where a text belongs).

    Returns
    -------
    Chain

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
    ebit.config.ConfigError: ...two.toml: links.0.p_success = 1.5 is not allowed: ...
    """
    return read(path, overrides).chain


def read(path: str | PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Return the chain of a TOML file together with its title and its ``[run]`` table.

    Parameters
    ----------
    path, overrides
        As for `load`.

    Returns
    -------
    Scenario

    Raises
    ------
    ConfigError
        As for `load`.

    Examples
    --------
    >>> import ebit, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "one.toml"
    >>> _ = path.write_text('title = "one"\\n[[links]]\\nscheme = "ideal"\\np_success = 0.1')
    >>> scenario = ebit.config.read(path, ["run.shots=7"])
    >>> scenario.title, scenario.run.shots
    ('one', 7)
    """
    try:
        tree = _document.read_toml(Path(path))
        return _scenario(_Source(tree, [_document.parsed_override(o, _schema.Document) for o in overrides]))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


class _Source:
    """A tree with repeats written out and defaults filled in, which knows where a value came from."""

    def __init__(self, tree: Tree, overrides: Sequence[_document.Override]) -> None:
        # What says how many entries there are comes before they are written out.
        early = [len(address) == 1 or address[-1] == "repeat" for address, _ in overrides]
        for (address, value), now in zip(overrides, early, strict=True):
            tree = _document.changed(tree, address, value) if now else tree
        self.made_up_nodes = "nodes" not in tree
        tree = _written_out(tree)
        for (address, value), done in zip(overrides, early, strict=True):
            tree = tree if done else _document.changed(tree, address, value)
        self.written = _schema.tagged(tree)
        self.filled = _filled(self.written)

    def origin(self, address: Address) -> Address:
        """Where the value at `address` of the filled tree is written."""
        name, *rest = address
        if len(rest) < 2 or name not in _LISTS or _document.contains(self.written, address):
            return address
        default = ("defaults", _LISTS[str(name)], *rest[1:])
        made_up = (
            name == "nodes" and self.made_up_nodes and not _document.contains(self.written, address[:-1])
        )
        return default if made_up or _document.contains(self.written, default) else address

    @contextmanager
    def blame(self, address: Address, names: Sequence[str] = ()) -> Iterator[None]:
        """Put `address` before what the library says; one of the parameters `names` is part of it."""
        try:
            yield
        except (ValueError, TypeError) as error:
            text = str(error)
            if text.startswith("EBIT_"):  # the environment is to blame, not the file
                raise
            named = re.match(r"\w+(?=[ .])", text)
            if named and named[0] in names:
                place = (*address, named[0])
                # A default that contradicts what stands in the entry itself is wrong in that entry.
                others = set(re.findall(r"[a-z]\w*", text[named.end() :])) & set(names)
                if not any(_document.contains(self.written, (*address, name)) for name in others):
                    place = self.origin(place)
                text = _document.dotted(place) + text[named.end() :]
            elif address:
                text = f"{_document.dotted(self.origin(address))}: {text}"
            raise ConfigError(text) from None


_LISTS = {"links": "link", "nodes": "node"}


def _written_out(tree: Tree) -> Tree:
    """Repeat entries that say so; without nodes make one more than there are links."""
    tree = dict(tree)
    for name in _LISTS:
        if isinstance(tree.get(name), list):
            entries = [_entry_and_count(entry, (name, index)) for index, entry in enumerate(tree[name])]
            tree[name] = [entry for entry, count in entries for _ in range(count)]
    links = tree.get("links")
    tree.setdefault("nodes", [{}] * (len(links) + 1) if isinstance(links, list) else [])
    return tree


def _entry_and_count(entry: Any, address: Address) -> tuple[Any, int]:
    if not isinstance(entry, dict):
        return entry, 1
    count = entry.get("repeat", 1)
    if type(count) is not int or not 1 <= count <= _MOST_LINKS:
        place = _document.dotted((*address, "repeat"))
        raise ConfigError(f"{place} = {count!r} is not allowed: it must be an integer in [1, {_MOST_LINKS}]")
    return {key: value for key, value in entry.items() if key != "repeat"}, count


def _filled(tree: Tree) -> Tree:
    """Put the defaults into all links and nodes."""
    defaults = tree.get("defaults", {})
    for name in defaults if isinstance(defaults, dict) else ():
        if name not in _LISTS.values():
            raise ConfigError(f"defaults.{name}: no such key; {_document.one_of(_LISTS.values(), name)}")
    if not isinstance(defaults, dict) or not all(isinstance(below, dict) for below in defaults.values()):
        raise ConfigError(
            "defaults is not allowed: it must be the tables [defaults.link] and [defaults.node]"
        )
    filled = {key: value for key, value in tree.items() if key != "defaults"}
    for name, default in _LISTS.items():
        below = defaults.get(default, {})
        if "repeat" in below:
            raise ConfigError(f"defaults.{default}.repeat: no such key; repeat belongs into [[{name}]]")
        if isinstance(filled.get(name), list):
            filled[name] = [_with_defaults(own, below, (name, i)) for i, own in enumerate(filled[name])]
    return filled


def _with_defaults(own: Any, below: Tree, address: Address) -> Any:
    if not isinstance(own, dict):
        return own
    if "repeat" in own:
        raise ConfigError(f"{_document.dotted(address)}.repeat: an overridden entry cannot be repeated")
    return _document.merged(below, own, _schema.TAGS)


def _scenario(source: _Source) -> Scenario:
    try:
        document = _document.convert(source.filled, _schema.Document)
    except _document.SchemaError as error:
        raise ConfigError(_document.dotted(source.origin(error.address)) + error.sentence) from None
    links = _all_made(document.links, "links", source)
    nodes = _all_made(document.nodes, "nodes", source)
    options = {name: getattr(document, name) for name in ("end_nodes", "pair_decay")}
    options = {name: value for name, value in options.items() if value is not UNSET}
    protocol = _made(document.protocol, ("protocol",), source)
    with source.blame((), list(options)):
        chain = ebit.Chain(links, nodes, protocol, **options)
    _check_run(document.run, chain, source)
    return Scenario(document.title, chain, document.run)


def _check_run(run: _schema.Run, chain: ebit.Chain, source: _Source) -> None:
    options = {
        name: getattr(run, name) for name in ("shots", "rel_error", "of", "max_shots", "threads", "telemetry")
    }
    options = {name: value for name, value in options.items() if value is not None}
    if "rel_error" not in options:
        options.setdefault("shots", 1)
    with source.blame(("run",), list(options)):
        ebit.chain.estimates(chain, rng=run.seed, **options)  # checks at once, samples when iterated


def _all_made(entries: Sequence[_schema.Table], name: str, source: _Source) -> list[Any]:
    """One object per entry; equal entries share theirs."""
    made: dict[_schema.Table, Any] = {}
    for index, entry in enumerate(entries):
        if entry not in made:
            made[entry] = _made(entry, (name, index), source)
    return [made[entry] for entry in entries]


def _made(table: _schema.Table, address: Address, source: _Source) -> Any:
    """Call the constructor of a table with what the table holds."""
    arguments = {}
    for name in table.__struct_fields__:
        value = getattr(table, name)
        if value is not UNSET:
            arguments[name] = _argument(value, (*address, name), source)
    with source.blame(address, list(arguments)):
        return attrgetter(_schema.CONSTRUCTORS[type(table)])(ebit)(**arguments)


def _argument(value: Any, address: Address, source: _Source) -> Any:
    if isinstance(value, tuple):
        return tuple(_argument(member, (*address, index), source) for index, member in enumerate(value))
    return _made(value, address, source) if isinstance(value, _schema.Table) else value
