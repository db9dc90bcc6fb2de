"""How ordinary mail answers by itself: a delivery report (RFC 3464), an out-of-office reply (RFC 3834)."""

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from urp.embedded.letters import Letter
from urp.embedded.mail_plays import Play, play_of
from urp.embedded.pec_daticert import one_line
from urp.embedded.pec_papers import TEMPLATES

REFUSED = {Play.MAILBOX_FULL: ("5.2.2", "552", "mailbox full"), Play.NO_SUCH_ADDRESS: ("5.1.1", "550", "user unknown")}


def is_refused(recipient: str) -> bool:
    """Whether the recipient's server sends letters back."""
    return play_of(recipient) in REFUSED


def answer(letter: Letter, recipient: str) -> Letter | None:
    """What the recipient's server says to the letter by itself; never two of these to each other."""
    if not letter.sender or play_of(letter.sender) is Play.OUT_OF_OFFICE:
        return None
    if is_refused(recipient):
        return _report(letter, recipient)
    if play_of(recipient) is Play.OUT_OF_OFFICE:
        return _out_of_office(letter, recipient)
    return None


def _report(letter: Letter, recipient: str) -> Letter:
    status, code, words = REFUSED[play_of(recipient)]
    domain = recipient.rpartition("@")[2]
    message = _reply(letter, recipient, author=f"Mail Delivery System <MAILER-DAEMON@{domain}>")
    message["Subject"] = "Undelivered Mail Returned to Sender"
    message.set_content(TEMPLATES.get_template("bounce.txt").render(recipient=recipient, code=code, words=words))
    message.make_mixed()
    message.attach(_delivery_status(domain, recipient, status=status, diagnostic=f"{code} {status} {words}"))
    original = EmailMessage(policy.SMTP)
    original.set_content(letter.content.partition(b"\r\n\r\n")[0] + b"\r\n", "text", "rfc822-headers", cte="7bit")
    message.attach(original)
    message.replace_header("Content-Type", "multipart/report; report-type=delivery-status")
    return Letter("", (letter.sender,), message.as_bytes(), made_by="provider")


def _delivery_status(domain: str, recipient: str, *, status: str, diagnostic: str) -> EmailMessage:
    server, concerned = EmailMessage(policy.SMTP), EmailMessage(policy.SMTP)
    server["Reporting-MTA"] = f"dns; {domain}"
    concerned["Final-Recipient"] = f"rfc822; {one_line(recipient)}"
    concerned["Action"] = "failed"
    concerned["Status"] = status
    concerned["Diagnostic-Code"] = f"smtp; {diagnostic}"
    part = EmailMessage(policy.SMTP)
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([server, concerned])
    return part


def _out_of_office(letter: Letter, recipient: str) -> Letter:
    message = _reply(letter, recipient, author=recipient)
    message["Subject"] = one_line(f"Fuori ufficio: {letter.reading.subject}")
    message.set_content(TEMPLATES.get_template("out-of-office.txt").render())
    return Letter(recipient, (letter.sender,), message.as_bytes(), made_by="provider")


def _reply(letter: Letter, recipient: str, *, author: str) -> EmailMessage:
    message = EmailMessage(policy.SMTP)
    message["From"] = author
    message["To"] = letter.sender
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=recipient.rpartition("@")[2])
    if reference := letter.reading.first("Message-ID"):
        message["In-Reply-To"] = one_line(reference)
    message["Auto-Submitted"] = "auto-replied"
    return message
