"""Words are added to a case: the citizen's, or those of the office that deals with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from urp.cases import queries
from urp.cases.events import MessageAdded
from urp.cases.queries import CaseView
from urp.cases.states import OPEN
from urp.cases.timeline import EntryKind, record
from urp.foundation.errors import WrongState
from urp.foundation.events import publish


@dataclass(frozen=True)
class ByMail:
    """The mail that brought the words: its channel (`pec` or `peo`), its files as the timeline lists them
    (`id`, `filename`, `size`), and whether somebody else than the citizen wrote it."""

    incoming_id: int
    channel: str
    files: tuple[dict[str, Any], ...] = ()
    from_other: bool = False


def add_message(case: CaseView, body: str, *, at: datetime, mail: ByMail | None = None) -> int:
    """Write the words of the citizen, or of somebody for them, on the timeline and tell who follows the case.

    Returns the entry's id. Raises WrongState when the case is closed or withdrawn.
    """
    _still_open(case)
    from_other = mail is not None and mail.from_other
    actor = "other" if from_other else "citizen"
    entry_id = record(case.id, EntryKind.CITIZEN_MESSAGE, at=at, actor=actor, body=body, data=_data(mail))
    files = tuple(file["id"] for file in mail.files) if mail else ()
    publish(MessageAdded(case.id, entry_id, body, files, from_other))
    return entry_id


def add_office_reply(case: CaseView, body: str, *, at: datetime, mail: ByMail) -> int:
    """Write the competent office's words on the timeline, for operators only; returns the entry's id.

    Raises WrongState when the case is closed or withdrawn.
    """
    _still_open(case)
    return record(case.id, EntryKind.OFFICE_REPLY, at=at, actor="office", body=body, data=_data(mail))


def _still_open(case: CaseView) -> None:
    if (state := queries.locked_state(case.id)) not in OPEN:
        raise WrongState(f"case {case.id} is {state}")


def _data(mail: ByMail | None) -> dict[str, Any]:
    return {"incoming": mail.incoming_id, "channel": mail.channel, "files": list(mail.files)} if mail else {}
