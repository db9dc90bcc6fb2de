"""Recognising a person who books again, without keeping another copy of who they are."""

import hashlib
import hmac

from flask import current_app

from urp.cases.open_case import Applicant
from urp.foundation.contacts import email_key

LABEL = b"urp.appointments.person"
"""What tells this key from others made of the same secret."""


def person_key(applicant: Applicant) -> bytes:
    """HMAC-SHA-256 of the address, or else of the number: 32 bytes; raises ValueError without either."""
    if applicant.email:
        words = f"email:{email_key(applicant.email)}"
    elif applicant.phone:
        words = f"phone:{applicant.phone}"
    else:
        raise ValueError("a person is recognised by address or number")
    secret = str(current_app.config["SECRET_KEY"]).encode()
    key = hmac.digest(secret, LABEL, hashlib.sha256)
    return hmac.digest(key, words.encode(), hashlib.sha256)
