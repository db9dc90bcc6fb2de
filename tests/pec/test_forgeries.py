"""What is forged does not count, and each forgery is told by its own sentence (proof.md S33)."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import pkcs7

from tests.factories.pec_ca import DETACHED, YESTERDAY, Authority, Identity, self_signed, sign, sign_by_hand
from tests.factories.pec_samples import (
    GIULIA,
    OUR_PEC,
    Letter,
    Provider,
    daticert,
    edited,
    mail,
    multipart,
    text_part,
    with_headers,
    xml_part,
)
from tests.house.sources import read as read_paper
from urp.pec.kinds import Kind
from urp.pec.reading import read
from urp.pec.signature import Status, Trust

NO_SIGNATURE = "There is no signature: the message is not multipart/signed."
ALTERED = "The signed part was altered: its digest is not the one that was signed."
STRANGER = "No chain leads from the certificate to one that we trust."
Forgery = Callable[[Provider], bytes]


def body(tipo: str = "accettazione") -> bytes:
    return multipart("multipart/mixed", text_part(), xml_part(daticert(tipo, Letter())))


def outer(provider: Provider, **others: str) -> dict[str, str | None]:
    return {"From": provider.address, "To": OUR_PEC, "X-Ricevuta": "accettazione", **others}


def signed_by(signer: Identity, provider: Provider, **headers: str) -> bytes:
    part = body()
    return provider.signed(part, outer(provider, **headers), sign(part, signer))


def no_signature(provider: Provider) -> bytes:
    return with_headers(outer(provider)) + body()


def signed_at_home(provider: Provider) -> bytes:
    return signed_by(self_signed(provider.address), provider)


def unknown_authority(provider: Provider) -> bytes:
    return signed_by(Authority("Un'altra autorità").issue(provider.address), provider)


def other_mailbox(provider: Provider) -> bytes:
    return signed_by(provider.authority.issue("mario@gestore.example"), provider)


def no_mailbox_in_the_certificate(provider: Provider) -> bytes:
    return signed_by(provider.authority.issue(None), provider)


def expired(provider: Provider) -> bytes:
    return signed_by(provider.authority.issue(provider.address, until=YESTERDAY), provider)


def not_valid_yet(provider: Provider) -> bytes:
    part, early = body(), datetime(2019, 1, 1, tzinfo=UTC)
    signer = provider.authority.issue(provider.address, since=datetime(2020, 1, 1, tzinfo=UTC))
    return provider.signed(part, outer(provider), sign_by_hand(part, signer, at=early))


def altered_body(provider: Provider) -> bytes:
    raw = provider.receipt(Kind.ERRORE_CONSEGNA, error="no-dest")
    found = re.search(rb"base64\r\n\r\n([A-Za-z0-9+/=\r\n]+)\r\n--", raw)
    assert found
    xml = base64.b64decode(found[1]).replace(b"errore-consegna", b"avvenuta-consegna")
    forged = raw.replace(found[1], base64.encodebytes(xml).replace(b"\n", b"\r\n").rstrip())
    return edited(forged, "X-Ricevuta: errore-consegna", "X-Ricevuta: avvenuta-consegna")


def altered_header(provider: Provider) -> bytes:
    return edited(provider.receipt(Kind.ERRORE_CONSEGNA), "X-Ricevuta: errore", "X-Ricevuta: avvenuta")


def header_taken_away(provider: Provider) -> bytes:
    return provider.receipt(Kind.ACCETTAZIONE, headers={"X-Ricevuta": None})


def second_header(provider: Provider) -> bytes:
    return edited(provider.receipt(Kind.ACCETTAZIONE), "X-Ricevuta", "X-Ricevuta: avvenuta-consegna\r\nX-Ricevuta")


def envelope_as_receipt(provider: Provider) -> bytes:
    headers = {"X-Trasporto": None, "X-Ricevuta": "avvenuta-consegna"}
    return provider.envelope(mail(GIULIA, OUR_PEC, "Richiesta"), headers=headers)


def ordinary_mail(_: Provider) -> bytes:
    return mail(GIULIA, OUR_PEC, "ACCETTAZIONE: Risposta", X_Ricevuta="accettazione")


def provider_not_listed(provider: Provider) -> bytes:
    return Provider("altro.example", provider.authority).receipt(Kind.ACCETTAZIONE)


def two_daticert(provider: Provider) -> bytes:
    xml = xml_part(daticert("accettazione", Letter()))
    return provider.signed(multipart("multipart/mixed", text_part(), xml, xml), outer(provider))


def no_daticert(provider: Provider) -> bytes:
    return provider.signed(multipart("multipart/mixed", text_part()), outer(provider))


def document_type(provider: Provider) -> bytes:
    xml = daticert("accettazione", Letter()).replace(b"<postacert", b'<!DOCTYPE a [<!ENTITY b "c">]><postacert', 1)
    return provider.signed(multipart("multipart/mixed", text_part(), xml_part(xml)), outer(provider))


def two_signers(provider: Provider) -> bytes:
    part = body()
    other = provider.authority.issue("posta-certificata@altro.example")
    return provider.signed(part, outer(provider), sign(part, provider.identity, other))


def other_key(provider: Provider) -> bytes:
    part = body()
    return provider.signed(part, outer(provider), sign_by_hand(part, provider.identity, at=None, other_key=True))


def digest_that_can_be_forged(provider: Provider) -> bytes:
    part = body()
    return provider.signed(part, outer(provider), sign_by_hand(part, provider.identity, at=None, digest="md5"))


def signature_of_another_part(provider: Provider) -> bytes:
    genuine = body("accettazione")
    return provider.signed(body("avvenuta-consegna"), outer(provider), sign(genuine, provider.identity))


def no_certificate(provider: Provider) -> bytes:
    part = body()
    bare = (*DETACHED, pkcs7.PKCS7Options.NoCerts)
    return provider.signed(part, outer(provider), sign(part, provider.identity, options=bare))


def signature_that_brings_its_own_words(provider: Provider) -> bytes:
    return provider.signed(body("avvenuta-consegna"), outer(provider), sign(body(), provider.identity, options=()))


def three_parts(provider: Provider) -> bytes:
    genuine = body()
    p7s = b"Content-Type: application/pkcs7-signature\r\n\r\n" + sign(genuine, provider.identity)
    return with_headers(outer(provider)) + multipart("multipart/signed", body("avvenuta-consegna"), genuine, p7s)


def no_signature_in_its_part(provider: Provider) -> bytes:
    return provider.signed(body(), outer(provider), b"\x30\x82\x10\x00 no ASN.1")


def signature_of_another_type(provider: Provider) -> bytes:
    p7s = b"Content-Type: text/plain\r\n\r\nsigned, the provider"
    return with_headers(outer(provider)) + multipart("multipart/signed", body(), p7s)


def two_senders(provider: Provider) -> bytes:
    return edited(provider.receipt(Kind.ACCETTAZIONE), "From: ", "From: mario@posta.example\r\nFrom: ")


def other_sender(provider: Provider) -> bytes:
    return edited(provider.receipt(Kind.ACCETTAZIONE), f"From: {provider.address}", "From: mario@gestore.example")


FORGERIES: dict[Forgery, tuple[Status, str]] = {
    no_signature: (Status.ABSENT, NO_SIGNATURE),
    ordinary_mail: (Status.ABSENT, f"{NO_SIGNATURE} There is no daticert.xml in the signed part."),
    signed_at_home: (Status.INTACT, "The certificate is signed by itself and is not one that we trust."),
    unknown_authority: (Status.INTACT, STRANGER),
    other_mailbox: (
        Status.INTACT,
        "The certificate does not belong to posta-certificata@gestore.example, where the message says it comes from.",
    ),
    no_mailbox_in_the_certificate: (
        Status.INTACT,
        "The certificate does not belong to posta-certificata@gestore.example, where the message says it comes from.",
    ),
    expired: (Status.INTACT, "The certificate was not valid when the message was signed."),
    not_valid_yet: (Status.INTACT, "The certificate was not valid when the message was signed."),
    altered_body: (Status.BROKEN, ALTERED),
    signature_of_another_part: (
        Status.BROKEN,
        f"{ALTERED} The headers say accettazione, daticert.xml says avvenuta-consegna.",
    ),
    three_parts: (
        Status.BROKEN,
        "The signed message has 3 parts, not two. The headers say accettazione, daticert.xml says avvenuta-consegna.",
    ),
    altered_header: (Status.TRUSTED, "The headers say avvenuta-consegna, daticert.xml says errore-consegna."),
    header_taken_away: (Status.TRUSTED, "The headers say nothing, daticert.xml says accettazione."),
    second_header: (
        Status.TRUSTED,
        "The headers say accettazione, avvenuta-consegna, daticert.xml says accettazione.",
    ),
    envelope_as_receipt: (Status.TRUSTED, "The headers say avvenuta-consegna, daticert.xml says posta-certificata."),
    provider_not_listed: (Status.INTACT, "The provider altro.example is not one of ours."),
    two_daticert: (Status.TRUSTED, "There are 2 daticert.xml in the signed part, not one."),
    no_daticert: (Status.TRUSTED, "There is no daticert.xml in the signed part."),
    document_type: (Status.TRUSTED, "daticert.xml cannot be read: it brings a document type."),
    no_certificate: (
        Status.BROKEN,
        "The signature does not come with a certificate that fits it.",
    ),
    signature_that_brings_its_own_words: (
        Status.BROKEN,
        "The signature is over words of its own, not over the part beside it."
        " The headers say accettazione, daticert.xml says avvenuta-consegna.",
    ),
    two_signers: (Status.BROKEN, "The signature has 2 signers, not one."),
    other_key: (Status.BROKEN, "The signature was not made with the key of its certificate."),
    digest_that_can_be_forged: (Status.INTACT, "The digest is md5, which can be forged."),
    no_signature_in_its_part: (Status.BROKEN, "The signature cannot be read."),
    signature_of_another_type: (Status.BROKEN, "The signature is of an unknown type: text/plain."),
    two_senders: (Status.INTACT, "The message does not come from exactly one address."),
    other_sender: (
        Status.INTACT,
        "The message comes from mario@gestore.example, not from posta-certificata@ a provider.",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_a_forgery_is_told_by_its_own_sentence(provider: Provider, forgery: Forgery) -> None:
    told = read(forgery(provider), provider.trust)

    assert (told.signature, told.distrust) == FORGERIES[forgery]
    assert told.kind is not Kind.NONE


def test_the_genuine_one_made_the_same_way_counts(provider: Provider) -> None:
    told = read(provider.signed(body(), outer(provider)), provider.trust)

    assert (told.kind, told.signature, told.distrust) == (Kind.ACCETTAZIONE, Status.TRUSTED, None)


def test_without_pinned_certificates_a_good_signature_is_only_intact(provider: Provider) -> None:
    told = read(provider.receipt(Kind.ACCETTAZIONE), Trust((), (provider.domain,)))

    assert told.signature is Status.INTACT
    assert told.distrust == "No certificate is set that the signer could be compared with."


def test_a_receipt_inside_another_mail_is_only_a_file(provider: Provider) -> None:
    receipt = provider.receipt(Kind.AVVENUTA_CONSEGNA)
    part = re.split(rb"\r\n\r\n", receipt, maxsplit=1)[0].rsplit(b"Content-Type", 1)[1]
    copied = b"Content-Type" + part + b"\r\n\r\n" + receipt.split(b"\r\n\r\n", 1)[1]
    head = f"From: {GIULIA}\r\nTo: {OUR_PEC}\r\nSubject: ricevuta\r\n".encode()
    inside = [mail(GIULIA, OUR_PEC, "I: ricevuta", files={"ricevuta.eml": receipt}), head + copied]
    inside.append(head + multipart("multipart/mixed", text_part(), copied))

    for raw in inside:
        told = read(raw, provider.trust)
        assert (told.kind, told.signature, told.distrust) == (Kind.NONE, Status.ABSENT, None)


def test_a_receipt_below_a_list_footer_is_not_at_the_top(provider: Provider) -> None:
    receipt = provider.receipt(Kind.ACCETTAZIONE)
    copied = b"Content-Type" + receipt.split(b"Content-Type", 1)[1]
    wrapped = with_headers(outer(provider)) + multipart("multipart/mixed", copied, text_part("piè di pagina"))

    told = read(wrapped, provider.trust)

    assert (told.kind, told.signature) == (Kind.ACCETTAZIONE, Status.ABSENT)
    assert told.distrust == NO_SIGNATURE


def test_what_a_person_writes_cannot_pose_as_certified_data(provider: Provider) -> None:
    """Inside an envelope everything but the provider's own part belongs to the sender."""
    forged = xml_part(daticert("avvenuta-consegna", Letter()))
    inner = f"From: {GIULIA}\r\n".encode() + multipart("multipart/mixed", text_part(), forged)

    told = read(provider.envelope(inner), provider.trust)

    assert (told.kind, told.sender, told.distrust) == (Kind.BUSTA_DI_TRASPORTO, GIULIA, None)


def test_the_paper_lists_every_sentence() -> None:
    listed = [line[2:] for line in read_paper("docs/pec.md").splitlines() if line.startswith("- ")]
    patterns = [re.sub(r"\\\*.+?\\\*", ".+", re.escape(line)) for line in listed]
    told = {sentence for _, reason in FORGERIES.values() for sentence in reason.replace(". ", ".|").split("|")}

    assert {sentence for sentence in told if not any(re.fullmatch(one, sentence) for one in patterns)} == set()
