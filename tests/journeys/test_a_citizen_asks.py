"""Journey 1: a citizen asks, office and citizen get their letters, the secret link opens the case."""

import email
import email.policy
import io
import re

from werkzeug.datastructures import FileStorage

from tests.factories.citizens import Citizen, hidden
from tests.factories.pictures import png
from tests.factories.running import Running, until

PHOTO = png(64)


def test_giulia_asks_and_follows_her_question_to_the_office_s_mail_server(service: Running) -> None:
    giulia = Citizen(service.browser())
    giulia.contacts["email"] = "giulia.bianchi@posta.example"
    with_photo = FileStorage(stream=io.BytesIO(PHOTO), filename="buca è qui.png")
    assert giulia.upload(with_photo).status_code == 303
    code = giulia.send_question()

    receipt = service.wait_for_letter("giulia.bianchi@posta.example", code)
    office = service.wait_for_letter("infrastrutture@cittametropolitana.example", code)

    assert "martedì" in receipt["text"] or "Ti rispondiamo" in receipt["text"]
    assert giulia.question["body"] in " ".join(office["text"].split())
    files = _files(service.source(office))
    assert files == [("buca è qui.png", PHOTO)]

    link = re.search(rf"{service.site}(/l/\S+)", receipt["text"])
    assert link, receipt["text"]
    elsewhere = service.browser()
    neutral = elsewhere.get(link[1])
    assert neutral.status_code == 200
    assert "Buca" not in neutral.text
    opened = elsewhere.post(link[1], {"csrf_token": hidden(neutral.text, "csrf_token")})
    assert (opened.status_code, opened.location) == (303, f"/r/{code}")

    def both_delivered() -> bool:
        return elsewhere.get(f"/r/{code}").text.count("consegnata al server di posta") == 2

    until(both_delivered)
    page = elsewhere.get(f"/r/{code}").text
    assert "Buca sulla SP 103 a Cernusco" in page
    assert "Inviata all’ufficio competente" in page
    assert "giulia.bianchi@posta.example" not in page


def test_giulia_adds_words_and_withdraws(service: Running) -> None:
    giulia = Citizen(service.browser())
    code = giulia.send_question()
    page = giulia.browser.get(f"/r/{code}").text
    words = {"csrf_token": hidden(page, "csrf_token"), "idempotency_key": hidden(page, "idempotency_key")}

    for _ in range(2):  # a double click
        added = giulia.browser.post(f"/r/{code}/messaggi", {**words, "body": "La buca si è allargata."})
        assert added.status_code == 303

    until(lambda: len([one for one in _to_office(service, code) if "allargata" in one["text"]]) == 1)
    assert giulia.browser.get(f"/r/{code}").text.count("La buca si è allargata.") == 1

    asked = giulia.browser.get(f"/r/{code}/ritira").text
    assert giulia.browser.post(f"/r/{code}/ritira", {"csrf_token": hidden(asked, "csrf_token")}).status_code == 303
    until(lambda: any("ritirat" in one["text"].lower() for one in _to_office(service, code)))
    assert "Ritirata" in giulia.browser.get(f"/r/{code}").text


def test_a_fresh_link_comes_by_mail_for_the_right_pair_only(service: Running) -> None:
    anna = Citizen(service.browser())
    anna.contacts["email"] = "anna.fontana@posta.example"
    code = anna.send_question()
    service.wait_for_letter("anna.fontana@posta.example", code)
    visitor = Citizen(service.browser())

    right = visitor.post("/segui", {"code": code.lower(), "email": "Anna.Fontana@posta.example"})
    wrong = visitor.post("/segui", {"code": code, "email": "qualcun.altro@posta.example"})

    assert right.status_code == wrong.status_code == 200
    assert _without_tokens(right.text) == _without_tokens(wrong.text)
    until(lambda: len(service.letters("anna.fontana@posta.example")) == 2)
    assert service.letters("qualcun.altro@posta.example") == []


def test_a_question_for_the_protocol_travels_by_pec(service: Running) -> None:
    paolo = Citizen(service.browser())
    paolo.question["topic"] = "ambiente"
    paolo.contacts |= {"email": "paolo.ricci@pec.posta.example", "reply_by": "pec"}
    code = paolo.send_question()

    receipt = service.wait_for_letter("paolo.ricci@pec.posta.example", code)

    assert receipt["from"] == "urp@pec.cittametropolitana.example"
    assert "Gentile Giulia Bianchi" in receipt["text"]


def _to_office(service: Running, code: str) -> list[dict]:
    return [one for one in service.letters("infrastrutture@cittametropolitana.example") if code in one["subject"]]


def _files(source: bytes) -> list[tuple[str, bytes]]:
    message = email.message_from_bytes(source, policy=email.policy.default)
    return [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_attachments()]


def _without_tokens(page: str) -> str:
    return re.sub(r'value="[^"]*"', "", page)
