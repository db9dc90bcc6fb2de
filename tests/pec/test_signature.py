"""A signature holds at the time when it was made, through every chain that leads to a pinned certificate."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.factories.pec_ca import Authority, self_signed, sign, sign_by_hand
from tests.factories.pec_samples import (
    GIULIA,
    OUR_PEC,
    Letter,
    Provider,
    daticert,
    mail,
    multipart,
    text_part,
    with_lf,
    xml_part,
)
from urp.pec import signature
from urp.pec.kinds import Kind
from urp.pec.reading import PecMessage, read
from urp.pec.signature import Status, Trust, TrustError

PART = multipart("multipart/mixed", text_part(), xml_part(daticert("accettazione", Letter())))
OLD = datetime(2012, 5, 4, 8, 0, tzinfo=UTC)


def with_signature(provider: Provider, made: bytes, part: bytes = PART) -> bytes:
    return provider.signed(part, {"From": provider.address, "X-Ricevuta": "accettazione"}, made)


def believed(message: PecMessage) -> tuple[Status, str | None]:
    return message.signature, message.distrust


TRUSTED = (Status.TRUSTED, None)


def test_a_certificate_that_expired_since_then_does_not_matter(provider: Provider) -> None:
    signer = provider.authority.issue(provider.address, until=datetime(2015, 1, 1, tzinfo=UTC))

    told = read(with_signature(provider, sign_by_hand(PART, signer, at=OLD)), provider.trust)

    assert believed(told) == TRUSTED
    assert told.signed_at == OLD


def test_without_a_time_of_signing_the_certified_time_decides(provider: Provider) -> None:
    part = multipart("multipart/mixed", xml_part(daticert("accettazione", Letter(), at=OLD)))
    signer = provider.authority.issue(provider.address, until=datetime(2015, 1, 1, tzinfo=UTC))

    told = read(with_signature(provider, sign_by_hand(part, signer, at=None), part), provider.trust)

    assert believed(told) == TRUSTED


def test_an_old_digest_counts_and_is_remarked(provider: Provider) -> None:
    made = sign_by_hand(PART, provider.identity, at=OLD, digest="sha1")

    told = read(with_signature(provider, made), provider.trust)

    assert believed(told) == TRUSTED
    assert told.remark == "The digest is sha1: good for old messages only."


def test_a_digest_of_today_is_not_remarked(provider: Provider) -> None:
    assert read(provider.receipt(Kind.ACCETTAZIONE), provider.trust).remark is None


def test_an_authority_between_is_found_in_the_signature(provider: Provider) -> None:
    between = Authority("Autorità intermedia", above=provider.authority)
    signer = between.issue(provider.address)

    assert believed(read(with_signature(provider, sign(PART, signer)), provider.trust)) == TRUSTED
    pinned_between = Trust((between.pem,), (provider.domain,))
    assert believed(read(with_signature(provider, sign(PART, signer)), pinned_between)) == TRUSTED


def test_the_certificate_of_a_provider_can_itself_be_pinned(provider: Provider) -> None:
    pinned = Trust((provider.identity.pem,), (provider.domain,))
    renewed = provider.authority.issue(provider.address)

    assert believed(read(provider.receipt(Kind.ACCETTAZIONE), pinned)) == TRUSTED
    assert read(with_signature(provider, sign(PART, renewed)), pinned).signature is Status.INTACT


def test_a_pinned_certificate_signed_by_itself_counts(provider: Provider) -> None:
    own = self_signed(provider.address)
    raw = with_signature(provider, sign(PART, own))

    assert believed(read(raw, Trust((own.pem,), (provider.domain,)))) == TRUSTED


def test_a_pinned_provider_cannot_vouch_for_another(provider: Provider) -> None:
    """Only authorities found chains, whoever holds the key."""
    forger = Authority()
    forger.identity = provider.identity
    raw = with_signature(provider, sign(PART, forger.issue(provider.address)))

    assert read(raw, Trust((provider.identity.pem,), (provider.domain,))).signature is Status.INTACT


def test_envelopes_may_come_from_the_provider_of_anybody(provider: Provider) -> None:
    theirs = Provider("pec-di-tutti.example", provider.authority)
    raw = mail(GIULIA, OUR_PEC, "Richiesta")

    assert believed(read(theirs.envelope(raw), provider.trust)) == TRUSTED
    assert believed(read(theirs.anomaly(raw), provider.trust)) == TRUSTED
    assert read(theirs.receipt(Kind.ACCETTAZIONE), provider.trust).distrust is not None


def test_an_envelope_with_the_certificate_of_a_person_is_not_trusted(provider: Provider) -> None:
    part = multipart("multipart/mixed", xml_part(daticert("posta-certificata", Letter())))
    made = sign(part, provider.authority.issue(GIULIA))
    raw = provider.signed(part, {"From": GIULIA, "X-Trasporto": "posta-certificata"}, made)

    assert (
        read(raw, provider.trust).distrust
        == f"The message comes from {GIULIA}, not from posta-certificata@ a provider."
    )


def test_case_of_addresses_and_domains_does_not_matter(provider: Provider) -> None:
    trust = Trust((provider.ca_pem,), ("Gestore.Example",))
    raw = provider.receipt(Kind.ACCETTAZIONE, headers={"From": f"Gestore <{provider.address.title()}>"})

    assert believed(read(raw, trust)) == TRUSTED


def test_one_changed_byte_is_enough(provider: Provider) -> None:
    raw = bytearray(provider.receipt(Kind.ACCETTAZIONE))
    raw[raw.index(b"Ricevuta del gestore")] ^= 1

    for copy in (bytes(raw), with_lf(bytes(raw))):
        assert read(copy, provider.trust).signature is Status.BROKEN


def test_a_running_event_loop_is_not_disturbed(provider: Provider) -> None:
    raw = provider.receipt(Kind.ACCETTAZIONE)

    async def inside() -> PecMessage:
        return read(raw, provider.trust)

    assert believed(asyncio.run(inside())) == TRUSTED


def test_certificates_are_read_from_a_file_with_several(provider: Provider, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(b"# ours\n" + Authority("Un'altra autorità").pem + provider.ca_pem)

    trust = Trust.from_file(file, (provider.domain,))

    assert believed(read(provider.receipt(Kind.ACCETTAZIONE), trust)) == TRUSTED
    assert Trust.from_file(None) == Trust()


@pytest.mark.parametrize(
    "content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"\x30\x03\x02\x01\x01"]
)
def test_a_file_without_certificates_is_told_at_once(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(content)

    with pytest.raises(TrustError):
        Trust.from_file(file)


def test_an_endless_signature_is_not_read(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature, "LONGEST", 100)

    told = read(provider.receipt(Kind.ACCETTAZIONE), provider.trust)

    assert told.distrust == "The signature is larger than any honest one."


def test_a_private_key_beside_the_certificate_is_passed_over(provider: Provider, tmp_path: Path) -> None:
    """What lies in the file for another program does no harm."""
    key = b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"

    assert (
        believed(read(provider.receipt(Kind.ACCETTAZIONE), Trust((key + provider.ca_pem,), (provider.domain,))))
        == TRUSTED
    )
