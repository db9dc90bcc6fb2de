"""Answering wishes for a fresh link: right pairs get one by mail, wrong ones silence."""

from sqlalchemy import delete

from urp.cases import queries
from urp.cases.models import LinkRequest
from urp.cases.secret_link import replace_link
from urp.foundation.clock import now
from urp.foundation.db import rows_changed
from urp.foundation.references import hash_token
from urp.foundation.settings import settings
from urp.outbox.compose import Envelope, post
from urp.web import letter_text


def answer(wish_id: int) -> bool:
    """Look at one wish and forget it; True if its pair was right and a link is on its way."""
    wish = queries.link_request(wish_id)
    if wish is None:
        return False  # another worker was quicker
    # once, however often the button was pressed: each link would kill the one before
    code, key = wish.code, wish.email_key
    same = delete(LinkRequest).where(LinkRequest.code == code, LinkRequest.email_key == key)
    case_id = queries.case_of_pair(code, key) if rows_changed(same) else None
    if case_id is not None:
        _send(case_id)
    return case_id is not None


def _send(case_id: int) -> None:
    case = queries.case_by_id(case_id)
    assert case is not None
    assert case.applicant.email is not None  # the pair was found by both
    token = replace_link(case_id, now())
    link = f"{settings().public_url}/l/{token}"
    formal = case.applicant.reply_by == "pec"
    words = letter_text.render(
        "cases/mail/link", language=case.language, case=case, contact=case.applicant, link=link, formal=formal
    )
    post(
        [
            Envelope(
                mailbox="pec" if formal else "peo",
                recipient=case.applicant.email,
                recipient_name=case.applicant.full_name,
                subject=words.subject,
                text=words.text,
                html=words.html,
                attachments=(),
                kind="case_link",
                case_id=case_id,
                dedupe_key=f"{case_id}:case_link:{hash_token(token).hex()[:16]}",
                automatic=True,
            )
        ]
    )
