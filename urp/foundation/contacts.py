"""Addresses and numbers of people: parsed once at the door, trusted afterwards."""

import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

KNOWN_DOMAINS = (
    "gmail.com", "libero.it", "hotmail.it", "hotmail.com", "outlook.it", "outlook.com", "live.it", "yahoo.it",
    "yahoo.com", "virgilio.it", "tiscali.it", "alice.it", "tin.it", "tim.it", "icloud.com", "fastwebnet.it",
    "email.it", "inwind.it", "iol.it", "poste.it", "me.com", "msn.com", "protonmail.com", "aruba.it",
    "pec.it", "legalmail.it", "arubapec.it", "postecert.it", "pecimprese.it", "registerpec.it",
)  # fmt: skip
CERTIFIED_DOMAINS = (
    "pec.it", "legalmail.it", "arubapec.it", "postecert.it", "pecimprese.it", "registerpec.it", "gigapec.it",
    "sicurezzapostale.it", "cert.legalmail.it", "casellapec.com", "poste-certificate.it",
)  # fmt: skip


class ContactError(ValueError):
    """This is not an address or number that can be used."""


def parse_email(text: str) -> str:
    """A usable address (RFC 5321) from what a person typed; spaces around it are forgiven.

    Raises ContactError. The domain comes back in lower case and, if international, readable.
    """
    bare = text.strip()
    if len(bare) > 254:
        raise ContactError("too long")
    try:
        found = validate_email(bare, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        raise ContactError(str(error)) from None
    if found.ascii_email is None:
        raise ContactError("an address with letters outside ASCII before the @ cannot be reached from PEC")
    return found.normalized


def email_key(address: str) -> str:
    """What two spellings of one mailbox have in common (NFKC, case folded): for comparing, never for sending."""
    return unicodedata.normalize("NFKC", address).casefold()


def typo_suggestion(address: str) -> str | None:
    """The address with its domain mended, when it is one slip away from a well-known one."""
    local, _, domain = address.rpartition("@")
    if domain in KNOWN_DOMAINS:
        return None
    near = [known for known in KNOWN_DOMAINS if _one_slip_apart(domain, known)]
    return f"{local}@{near[0]}" if near else None


def looks_certified(address: str) -> bool:
    """Whether the domain is that of a certified mailbox (PEC), as far as its name tells."""
    domain = address.rpartition("@")[2].lower()
    if any(domain == known or domain.endswith(f".{known}") for known in CERTIFIED_DOMAINS):
        return True
    return any(label.startswith("pec") or label.endswith("pec") or label == "cert" for label in domain.split("."))


def is_surely_ordinary(address: str) -> bool:
    """Whether the domain is that of a well-known ordinary provider: its mailboxes are never certified."""
    return address.rpartition("@")[2].lower() in KNOWN_DOMAINS and not looks_certified(address)


def parse_phone(text: str) -> str:
    """The number in E.164 form; without a country it is Italian. Raises ContactError."""
    try:
        number = phonenumbers.parse(text, "IT")
    except phonenumbers.NumberParseException as error:
        raise ContactError(str(error)) from None
    if not phonenumbers.is_possible_number(number):
        raise ContactError("not a possible number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_words(e164: str) -> str:
    """The number as people in Italy write it: `333 123 4567`, abroad with the country."""
    number = phonenumbers.parse(e164)
    national = number.country_code == 39
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if national else form.INTERNATIONAL)


def masked_email(address: str) -> str:
    """Enough to recognise one's own address, not enough to learn another's: `g•••@posta.example`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _one_slip_apart(one: str, other: str) -> bool:
    """Damerau distance exactly 1: a letter wrong, missing, too many, or two swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, goal = one[start:], other[start:]
    swapped = rest[1::-1] + rest[2:]
    return rest[1:] == goal[1:] or rest[1:] == goal or rest == goal[1:] or (len(rest) > 1 and swapped == goal)
