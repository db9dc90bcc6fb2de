"""Why a letter was not delivered: one word out of the many ways in which servers say it (pure)."""

import re
from enum import StrEnum


class Cause(StrEnum):
    """Why a letter was not delivered; the words people read are in `templates/macros/status.html`."""

    MAILBOX_FULL = "mailbox_full"
    UNKNOWN_ADDRESS = "unknown_address"
    UNKNOWN_DOMAIN = "unknown_domain"
    VIRUS = "virus"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    OTHER = "other"


C = Cause
_STATUS = re.compile(r"(?<![\d.])[245]\.(\d{1,3}\.\d{1,3})(?![\d]|\.\d)")
_BY_DETAIL = {
    "1.2": C.UNKNOWN_DOMAIN,
    "1.8": C.REFUSED,  # our own address is what they do not like
    "1.7": C.REFUSED,
    "1.10": C.UNKNOWN_DOMAIN,  # RFC 7505: the domain takes no mail
    "2.1": C.REFUSED,
    "2.2": C.MAILBOX_FULL,
    "2.3": C.TOO_LARGE,
    "3.2": C.REFUSED,
    "3.4": C.TOO_LARGE,
    "4.4": C.UNKNOWN_DOMAIN,
    "4.6": C.OTHER,  # a loop
}
_BY_SUBJECT = {"1": C.UNKNOWN_ADDRESS, "4": C.TIMEOUT, "6": C.REFUSED, "7": C.REFUSED}
"""RFC 3463 §3: `class.subject.detail`; what is not in the first table is told by its subject."""

LOOKED_AT = 2000
"""Characters of a diagnosis that are read: a stranger wrote it, and may have written much."""

_VIRUS = re.compile(r"\b(virus|malware|infett)", re.IGNORECASE)
_WORDS = (
    (
        C.MAILBOX_FULL,
        r"casella piena|over ?quota|quota exceeded|(mailbox|inbox) (is )?full|insufficient .{0,40}storage",
    ),
    (C.UNKNOWN_DOMAIN, r"(dominio|domain|host) .{0,40}(inesistente|sconosciuto|non valido|not found|unknown)"),
    (C.UNKNOWN_ADDRESS, r"sconosciuto|inesistente|non valido|unknown (user|recipient)|no such|does not exist"),
    (C.TOO_LARGE, r"too (large|big)|size .{0,40}exceed|exceed.{0,40} size|dimension\w* massim|troppo grande"),
    (C.TIMEOUT, r"time[d -]*out|tempo massimo|expired|too long in the queue"),
)
_SAID = [(cause, re.compile(words, re.IGNORECASE)) for cause, words in _WORDS]
_DATICERT = {"no-dest": C.UNKNOWN_ADDRESS, "no-dominio": C.UNKNOWN_DOMAIN, "virus": C.VIRUS}


def of_receipt(error: str | None, text: str | None) -> Cause:
    """From `errore` and `errore-esteso` of a `daticert.xml`: the second is the more exact, where it says anything."""
    if error == "virus":
        return C.VIRUS
    return _told(text or "") or _DATICERT.get(error or "", C.OTHER)


def of_report(status: str | None, diagnostic: str) -> Cause:
    """From status (RFC 3463) and words of a delivery report."""
    return _told(f"{status or ''} {diagnostic}") or C.OTHER


def of_reply(code: int | None, text: str) -> Cause:
    """From the last reply of an SMTP server: anything but a 5xx means that the five days were over."""
    if code is None or code < 500:
        return C.TIMEOUT
    return _told(text) or C.REFUSED


def _told(text: str) -> Cause | None:
    text = text[:LOOKED_AT]
    if _VIRUS.search(text):
        return C.VIRUS  # most say it with a status of refused content
    for found in _STATUS.finditer(text):
        subject = found[1].partition(".")[0]
        if cause := _BY_DETAIL.get(found[1]) or _BY_SUBJECT.get(subject):
            return cause
    return next((cause for cause, words in _SAID if words.search(text)), None)
