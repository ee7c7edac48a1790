"""Turn the JSON of a benchmark run into the tables of RESULTS.md: python benchmarks/report.py FILE."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import ebit
from ebit import _core


def installed(*packages: str) -> Iterator[tuple[str, str]]:
    for package in packages:
        with suppress(PackageNotFoundError):
            yield package, version(package)


def machine(data: dict) -> str:
    cpu = data["machine_info"]["cpu"]
    packages = ", ".join(
        f"{name} {found}"
        for name, found in installed("numpy", "numba", "requsim", "qns", "qulacs", "qiskit-aer")
    )
    python = data["machine_info"]["python_version"]
    return (
        f"{cpu['brand_raw']}, {cpu['count']} cores, kernels {_core.isa()}; "
        f"Python {python}, ebit {ebit.__version__}, {packages}; {data['datetime'][:10]}"
    )


def label(row: dict) -> str:
    """The benchmark's name with what tells its rows apart within a group."""
    parameters = row["params"] or {}
    words = [row["name"].split("[")[0].removeprefix("bench_").replace("_", " ")]
    if "threads" in parameters:
        words.append("1 thread" if parameters["threads"] == 1 else f"{parameters['threads']} threads")
    words += [f"{name} = {parameters[name]}" for name in ("p", "segments") if name in parameters]
    return ", ".join([*words, *([parameters["module"]] if "module" in parameters else [])])


def scaled(seconds: float) -> str:
    unit, factor = next(
        (u, f) for u, f in (("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)) if seconds * f >= 1.0
    )
    return f"{seconds * factor:.3g} {unit}"


def ratio(x: float) -> str:
    return f"{x:.1f}" if x >= 1.0 else f"{x:.2g}"


def counted(extra: dict) -> int:
    """How many of what the group compares were done in one timed call."""
    return next((extra[name] for name in ("pairs", "layers") if name in extra), 1)


def table(group: str, rows: list[dict]) -> str:
    """Minimum times, per pair or layer, and ratios to the fastest peer and the floor."""
    cost = {label(row): row["stats"]["min"] / counted(row["extra_info"]) for row in rows}
    peer = min((value for name, value in cost.items() if name.split()[0] == "peer"), default=None)
    floor = cost.get("floor")
    lines = [
        f"### {group}",
        "",
        "| | time | per second | peer / this | this / floor |",
        "|---|---|---|---|---|",
    ]
    for name, value in cost.items():
        ratios = [ratio(peer / value) if peer else "", f"{value / floor:.2f}" if floor else ""]
        lines.append(f"| {name} | {scaled(value)} | {1 / value:,.3g} | {' | '.join(ratios)} |")
    return "\n".join(lines)


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    groups: dict[str, list[dict]] = {}
    for row in data["benchmarks"]:
        groups.setdefault(row["group"], []).append(row)
    print(machine(data), "\n")
    print("\n\n".join(table(group, rows) for group, rows in groups.items()))


if __name__ == "__main__":
    main(sys.argv[1])
