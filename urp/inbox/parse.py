"""What a message says, from the tree of its parts: total, whatever the bytes are (pure)."""

from dataclasses import dataclass, field

from urp.inbox import addresses, charsets, file_names, header_words, html_text
from urp.inbox.content import Enclosure, Words
from urp.inbox.mime import MESSAGES, Part

LONGEST_SUBJECT = 300
LONGEST_TEXT = 100_000
"""Signs of text that a person reads on one page; a longer text is enclosed whole."""

WHOLE_TEXT, WHOLE_PAGE = "testo-completo.txt", "messaggio.html"


def words_of(message: Part) -> Words:
    """What the person wrote, and the files with it."""
    collected = _Collected()
    _collect(message, collected, reading=True)
    text = charsets.clean("\n\n".join(filter(None, collected.texts))).strip("\n")
    if len(text) > LONGEST_TEXT:
        collected.enclose(WHOLE_TEXT, "text/plain", text.encode("utf-8"))
        text = f"{text[: LONGEST_TEXT - 1]}…"
    sender, name = addresses.sender(message.all("from"))
    ids = header_words.message_ids(message.all("message-id"))
    return Words(
        sender=sender,
        sender_name=name,
        subject=charsets.one_line(message.text("subject"), LONGEST_SUBJECT),
        text=text,
        enclosures=tuple(collected.enclosures),
        message_id=ids[0] if ids else None,
        references=references(message),
    )


def references(message: Part) -> tuple[str, ...]:
    """In-Reply-To first, then References from the last to the first, at most 50."""
    cited = header_words.message_ids(message.all("in-reply-to"))
    thread = [one for value in message.all("references") for one in header_words.message_ids([value[-16_000:]])]
    return tuple(dict.fromkeys([*cited, *reversed(thread)]))[: header_words.MOST_IDS]


def text_in(part: Part) -> str:
    """The text of a text part, HTML as text, clean."""
    text = charsets.decode(part.content, part.params.get("charset"))
    return charsets.clean(html_text.text_of(text) if part.media_type == "text/html" else text)


@dataclass
class _Collected:
    """Texts and files in the order of the message."""

    texts: list[str] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)

    def enclose(self, claimed: str, media_type: str, data: bytes) -> None:
        name = file_names.name_for(claimed, media_type, len(self.enclosures) + 1)
        self.enclosures.append(Enclosure(name, media_type, data))


def _collect(part: Part, into: _Collected, *, reading: bool) -> None:
    """Texts to read (when `reading`) and files of a part; what is neither is a file."""
    if part.media_type == "multipart/alternative":
        chosen = _chosen(part) if reading else None
        for one in part.parts:
            if one is chosen or not _is_text(one):
                _collect(one, into, reading=one is chosen)
    elif part.media_type.startswith("multipart/"):
        for one in part.parts:
            _collect(one, into, reading=reading)
    elif _is_text(part):
        if reading:
            _read(part, into)
    else:
        into.enclose(_claimed_name(part), part.media_type, _file_of(part))


def _read(part: Part, into: _Collected) -> None:
    text = text_in(part)
    into.texts.append(text.strip("\n"))
    if part.media_type == "text/html" and part.end - part.start > html_text.LARGEST:
        into.enclose(WHOLE_PAGE, "text/html", part.content)


def _chosen(alternative: Part) -> Part | None:
    """The branch to read: plain text that says something, else the first that has any text."""
    for one in alternative.parts:
        if _is_text(one) and one.media_type == "text/plain" and one.content.strip():
            return one
    readable = [one for one in alternative.parts if any(_is_text(inner) for inner in one.walk())]
    return next((one for one in readable if one.media_type != "text/plain"), readable[0] if readable else None)


def _is_text(part: Part) -> bool:
    """Whether the part is words of the message, and not a file."""
    if part.media_type not in ("text/plain", "text/html", "text/enriched"):
        return False
    return part.word("content-disposition") != "attachment" and not _claimed_name(part)


def _claimed_name(part: Part) -> str:
    disposition = header_words.params(part.first("content-disposition") or b"")[1]
    name = disposition.get("filename") or part.params.get("name") or ""
    if not name and part.media_type in MESSAGES and part.parts:
        name = f"{charsets.one_line(part.parts[0].text('subject'), 80)}.eml".replace("/", "-")
        name = "" if name == ".eml" else name
    return name


def _file_of(part: Part) -> bytes:
    return part.body if part.parts else part.content
