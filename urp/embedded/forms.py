"""What a visitor of the post office writes: checked, answered in Italian, made into a letter."""

import re
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr

from urp.embedded.letters import Letter, Reading

# Looser than `urp.config_checks`, whose libraries would cost this process 30 MB.
ADDRESS = re.compile(r"[!#-'*+./0-9=?A-Z^-~-]{1,64}@[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+")
LARGEST_FILE = 20 * 1024 * 1024
LONGEST_SUBJECT = 500
ENVELOPE_PREFIXES = ("POSTA CERTIFICATA: ", "ANOMALIA MESSAGGIO: ")


@dataclass(frozen=True)
class Draft:
    """A letter as it was typed; `answers` is the number of the letter that it answers."""

    sender: str = ""
    recipient: str = ""
    subject: str = ""
    text: str = ""
    answers: int | None = None
    file_name: str = ""
    file: bytes = field(default=b"", repr=False)

    def problems(self) -> dict[str, str]:
        """Field and what to do about it, in the order of the form; empty when the letter can go."""
        found = {}
        for name, address in (("from", self.sender), ("to", self.recipient)):
            if not ADDRESS.fullmatch(address):
                found[name] = "Scrivi un solo indirizzo, come giulia.bianchi@posta.example"
        if len(self.subject) > LONGEST_SUBJECT:
            found["subject"] = f"L’oggetto è troppo lungo: usa al massimo {LONGEST_SUBJECT} caratteri"
        if not self.subject.strip() and not self.text.strip():
            found["text"] = "Scrivi un oggetto o un testo"
        if len(self.file) > LARGEST_FILE:
            found["file"] = "Il file è troppo grande: scegline uno sotto i 20 MB"
        return found

    def letter(self, answered: Reading | None) -> Letter:
        """The letter as this person's mail program would send it; `answered` is what it replies to."""
        message = EmailMessage(policy.SMTP)
        letter = Letter(self.sender, (self.recipient,), b"")
        message["From"], message["To"], message["Subject"] = self.sender, self.recipient, _printable(self.subject)
        message["Date"] = format_datetime(letter.accepted_at)
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        if answered and (cited := answered.first("Message-ID")):
            # The provider gave the envelope a name of its own; programs made for PEC cite the letter inside too.
            earlier = [answered.first(name) for name in ("References", "X-Riferimento-Message-ID")]
            message["In-Reply-To"] = _printable(cited)
            message["References"] = _printable(" ".join([*filter(None, earlier), cited]))
        message.set_content("\n".join(_printable(line) for line in self.text.splitlines()), cte="quoted-printable")
        if self.file_name:
            name = _printable(self.file_name)
            message.add_attachment(self.file, maintype="application", subtype="octet-stream", filename=name)
        return Letter(letter.sender, letter.recipients, message.as_bytes(), letter.accepted_at)


def reply_to(number: int, letter: Letter) -> Draft:
    """An empty answer to this letter, from the address that got it."""
    reading = letter.reading
    author = parseaddr(reading.first("Reply-To") or reading.first("From"))[1] or letter.sender
    subject = reading.subject
    for prefix in ENVELOPE_PREFIXES:
        subject = subject.removeprefix(prefix)
    if not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"
    return Draft(sender=letter.recipients[0], recipient=author, subject=subject, answers=number)


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
