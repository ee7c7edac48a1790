"""The command line: ``ebit run FILE.toml`` samples a chain, reports and writes what it found."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import ebit

if TYPE_CHECKING:
    from ebit.chain import Summary
    from ebit.config import Scenario

DEFAULT_SHOTS = 100_000
BAD_INPUT = 2
INTERRUPTED = 130

_EPILOG = """\
The table gives every figure with its standard error, and its exact value where that is known at
little cost. Beside them stands the repeaterless (PLOB)
bound: -log2(1 - eta) bit per channel use, eta the transmissivity of the whole path, times the
channel uses per second of the slowest link (modes / attempt time).

Exit codes: 0 done, 2 bad input, 130 interrupted.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.
    """
    try:
        return _run(_parser().parse_args(argv))
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except (ValueError, TypeError, OSError, ImportError) as error:
        _say(str(error))
        return BAD_INPUT


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="ebit", description=ebit.__doc__)
    parser.add_argument("--version", action="version", version=f"ebit {ebit.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="sample a chain and report rate, fidelity and secret key rate",
        description="Sample the chain that FILE describes.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument("file", type=Path, metavar="FILE", help="chain description in TOML")
    _add_length_options(run)
    _add_output_options(run)
    return parser


def _add_length_options(run: argparse.ArgumentParser) -> None:
    add = run.add_argument
    add(
        "--set",
        action="append",
        default=[],
        dest="overrides",
        metavar="ADDRESS=VALUE",
        help="change one value of FILE, as in nodes.1.memory.t2=0.2; may be repeated",
    )
    length = run.add_mutually_exclusive_group()
    length.add_argument(
        "--shots", type=_count, metavar="N", help=f"pairs to sample (default: FILE's, else {DEFAULT_SHOTS})"
    )
    length.add_argument(
        "--rel-error", type=float, metavar="X", help="sample until a figure has this relative standard error"
    )
    add("--of", metavar="NAME", help="the figure that --rel-error speaks of (default: rate)")
    add("--max-shots", type=_count, metavar="N", help="the most pairs to sample for --rel-error")
    add("--seed", type=_count, metavar="N", help="the same seed gives the same results")
    add(
        "--threads",
        type=_count,
        metavar="N",
        help="default: all cores it may use; EBIT_NUM_THREADS overrides. Results do not depend on it",
    )


def _add_output_options(run: argparse.ArgumentParser) -> None:
    add = run.add_argument
    add(
        "--output",
        metavar="BASE",
        help="write BASE.nc and BASE.png (default: runs/NAME-OF-FILE); a directory, or a file name that ends "
        "in .nc, .json or .csv (samples), is fine too",
    )
    add("--samples", action="store_true", help="keep every shot, too")
    add("--no-output", action="store_true", help="write no files")
    add("--no-plot", action="store_true", help="draw no plot")
    add("--json", action="store_true", help="print the summary as JSON")
    add(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="show a progress bar on the error stream (default: if it is a terminal)",
    )


def _count(text: str) -> int:
    """A whole number: 1000000, 1_000_000 or 1e6."""
    number = float(text)
    if not number.is_integer():
        raise ValueError
    return int(text) if text.replace("_", "").lstrip("+-").isdecimal() else int(number)


_count.__name__ = "whole number"


def _run(arguments: argparse.Namespace) -> int:
    from ebit import config

    scenario = config.read(arguments.file, arguments.overrides)
    title = scenario.title or arguments.file.stem
    options = _options(arguments, scenario)
    files = _Files(arguments)
    sampling = _Sampling(scenario, options, arguments.progress)
    summary = sampling.run()
    if sampling.interrupted or summary is None:
        return _give_up(summary)
    written = files.write(summary, title, sampling.threads)
    if arguments.json:
        print(json.dumps(_as_json(summary, title, written), allow_nan=False, indent=1))
    else:
        from ebit import report

        print(report.table(summary, title))
        for path in written:
            print(f"written: {path}")
    return 0


def _options(arguments: argparse.Namespace, scenario: Scenario) -> dict[str, Any]:
    """Keyword arguments of `estimates`: the command line's, else the file's, else defaults."""

    def chosen(name: str) -> Any:
        given = getattr(arguments, name)
        return getattr(scenario.run, name) if given is None else given

    shots, rel_error = arguments.shots, arguments.rel_error
    if shots is None and rel_error is None:
        shots, rel_error = scenario.run.shots, scenario.run.rel_error
    if shots is None and rel_error is None:
        shots = DEFAULT_SHOTS
    threads = chosen("threads")
    options = {
        "shots": shots,
        "rel_error": rel_error,
        "of": chosen("of"),
        "max_shots": chosen("max_shots"),
        "rng": chosen("seed"),
        "threads": _cores() if threads is None else threads,
    }
    return {name: value for name, value in options.items() if value is not None}


def _cores() -> int:
    """The cores that this process may use."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Sampling:
    """A run of `estimates` with a progress bar, which keeps what it has when it is interrupted."""

    def __init__(self, scenario: Scenario, options: dict[str, Any], progress: bool | None) -> None:
        self.chain = scenario.chain
        self.options = options
        self.progress = progress
        self.threads: int = options["threads"]
        self.interrupted = False

    def run(self) -> Summary | None:
        from ebit.chain import estimates

        summary = None
        with self._bar() as bar:

            def show(done: int) -> None:
                bar.update(done - bar.n)

            try:
                for summary in estimates(self.chain, **self.options, progress=show):
                    show(summary.shots)
                    bar.set_postfix_str(f"{summary.of} {summary.value:.4g} +- {summary.standard_error:.1g}")
            except KeyboardInterrupt:
                self.interrupted = True
        return summary

    def _bar(self) -> Any:
        from tqdm import tqdm

        # None: shown on a terminal only.
        disable = None if self.progress is None else not self.progress
        return tqdm(
            total=self.options.get("shots"), unit=" pairs", unit_scale=True, disable=disable, leave=False
        )


def _give_up(summary: Summary | None) -> int:
    if summary is None:
        _say("interrupted; no stretch of pairs was finished")
    else:
        from ebit import report

        _say(f"interrupted; nothing is written. The first {summary.shots} pairs gave")
        print(report.table(summary), file=sys.stderr)
    return INTERRUPTED


class _Files:
    """Where the results go; what cannot work is refused before the sampling starts."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.data: Path | None = None
        self.image: Path | None = None
        self.samples: bool = arguments.samples
        if arguments.no_output:
            return
        stem, output = arguments.file.stem, arguments.output
        base = Path("runs", stem) if output is None else Path(output)
        if output is not None and (output.endswith(("/", os.sep)) or base.is_dir()):
            base /= stem
        named = base.suffix in (".nc", ".json", ".csv")
        suffix = base.suffix if named else self._suffix()
        base = base.with_suffix("") if named else base
        if suffix == ".csv" and not self.samples:
            raise ValueError("--output: a .csv file holds samples: add --samples, or choose .nc or .json")
        if suffix == ".json" and self.samples:
            raise ValueError("--samples: a .json file holds no samples: choose .nc or .csv")
        if suffix == ".nc" and find_spec("scipy") is None:
            raise ValueError("--output: .nc files need scipy (pip install ebit[files]): choose .json or .csv")
        base.parent.mkdir(parents=True, exist_ok=True)
        self.data = base.with_name(base.name + suffix)
        if not arguments.no_plot:
            self.image = base.with_name(base.name + ".png")
        if self.image and find_spec("matplotlib") is None:
            _say("no plot is drawn: it needs matplotlib (pip install ebit[plot])")
            self.image = None

    def _suffix(self) -> str:
        if find_spec("scipy") is not None:
            return ".nc"
        _say(
            "without scipy (pip install ebit[files]) results are written as "
            + (".csv" if self.samples else ".json")
        )
        return ".csv" if self.samples else ".json"

    def write(self, summary: Summary, title: str, threads: int) -> list[Path]:
        from ebit import plot, results

        if self.data is not None:
            run = None
            if self.samples:
                run = ebit.sample(summary.chain, summary.shots, rng=summary.key, threads=threads)
            kept = run if run is not None and self.data.suffix == ".csv" else summary
            results.save(kept, self.data, samples=None if kept is run else run, title=title)
        if self.image is not None:
            plot.save(summary, self.image, title)
        return [path for path in (self.data, self.image) if path is not None]


def _as_json(summary: Summary, title: str, written: Sequence[Path]) -> Any:
    from ebit import report, results

    return results.to_json(
        {
            "title": title,
            "shots": summary.shots,
            "complete": summary.complete,
            "of": summary.of,
            "figures": summary.figures,
            "exact": report.exact_figures(summary.chain) or None,
            "repeaterless_rate": report.repeaterless_rate(summary.chain),
            "files": [str(path) for path in written],
            "provenance": summary.provenance,
        }
    )


def _say(message: str) -> None:
    print(f"ebit: {message}", file=sys.stderr)
