"""What was not written here says where it comes from, under which licence, and is unchanged."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.house.sources import URP

VENDORED = sorted(path for path in (URP / "static" / "vendor").iterdir() if path.is_dir())


def faults(home: Path) -> list[str]:
    record = json.loads((home / "VENDOR.json").read_text("utf-8"))
    listed = {entry["path"]: entry for entry in record["files"]}
    present = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()} - {"VENDOR.json"}
    changed = [
        f"{name}: changed"
        for name, entry in listed.items()
        if name in present and hashlib.sha256((home / name).read_bytes()).hexdigest() != entry["sha256"]
    ]
    missing = [f"{name}: missing" for name in listed.keys() - present]
    foreign = [f"{name}: not in VENDOR.json" for name in present - listed.keys()]
    bare = [f"{name}: no licence" for name, entry in listed.items() if not entry.get("licence")]
    return sorted(changed + missing + foreign + bare)


@pytest.mark.parametrize("home", VENDORED, ids=lambda home: home.name)
def test_every_vendored_file_is_the_recorded_one(home: Path) -> None:
    record = json.loads((home / "VENDOR.json").read_text("utf-8"))

    assert faults(home) == []
    assert record["version"]
    assert record["integrity"].startswith("sha512-")
    assert any("LICEN" in entry["path"] for entry in record["files"])


def test_a_changed_a_missing_and_a_foreign_file_would_be_told(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"theirs").hexdigest()
    entries = [{"path": name, "sha256": digest, "licence": "MIT"} for name in ("changed.css", "missing.css")]
    (tmp_path / "VENDOR.json").write_text(json.dumps({"files": entries}))
    (tmp_path / "changed.css").write_bytes(b"mine")
    (tmp_path / "foreign.css").write_bytes(b"whose?")

    assert faults(tmp_path) == ["changed.css: changed", "foreign.css: not in VENDOR.json", "missing.css: missing"]
