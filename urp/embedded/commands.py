"""The words that follow `dev.py`; standard library only, for the environment may not exist yet."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from urp.embedded.environment import ROOT, EnvironmentProblem, prepare

FAST = "not browser and not faults"
SIDE_BY_SIDE = ("--numprocesses", "3", "--dist", "worksteal")
"""Tests mostly wait for servers; three at a time keep two processors busy. `-n 0` runs one by one."""
CHECKS: tuple[tuple[str, ...], ...] = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("lint-imports",),
    ("mypy", "urp"),
    ("pytest", *SIDE_BY_SIDE),
)


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks; returns the exit code where nothing took the process over."""
    options, rest = _parser().parse_known_args(arguments)
    if rest and options.command != "test":
        _parser().error(f"unknown option {rest[0]}")
    try:
        if options.command == "run":
            return _run(options)
        if options.command == "test":
            return _test(options, rest)
        return _sure()
    except EnvironmentProblem as problem:
        print(f"dev.py: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    words = parser.add_subparsers(dest="command", required=True)
    run = words.add_parser("run", help="start the whole service on this machine")
    run.add_argument("--demo", action="store_true", help="fill it with a believable week")
    run.add_argument("--bind", metavar="HOST:PORT", default="127.0.0.1:8000", help="where the site answers")
    run.add_argument("--data", metavar="DIR", type=Path, help="data folder (default: URP_DATA_DIR, else var/)")
    test = words.add_parser("test", help="the whole suite; other options go to pytest (-k …)", allow_abbrev=False)
    test.add_argument("--fast", action="store_true", help="no browser, no faults")
    test.add_argument("--thorough", action="store_true", help="each fault many times")
    words.add_parser("sure", help="format, lint, contracts, types, tests")
    return parser


def _run(options: argparse.Namespace) -> NoReturn:
    words = ["-m", "urp.embedded.run", "--bind", options.bind]
    if options.data:
        words += ["--data", str(options.data.absolute())]
    if options.demo:
        words.append("--demo")
    _become(prepare("run"), words)


def _test(options: argparse.Namespace, rest: Sequence[str]) -> NoReturn:
    words = ["-m", "pytest", *SIDE_BY_SIDE, *rest]
    if options.fast:
        words += ["-m", FAST]
    if options.thorough:
        os.environ["URP_TEST_THOROUGH"] = "1"
    _become(prepare("test"), words)


def _sure() -> int:
    tools = prepare("test").parent
    failed = [check[0] for check in CHECKS if subprocess.call([tools / check[0], *check[1:]], cwd=ROOT)]
    print(f"sure: {', '.join(failed)} failed" if failed else "sure: all good")
    return 1 if failed else 0


def _become(python: Path, words: Sequence[str]) -> NoReturn:
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(python, [str(python), *words])  # noqa: S606 - no shell is what we want
