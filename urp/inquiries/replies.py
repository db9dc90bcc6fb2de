"""Where a person's message belongs: in its case, in front of an operator, or in a new request."""

import re
from dataclasses import dataclass

from urp.cases import queries as cases
from urp.cases.add_message import ByMail, add_message, add_office_reply
from urp.cases.queries import CaseView
from urp.cases.states import OPEN
from urp.channels import queries as channels
from urp.foundation.contacts import email_key
from urp.foundation.references import normalise_code
from urp.inbox import settle
from urp.inbox.events import MessageArrived
from urp.inbox.states import HoldReason
from urp.inquiries import attach, mail_content, mail_requests, queries
from urp.inquiries.letters import TO_OFFICES

AN_HOUR_S = 3600
MOST_IN_AN_HOUR = 20
"""Requests that one person writes in an hour, generously."""

LOOKED_AT = 1000
"""Characters of a subject in which a code is looked for."""

_CODE = re.compile(r"URP[^A-Z0-9]{0,3}[A-Z0-9]{3}[^A-Z0-9]{0,3}[A-Z0-9]{3}(?![A-Z0-9])")


@dataclass(frozen=True)
class Join:
    """It is the citizen's next word in this case."""

    case: CaseView


@dataclass(frozen=True)
class OfficeReply:
    """It is what the competent office answers us about this case."""

    case: CaseView


@dataclass(frozen=True)
class Hold:
    """A person must look at it; `guess` is the case it may belong to."""

    reason: HoldReason
    guess: CaseView | None = None


@dataclass(frozen=True)
class NewRequest:
    """Nothing ties it to a case: it opens one."""


Place = Join | OfficeReply | Hold | NewRequest


def place(message: MessageArrived) -> None:
    """Put the message where it belongs and settle it, in the caller's transaction."""
    where = decide(message)
    match where:
        case Hold(reason, guess):
            settle.held(message.incoming_id, reason, guess_case_id=guess.id if guess else None)
        case Join(case):
            join(message, case)
        case OfficeReply(case):
            join(message, case, from_office=True)
        case NewRequest():
            settle.opened(message.incoming_id, mail_requests.open_request(message).id)


def decide(message: MessageArrived) -> Place:
    """The first rule that fits. A case is joined only by citing a letter of ours and being who the letter knows:
    a number can be guessed, a name forged, and who has both a stolen Message-ID and a name still needs the address.
    """
    sender = mail_content.sender_key(message.words)
    case = _cited_case(message)
    named = case or _case_named_in(message.words.subject)
    if sender is None:
        return Hold(HoldReason.NO_SENDER, named)
    if sender in our_addresses():
        return Hold(HoldReason.FROM_OURSELVES, named)
    if case is not None:
        return _in_its_case(message, sender, case)
    if named is not None:
        return Hold(HoldReason.NUMBER_ONLY, named)
    queries.count_in_peace()
    if queries.opened_lately(sender, AN_HOUR_S) >= MOST_IN_AN_HOUR:
        return Hold(HoldReason.TOO_MANY)
    return NewRequest()


def join(message: MessageArrived, case: CaseView, *, from_office: bool = False, from_other: bool = False) -> bool:
    """Add the words and files of a message to a case; False if it was attached before.

    Raises WrongState when the case is closed or the message has another place.
    """
    if not settle.attached(message.incoming_id, case.id):
        return False
    files = mail_content.keep_files(message.words)
    attach.hand_over(None, case.id, [file.id for file in files])
    add = add_office_reply if from_office else add_message
    channel = "pec" if message.certified else "peo"
    mail = ByMail(message.incoming_id, channel, tuple(file.as_listed() for file in files), from_other)
    add(case, mail_content.text_of(message.words), at=message.received_at, mail=mail)
    return True


def our_addresses() -> set[str]:
    """The keys of the addresses we write from: nobody else may use them, and we need not write to ourselves."""
    return set(map(email_key, channels.addresses()))


def answers_office_letter(message: MessageArrived) -> bool:
    """Whether it comes from the very address of an office that we wrote to, and cites what we wrote.

    Who got it by PEC answers by PEC: an ordinary mail may bear any name, and our own page shows the citizen
    the receipts, which cite the letter.
    """
    cited = message.cited
    return (
        cited is not None
        and cited.kind in TO_OFFICES
        and (message.certified or cited.mailbox != "pec")
        and mail_content.sender_key(message.words) == email_key(cited.recipient)
    )


def _in_its_case(message: MessageArrived, sender: str, case: CaseView) -> Place:
    known = case.applicant.email
    by_pec = "pec" in (case.channel, case.applicant.reply_by)  # who opened it by PEC, or wants PEC, goes on by PEC
    proved = message.certified or not by_pec
    is_citizen = known is not None and sender == email_key(known) and proved
    if not is_citizen and not answers_office_letter(message):
        return Hold(HoldReason.OTHER_SENDER, case)
    if case.state not in OPEN:
        return Hold(HoldReason.CASE_CLOSED, case)
    return Join(case) if is_citizen else OfficeReply(case)


def _cited_case(message: MessageArrived) -> CaseView | None:
    cited = message.cited
    return cases.case_by_id(cited.case_id) if cited and cited.case_id else None


def _case_named_in(subject: str) -> CaseView | None:
    codes = (normalise_code(found) for found in _CODE.findall(subject[:LOOKED_AT].upper()))
    return next((case for code in codes if code and (case := cases.case_by_code(code))), None)
