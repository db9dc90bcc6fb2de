"""One runner at a time on one data folder."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from urp.embedded import data_folder
from urp.embedded.data_folder import InUse

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import pathlib, sys
from urp.embedded import data_folder
with data_folder.held(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_folder_is_private_and_the_lock_is_gone_afterwards(tmp_path) -> None:
    folder = tmp_path / "deep" / "var"
    with data_folder.held(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert (folder / "runner.lock").read_text() == str(os.getpid())
    assert list(folder.iterdir()) == []


def test_another_process_is_refused_and_told_who_holds_it(tmp_path) -> None:
    with hold_elsewhere(tmp_path) as holder:
        with pytest.raises(InUse, match=rf"is already in use by another run \(process {holder.pid}\)"):
            data_folder.held(tmp_path).__enter__()
        holder.stdin.close()
        holder.wait(20)
    with data_folder.held(tmp_path):
        pass


def test_the_lock_of_a_killed_process_holds_nobody_up(tmp_path) -> None:
    with hold_elsewhere(tmp_path) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait(20)
        assert (tmp_path / "runner.lock").exists()
    with data_folder.held(tmp_path):
        assert (tmp_path / "runner.lock").read_text() == str(os.getpid())


def test_a_lock_removed_meanwhile_is_not_mistaken_for_the_present_one(tmp_path, monkeypatch) -> None:
    taken = []
    real = data_folder.fcntl.flock

    def removed_at_first(file, how) -> None:
        real(file, how)
        taken.append(file.fileno())
        if len(taken) == 1:
            (tmp_path / "runner.lock").unlink()

    monkeypatch.setattr(data_folder.fcntl, "flock", removed_at_first)
    with data_folder.held(tmp_path):
        assert len(taken) == 2
        assert (tmp_path / "runner.lock").exists()


def hold_elsewhere(folder: Path) -> subprocess.Popen[str]:
    """A process that has the folder until its input ends."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, folder],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder
