"""The switchboard (il centralino): one page that answers «what happens when …?».

NOW listeners run in the same transaction: what they do is stored together with the fact, or not at all.
LATER listeners run after the commit: they only ring a bell, and may be lost without harm.
ON_CASE_PAGE says which rooms add to the page of a case, in this order.
"""

from urp.cases import tasks as case_tasks
from urp.cases.case_page import Part
from urp.cases.events import CaseAnswered, CaseWithdrawn, LinkAsked, MessageAdded
from urp.cases.note_forwarding import note_forwarding
from urp.foundation.events import Wiring
from urp.inbox import tasks as inbox_tasks
from urp.inbox.events import MessageArrived
from urp.inquiries import letters, replies
from urp.inquiries.events import DraftSaved, QuestionSubmitted, RequestMailed
from urp.outbox import tasks as outbox_tasks
from urp.outbox.events import LetterSent, LettersPosted

NOW: Wiring = {
    QuestionSubmitted: (letters.receipt_to_citizen, letters.question_to_office),
    MessageAdded: (letters.message_to_office,),
    CaseAnswered: (letters.answer_to_citizen,),
    CaseWithdrawn: (letters.withdrawal_to_office,),
    DraftSaved: (letters.resume_link,),
    LetterSent: (note_forwarding,),
    MessageArrived: (replies.place,),
    RequestMailed: (letters.receipt_of_mail,),
}

LATER: Wiring = {
    LettersPosted: (outbox_tasks.wake_up,),
    LetterSent: (inbox_tasks.look_for_receipts,),
    LinkAsked: (case_tasks.ring_for_links,),
}

ON_CASE_PAGE: tuple[Part, ...] = ()
