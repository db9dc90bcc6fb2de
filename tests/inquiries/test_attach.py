"""Files of a question: bytes first, whole and durable, and gone when nobody needs them."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories.cases import letters
from tests.factories.citizens import QUESTION, STEP_1, STEP_3, Citizen, hidden
from tests.factories.files import PDF, WELCOME, docx, multipart, png, upload
from urp.foundation.clock import now
from urp.foundation.db import db
from urp.inquiries import attach
from urp.inquiries.models import Attachment
from urp.inquiries.tasks import forget_drafts

MIB = 1024 * 1024


def test_bytes_are_written_whole_under_their_own_hash_and_read_back(app: Flask, ctx: None) -> None:
    first, again, other = attach.write(PDF), attach.write(PDF), attach.write(b"other")

    assert first == again != other
    assert (attach.read(first), attach.read(other)) == (PDF, b"other")
    assert sorted(path.name for path in _files(app)) == sorted([first.hex(), other.hex()])


def test_bytes_and_their_name_reach_the_disk_before_the_row(
    app: Flask, ctx: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda number: (synced.append(os.path.isdir(f"/proc/self/fd/{number}")), real(number))
    )

    attach.write(PDF)

    assert synced == [False, True]  # the bytes, then the folder that names them


def test_a_writing_that_breaks_leaves_no_half_file(app: Flask, ctx: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        attach.write(PDF)
    monkeypatch.undo()

    assert attach.read(attach.write(PDF)) == PDF


def test_every_kind_of_file_comes_back_from_the_page_of_the_case_byte_for_byte(app: Flask, client: FlaskClient) -> None:
    names = list(WELCOME)[:5]
    citizen = Citizen(client)
    answer = citizen.upload(*(upload(name, WELCOME[name]) for name in names))
    assert answer.location == f"{STEP_1}#attachments"
    citizen.tell_contacts()
    code = citizen.send(client.get(STEP_3).text).location.rpartition("/")[2]

    for row in _rows(app):
        with client.get(f"/r/{code}/allegati/{row.id}") as download:
            assert download.data == WELCOME[row.filename]
            assert download.headers["Content-Disposition"] == f"attachment; filename={row.filename}"
            assert download.headers["Content-Security-Policy"].startswith("sandbox")
            assert download.headers["Cache-Control"] == "no-store"
            assert download.mimetype == row.media_type
    assert [row.filename for row in _rows(app)] == names
    assert {(row.case_id is not None, row.draft_id) for row in _rows(app)} == {(True, None)}


def test_a_file_of_a_case_is_shown_to_who_may_see_the_case_only(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.upload(upload("a.pdf", PDF))
    citizen.tell_contacts()
    code = citizen.send(client.get(STEP_3).text).location.rpartition("/")[2]
    stranger = Citizen(app.test_client())
    other_code = stranger.send_question()
    (row,) = _rows(app)

    for address in (f"/r/{code}/allegati/{row.id}", f"/r/{other_code}/allegati/{row.id}"):
        answer = stranger.browser.get(address)
        assert answer.status_code in (303, 404)
        assert PDF not in answer.data
    for number in ("0", "999999", "99999999999999999999999999", "-1", "x"):
        assert client.get(f"/r/{code}/allegati/{number}").status_code == 404


def test_a_file_taken_away_is_neither_sent_nor_kept(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.upload(upload("una.pdf", PDF), upload("due.png", png()))
    una, due = _rows(app)

    citizen.post(STEP_1, {**QUESTION, "action": f"remove-{una.id}"})

    assert [row.filename for row in _rows(app)] == ["due.png"]
    page = client.get(STEP_1).text
    assert "una.pdf" not in page
    assert "due.png" in page
    citizen.tell_contacts()
    citizen.send(client.get(STEP_3).text)
    (letter,) = letters(app, "office_message")
    assert [part.get_filename() for part in letter.iter_attachments()] == ["due.png"]
    _clean_up(app, after=timedelta(hours=2))
    assert [path.name for path in _files(app)] == [due.sha256.hex()]


def test_removing_what_is_not_ours_or_no_number_changes_nothing(app: Flask, client: FlaskClient) -> None:
    Citizen(client).upload(upload("una.pdf", PDF))
    (una,) = _rows(app)
    stranger = Citizen(app.test_client())
    stranger.ask()

    for wrong in (una.id, "²", "٣", "9" * 5000, "-1", "", "1 OR 1=1"):
        assert stranger.post(STEP_1, {**QUESTION, "action": f"remove-{wrong}"}).status_code == 303

    assert [row.id for row in _rows(app)] == [una.id]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("piano.exe", b"MZ")], "Il file &#34;piano.exe&#34; non va bene: usa PDF, JPG, PNG, ODT, DOCX o P7M"),
        ([("foto.pdf", b"%PDF-" + bytes(10 * MIB))], "Il file &#34;foto.pdf&#34; pesa più di 10 MB"),
        ([("x.pdf", b"")], "Il file &#34;x.pdf&#34; è vuoto"),
        ([("x.pdf", PDF + b"/Encrypt")], "Il file &#34;x.pdf&#34; è protetto da password"),
        ([(f"{n}.pdf", PDF) for n in range(6)], "Puoi allegare al massimo 5 file"),
        ([(f"{n}.pdf", PDF + bytes(8 * MIB)) for n in range(3)], "gli allegati pesano più di 20 MB in tutto"),
        ([("<img src=x onerror=alert(1)>.exe", b"MZ")], "&lt;img src=x onerror=alert(1)&gt;.exe"),
    ],
)
def test_each_reason_for_refusing_a_file_has_its_words(
    app: Flask, client: FlaskClient, files: list[tuple[str, bytes]], words: str
) -> None:
    token = hidden(client.get(STEP_1).text, "csrf_token")
    form = {**QUESTION, "csrf_token": token, "action": "upload", "attachments": [upload(*file) for file in files]}

    answer = client.post(STEP_1, **multipart(form))

    assert answer.status_code == 400
    assert "<title>Errore: " in answer.text
    assert answer.text.count(words) == 2  # in the summary and at the field
    assert len(_rows(app)) == len(files) - 1  # the others are kept
    assert "Buca sulla SP 103" in answer.text


def test_five_files_are_five_also_in_two_uploads(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.upload(*(upload(f"{n}.pdf", PDF) for n in range(4)))

    answer = citizen.upload(upload("4.docx", docx()), upload("5.pdf", PDF))

    assert "Puoi allegare al massimo 5 file" in answer.text
    assert [row.filename for row in _rows(app)] == [*(f"{n}.pdf" for n in range(4)), "4.docx"]


def test_files_survive_an_error_in_another_field(app: Flask, client: FlaskClient) -> None:
    answer = Citizen(client).ask(attachments=[upload("una.pdf", PDF)], body="")

    assert answer.status_code == 400
    assert "una.pdf" in answer.text
    assert len(_rows(app)) == 1


def test_files_of_a_forgotten_draft_go_with_it_and_those_of_a_case_stay(app: Flask, client: FlaskClient) -> None:
    sender = Citizen(client)
    sender.upload(upload("sent.pdf", PDF), upload("shared.png", png()))
    sender.tell_contacts()
    sender.send(client.get(STEP_3).text)
    Citizen(app.test_client()).upload(upload("never sent.docx", docx()), upload("shared.png", png()))
    assert len(_files(app)) == 3

    _clean_up(app, after=timedelta(days=8))

    assert sorted(row.filename for row in _rows(app)) == ["sent.pdf", "shared.png"]
    assert {path.name for path in _files(app)} == {row.sha256.hex() for row in _rows(app)}


def test_leftovers_of_broken_writings_go_and_young_files_stay(app: Flask, ctx: None) -> None:
    old, young = attach.path_of(attach.write(b"old")), attach.path_of(attach.write(b"young"))
    broken = old.with_name("tmpbroken")
    broken.write_bytes(b"half")
    for path in (old, broken):
        os.utime(path, (0, 0))

    forget_drafts.run()

    assert _files(app) == [young]


def test_bytes_sent_again_while_they_are_being_cleaned_up_stay(app: Flask, ctx: None) -> None:
    sha256 = attach.write(PDF)
    os.utime(attach.path_of(sha256), (0, 0))
    before = now() - timedelta(hours=1)
    assert attach.untouched(before) == [sha256]

    attach.write(PDF)  # the same file comes again before the clean-up reaches it
    attach.erase(sha256, before)

    assert attach.read(sha256) == PDF
    os.utime(attach.path_of(sha256), (0, 0))
    attach.erase(sha256, before)
    attach.erase(sha256, before)  # twice does no harm
    assert _files(app) == []


def _rows(app: Flask) -> list[Attachment]:
    with app.app_context():
        return list(db.session.scalars(select(Attachment).order_by(Attachment.id)))


def _files(app: Flask) -> list[Path]:
    return [path for path in (app.config["URP"].data_dir / "attachments").rglob("*") if path.is_file()]


def _clean_up(app: Flask, after: timedelta) -> None:
    with time_machine.travel(now() + after), app.app_context():
        forget_drafts.run()
