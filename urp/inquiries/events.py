"""Facts about questions; who listens is in `urp/switchboard.py`."""

from dataclasses import dataclass

from urp.cases.open_case import Applicant, CaseToOpen
from urp.inquiries.queries import FileView


@dataclass(frozen=True)
class QuestionSubmitted:
    """A question became a case; `token` is the secret of its link, for the receipt only."""

    case_id: int
    code: str
    token: str
    case: CaseToOpen
    applicant: Applicant
    body: str
    extras: tuple[tuple[str, str], ...]
    files: tuple[FileView, ...]


@dataclass(frozen=True)
class RequestMailed:
    """A mail became a case; `answers` is its Message-ID if it can be cited, `token` as above.

    `silent` says why no machine may answer; None where the receipt is due.
    """

    case_id: int
    code: str
    token: str
    case: CaseToOpen
    applicant: Applicant
    answers: str | None
    silent: str | None


@dataclass(frozen=True)
class DraftSaved:
    """Somebody wants to go on later: `token` opens the draft again."""

    draft_id: int
    email: str
    language: str
    token: str
