"""The form on which a visitor of the post office writes to the office."""

import email
import email.policy
import http.client
import re
import uuid

import pytest

PEC, GIULIA = "urp@pec.posta.example", "giulia.bianchi@posta.example"
CERTIFIED = "giulia.bianchi@pec.posta.example"
WORDS = {
    "from": GIULIA,
    "to": "urp@posta.example",
    "subject": "Perché è spento?",
    "text": "Il lampione è spento.\nEcco.",
}


def test_a_citizen_writes_and_the_office_has_the_letter(office, post) -> None:
    status, where, _ = post(WORDS, file=("foto è qui.png", b"\x89PNG"))
    assert (status, where) == (303, "/messaggi/1")
    [raw] = office.mailbox("urp@posta.example")
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert (letter["From"], letter["To"], letter["Subject"]) == (GIULIA, "urp@posta.example", "Perché è spento?")
    assert letter.get_body().get_content().split("\r\n") == ["Il lampione è spento.", "Ecco.", ""]
    assert [(one.get_filename(), one.get_content()) for one in letter.iter_attachments()] == [
        ("foto è qui.png", b"\x89PNG")
    ]
    assert raw.isascii()
    assert office.letters()[0]["made_by"] == "sender"


def test_a_certified_citizen_writes_to_the_pec(office, post, until) -> None:
    post({**WORDS, "from": CERTIFIED, "to": PEC})
    until(lambda: len(office.mailbox(CERTIFIED)) == 2)
    [envelope] = office.mailbox(PEC)
    assert b"X-Trasporto: posta-certificata" in envelope


def test_the_form_knows_to_whom_and_who_might_write(office) -> None:
    assert f'value="{GIULIA}"' in office.page("/scrivi")
    to_the_pec = office.page(f"/scrivi?a={PEC}")
    assert f'name="to" list="offices" value="{PEC}"' in to_the_pec
    assert f'name="from" list="senders" value="{CERTIFIED}"' in to_the_pec


def test_an_answer_comes_from_who_got_the_letter_and_cites_it(office, post) -> None:
    office.send(
        "urp@posta.example",
        [GIULIA],
        b"From: URP <urp@posta.example>\r\nSubject: La risposta\r\nMessage-ID: <2@posta.example>\r\n"
        b"References: <1@posta.example>\r\n\r\nEcco.\r\n",
    )
    form = office.page("/scrivi?rispondi=1")
    assert f'value="{GIULIA}"' in form and 'value="urp@posta.example"' in form and 'value="Re: La risposta"' in form
    post({**WORDS, "answers": "1"})
    answer = email.message_from_bytes(office.mailbox("urp@posta.example")[0], policy=email.policy.default)
    assert answer["In-Reply-To"] == "<2@posta.example>"
    assert answer["References"] == "<1@posta.example> <2@posta.example>"


def test_an_answer_to_an_envelope_goes_to_its_author_and_cites_the_letter_inside_too(office, post, until) -> None:
    office.send(PEC, [CERTIFIED], b"From: urp@pec.posta.example\r\nSubject: Esito\r\nMessage-ID: <3@x.example>\r\n\r\n")
    until(lambda: office.mailbox(CERTIFIED))
    number = next(one["number"] for one in office.letters() if one["subject"].startswith("POSTA"))
    form = office.page(f"/scrivi?rispondi={number}")
    assert 'value="Re: Esito"' in form and f'value="{PEC}"' in form
    _, where, _ = post({**WORDS, "from": CERTIFIED, "to": PEC, "answers": str(number)})
    answer = email.message_from_bytes(office.raw(f"{where}/sorgente"), policy=email.policy.default)
    assert answer["References"].split() == ["<3@x.example>", answer["In-Reply-To"]]
    assert answer["In-Reply-To"].endswith("@gestore-pec.example>")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"from": "giulia"}, "Scrivi un solo indirizzo"),
        ({"to": "a@b.example, c@d.example"}, "Scrivi un solo indirizzo"),
        ({"to": "a@b.example\r\nBcc: c@d.example"}, "Scrivi un solo indirizzo"),
        ({"subject": "x" * 501}, "L’oggetto è troppo lungo"),
        ({"subject": " ", "text": "\n"}, "Scrivi un oggetto o un testo"),
    ],
)
def test_a_mistake_is_told_and_no_word_is_lost(office, post, wrong, told) -> None:
    typed = {**WORDS, "text": "\nprima riga & <seconda>", **wrong}
    status, _, page = post(typed, file=("foto.png", b"x"))
    assert status == 422
    assert told in page
    assert page.count("<title>Errore: ") == 1
    assert "Scegli di nuovo il file foto.png" in page
    if "text" not in wrong:
        assert ">\n\nprima riga &amp; &lt;seconda&gt;</textarea>" in page.replace("\r\n", "\n")
    if "subject" not in wrong:
        assert 'value="Perché è spento?"' in page
    assert office.letters() == []


@pytest.mark.parametrize("subject", ["a\r\nBcc: c@d.example", "a\nX: y", "\x00\x1b", "\N{LINE SEPARATOR}a"])
def test_no_header_can_be_slipped_in(office, post, subject) -> None:
    status, where, _ = post({**WORDS, "subject": subject, "text": "a\x00b\x1b"})
    assert status == 303
    head = office.raw(f"{where}/sorgente").partition(b"\r\n\r\n")[0].decode()
    assert not re.search(r"^(Bcc|X):", head, re.MULTILINE)


def test_a_foreign_page_cannot_write(office, post) -> None:
    assert post(WORDS, origin="http://evil.example")[0] == 403
    assert post(WORDS, origin="null")[0] == 403
    assert post(WORDS, origin=None)[0] == 403
    assert post({**WORDS, "token": "x"})[0] == 403
    assert post({**WORDS, "token": "è"})[0] == 403
    assert office.letters() == []


def test_what_is_no_form_is_refused(office) -> None:
    for content_type in ("multipart/form-data; boundary=b", "application/x-www-form-urlencoded; charset=no-such"):
        connection = http.client.HTTPConnection("127.0.0.1", office.http, timeout=10)
        headers = {"Origin": office.address, "Content-Type": content_type}
        connection.request("POST", "/scrivi", body=b"--b\r\n\xff\r\n", headers=headers)
        assert connection.getresponse().status in (400, 403)
        connection.close()


def test_an_answer_to_a_letter_that_is_not_there_is_not_found(office) -> None:
    with pytest.raises(Exception, match="404"):
        office.page("/scrivi?rispondi=9")


@pytest.fixture
def post(office):
    """Send the form as a browser does; returns status, place and page."""

    def send(words: dict[str, str], *, file: tuple[str, bytes] | None = None, origin: str | None = "own"):
        boundary = uuid.uuid4().hex
        token = re.search(r'name="token" value="([^"]+)"', office.page("/scrivi"))[1]
        pieces = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in {"token": token, **words}.items()
        ]
        if file:
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file[0]}"\r\n'
            pieces.append(f"{head}Content-Type: image/png\r\n\r\n".encode() + file[1] + b"\r\n")
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        if origin:
            headers["Origin"] = office.address if origin == "own" else origin
        connection = http.client.HTTPConnection("127.0.0.1", office.http, timeout=10)
        connection.request("POST", "/scrivi", body=b"".join(pieces) + f"--{boundary}--\r\n".encode(), headers=headers)
        answer = connection.getresponse()
        got = answer.status, answer.headers.get("Location"), answer.read().decode()
        connection.close()
        return got

    return send
