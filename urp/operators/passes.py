"""Passes for a working day: made on the command line, shown once, kept only as a hash."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, update

from urp.foundation.db import db, rows_changed
from urp.foundation.errors import NotFound
from urp.foundation.references import ALPHABET, hash_token
from urp.operators.models import StaffPass
from urp.operators.queries import exists
from urp.operators.roles import Role

GROUPS, GROUP = 7, 4
"""28 symbols out of 25: 130 bits (ASVS 6.5.2 asks for 128), in groups that can be read out and typed."""


@dataclass(frozen=True)
class Made:
    """A fresh pass; nobody will see its secret again."""

    id: int
    secret: str
    expires_at: datetime


def make(name: str, roles: Collection[Role], *, lasting: timedelta, at: datetime) -> Made:
    """Make a pass for somebody; `at` is an aware instant, from which it lasts."""
    secret = "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
    values = {
        "pass_hash": hash_of(secret),
        "name": name,
        "roles": sorted(roles),
        "made_at": at,
        "expires_at": at + lasting,
    }
    number = db.session.execute(insert(StaffPass).values(values).returning(StaffPass.id)).scalar_one()
    return Made(number, secret, at + lasting)


def revoke(pass_id: int, *, at: datetime) -> bool:
    """End a pass at once, with every session that began with it; False if it was ended before.

    Raises NotFound.
    """
    wanted = update(StaffPass).where(StaffPass.id == pass_id, StaffPass.revoked_at.is_(None)).values(revoked_at=at)
    if rows_changed(wanted) == 1:
        return True
    if not exists(pass_id):
        raise NotFound(f"no pass {pass_id}")
    return False


def leave(pass_id: int, *, at: datetime) -> None:
    """End every session that began with this pass, wherever it is open; the pass itself opens again."""
    db.session.execute(update(StaffPass).where(StaffPass.id == pass_id).values(left_at=at))


def hash_of(typed: str) -> bytes:
    """What is stored of a pass, however its groups were typed: case, spaces and dashes do not matter."""
    return hash_token("".join(sign for sign in typed.upper() if sign.isalnum()))
