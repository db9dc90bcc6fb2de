"""What mail servers say about a letter of ours: delivery reports, standard and otherwise (pure)."""

import re
from collections.abc import Iterator, Sequence

from urp.inbox import addresses, charsets, header_words, mime
from urp.inbox.content import Report
from urp.inbox.limits import Header, TooMuch
from urp.inbox.mime import Part
from urp.inbox.parse import references, text_in

ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
DAEMONS = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"})
LONGEST_DIAGNOSTIC = 500
LONGEST_TEXT = 200_000

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)[ -][^\n]{0,300}")
_ADDRESS = re.compile(r"<([!-;=?-~]{1,190}@[!-;=?-~]{1,190})>:?[ \t]*$", re.MULTILINE)
_CITED_ID = re.compile(r"^[ \t>]*Message-ID:\s*(<[!-;=?-~]{1,318}>)", re.MULTILINE | re.IGNORECASE)
_DELAYED = re.compile(r"\b(?:delayed|will be retried|will continue to|not yet been delivered|still trying)\b", re.I)


def reports_in(message: Part) -> tuple[Report, ...]:
    """One report for each recipient the message reports on; none when it is no delivery report."""
    status = next((part for part in message.walk() if part.media_type == "message/delivery-status"), None)
    if message.media_type == "multipart/report" and status is not None:
        return tuple(_standard(message, status))
    return tuple(_other(message)) if _is_from_a_daemon(message) else ()


def _standard(message: Part, status: Part) -> Iterator[Report]:
    """RFC 3464: the first block is about the message, each other one about a recipient."""
    about, *recipients = _blocks(status.content)
    ids = _ids(message, about)
    for fields in recipients or [about]:
        values = dict(reversed(fields))
        action = _value(values, "action").lower()
        diagnostic = _value(values, "diagnostic-code") or _value(values, "status")
        found = _STATUS.search(_value(values, "status"))
        yield Report(
            message_ids=ids,
            recipient=_recipient(values),
            action=action if action in ACTIONS else "failed",
            status=found[1] if found else None,
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


def _is_from_a_daemon(message: Part) -> bool:
    """A mail server that knows no RFC 3464: qmail, Exim, old gateways. A holiday notice is not from one."""
    if message.first("x-failed-recipients") is not None:
        return True
    sender, _ = addresses.sender(message.all("from"))
    local = (sender or message.text("from")).partition("@")[0].rpartition("<")[2].strip().lower()
    returns = message.first("return-path")
    return local in DAEMONS and (returns is None or returns.strip() in (b"<>", b""))


def _other(message: Part) -> Iterator[Report]:
    """What is not standard: our Message-ID in the enclosed letter or in the text, the words around as they are."""
    text = "\n".join(text_in(part)[:LONGEST_TEXT] for part in message.walk() if part.media_type.startswith("text/"))
    cited = (match[1] for match in _CITED_ID.finditer(text))
    ids = tuple(dict.fromkeys([*_enclosed_ids(message), *cited, *references(message)]))[: header_words.MOST_IDS]
    if not ids:
        return
    said = _CITED_ID.split(text, maxsplit=1)[0]
    status, reply = _STATUS.search(said), _REPLY.search(said)
    code = status[1] if status else None
    late = (code or "").startswith("4") or (code is None and _DELAYED.search(said))
    failed = header_words.decoded(message.first("x-failed-recipients") or b"").split(",")
    named = [one.strip() for one in failed if one.strip()] or _ADDRESS.findall(said)[:1]
    diagnostic = charsets.one_line(reply[0] if reply else said, LONGEST_DIAGNOSTIC)
    for address in named or [""]:
        yield Report(ids, addresses.strict(address), "delayed" if late else "failed", code, diagnostic)
