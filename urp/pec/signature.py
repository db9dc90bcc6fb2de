"""Whether a message is what a provider signed, and whether that provider is one we know (S/MIME, RFC 8551).

Nothing is fetched: no certificate, no revocation list. The arithmetic is pyHanko's.
"""

import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from asn1crypto import cms, pem, x509
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import StandardCMSSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy

from urp.pec.mime import Part, canonical, sole_address

LONGEST = 1_048_576
LOCAL_PART = "posta-certificata"
"""Providers sign as this mailbox of their own domain (RFC 6109 §4.1)."""

OLD_DIGESTS = ("sha1",)
FORGEABLE_DIGESTS = ("md2", "md5")
_ALGORITHMS = DisallowWeakAlgorithmsPolicy(  # type: ignore[no-untyped-call]
    weak_hash_algos=frozenset(FORGEABLE_DIGESTS), rsa_key_size_threshold=1024
)
_ANY_USE = KeyUsageConstraints(key_usage=frozenset())  # certificates of providers differ; their address decides
T = TypeVar("T")
_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")

# They name the people in a certificate, and say no more than our own reasons do.
for noisy in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(noisy).setLevel(logging.CRITICAL)


class Status(StrEnum):
    """How far a signature holds."""

    TRUSTED = "trusted"  # intact, and by a provider that we know
    INTACT = "intact"  # digest and signature are right, the signer is nobody we know
    BROKEN = "broken"
    ABSENT = "absent"


class TrustError(ValueError):
    """What should be trusted cannot be read; the text says why."""


@dataclass(frozen=True)
class Trust:
    """The certificates to believe, PEM or DER, of authorities or of providers; the domains of our provider.

    The domains limit receipts only: envelopes come from everybody's providers. Raises TrustError.
    """

    certificates: tuple[bytes, ...] = ()
    providers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _pinned(self.certificates)

    @classmethod
    def from_file(cls, path: Path | None, providers: tuple[str, ...] = ()) -> "Trust":
        """Trust the certificates in a PEM or DER file, none without a file; raises TrustError, OSError."""
        return cls((path.read_bytes(),) if path else (), providers)

    def lists(self, domain: str) -> bool:
        """Whether this is a domain of our own provider."""
        return domain.lower() in (provider.lower() for provider in self.providers)


@dataclass(frozen=True)
class Verdict:
    """How far the signature holds, why not further, and when it was made (aware UTC, as the signer says)."""

    status: Status
    reason: str | None = None
    signed_at: datetime | None = None
    remark: str | None = None  # true, yet no reason for distrust


def verify(message: Part, trust: Trust, *, only_listed: bool, otherwise_at: datetime | None = None) -> Verdict:
    """Verify the outermost signature of a message, at the time when it was made, else at `otherwise_at`, else now.

    `only_listed` asks for a provider in `trust.providers` too. Never raises.
    """
    if message.media_type != "multipart/signed":
        return Verdict(Status.ABSENT, "There is no signature: the message is not multipart/signed.")
    if len(message.parts) != 2:
        return _broken(f"The signed message has {len(message.parts)} parts, not two.")
    if message.parts[1].media_type not in _SIGNATURES:
        return _broken(f"The signature is of an unknown type: {message.parts[1].media_type[:80]}.")
    try:
        return _judged(message, trust, only_listed=only_listed, otherwise_at=otherwise_at or datetime.now(UTC))
    except _NotSound as error:
        return _broken(str(error))
    except SignatureValidationError:
        return _broken("The signature does not come with a certificate that fits it.")
    except Exception:  # hostile ASN.1 fails in more ways than the libraries below can name
        return _broken("The signature cannot be read.")


class _NotSound(Exception):
    """The signature does not fit; the text is a sentence."""


def _broken(reason: str) -> Verdict:
    return Verdict(Status.BROKEN, reason)


def _judged(message: Part, trust: Trust, *, only_listed: bool, otherwise_at: datetime) -> Verdict:
    signed, detached = message.parts
    data = _signed_data(detached.content())
    signed_at = _signing_time(data)
    status = _validated(signed.raw, data, trust=trust, at=signed_at or otherwise_at)
    reason = _stranger(status, trust) or _other_sender(status.signing_cert, message)
    if not reason and only_listed and not trust.lists(domain := _domain(message)):
        reason = f"The provider {domain} is not one of ours."
    old = f"The digest is {status.md_algorithm}: good for old messages only."
    remark = old if status.md_algorithm in OLD_DIGESTS else None
    return Verdict(Status.INTACT if reason else Status.TRUSTED, reason, signed_at, remark)


def _signed_data(der: bytes) -> cms.SignedData:
    if len(der) > LONGEST:
        raise _NotSound("The signature is larger than any honest one.")
    content = cms.ContentInfo.load(der, strict=False)
    if content["content_type"].native != "signed_data":
        raise _NotSound("The signature cannot be read.")
    signers = len(content["content"]["signer_infos"])
    if signers != 1:
        raise _NotSound(f"The signature has {signers} signers, not one.")
    if content["content"]["encap_content_info"]["content"].native is not None:
        raise _NotSound("The signature is over words of its own, not over the part beside it.")
    return content["content"]


def _validated(signed: bytes, data: cms.SignedData, *, trust: Trust, at: datetime) -> StandardCMSSignatureStatus:
    """Over the bytes as they came, else as they were before lines were ended anew; raises _NotSound."""
    status = _status(signed, data, trust=trust, at=at)
    if not status.intact:
        status = _status(canonical(signed), data, trust=trust, at=at)
    if not status.intact:
        raise _NotSound("The signed part was altered: its digest is not the one that was signed.")
    if not status.valid:
        raise _NotSound("The signature was not made with the key of its certificate.")
    return status


def _status(signed: bytes, data: cms.SignedData, *, trust: Trust, at: datetime) -> StandardCMSSignatureStatus:
    # Authorities found chains; a pinned certificate of a provider stands for itself only.
    authorities = [certificate for certificate in _pinned(trust.certificates) if certificate.ca]
    context = ValidationContext(
        trust_roots=authorities, moment=at, allow_fetching=False, algorithm_usage_policy=_ALGORITHMS
    )
    work = async_validate_detached_cms(signed, data, signer_validation_context=context, key_usage_settings=_ANY_USE)
    return _at_once(work)


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of work that has nothing to wait for: no network, so no event loop, and none is disturbed."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("the verification of a signature waits for something")


def _signing_time(data: cms.SignedData) -> datetime | None:
    for attribute in data["signer_infos"][0]["signed_attrs"]:
        if attribute["type"].native == "signing_time":
            at: datetime = attribute["values"][0].native
            return at.astimezone(UTC)
    return None


def _stranger(status: StandardCMSSignatureStatus, trust: Trust) -> str | None:
    """Why the signer is nobody we know."""
    certificate, pinned = status.signing_cert, _pinned(trust.certificates)
    if not pinned:
        return "No certificate is set that the signer could be compared with."
    if not certificate.not_valid_before <= status.validation_time <= certificate.not_valid_after:
        return "The certificate was not valid when the message was signed."
    if status.md_algorithm in FORGEABLE_DIGESTS:
        return f"The digest is {status.md_algorithm}, which can be forged."
    if status.trusted or certificate.dump() in {known.dump() for known in pinned}:
        return None
    if certificate.self_signed != "no":
        return "The certificate is signed by itself and is not one that we trust."
    return "No chain leads from the certificate to one that we trust."


def _other_sender(certificate: x509.Certificate, message: Part) -> str | None:
    """Why the signer is not who the message says it is from."""
    sender = sole_address(message, "From")
    if sender is None:
        return "The message does not come from exactly one address."
    if sender.partition("@")[0].lower() != LOCAL_PART:
        return f"The message comes from {sender}, not from {LOCAL_PART}@ a provider."
    if sender.lower() not in _addresses(certificate):
        return f"The certificate does not belong to {sender}, where the message says it comes from."
    return None


def _domain(message: Part) -> str:
    return (sole_address(message, "From") or "").rpartition("@")[2]


def _addresses(certificate: x509.Certificate) -> set[str]:
    names = certificate.subject_alt_name_value or ()
    return {name.native.lower() for name in names if name.name == "rfc822_name"}


@lru_cache(maxsize=8)
def _pinned(certificates: tuple[bytes, ...]) -> tuple[x509.Certificate, ...]:
    return tuple(one for given in certificates for one in _certificates(given))


def _certificates(given: bytes) -> list[x509.Certificate]:
    try:
        armoured = pem.unarmor(given, multiple=True) if pem.detect(given) else [("CERTIFICATE", {}, given)]
        found = [x509.Certificate.load(der) for name, _, der in armoured if name == "CERTIFICATE"]
        for certificate in found:
            _ = certificate.native  # parsed in full now, not at the first message
    except (ValueError, TypeError):
        raise TrustError("there is a certificate in it that cannot be read") from None
    if not found:
        raise TrustError("there is no certificate in it")
    return found
