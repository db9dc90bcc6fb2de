"""`python -m urp.pec FILE…`: one JSON line for each message, whatever is in the file."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from urp.pec.kinds import Kind
from urp.pec.reading import PecMessage, read
from urp.pec.signature import Status, Trust, TrustError

LARGEST = 134_217_728
NOTHING = PecMessage(Kind.NONE, Status.ABSENT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what each file is; exit code 0 done, 1 could not read one of them, 2 wrong use."""
    asked = _parser().parse_args(arguments)
    try:
        trust = Trust.from_file(asked.ca, tuple(filter(None, asked.providers.split(","))))
    except (OSError, TrustError) as error:
        return _complain(asked.ca, error)
    try:
        return max(_show(file, trust) for file in asked.files)
    except BrokenPipeError:  # whoever listened has heard enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m urp.pec", description="What certified mail says, as JSON lines.")
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--ca", type=Path, help="certificates to trust, PEM or DER")
    parser.add_argument("--providers", default="", help="domains whose receipts count, separated by commas")
    return parser


def _show(file: Path, trust: Trust) -> int:
    try:
        message, failed = read(_bytes(file), trust), 0
    except (OSError, ValueError) as error:  # a ValueError for a name that no file can have
        message, failed = NOTHING, _complain(file, error)
    print(json.dumps({"file": str(file), **message.as_json()}), flush=True)
    return failed


def _bytes(file: Path) -> bytes:
    with file.open("rb") as opened:
        raw = opened.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise OSError(f"larger than {LARGEST // 1_048_576} MB")
    return raw


def _complain(file: Path, error: Exception) -> int:
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    print(f"{str(file).encode(errors='replace').decode()}: {words}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
