"""A case opened by mail looks right on every page, and no page tells a citizen what the office keeps to itself."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.cases import opened, view
from tests.factories.citizens import Citizen
from tests.templates.html_tree import parse
from urp.cases.add_message import ByMail, add_message, add_office_reply
from urp.cases.open_case import Applicant, CaseToOpen, FirstWords, issue_link, open_case
from urp.cases.queries import CaseView
from urp.cases.timeline import EntryKind, record
from urp.foundation.clock import now
from urp.foundation.db import transaction
from urp.inquiries import attach

CANARY = "zafferano"
"""A word that stands only in what the office keeps to itself."""

PAGES = ("", "/ricevuta", "/ritira")


@pytest.mark.parametrize("page", PAGES)
def test_a_case_without_topic_and_office_is_a_whole_page(app: Flask, client: FlaskClient, page: str) -> None:
    code = _visited(app, client, _by_mail(app))

    answer = client.get(f"/r/{code}{page}")

    assert answer.status_code == 200
    main = parse(answer.text).one("main")
    assert code in main.text
    assert "None" not in main.text
    for name in ("Argomento", "Ufficio:"):
        assert name not in main.text
    assert [one.tag for one in main.all() if one.tag in ("p", "dd", "li", "h1", "h2", "h3") and not one.text] == []


def test_each_message_says_how_it_came(app: Flask, client: FlaskClient) -> None:
    case = _by_mail(app)
    with app.app_context(), transaction():
        add_message(case, "Ho trovato la foto", at=now(), mail=ByMail(3, "peo", (_file(),)))
        add_message(case, "Scritto sulla pagina", at=now())
    code = _visited(app, client, case)

    first, second, third = parse(client.get(f"/r/{code}").text).all("article")

    assert first.one("header").text.endswith(", per PEC")
    assert second.one("header").text.endswith(", per e-mail")
    assert "foto.pdf" in second.one("ul", aria_label="Allegati").text
    assert "per " not in third.one("header").text
    assert [one.one("h3").text for one in (first, second, third)] == ["Tu", "Tu", "Tu"]


def test_a_name_that_nobody_told_is_the_address(app: Flask, client: FlaskClient) -> None:
    code = _visited(app, client, _by_mail(app, given_name=""))

    receipt = parse(client.get(f"/r/{code}/ricevuta").text).one("dl", class_="urp-summary").text

    assert "Chi la presenta giulia@pec.posta.example" in receipt
    assert ", per PEC" in receipt


@pytest.mark.parametrize("page", PAGES)
def test_no_page_tells_what_is_the_offices_own(app: Flask, client: FlaskClient, page: str) -> None:
    with app.app_context():
        case = opened()
        _keep_to_ourselves(case)
    code = _visited(app, client, case)

    assert CANARY not in client.get(f"/r/{code}{page}").text


def test_the_canary_is_on_the_page_where_an_entry_is_for_the_citizen(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        case = opened()
        with transaction():
            record(case.id, EntryKind.OFFICE_MESSAGE, at=now(), actor=f"operator:{CANARY}", body=f"Ecco lo {CANARY}")
    code = _visited(app, client, case)

    assert client.get(f"/r/{code}").text.count(CANARY) == 1  # the words, not who wrote them


def test_a_file_of_the_offices_own_cannot_be_taken(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        case = opened()
        hidden = _keep_to_ourselves(case)
        with transaction():
            shown = _file()
            attach.hand_over(None, case.id, [shown["id"]])
            add_message(case, "Con un file", at=now(), mail=ByMail(3, "peo", (shown,)))
    code = _visited(app, client, case)

    with client.get(f"/r/{code}/allegati/{shown['id']}") as download:
        assert download.status_code == 200
    assert client.get(f"/r/{code}/allegati/{hidden}").status_code == 404


def _keep_to_ourselves(case: CaseView) -> int:
    """One entry of each kind that is not for the citizen, full of the canary; the id of its file."""
    with transaction():
        file = _file(f"{CANARY}.pdf")
        attach.hand_over(None, case.id, [file["id"]])
        add_office_reply(case, f"Tra noi: {CANARY}", at=now(), mail=ByMail(4, "pec", (file,)))
        for kind in (EntryKind.NO_RECEIPT, EntryKind.FORWARDED, EntryKind.WITHDRAWN):
            record(case.id, kind, at=now(), actor=f"operator:{CANARY}", body=CANARY, data={"why": CANARY})
    return file["id"]


def _file(name: str = "foto.pdf") -> dict:
    with_bytes = attach.Upload(name, f"%PDF-1.4 {name}".encode())
    return {"id": attach.keep(None, with_bytes), "filename": name, "size": len(with_bytes.data)}


def _by_mail(app: Flask, **person: str) -> CaseView:
    values = {"given_name": "Giulia Bianchi", "family_name": "", "email": "giulia@pec.posta.example", **person}
    with app.app_context():
        with transaction():
            case = CaseToOpen("Passo carraio", "pec", "it", None, None, None, now(), now(), "v1", None)
            applicant = Applicant(**values, phone=None, reply_by="pec")
            case_id = open_case(case, applicant, FirstWords("Come lo chiedo?", incoming_id=2)).id
        return view(case_id)


def _visited(app: Flask, client: FlaskClient, case: CaseView) -> str:
    with app.app_context(), transaction():
        token = issue_link(case.id, now())
    assert Citizen(client).post(f"/l/{token}", {}).status_code == 303
    return case.code
