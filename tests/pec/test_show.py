"""`pec show` says one line about any file and never ends with a trace."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.pec_samples import Letter, Provider
from tests.house.sources import ROOT
from urp.pec.kinds import Kind

OTHERS = {
    "empty.eml": b"",
    "zeros.eml": b"\x00" * 10_000,
    "binary.eml": bytes(range(256)) * 100,
    "words.txt": b"no message at all",
    "large.eml": b"Subject: grande\r\n\r\n" + b"A" * 40_000_000,
    "perch\u00e9.eml": b"Subject: Perch\xe9\r\n\r\n",
}


@pytest.fixture
def files(provider: Provider, tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").write_bytes(provider.ca_pem)
    (tmp_path / "receipt.eml").write_bytes(provider.receipt(Kind.AVVENUTA_CONSEGNA))
    for name, content in OTHERS.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def show(*arguments: str, **environ: str) -> tuple[int, list[dict[str, object]], str]:
    """The library's own program."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
    said = subprocess.run([sys.executable, "-m", "urp.pec", *arguments], env=environ, capture_output=True, text=True)
    assert "Traceback" not in said.stderr
    return said.returncode, [json.loads(line) for line in said.stdout.splitlines()], said.stderr


def test_a_receipt_is_shown_with_all_its_fields(files: Path) -> None:
    file = str(files / "receipt.eml")

    code, lines, complained = show(file, "--ca", str(files / "ca.pem"), "--providers", "gestore.example")

    assert (code, complained) == (0, "")
    assert lines == [
        {
            "file": file,
            "kind": "avvenuta_consegna",
            "msgid": Letter().message_id,
            "sender": "protocollo@pec.ente.example",
            "recipients": [{"address": "giulia.bianchi@pec.example", "certified": True}],
            "delivered_to": "giulia.bianchi@pec.example",
            "subject": "Risposta alla richiesta URP-7M3-T2C",
            "at": "2026-11-24T09:02:07Z",
            "error": "nessuno",
            "error_text": None,
            "size": "completa",
            "signature": "trusted",
            "inner": {
                "sender": "protocollo@pec.ente.example",
                "subject": "Risposta alla richiesta URP-7M3-T2C",
                "text": "Buongiorno, ecco la risposta.\n",
                "attachments": [],
            },
        }
    ]


def test_without_certificates_it_is_intact(files: Path) -> None:
    code, lines, _ = show(str(files / "receipt.eml"))

    assert (code, lines[0]["signature"]) == (0, "intact")


def test_any_file_gives_its_line(files: Path) -> None:
    code, lines, complained = show(*(str(files / name) for name in OTHERS), LC_ALL="C", PYTHONIOENCODING="ascii")

    assert (code, complained) == (0, "")
    assert [line["kind"] for line in lines] == ["none"] * len(OTHERS)
    assert [Path(str(line["file"])).name for line in lines] == list(OTHERS)


def test_what_cannot_be_read_gives_a_line_and_a_word_too(files: Path) -> None:
    code, lines, complained = show(str(files / "nowhere.eml"), str(files), str(files / "receipt.eml"))

    assert code == 1
    assert [line["kind"] for line in lines] == ["none", "none", "avvenuta_consegna"]
    assert len(complained.splitlines()) == 2


def test_an_endless_file_is_given_up() -> None:
    code, lines, complained = show("/dev/zero")

    assert (code, lines[0]["kind"]) == (1, "none")
    assert "larger than 128 MB" in complained


def test_certificates_that_cannot_be_read_are_told(files: Path) -> None:
    for wrong in ("words.txt", "nowhere.pem"):
        code, lines, complained = show(str(files / "receipt.eml"), "--ca", str(files / wrong))
        assert (code, lines, len(complained.splitlines())) == (1, [], 1)


def test_without_files_it_is_used_wrongly() -> None:
    assert show()[0] == 2


class TestFlask:
    """The same as a command of the office, with the settings' certificates."""

    @pytest.fixture
    def database_url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'none.db'}"  # never opened

    @pytest.fixture
    def app_settings(self, files: Path) -> dict[str, object]:
        return {"pec_ca_file": files / "ca.pem", "pec_providers": ("gestore.example",)}

    def test_it_answers_for_files_named_anyhow(
        self, app: Flask, files: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(files)
        (files / "--ca").write_bytes(b"")

        said = app.test_cli_runner().invoke(args=["pec", "show", "receipt.eml", "nowhere", "--", "--ca"])

        lines = [json.loads(line) for line in said.stdout.splitlines()]
        assert said.exit_code == 1
        assert [(line["file"], line["kind"], line["signature"]) for line in lines] == [
            ("receipt.eml", "avvenuta_consegna", "trusted"),
            ("nowhere", "none", "absent"),
            ("--ca", "none", "absent"),
        ]
        assert capfd.readouterr().err.startswith("nowhere: ")

    def test_it_ends_well_and_says_when_it_is_used_wrongly(self, app: Flask, files: Path) -> None:
        runner = app.test_cli_runner()

        assert runner.invoke(args=["pec", "show", str(files / "receipt.eml")]).exit_code == 0
        assert runner.invoke(args=["pec", "show"]).exit_code == 2


def test_the_commands_do_not_load_the_heavy_libraries() -> None:
    program = "import sys, urp.cli.pec; print('pyhanko' in sys.modules, 'urp.pec.signature' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert said.stdout == "False False\n"
