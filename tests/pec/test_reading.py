"""Every kind of certified mail is recognised, opened and believed; oddities of real mail do no harm."""

import json
import timeit
from datetime import UTC, datetime

import pytest

from tests.factories.pec_every_kind import ACCENTED, DOUBLE, EVERY_KIND, QUESTION, every_kind
from tests.factories.pec_samples import (
    AT,
    GIULIA,
    OUR_PEC,
    Letter,
    Provider,
    daticert,
    edited,
    mail,
    multipart,
    text_part,
    with_lf,
    xml_part,
)
from urp.pec.daticert import Recipient
from urp.pec.kinds import ENVELOPES, RECEIPTS, Kind
from urp.pec.reading import PecMessage, read
from urp.pec.signature import Status

FIELDS = [
    *("kind", "msgid", "sender", "recipients", "delivered_to", "subject", "at", "error", "error_text", "size"),
    *("signature", "inner"),
]
CERTIFIED = [name for name, (kind, _) in EVERY_KIND.items() if kind is not Kind.NONE]


@pytest.fixture(scope="module")
def messages(provider: Provider) -> dict[str, PecMessage]:
    return {name: read(raw, provider.trust) for name, raw in every_kind(provider).items()}


@pytest.mark.parametrize("name", EVERY_KIND)
def test_its_kind_is_told(messages: dict[str, PecMessage], name: str) -> None:
    assert messages[name].kind is EVERY_KIND[name][0]


@pytest.mark.parametrize("name", CERTIFIED)
def test_a_genuine_one_counts(messages: dict[str, PecMessage], name: str) -> None:
    assert (messages[name].signature, messages[name].distrust) == (Status.TRUSTED, None)


@pytest.mark.parametrize("name", CERTIFIED)
def test_lines_ended_anew_change_nothing(provider: Provider, name: str) -> None:
    raw = EVERY_KIND[name][1](provider)

    as_it_came, saved = read(raw, provider.trust), read(with_lf(raw), provider.trust)

    assert saved.distrust is None
    assert saved.as_json() == as_it_came.as_json()


@pytest.mark.parametrize("kind", Kind)
def test_no_kind_is_without_a_sample(kind: Kind) -> None:
    assert kind in {made for made, _ in EVERY_KIND.values()}


def test_every_kind_but_none_is_a_receipt_or_an_envelope() -> None:
    assert RECEIPTS | ENVELOPES | {Kind.NONE} == set(Kind)
    assert not RECEIPTS & ENVELOPES


def test_a_receipt_says_what_its_provider_certifies(messages: dict[str, PecMessage]) -> None:
    told = messages["consegna breve"]

    assert told.msgid == Letter().message_id
    assert (told.sender, told.delivered_to) == (OUR_PEC, GIULIA)
    assert told.recipients == (Recipient(GIULIA, certified=True),)
    assert told.at == AT
    assert told.size == "breve"
    assert told.provider == "Gestore di prova S.p.A."
    assert told.identifier.startswith("opec21007")
    assert (told.error, told.error_text) == ("nessuno", None)


def test_a_failure_says_why(messages: dict[str, PecMessage]) -> None:
    assert (messages["errore-consegna"].error, messages["errore-consegna"].error_text) == (
        "no-dest",
        "5.1.1 casella inesistente",
    )
    assert messages["non-accettazione for a virus"].error == "virus"


def test_the_two_warnings_differ_in_their_time_only(messages: dict[str, PecMessage]) -> None:
    first, second = messages["preavviso after 12 hours"], messages["preavviso after 24 hours"]

    assert first.kind is second.kind
    assert first.at != second.at


def test_an_ordinary_recipient_is_told_from_a_certified_one(messages: dict[str, PecMessage]) -> None:
    assert messages["accettazione for an ordinary mailbox"].recipients == (Recipient(GIULIA, certified=False),)


def test_the_sizes_of_a_delivery_receipt(messages: dict[str, PecMessage]) -> None:
    sizes = {size: messages[f"consegna {size}"] for size in ("completa", "breve", "sintetica")}

    assert [message.size for message in sizes.values()] == list(sizes)
    assert [message.inner is not None for message in sizes.values()] == [True, True, False]


def test_an_envelope_opens_to_what_the_person_wrote(messages: dict[str, PecMessage]) -> None:
    for name in ("transport envelope", "envelope, message before daticert"):
        told = messages[name]
        assert told.inner
        assert told.inner_raw == QUESTION
        assert (told.sender, told.inner.sender) == (GIULIA, GIULIA)
        assert (told.inner.subject, told.inner.text) == ("Richiesta di informazioni", "Quando aprite?\n")


def test_attached_files_are_named_and_messages_among_them_stay_closed(messages: dict[str, PecMessage]) -> None:
    inner = messages["envelope with signed files"].inner

    assert inner
    assert inner.attachments == ("domanda.pdf.p7m", "precedente.eml")
    assert "Quando aprite?" not in inner.text


def test_an_anomaly_has_the_sender_of_the_mail_in_it(messages: dict[str, PecMessage]) -> None:
    told = messages["anomaly envelope"]

    assert (told.sender, told.subject, told.msgid) == (GIULIA, "Richiesta di informazioni", "<domanda@pec.example>")
    assert told.inner_raw == QUESTION


def test_a_nested_anomaly_opens_to_the_person_too(messages: dict[str, PecMessage]) -> None:
    told = messages["nested anomaly"]

    assert told.inner_raw == QUESTION
    assert told.sender == GIULIA


def test_subjects_are_read_whatever_their_dress(messages: dict[str, PecMessage]) -> None:
    assert messages["raw Latin-1 subject"].subject == ACCENTED.subject
    assert messages["encoded subject"].subject == ACCENTED.subject
    assert messages["double prefix"].subject == DOUBLE


def test_headers_around_do_not_change_what_is_certified(provider: Provider) -> None:
    raw = provider.receipt(Kind.ACCETTAZIONE)

    told = read(
        edited(raw, "X-Riferimento-Message-ID: <giulia-1@", "X-Riferimento-Message-ID: <other@"), provider.trust
    )

    assert (told.msgid, told.distrust) == (Letter().message_id, None)


def test_ordinary_mail_has_its_own_headers_and_nothing_certified(provider: Provider) -> None:
    raw = mail(GIULIA, OUR_PEC, "Perché?", message_id="<one@posta.example>")

    told = read(raw, provider.trust)

    assert told == PecMessage(Kind.NONE, Status.ABSENT, msgid="<one@posta.example>", sender=GIULIA, subject="Perché?")


def test_json_has_the_fields_of_the_contract(messages: dict[str, PecMessage]) -> None:
    for message in messages.values():
        assert list(json.loads(json.dumps(message.as_json()))) == FIELDS

    told = messages["consegna completa"].as_json()
    assert told["at"] == "2026-11-24T09:02:07Z"
    assert told["recipients"] == [{"address": GIULIA, "certified": True}]
    assert list(told["inner"]) == ["sender", "subject", "text", "attachments"]


def test_a_time_in_summer_has_the_other_offset(provider: Provider) -> None:
    summer = datetime(2026, 7, 1, 8, 0, 0, tzinfo=UTC)

    assert read(provider.receipt(Kind.ACCETTAZIONE, at=summer), provider.trust).at == summer


def test_an_unknown_kind_is_kept_as_text_and_never_counts(provider: Provider) -> None:
    xml = daticert("consegna-differita", Letter())
    body = multipart("multipart/mixed", text_part(), xml_part(xml))

    told = read(provider.signed(body, {"From": provider.address, "X-Ricevuta": "consegna-differita"}), provider.trust)

    assert (told.kind, told.tipo, told.signature) == (Kind.NONE, "consegna-differita", Status.TRUSTED)
    assert told.msgid == Letter().message_id
    assert told.distrust == "Headers and daticert.xml name a kind that is not known."


def test_a_receipt_is_read_within_milliseconds(provider: Provider) -> None:
    raw = provider.receipt(Kind.AVVENUTA_CONSEGNA)

    seconds = min(timeit.repeat(lambda: read(raw, provider.trust), number=1, repeat=20))

    assert seconds < 0.05
