"""One process of a host holds a mailbox, and however it dies, the next may."""

import subprocess
import sys
from pathlib import Path

from urp.foundation.host_lock import only_one

HOLD = """
import sys, fcntl
handle = open(sys.argv[1], "a")
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_mailbox_is_in_one_hand_at_a_time(tmp_path: Path) -> None:
    with only_one("pec", tmp_path) as first, only_one("pec", tmp_path) as second:
        assert (first, second) == (True, False)
        with only_one("peo", tmp_path) as other:
            assert other
    with only_one("pec", tmp_path) as again:
        assert again


def test_kill_9_frees_the_mailbox(tmp_path: Path) -> None:
    with only_one("pec", tmp_path) as ours:
        assert ours
    command = [sys.executable, "-c", HOLD, str(tmp_path / "pec.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with only_one("pec", tmp_path) as ours:
            assert not ours
        holder.kill()
        holder.wait()
    with only_one("pec", tmp_path) as ours:
        assert ours
