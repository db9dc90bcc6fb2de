"""The one address a message comes from, or none: what can be read in two ways is not read at all (pure)."""

import re
from collections.abc import Sequence

from urp.foundation.contacts import ContactError, email_key, parse_email
from urp.inbox import charsets, header_words

LONGEST_NAME = 200
_LONGEST = 4096
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SPECIAL = re.compile(r"[()<>\[\]:;,\\\"]")


def sender(values: Sequence[bytes]) -> tuple[str | None, str]:
    """Address and name from the From headers of a message; no address unless there is exactly one.

    CVE-2023-27043 and its family: two programs that read one line differently make a false sender. So
    nothing may follow the address, comments may not nest, and a name with `@` needs its quotes.
    """
    if len(values) != 1 or len(values[0]) > _LONGEST:
        return None, ""
    text = charsets.decode(values[0], None).replace("\t", " ").strip()
    if charsets.clean(text) != text:
        return None, ""
    address, name = _one_mailbox(text)
    known = strict(address) if address is not None else None
    return known, charsets.one_line(header_words.decoded(name.encode("utf-8", "replace")), LONGEST_NAME)


def strict(address: str | None) -> str | None:
    """The address as it may be stored and answered, or None."""
    if address is None or "=?" in address:
        return None
    try:
        return parse_email(address)
    except ContactError:
        return None


def _one_mailbox(text: str) -> tuple[str | None, str]:
    """`name <address>` or `address (name)`; the address is None when there is any doubt."""
    bare, names = _without_quotes(text)
    bare, comments = _without_comments(bare)
    bare = bare.strip()
    if bare.endswith(">") and bare.count("<") == 1 and bare.count(">") == 1:
        phrase, _, address = bare[:-1].partition("<")
        name = " ".join([*names, phrase.strip()]).strip()
        if "\0" in address or _SPECIAL.search(phrase):
            return None, name
        if "@" in phrase and email_key(phrase.replace("\0", "").strip()) != email_key(address.strip()):
            return None, name
        return address, name.replace("\0", "").strip()
    if "\0" in bare or _SPECIAL.search(bare):
        return None, ""
    return bare, " ".join(comments).strip()


def _without_quotes(text: str) -> tuple[str, list[str]]:
    """The text with a NUL for each quoted string, and these strings."""
    names = [re.sub(r"\\(.)", r"\1", match[1]) for match in _QUOTED.finditer(text)]
    return _QUOTED.sub("\0", text), names


def _without_comments(text: str) -> tuple[str, list[str]]:
    """The text without comments of one level; a bracket too many stays, and spoils the address."""
    comments = re.findall(r"\(([^()]*)\)", text)
    return re.sub(r"\([^()]*\)", " ", text), comments
