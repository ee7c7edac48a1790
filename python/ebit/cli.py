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
    from ebit.chain import Run, Summary
    from ebit.config import Scenario

DEFAULT_SHOTS = 100_000
BAD_INPUT = 2
INTERRUPTED = 130

_EPILOG = """\
The table gives every figure with its standard error, and its exact value where that is known at
little cost. Beside them stands the repeaterless (PLOB) bound: -log2(1 - eta) bit per channel use,
eta the transmissivity of the whole path, times the channel uses per second of the slowest link
(optical modes / attempt time).

What was finished when the run is interrupted (Ctrl-C), or when a target error is not reached, is
shown and written all the same, marked as incomplete.

Exit codes: 0 done, 2 bad input or a file that cannot be written, 130 interrupted.
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
    except MemoryError as error:
        _say(f"not enough memory {error}".rstrip())
    except OSError as error:
        _say(f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error))
    except (ValueError, TypeError, ImportError) as error:
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
    add(
        "--telemetry",
        action=argparse.BooleanOptionalAction,
        help="count operations, measure how long each node stores, and judge the key of every pair",
    )


def _add_output_options(run: argparse.ArgumentParser) -> None:
    add = run.add_argument
    add(
        "--output",
        metavar="BASE",
        help="write BASE.nc and BASE.png (default: runs/NAME-OF-FILE); a directory, or a file name that ends "
        "in .nc, .json, .csv (samples) or .png, is fine too",
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
    files = _Files(arguments, scenario, options)
    sampling = _Sampling(scenario, options, arguments.progress)
    summary = sampling.run()
    if summary is None:
        _say("interrupted before a stretch of pairs was finished")
        return INTERRUPTED
    if not summary.complete:
        _say(sampling.shortfall(summary))
    from ebit import report

    if not arguments.json:
        _show(report.table(summary, title))
    try:
        files.write(summary, title, sampling)
    finally:  # what was sampled is shown even if it cannot be written
        if arguments.json:
            _show(json.dumps(_as_json(summary, title, files.written), allow_nan=False, indent=1))
        for path in [] if arguments.json else files.written:
            _show(f"written: {path}")
    return INTERRUPTED if sampling.interrupted else 0


def _show(text: str) -> None:
    """Print at once; a reader who has gone is no reason to stop."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
    for name in ("shots", "max_shots"):
        given = getattr(arguments, name)
        if given is not None and not 1 <= given <= 1 << 62:
            raise ValueError(f"{name} = {given} is not allowed: it must be in [1, 2**62]")
    threads = chosen("threads")
    options = {
        "shots": shots,
        "rel_error": rel_error,
        "of": chosen("of"),
        "max_shots": chosen("max_shots"),
        "rng": chosen("seed"),
        "threads": _cores() if threads is None else threads,
        "telemetry": chosen("telemetry"),
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
        self.telemetry: bool = options.get("telemetry", False)
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
                self.interrupted = summary is None or not summary.complete
        return summary

    def shortfall(self, summary: Summary) -> str:
        """What an incomplete run did not reach."""
        if "shots" in self.options:
            return f"stopped after {summary.shots} of {self.options['shots']} pairs"
        target = f"the target relative error {self.options['rel_error']:g} of {summary.of}"
        return f"stopped after {summary.shots} pairs, before {target}"

    def _bar(self) -> Any:
        from tqdm import tqdm

        # None: shown on a terminal only.
        disable = None if self.progress is None else not self.progress
        return tqdm(
            total=self.options.get("shots"), unit=" pairs", unit_scale=True, disable=disable, leave=False
        )


class _Files:
    """Where the results go; what cannot work is refused before the sampling starts."""

    def __init__(self, arguments: argparse.Namespace, scenario: Scenario, options: dict[str, Any]) -> None:
        self.data: Path | None = None
        self.image: Path | None = None
        self.samples: bool = arguments.samples
        self.written: list[Path] = []
        # The largest variable of a sample: its correlations, or the storage times of its nodes.
        self.numbers = max(16, len(scenario.chain) + 1 if options.get("telemetry") else 0)
        if arguments.no_output:
            return
        base, suffix = self._place(arguments.file.stem, arguments.output)
        if suffix == ".csv" and not self.samples:
            raise ValueError("--output: a .csv file holds samples: add --samples, or choose .nc or .json")
        if suffix == ".json" and self.samples:
            raise ValueError("--samples: a .json file holds no samples: choose .nc or .csv")
        if suffix == ".nc" and find_spec("scipy") is None:
            raise ValueError("--output: .nc files need scipy (pip install ebit[files]): choose .json or .csv")
        self.data = base.with_name(base.name + suffix)
        if not arguments.no_plot:
            self.image = base.with_name(base.name + ".png")
        if self.image and find_spec("matplotlib") is None:
            _say("no plot is drawn: it needs matplotlib (pip install ebit[plot])")
            self.image = None
        self._check(options.get("shots"))

    def _place(self, stem: str, output: str | None) -> tuple[Path, str]:
        """The path without its suffix, and the suffix of the data."""
        if output is None:
            return Path("runs", stem), self._suffix()
        if not output:
            raise ValueError("--output: an empty name is not allowed (--no-output writes nothing)")
        base = Path(output)
        if output.endswith(("/", os.sep)) or base.is_dir():
            base /= stem
        if base.suffix in (".nc", ".json", ".csv"):
            return base.with_suffix(""), base.suffix
        return base.with_suffix("") if base.suffix == ".png" else base, self._suffix()

    def _check(self, shots: int | None) -> None:
        from ebit import _files

        if shots is not None and self._are_too_many(shots):
            raise ValueError(
                f"--samples: {shots} shots are too large for a .nc file, which holds "
                f"{self._most()}: choose .csv"
            )
        for path in (self.data, self.image):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                _files.check_writable(path)

    def _most(self) -> int:
        """The most shots whose samples a .nc file holds."""
        from ebit import results

        return results.MOST_NETCDF_SAMPLES * 16 // self.numbers

    def _are_too_many(self, shots: int) -> bool:
        netcdf = self.data is not None and self.data.suffix == ".nc"
        return self.samples and netcdf and shots > self._most()

    def _suffix(self) -> str:
        if find_spec("scipy") is not None:
            return ".nc"
        _say(
            "without scipy (pip install ebit[files]) results are written as "
            + (".csv" if self.samples else ".json")
        )
        return ".csv" if self.samples else ".json"

    def write(self, summary: Summary, title: str, sampling: _Sampling) -> None:
        from ebit import plot, results

        if self.data is not None:
            run = self._run(summary, sampling)
            kept = run if run is not None and self.data.suffix == ".csv" else summary
            if self.data.suffix != ".csv" or run is not None:
                results.save(kept, self.data, samples=None if kept is run else run, title=title)
                self.written.append(self.data)
        if self.image is not None:
            plot.save(summary, self.image, title)
            self.written.append(self.image)

    def _run(self, summary: Summary, sampling: _Sampling) -> Run | None:
        """The shots of the summary once more, kept this time, if they are wanted."""
        if not self.samples:
            return None
        if sampling.interrupted or self._are_too_many(summary.shots):
            _say(
                "no samples are written: " + ("interrupted" if sampling.interrupted else "they are too many")
            )
            return None
        return ebit.sample(
            summary.chain,
            summary.shots,
            rng=summary.key,
            threads=sampling.threads,
            telemetry=sampling.telemetry,
        )


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
            "storage_time": _storage_times(summary) if summary.telemetry else None,
            "provenance": summary.provenance,
        }
    )


def _storage_times(summary: Summary) -> list[Any]:
    """Of every node."""
    return [summary.storage_time(node) for node in range(len(summary.chain) + 1)]


def _say(message: str) -> None:
    print(f"ebit: {message}", file=sys.stderr)
