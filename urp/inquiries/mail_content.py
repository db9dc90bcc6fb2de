"""What a mail says, as a case keeps it: who writes, in which words, with which files."""

from urp.cases.open_case import Applicant
from urp.foundation.contacts import ContactError, email_key, parse_email
from urp.inbox import charsets
from urp.inbox.content import Words
from urp.inbox.parse import LONGEST_TEXT
from urp.inquiries import attach, forms, queries
from urp.inquiries.queries import FileView
from urp.outbox.headers import UnsafeHeader, message_id, wire_address
from urp.web.forms import LONGEST_NAME, WEB_ADDRESS

LONGEST_SUBJECT = 200


def sender_of(words: Words) -> str | None:
    """The address of who writes, if a letter can be sent there."""
    try:
        address = parse_email(words.sender or "")
        wire_address("To", address)
    except (ContactError, UnsafeHeader):
        return None
    return address


def sender_key(words: Words) -> str | None:
    """What two spellings of the sender's address have in common."""
    address = sender_of(words)
    return email_key(address) if address else None


def applicant_of(words: Words, *, certified: bool) -> Applicant:
    """Who writes: a display name is one name, whatever its order, and an address is none."""
    name = charsets.one_line(words.sender_name, LONGEST_NAME)
    if WEB_ADDRESS.search(name):
        name = ""
    return Applicant(name, "", sender_of(words), None, "pec" if certified else "peo")


def subject_of(words: Words) -> str:
    """The subject in one line of at most 200 characters."""
    return charsets.one_line(words.subject, LONGEST_SUBJECT) or str(forms.NO_SUBJECT)


def text_of(words: Words) -> str:
    """The text, at most LONGEST_TEXT signs and then a word about the rest, which is a file of the message."""
    text = charsets.clean(words.text).strip()
    if len(text) >= LONGEST_TEXT:
        return f"{text[:LONGEST_TEXT]}\n\n{forms.SHORTENED}"
    return text or str(forms.NO_TEXT)


def keep_files(words: Words) -> list[FileView]:
    """Store the files, bytes first; they wait to be handed over to their case."""
    uploads = (attach.Upload(one.filename, one.data) for one in words.enclosures)
    return queries.files([attach.keep(None, upload) for upload in uploads])


def citable(words: Words) -> str | None:
    """The Message-ID of the mail, if an answer may cite it."""
    try:
        return message_id("In-Reply-To", words.message_id or "")
    except UnsafeHeader:
        return None
