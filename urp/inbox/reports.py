"""What mail servers say about a letter of ours: delivery reports, standard and otherwise (pure)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from urp.inbox import addresses, charsets, header_words, mime
from urp.inbox.limits import Header, TooMuch
from urp.inbox.mime import Part
from urp.inbox.parse import references, text_in
from urp.outbox.told import Report, Status

ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
DAEMONS = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"})
MOST_STATUSES = 100
LONGEST_DIAGNOSTIC = 500
LONGEST_TEXT = 200_000

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_TROUBLE = re.compile(
    r"(?<![\d.])[45]\.[0-7]\.\d{1,3}(?![\d.])|(?:^|[:#])[ \t]*(?:421|45[0-2]|55[0-4])[ -]", re.MULTILINE
)
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)[ -][^\n]{0,300}")
_ADDRESS = re.compile(r"<([!-;=?-~]{1,190}@[!-;=?-~]{1,190})>:?[ \t]*$", re.MULTILINE)
_CITED_ID = re.compile(r"^[ \t>]*Message-ID:\s*(<[!-;=?-~]{1,318}>)", re.MULTILINE | re.IGNORECASE)
_DELAYED = re.compile(r"\b(?:delayed|will be retried|will continue to|not yet been delivered|still trying)\b", re.I)


def report_in(message: Part) -> Report | None:
    """What the message reports of its letter, for at most MOST_STATUSES recipients; None when it is no report."""
    status = next((part for part in message.walk() if part.media_type == "message/delivery-status"), None)
    if message.media_type == "multipart/report" and status is not None:
        about, *recipients = _blocks(status.content)
        return _report(_ids(message, about), map(_status, recipients or [about]))
    return _other(message)


def _report(ids: Sequence[str], statuses: Iterable[Status]) -> Report:
    return Report(tuple(ids), tuple(islice(dict.fromkeys(statuses), MOST_STATUSES)))


def _status(fields: Sequence[Header]) -> Status:
    """RFC 3464: the first block is about the message, each other one about a recipient."""
    values = dict(reversed(fields))
    action = _value(values, "action").lower()
    diagnostic = _value(values, "diagnostic-code") or _value(values, "status")
    found = _STATUS.search(_value(values, "status"))
    return Status(
        recipient=_recipient(values),
        action=action if action in ACTIONS else "failed",
        code=found[1] if found else None,
        diagnostic=charsets.one_line(diagnostic.partition(";")[2] or diagnostic, LONGEST_DIAGNOSTIC),
    )


def _blocks(content: bytes) -> list[tuple[Header, ...]]:
    blocks = re.split(rb"\n(?:\r?\n)+", content.replace(b"\r\n", b"\n").strip(b"\n"))
    try:
        return [headers for block in blocks if (headers := mime.headers_of(block))] or [()]
    except TooMuch:
        return [()]


def _recipient(values: dict[str, bytes]) -> str | None:
    for name in ("original-recipient", "final-recipient"):
        address = _value(values, name).rpartition(";")[2].strip()
        if known := addresses.strict(address.strip("<>")):
            return known
    return None


def _value(values: dict[str, bytes], name: str) -> str:
    return header_words.decoded(values.get(name, b"")).strip()


def _ids(message: Part, about: Sequence[Header]) -> tuple[str, ...]:
    """The Message-IDs the report may mean, the surest first: of the letter it encloses, then of what it cites."""
    envelope = [value for name, value in about if name == "original-envelope-id"]
    surest = [*_enclosed_ids(message), *header_words.message_ids(envelope), *references(message)]
    return tuple(dict.fromkeys(surest))[: header_words.MOST_IDS]


def _enclosed_ids(message: Part) -> Iterator[str]:
    for part in message.walk():
        if part.media_type in mime.MESSAGES and part.parts:
            yield from header_words.message_ids(part.parts[0].all("message-id"))
        elif part.media_type in mime.MESSAGES or part.media_type == "text/rfc822-headers":
            try:
                headers = mime.headers_of(part.content)
            except TooMuch:
                continue
            yield from header_words.message_ids(value for name, value in headers if name == "message-id")


def _other(message: Part) -> Report | None:
    """A mail server that knows no RFC 3464 (qmail, Exim, old gateways): our Message-ID in the enclosed letter or in
    the text, the words around as they are."""
    named = message.first("x-failed-recipients")
    if named is None and not _is_from_a_daemon(message):
        return None
    text = "\n".join(text_in(part)[:LONGEST_TEXT] for part in message.walk() if part.media_type.startswith("text/"))
    said = _CITED_ID.split(text, maxsplit=1)[0]
    if named is None and message.first("return-path") is None and not _tells_of_trouble(message, said):
        return None
    cited = (match[1] for match in _CITED_ID.finditer(text))
    ids = list(dict.fromkeys([*_enclosed_ids(message), *cited, *references(message)]))[: header_words.MOST_IDS]
    return _report(ids, _statuses(header_words.decoded(named or b""), said)) if ids else None


def _is_from_a_daemon(message: Part) -> bool:
    """By its name, and by no address to return it to. A holiday notice is not from one."""
    sender, _ = addresses.sender(message.all("from"))
    local = (sender or message.text("from")).partition("@")[0].rpartition("<")[2].strip().lower()
    returns = message.first("return-path")
    return local in DAEMONS and (returns is None or returns.strip() in (b"<>", b""))


def _tells_of_trouble(message: Part, said: str) -> bool:
    """People, too, write as postmaster; where nothing says who sent it, a server names a code."""
    return any(part.media_type == "message/delivery-status" for part in message.walk()) or bool(_TROUBLE.search(said))


def _statuses(failed: str, said: str) -> Iterator[Status]:
    status, reply = _STATUS.search(said), _REPLY.search(said)
    code = status[1] if status else None
    late = (code or "").startswith("4") or (code is None and _DELAYED.search(said))
    named = [one.strip() for one in failed.split(",") if one.strip()] or _ADDRESS.findall(said)[:1]
    diagnostic = charsets.one_line(reply[0] if reply else said, LONGEST_DIAGNOSTIC)
    for address in dict.fromkeys(named or [""]):
        yield Status(addresses.strict(address), "delayed" if late else "failed", code, diagnostic)
