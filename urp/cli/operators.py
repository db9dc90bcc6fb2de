"""Commands of the passes of those who work here."""

import json
from datetime import datetime, timedelta

import click

from urp.cli.command_group import NUMBER, CommandGroup, stop
from urp.foundation.clock import now, to_rome
from urp.foundation.db import transaction
from urp.operators import passes, queries
from urp.operators.queries import Staff
from urp.operators.roles import Role
from urp.web.forms import tidy_line

LONGEST_NAME = 100

operators = CommandGroup("operators", help="Passes of those who work here.")


@operators.command("pass")
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=click.Choice([*map(str, Role)]), default=[str(Role.OPERATOR)])
@click.option("--hours", type=click.IntRange(1, 24), default=12, show_default=True, help="How long it lasts.")
def pass_(name: str, roles: tuple[str, ...], hours: int) -> None:
    """Make a pass for somebody and show it, once; say --role once for each role."""
    name = (tidy_line(name) or "").strip()
    if not 0 < len(name) <= LONGEST_NAME:
        stop(f"a name has 1 to {LONGEST_NAME} characters")
    with transaction():
        made = passes.make(name, {Role(role) for role in roles}, lasting=timedelta(hours=hours), at=now())
    click.echo(made.secret)
    click.echo(f"pass {made.id} until {_rome(made.expires_at)}: it is not shown again", err=True)


@operators.command("passes")
@click.option("--all", "ended", is_flag=True, help="Those that ended, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each pass.")
def passes_(ended: bool, as_json: bool) -> None:
    """List the passes that are valid, oldest first."""
    for one in queries.passes(now(), ended=ended):
        click.echo(json.dumps(_as_dict(one)) if as_json else _as_line(one))


@operators.command("revoke")
@click.argument("pass_id", metavar="NUMBER", type=NUMBER)
def revoke(pass_id: int) -> None:
    """End a pass now; whoever works with it is asked for another at the next click."""
    with transaction():
        ended = passes.revoke(pass_id, at=now())
    click.echo(f"{pass_id}: {'revoked' if ended else 'was revoked before'}")


def _as_dict(one: Staff) -> dict[str, object]:
    revoked = one.revoked_at.isoformat() if one.revoked_at else None
    return {
        "id": one.id,
        "name": one.name,
        "roles": sorted(one.roles),
        "expires_at": one.expires_at.isoformat(),
        "revoked_at": revoked,
    }


def _as_line(one: Staff) -> str:
    ended = f", revoked {_rome(one.revoked_at)}" if one.revoked_at else ""
    return f"{one.id}  {one.name}  {' '.join(sorted(one.roles))}  until {_rome(one.expires_at)}{ended}"


def _rome(at: datetime) -> str:
    return f"{to_rome(at):%Y-%m-%d %H:%M}"
