"""The switchboard (il centralino): one page that answers «what happens when …?».

NOW listeners run in the same transaction: what they do is stored together with the fact, or not at all.
LATER listeners run after the commit: they only ring a bell, and may be lost without harm.
ON_CASE_PAGE says which rooms add to the page of a case, in this order.
"""

from urp.appointments import answered, cancel, case_part, wish
from urp.appointments import letters as visit_letters
from urp.appointments.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMarked,
    AppointmentMoved,
    ReminderDue,
    TimeOffered,
    WishNoted,
)
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
    CaseAnswered: (letters.answer_to_citizen, answered.perhaps_not_needed),
    CaseWithdrawn: (letters.withdrawal_to_office, cancel.on_withdrawn, wish.on_withdrawn),
    DraftSaved: (letters.resume_link,),
    LetterSent: (note_forwarding,),
    MessageArrived: (replies.place,),
    RequestMailed: (letters.receipt_of_mail,),
    AppointmentBooked: (visit_letters.confirmation, wish.on_booked),
    AppointmentMoved: (visit_letters.change,),
    AppointmentCancelled: (visit_letters.cancellation, wish.on_over),
    AppointmentMarked: (wish.on_over,),
    WishNoted: (visit_letters.waiting,),
    TimeOffered: (visit_letters.offered,),
    ReminderDue: (visit_letters.reminder,),
}

LATER: Wiring = {
    LettersPosted: (outbox_tasks.wake_up,),
    LetterSent: (inbox_tasks.look_for_receipts,),
    LinkAsked: (case_tasks.ring_for_links,),
}

ON_CASE_PAGE: tuple[Part, ...] = (case_part.shown,)
