"""Chain descriptions: what a file means, and what is said about one that means nothing."""

from __future__ import annotations

import inspect
import math
import os
import pickle
import subprocess
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ebit
from ebit import _schema, config

HARDWARE = """
title = "two links"

[run]
shots = 1000
seed = 7

[defaults.link]
scheme = "double_click"
detector = { efficiency = 0.8, p_dark = 1e-7 }
visibility = 0.95

[[links]]
arm_a = { length = 50e3 }
arm_b = { length = 20e3, loss_db = 6.2 }

[[links]]
arm_a = { length = 10e3 }
arm_b = { length = 10e3 }
visibility = 0.9

[[nodes]]

[[nodes]]
memory = { t1 = 3.0, t2 = 1.0 }
bsm = { p_success = 1.0, p_replace = 0.01 }

[[nodes]]
"""

HOMOGENEOUS = """
[defaults.link]
scheme = "ideal"
p_success = 0.1

[[links]]
repeat = 3

[defaults.node]
memory = { t2 = 5.0 }
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        path = tmp_path / "chain.toml"
        path.write_text(text)
        return path

    return write


# ---- what a file means ----


def test_a_file_is_the_chain_that_python_would_build(write: Any) -> None:
    detector = ebit.Detector(efficiency=0.8, p_dark=1e-7)
    links = [
        ebit.links.double_click(
            ebit.Fibre(50e3), ebit.Fibre(20e3, loss_db=6.2), detector=detector, visibility=0.95
        ),
        ebit.links.double_click(ebit.Fibre(10e3), ebit.Fibre(10e3), detector=detector, visibility=0.9),
    ]
    middle = ebit.Node(ebit.Memory(t1=3.0, t2=1.0), ebit.BellMeasurement(p_replace=0.01))
    scenario = config.read(write(HARDWARE))
    assert scenario.chain == ebit.Chain(links, [ebit.Node(), middle, ebit.Node()])
    assert scenario.title == "two links"
    assert (scenario.run.shots, scenario.run.seed, scenario.run.rel_error) == (1000, 7, None)


def test_repeats_and_defaults_make_a_homogeneous_chain(write: Any) -> None:
    link, node = ebit.links.ideal(0.1), ebit.Node(ebit.Memory(t2=5.0))
    assert ebit.load(write(HOMOGENEOUS)) == ebit.Chain([link] * 3, [node] * 4)


def test_every_option_reaches_its_parameter(write: Any) -> None:
    chain = ebit.load(
        write("""
        end_nodes = "store"
        pair_decay = "once"
        protocol = { kind = "slotted", failed_swap = "left_to_right", hidden_segments = "idle" }

        [[links]]
        scheme = "single_click"
        arm_a = { model = "free_space", distance = 1e4, aperture_radius = 0.2, waist = 0.1, coupling = 0.3 }
        arm_b = { length = 1e3 }
        bright_population = [0.1, 0.2]
        converter = [{ efficiency = 0.5 }, { efficiency = 0.6, noise_photons = 1e-6 }]
        source_efficiency = [0.7, 0.8]
        modes = 3
        preparation_time = 1e-5

        [[nodes]]
        memory = { model = "depolarizing", time = 2.0 }
        [[nodes]]
        memory = { model = "pauli_rates", x = 0.1, y = 0.2, z = 0.3 }
        """)
    )
    link = ebit.links.single_click(
        ebit.FreeSpace(1e4, 0.2, waist=0.1, coupling=0.3),
        ebit.Fibre(1e3),
        bright_population=(0.1, 0.2),
        converter=(ebit.FrequencyConverter(0.5), ebit.FrequencyConverter(0.6, 1e-6)),
        source_efficiency=(0.7, 0.8),
        modes=3,
        preparation_time=1e-5,
    )
    nodes = [ebit.Node(ebit.Memory.depolarizing(2.0)), ebit.Node(ebit.Memory.pauli_rates(0.1, 0.2, 0.3))]
    protocol = ebit.Slotted(failed_swap="left_to_right", hidden_segments="idle")
    assert chain == ebit.Chain([link], nodes, protocol, end_nodes="store", pair_decay="once")


def test_the_doubling_protocol_and_a_state(write: Any) -> None:
    state = ebit.Werner(0.9).correlations.tolist()
    text = 'protocol.kind = "doubling"\n[[links]]\nscheme = "ideal"\np_success = 0.5\nrepeat = 2\n'
    text += f"state = {state}"
    link = ebit.links.ideal(0.5, state=state)
    assert ebit.load(write(text)) == ebit.Chain([link, link], protocol=ebit.Doubling())


def test_a_default_of_another_kind_lends_nothing(write: Any) -> None:
    text = HOMOGENEOUS + '[[nodes]]\nmemory = { model = "depolarizing", time = 1.0 }\nrepeat = 4'
    chain = ebit.load(write(text))
    assert chain.nodes == (ebit.Node(ebit.Memory.depolarizing(1.0)),) * 4


def test_an_explicit_kind_like_the_implied_one_keeps_the_defaults(write: Any) -> None:
    text = HOMOGENEOUS + '[[nodes]]\nmemory = { model = "relaxation", t1 = 9.0 }\nrepeat = 4'
    assert ebit.load(write(text)).nodes[0].memory == ebit.Memory(t1=9.0, t2=5.0)


def test_long_chains_load(write: Any) -> None:
    chain = ebit.load(write(HOMOGENEOUS), ["links.0.repeat=20000"])
    assert len(chain) == 20000
    assert chain.links[0] is chain.links[-1]


def _parameters(constructor: Any) -> set[str]:
    return set(inspect.signature(constructor).parameters)


@pytest.mark.parametrize("table", _schema.CONSTRUCTORS, ids=lambda table: table.__name__)
def test_a_table_has_the_parameters_of_its_constructor(table: type[_schema.Table]) -> None:
    constructor = attrgetter(_schema.CONSTRUCTORS[table])(ebit)
    assert set(table.__struct_fields__) - {"repeat"} == _parameters(constructor)


def test_every_table_has_a_constructor_and_the_chain_and_run_all_options() -> None:
    tables = {t for t in vars(_schema).values() if inspect.isclass(t) and issubclass(t, _schema.Table)}
    made_otherwise = {_schema.Table, _schema._Heralded, _schema.Document, _schema.Defaults, _schema.Run}
    assert tables - made_otherwise == set(_schema.CONSTRUCTORS)
    assert set(_schema.Document.__struct_fields__) - {"title", "defaults", "run"} == _parameters(ebit.Chain)
    run = {"rng" if name == "seed" else name for name in _schema.Run.__struct_fields__}
    assert run == _parameters(ebit.estimate) - {"chain", "progress", "common_random_numbers"}


# ---- overrides ----


def test_an_override_changes_one_place(write: Any) -> None:
    chain = ebit.load(write(HOMOGENEOUS), ["nodes.1.memory.t2=0.2", "links.2.p_success=0.5"])
    assert [node.memory.parameters["t2"] for node in chain.nodes] == [5.0, 0.2, 5.0, 5.0]
    assert [link.p_success for link in chain.links] == [0.1, 0.1, 0.5]


@pytest.mark.parametrize(
    "change",
    [
        "protocol.kind=doubling",
        "end_nodes=store",
        "links.0.scheme=double_click",
        "links.0.frame=psi",
        "defaults.link.scheme=double_click",
        "nodes.1.memory.model=relaxation",
        "defaults.node.memory.model=relaxation",
        "run.of=fidelity",
        "title=metro",
    ],
)
def test_a_word_needs_no_quotes_where_a_text_belongs(write: Any, change: str) -> None:
    path = write(HARDWARE)
    address, word = change.split("=")
    assert config.read(path, [change]) == config.read(path, [f"{address}='{word}'"])


def test_whole_lists_may_be_given(write: Any) -> None:
    chain = ebit.load(write(HOMOGENEOUS), ["nodes=[{repeat=4}]", "nodes.1.memory.t2=2.0", "links.0.repeat=3"])
    assert [node.memory.parameters["t2"] for node in chain.nodes] == [5.0, 2.0, 5.0, 5.0]


ADDRESSES = {
    "links.0.visibility": st.floats(0.0, 1.0),
    "links.1.arm_a.length": st.floats(0.0, 1e5),
    "links.0.detector.p_dark": st.floats(0.0, 1e-3),
    "links.1.modes": st.integers(1, 1000),
    "nodes.0.memory.t2": st.floats(1e-3, 1e3),
    "nodes.1.memory.t1": st.floats(1.0, 1e3),
    "nodes.1.bsm.p_replace": st.floats(0.0, 1.0),
    "end_nodes": st.sampled_from(["measure", "store"]),
    "title": st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
}


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_an_override_equals_an_edit(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    address = data.draw(st.sampled_from(sorted(ADDRESSES)))
    value = data.draw(ADDRESSES[address])
    written = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else value
    folder = tmp_path_factory.mktemp("edit")
    (folder / "original.toml").write_text(HARDWARE)
    (folder / "edited.toml").write_text(_edited(address, f"{written}"))
    changed = config.read(folder / "original.toml", [f"{address} = {written}"])
    assert changed == config.read(folder / "edited.toml")


def _edited(address: str, written: str) -> str:
    """HARDWARE with one value changed in its text."""
    if "." not in address:
        lines = [line for line in HARDWARE.splitlines() if not line.startswith(f"{address} =")]
        return f"{address} = {written}\n" + "\n".join(lines)
    name, index, *keys = address.split(".")
    parts = HARDWARE.split(f"[[{name}]]\n")
    body = parts[int(index) + 1].splitlines()
    table = next((i for i, line in enumerate(body) if line.startswith(f"{keys[0]} =")), None)
    if len(keys) == 1:
        body = [line for line in body if not line.startswith(f"{keys[0]} =")]
        body.insert(0, f"{keys[0]} = {written}")
    elif table is None:
        body.insert(0, f"{keys[0]}.{keys[1]} = {written}")
    else:
        inside = body[table].partition("{")[2].rpartition("}")[0]
        kept = [pair for pair in inside.split(",") if pair.split("=")[0].strip() != keys[1]]
        body[table] = f"{keys[0]} = {{ {', '.join([*kept, f'{keys[1]} = {written}'])} }}"
    parts[int(index) + 1] = "\n".join(body) + "\n"
    return f"[[{name}]]\n".join(parts)


# ---- hostile files ----


HOSTILE = [
    # a value that the library refuses, at its address, with what is allowed
    ("nodes.1.memory.t2=-1", "nodes.1.memory.t2 = -1 is not allowed: it must be"),
    ("nodes.1.memory.t2=nan", "nodes.1.memory.t2 = nan is not allowed: it must be"),
    ("nodes.1.memory.t2=7.0", "nodes.1.memory.t2 = 7 is not allowed: it must be at most 2 t1 = 6"),
    ("nodes.1.bsm.p_success=1.5", "nodes.1.bsm.p_success = 1.5 is not allowed: it must be a probability"),
    ("links.1.visibility=2", "links.1.visibility = 2 is not allowed: it must be a probability"),
    ("links.0.visibility=-0.5", "links.0.visibility = -0.5 is not allowed: it must be a probability"),
    ("defaults.link.visibility=2", "defaults.link.visibility = 2 is not allowed: it must be a probability"),
    ("defaults.link.detector.p_dark=-1e-7", "defaults.link.detector.p_dark = -1e-07 is not allowed"),
    ("links.0.arm_a.length=inf", "links.0.arm_a.length = inf is not allowed"),
    ("links.0.modes=0", "links.0.modes = 0 is not allowed"),
    ("links.0.converter={efficiency=2}", "links.0.converter.efficiency = 2 is not allowed"),
    ("links.0.converter=[{efficiency=0.5},{efficiency=2}]", "links.0.converter.1.efficiency = 2 is not"),
    ("links.0.arm_b.attenuation_db_per_km=0.2", "links.0.arm_b: give either"),
    ("nodes=[]", "nodes = 0 nodes is not allowed: it must be one more than the links: 3"),
    ('pair_decay="once"', "pair_decay"),
    # of another type
    ("links.0.visibility='high'", "links.0.visibility = 'high' is not allowed: it must be of type float"),
    ("links.0.visibility=true", "links.0.visibility = True is not allowed: it must be of type float"),
    ("links.0.arm_a=3", "links.0.arm_a = 3 is not allowed: it must be of type table"),
    ("links=3", "links = 3 is not allowed"),
    ("links.0={}", "links.0.arm_a is missing"),
    ("links.0.modes=1.5", "links.0.modes = 1.5 is not allowed: it must be of type int"),
    (
        "links.0.source_efficiency=[0.1,0.2,0.3]",
        "links.0.source_efficiency = [0.1, 0.2, 0.3] is not allowed: it must be a number or two numbers",
    ),
    (
        "links.0.p_dephasing='low'",
        "links.0.p_dephasing = 'low' is not allowed: it must be a number or two numbers",
    ),
    (
        "links.0.p_dephasing=[0.1, 'low']",
        "links.0.p_dephasing.1 = 'low' is not allowed: it must be of type float",
    ),
    ("end_nodes=['measure']", "end_nodes = ['measure'] is not allowed: it must be 'measure' or 'store', or"),
    ("end_nodes=['measure', 'stone']", "end_nodes.1 = 'stone' is not allowed; did you mean store?"),
    (
        "protocol={kind='slotted', policy={states=[3]}}",
        "protocol.policy.states.0 = 3 is not allowed: it must be of type array",
    ),
    ("links.0.converter=3", "links.0.converter = 3 is not allowed: it must be a table or two tables"),
    # of an unknown name
    ("links.0.visiblity=0.9", "links.0.visiblity: no such key; did you mean visibility?"),
    (
        "nodes.1.memory.t3=0.9",
        "nodes.1.memory.t3: no such key; allowed here: excited_population, model, t1, t2",
    ),
    ("defaults.link.detectors={}", "defaults.link.detectors: no such key; did you mean detector?"),
    ("defaults.links={}", "defaults.links: no such key; did you mean link?"),
    ("defaults.link.repeat=2", "defaults.link.repeat: no such key; repeat belongs into [[links]]"),
    (
        "knots=3",
        "knots: no such key; did you mean nodes? "
        "allowed here: defaults, end_nodes, links, nodes, pair_decay, protocol, run, title",
    ),
    ("nodes.3.memory.t2=1.0", "nodes.3: no such entry; there is nodes.0 to nodes.2"),
    ("links.first.visibility=1.0", "links.first: no such entry; there is links.0 to links.1"),
    ("title.font=3", "title.font: no such key; title is a single value"),
    ("defaults=3", "defaults is not allowed"),
    # of an unknown kind
    ("links.0.scheme='double'", "links.0.scheme = 'double' is not allowed; did you mean double_click?"),
    (
        "nodes.1.memory.model='ideal'",
        "nodes.1.memory.model = 'ideal' is not allowed; allowed here: depolarizing",
    ),
    (
        "links.0.arm_a.model='air'",
        "links.0.arm_a.model = 'air' is not allowed; allowed here: fibre, free_space",
    ),
    ("protocol.kind='swap'", "protocol.kind = 'swap' is not allowed; did you mean swap_asap?"),
    (
        "protocol={kind='slotted', failed_swap='never'}",
        "protocol.failed_swap = 'never' is not allowed",
    ),
    ("protocol={kind='slotted', cutoff=[0.1, -1.0, 0.1]}", "protocol.cutoff.1 = -1 is not allowed"),
    ("protocol={kind='slotted', cutoff=[0.1, 0.2]}", "protocol.cutoff = 2 numbers is not allowed"),
    ("nodes.0.memory={model='depolarizing'}", "nodes.0.memory.time is missing"),
    ("end_nodes='sleep'", "end_nodes = 'sleep' is not allowed"),
    # counts
    ("links.0.repeat=0", "links.0.repeat = 0 is not allowed: it must be an integer in [1, 65536]"),
    ("links.0.repeat=70000", "links.0.repeat = 70000 is not allowed"),
    ("links.0={repeat=2}", "links.0.repeat: an overridden entry cannot be repeated"),
    ("links.0.repeat=1.0", "links.0.repeat = 1.0 is not allowed"),
    # the run
    ("run.shots=0", "run.shots = 0 is not allowed: it must be of type int >= 1"),
    ("run.shots=99999999999999999999", "run.shots"),
    ("run.rel_error=0.1", "run: give either shots or rel_error"),
    ("run={rel_error=2.0}", "run.rel_error = 2.0 is not allowed: it must be in (0, 1)"),
    ("run.of='speed'", "run.of = 'speed' is not allowed: it must be one of 'rate'"),
    ("run.seed=-1", "run.seed = -1 is not allowed"),
    ("run.threads=0", "run.threads = 0 is not allowed"),
    # overrides that are none
    ("visibility", "is not an override: write ADDRESS=VALUE"),
    ("=3", "is not an override"),
    ("a..b=3", "is not an override"),
    ("protocol.kind=double", "protocol.kind = 'double' is not allowed; did you mean doubling?"),
    ("links.0.modes=many", "links.0.modes = many is not a TOML value"),
    ("title=two links", "title = two links is not a TOML value"),
    ("links.0.visibility=.5", "links.0.visibility = .5 is not a TOML value"),
    ("title='a'\nb=3", "is not a TOML value"),
]


@pytest.mark.parametrize(("change", "message"), HOSTILE, ids=[change for change, _ in HOSTILE])
def test_what_is_wrong_is_said_with_its_address(write: Any, change: str, message: str) -> None:
    path = write(HARDWARE)
    with pytest.raises(ebit.config.ConfigError) as caught:
        ebit.load(path, [change])
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert message in text
    assert len(text.splitlines()) == 1 or "\n" in change


def test_errors_in_what_all_nodes_share_point_to_the_defaults(write: Any) -> None:
    with pytest.raises(ValueError, match=r"defaults\.node\.memory\.t2 = -5 is not allowed"):
        ebit.load(write(HOMOGENEOUS.replace("5.0", "-5.0")))
    with pytest.raises(ValueError, match=r"nodes\.2\.memory\.t2 = -1 is not allowed"):
        ebit.load(write(HOMOGENEOUS), ["nodes.2.memory.t2=-1"])


def test_a_default_that_contradicts_an_entry_is_wrong_in_the_entry(write: Any) -> None:
    """The override is to blame, not the 5 s that suit all the other nodes."""
    for path in (write(HOMOGENEOUS), write(HOMOGENEOUS + "[[nodes]]\nrepeat = 4")):
        with pytest.raises(ValueError, match=r": nodes\.1\.memory\.t2 = 5 is not allowed: .* 2 t1 = 2$"):
            ebit.load(path, ["nodes.1.memory.t1=1.0"])
    with pytest.raises(ValueError, match=r": defaults\.node\.memory\.t2 = 5 is not allowed"):
        ebit.load(write(HOMOGENEOUS), ["defaults.node.memory.t1=1.0"])


@pytest.mark.parametrize(("name", "wrong"), [("EBIT_NUM_THREADS", "few"), ("EBIT_ISA", "v9")])
def test_the_environment_is_not_the_fault_of_the_file(write: Any, name: str, wrong: str) -> None:
    path = write(HARDWARE)
    code = f"import ebit\ntry: ebit.load({str(path)!r})\nexcept ValueError as error: print(error)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, name: wrong},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout or done.stderr).splitlines()[-1].removeprefix("ValueError: ").startswith(f"{name} = ")


def test_errors_are_at_home_where_users_find_them() -> None:
    assert config.ConfigError.__module__ == "ebit.config"
    assert pickle.loads(pickle.dumps(config.ConfigError("text"))).args == ("text",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "links is missing"),
        (b"links = []", "links"),
        (b"[[links]", "it is not TOML"),
        (b"\xff\xfe", "it is not UTF-8"),
    ],
)
def test_files_that_are_no_descriptions(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "chain.toml"
    path.write_bytes(content)
    with pytest.raises(ebit.config.ConfigError, match=message):
        ebit.load(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ebit.config.ConfigError, match="cannot read it"):
        ebit.load(tmp_path / "none.toml")
    with pytest.raises(ebit.config.ConfigError, match="cannot read it"):
        ebit.load(tmp_path)


def test_infinity_is_a_time(write: Any) -> None:
    chain = ebit.load(write(HARDWARE), ["nodes.1.memory.t1=inf", "nodes.1.memory.t2=inf"])
    assert math.isinf(chain.nodes[1].memory.parameters["t1"])
