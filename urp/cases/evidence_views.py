"""The originals of receipts, for whoever visits the case of their letter."""

from flask import Blueprint, Response

from urp.cases import case_page
from urp.cases.queries import CaseView
from urp.cases.visit import Answer, of_the_case
from urp.foundation.clock import to_rome
from urp.foundation.errors import NotFound
from urp.inbox import queries as inbox
from urp.operators.access import public

bp = Blueprint("evidence", __name__)
NOT_OF_PEC = {"bounce": "avviso"}


@bp.get("/r/<code>/ricevute/<int:evidence_id>")
@public
@of_the_case
def original(case: CaseView, evidence_id: int) -> Answer:
    """The message of the provider as it came, signature and all: to save, never to show in the page."""
    found = next((one for one in case_page.receipts(case) if one.id == evidence_id), None)
    if found is None or found.incoming_id is None:
        raise NotFound(f"evidence {evidence_id} of case {case.id}")
    answer = Response(inbox.raw(found.incoming_id), mimetype="message/rfc822")
    what = NOT_OF_PEC.get(found.receipt, found.receipt).replace("_", "-")
    name = f"{what}-{to_rome(found.at).date().isoformat()}.eml"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
