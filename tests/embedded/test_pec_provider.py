"""The provider that the built-in post office plays: its papers, read by others than their writer."""

import asyncio
import email
import email.policy
import subprocess
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree

import pytest

from urp.embedded.letters import Letter
from urp.embedded.pec_provider import Provider
from urp.embedded.post_office_door import PEC_DOMAIN
from urp.pec.reading import read
from urp.pec.signature import Trust

T = TypeVar("T")
URP, ANNA = "urp@pec.posta.example", "anna@pec.posta.example"
SUBJECT = "Perché l’acqua è <gialla> & torbida?"


@pytest.mark.parametrize(
    ("local_part", "papers"),
    [
        ("anna", ["accettazione nessuno", "posta-certificata nessuno", "avvenuta-consegna nessuno"]),
        ("casella-piena", ["accettazione nessuno", "errore-consegna altro"]),
        ("inesistente", ["accettazione nessuno", "errore-consegna no-dest"]),
        ("dominio-inesistente", ["accettazione nessuno", "errore-consegna no-dominio"]),
        ("virus", ["non-accettazione virus"]),
        ("Non-Accettata", ["non-accettazione altro"]),
        (
            "in-ritardo",
            [
                *("accettazione nessuno", "preavviso-errore-consegna altro"),
                *("posta-certificata nessuno", "avvenuta-consegna nessuno"),
            ],
        ),
        (
            "tempo-scaduto",
            ["accettazione nessuno", "preavviso-errore-consegna altro", "preavviso-errore-consegna altro"],
        ),
        ("solo-accettata", ["accettazione nessuno"]),
        ("silenzio", []),
    ],
)
def test_the_name_before_the_at_decides_what_comes(provider, local_part, papers) -> None:
    found = provider.carry(letter(to=f"{local_part}@pec.posta.example"))
    told = [f"{paper['X-Ricevuta'] or paper['X-Trasporto']} {facts(paper).get('errore')}" for paper in opened(found)]
    assert told == papers
    assert {paper.made_by for paper in found} <= {"provider"}


def test_certificate_facts_are_those_of_the_letter(provider) -> None:
    accepted, _, delivered = opened(provider.carry(letter()))
    heading, data = facts(delivered).find("intestazione"), facts(delivered).find("dati")
    assert heading.findtext("mittente") == URP
    assert [(each.text, each.get("tipo")) for each in heading.findall("destinatari")] == [(ANNA, "certificato")]
    assert heading.findtext("oggetto") == SUBJECT
    assert data.findtext("msgid") == "<1.abc@pec.posta.example>"
    assert data.findtext("consegna") == ANNA
    assert data.find("ricevuta").get("tipo") == "completa"
    assert data.findtext("identificativo") == facts(accepted).findtext("dati/identificativo")
    assert data.find("data").get("zona") in ("+0100", "+0200")
    assert delivered["Subject"] == f"CONSEGNA: {SUBJECT}"
    assert delivered["X-TipoRicevuta"] == "completa"
    assert delivered["X-Riferimento-Message-ID"] == "<1.abc@pec.posta.example>"


def test_why_a_letter_failed_is_said_in_words(provider) -> None:
    _, failed = opened(provider.carry(letter(to="casella-piena@pec.posta.example")))
    assert facts(failed).findtext("dati/errore-esteso") == "casella piena"
    [refused] = opened(provider.carry(letter(to="virus@pec.posta.example")))
    assert refused["X-VerificaSicurezza"] == "errore"


def test_an_ordinary_recipient_is_told_and_never_certified(provider) -> None:
    accepted, envelope = opened(provider.carry(letter(to="anna@posta.example")))
    assert facts(accepted).find("intestazione/destinatari").get("tipo") == "esterno"
    assert envelope["X-Trasporto"] == "posta-certificata"


def test_the_envelope_has_a_name_of_its_own_and_the_very_letter_inside(provider) -> None:
    given = letter()
    _, sent, _ = provider.carry(given)
    envelope = opened([sent])[0]
    identifier = facts(envelope).findtext("dati/identificativo")
    assert envelope["Message-ID"] == f"<{identifier}>"
    assert envelope["From"] == f'"Per conto di: {URP}" <posta-certificata@gestore-pec.example>'
    assert envelope["Reply-To"] == URP
    assert envelope["Subject"] == f"POSTA CERTIFICATA: {SUBJECT}"
    assert sent.sender == URP
    assert given.content in sent.content


def test_every_paper_verifies_against_the_authority_and_its_address(provider, tmp_path) -> None:
    carried = provider.carry(letter(to="in-ritardo@pec.posta.example"))
    papers = [*carried, provider.wrap(letter(sender="anna@posta.example"))]
    for paper in papers:
        assert verified(paper.content, provider.authority, tmp_path), paper.content.decode()
        assert paper.content.isascii()
        assert b"\n" not in paper.content.replace(b"\r\n", b"")


def test_the_program_s_own_reader_trusts_every_paper_and_reads_its_kind(provider) -> None:
    trust = Trust.from_file(provider.authority, (PEC_DOMAIN,))
    papers = [*provider.carry(letter()), provider.wrap(letter(sender="anna@posta.example"))]
    found = [read(paper.content, trust) for paper in papers]
    assert [one.kind.value for one in found] == [
        *("accettazione", "busta_di_trasporto", "avvenuta_consegna", "busta_di_anomalia")
    ]
    assert [one.distrust for one in found] == [None] * 4
    assert {one.msgid for one in found} == {"<1.abc@pec.posta.example>"}
    assert read(papers[0].content, Trust((), (PEC_DOMAIN,))).distrust


def test_a_paper_that_was_touched_does_not_verify(provider, tmp_path) -> None:
    sent = provider.carry(letter())[1]
    outside = sent.content.replace(b"X-Trasporto: posta-certificata", b"X-Trasporto: altro")
    assert verified(outside, provider.authority, tmp_path)  # no signature covers the outer headers
    touched = sent.content.replace(b"Chi la ripara", b"Chi la separa")
    assert not verified(touched, provider.authority, tmp_path)


def test_an_authority_of_an_earlier_run_vouches_for_nothing(provider, tmp_path) -> None:
    papers = provider.carry(letter())
    (tmp_path / "other").mkdir()
    later = Played(tmp_path / "other")
    assert not verified(papers[0].content, later.authority, tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Subject: =?utf-8?b?AAECAw==?=\nMessage-ID: <\n\ncaff\xe8\n",
        b"From: @@@\r\nTo: <<\r\n\r\n\x00" + b"x" * 3000,
    ],
)
def test_no_letter_is_too_broken_to_be_carried(provider, tmp_path, content) -> None:
    papers = provider.carry(Letter(URP, (ANNA,), content))
    assert len(papers) == 3
    assert all(verified(paper.content, provider.authority, tmp_path) for paper in papers)
    assert facts(opened(papers)[0]).get("tipo") == "accettazione"


def test_the_anomaly_envelope_holds_the_ordinary_letter(provider) -> None:
    given = letter(sender="anna@posta.example", to=URP)
    wrapped = opened([provider.wrap(given)])[0]
    assert wrapped["X-Trasporto"] == "errore"
    assert wrapped["Subject"] == f"ANOMALIA MESSAGGIO: {SUBJECT}"
    assert given.content in provider.wrap(given).content


def in_its_own_loop(work: Coroutine[Any, Any, T]) -> T:
    """What it comes to, in a thread of its own: a browser in this process keeps a loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class Played:
    """A provider whose hours pass at once."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "authority.pem"
        self._papers = in_its_own_loop(self._open())

    async def _open(self):
        return await Provider(self.authority).open()

    def _provider(self) -> Provider:
        async def at_once(_seconds: float) -> None:
            return

        async def opened():
            return self._papers

        provider = Provider(self.authority, at_once)
        provider._opening = asyncio.ensure_future(opened())
        return provider

    def carry(self, given: Letter) -> list[Letter]:
        async def collect() -> list[Letter]:
            return [paper async for paper in self._provider().carry(given)]

        return in_its_own_loop(collect())

    def wrap(self, given: Letter) -> Letter:
        async def wrapped() -> Letter:
            return await self._provider().wrap(given)

        return in_its_own_loop(wrapped())


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One provider with one seal for all."""
    return Played(tmp_path_factory.mktemp("provider"))


def letter(*, sender: str = URP, to: str = ANNA) -> Letter:
    message = EmailMessage(email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, SUBJECT
    message["Message-ID"] = "<1.abc@pec.posta.example>"
    message.set_content("Chi la ripara?", cte="quoted-printable")
    return Letter(sender, (to,), message.as_bytes())


def opened(papers: Iterable[Letter]) -> list[EmailMessage]:
    return [email.message_from_bytes(paper.content, policy=email.policy.default) for paper in papers]


def facts(paper: EmailMessage) -> ElementTree.Element:
    """The root of `daticert.xml`."""
    signed = next(paper.iter_parts())
    [found] = [part for part in signed.iter_parts() if part.get_filename() == "daticert.xml"]
    return ElementTree.fromstring(found.get_content())


def verified(paper: bytes, authority: Path, folder: Path) -> bool:
    """Whether OpenSSL's own reader of S/MIME finds signature and chain right."""
    (folder / "paper.eml").write_bytes(paper)
    words = ["openssl", "cms", "-verify", "-in", "paper.eml", "-CAfile", str(authority), "-out", "inside"]
    return subprocess.run(words, cwd=folder, capture_output=True, timeout=20, check=False).returncode == 0
