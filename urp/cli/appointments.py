"""Commands of appointments: closures, absences, the visits of a day, the visits outside the hours."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import wraps
from typing import Any, TypeVar, cast

import click

from urp.appointments import absences, closures, outside, queries
from urp.appointments.absences import Absence
from urp.appointments.closure_queries import Visit
from urp.appointments.resettle import Choice, Done, Plan
from urp.cli.command_group import CommandGroup, stop
from urp.foundation.clock import now, to_rome
from urp.foundation.db import persistently, transaction
from urp.hours.days import CHANNELS
from urp.hours.written import WrittenDays

Command = TypeVar("Command", bound=Callable[..., Any])
NOT_YET = "nothing is changed yet: add --yes"
CHOICES = (
    f"{NOT_YET} with --move (as shown; where no time is free the visit is cancelled, and whoever no letter "
    "reaches in time is on the call list) or with --release (all are cancelled)"
)
NO_CHOICE = "appointments are concerned: say --move or --release"

appointments = CommandGroup("appointments", help="Visits at the counter.")


class LocalDay(click.ParamType[date]):
    """A local day, as 2026-12-24."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day; anything else is wrong use."""
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is None or day.isoformat() != value:  # Python reads a week, too
            self.fail(f"{value!r} is not a day: write it like 2026-12-24", param, ctx)
        return day


DAY = LocalDay()


def confirmable(command: Command) -> Command:
    """The options of every command that shows a plan first; the command gets their `choice`, None without one."""

    @wraps(command)
    def chosen(*, move: bool, release: bool, **given: Any) -> Any:
        if move and release:
            raise click.UsageError("--move and --release exclude each other: say one of them")
        return command(choice="move" if move else "release" if release else None, **given)

    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON object."),
        click.option("--yes", is_flag=True, help="Do it; without it the plan is shown and nothing changes."),
        click.option("--release", is_flag=True, help="Cancel the visits."),
        click.option("--move", is_flag=True, help="Move them to the next free time."),
    ):
        chosen = option(chosen)
    return cast(Command, chosen)


@appointments.command("close")
@click.argument("first", type=DAY)
@click.argument("last", type=DAY, required=False)
@click.option("--reason", required=True, help="Short; completes «Oggi chiuso: …».")
@click.option("--reason-en", default="", help="The same in English.")
@click.option("--notice", default="", help="The whole sentence for citizens.")
@click.option("--notice-en", default="", help="The same in English.")
@click.option("--ranges", default="", help="Open at these hours instead, like 10:00-12:00.")
@click.option("--channel", "channels", multiple=True, type=click.Choice(CHANNELS), default=CHANNELS)
@confirmable
def close(
    first: date,
    last: date | None,
    choice: Choice | None,
    yes: bool,
    as_json: bool,
    channels: tuple[Any, ...],
    **words: str,
) -> None:
    """Close some days, or open them at other hours: say whom it hits, then move or release them all."""
    closure = WrittenDays(first, last or first, channels, **words)
    at = now()
    if not yes:
        _show(closures.plan(closure, at=at), as_json)
    else:
        _tell(_settled(lambda choice: closures.apply(closure, choice=choice, at=at), choice), as_json)


@appointments.command("reopen")
@click.argument("first", type=DAY)
@click.argument("last", type=DAY, required=False)
@click.option("--desk", type=click.IntRange(1, 50), help="End the absence at this desk instead of a closure.")
def reopen(first: date, last: date | None, desk: int | None) -> None:
    """Take back what was written for exactly these days; visits that were moved stay where they are."""
    at, until = now(), last or first
    if desk is None:
        click.echo(_done(lambda: closures.reopen(first, until, at=at)))
        return
    if not _done(lambda: absences.end(desk, first, until, at=at)):
        stop(f"nobody is absent at desk {desk} then")
    click.echo(f"desk {desk} can be booked again")


@appointments.command("absent")
@click.argument("desk", type=click.IntRange(1, 50))
@click.argument("first", type=DAY)
@click.argument("last", type=DAY, required=False)
@click.option("--reason", required=True)
@confirmable
def absent(
    desk: int, first: date, last: date | None, reason: str, choice: Choice | None, yes: bool, as_json: bool
) -> None:
    """Keep one desk empty for some days: its visits go to another desk, or are moved or released."""
    absence, at = Absence(desk, first, last or first, reason), now()
    if not yes:
        _show(absences.plan(absence, at=at), as_json)
    else:
        _tell(_settled(lambda choice: absences.apply(absence, choice=choice, at=at), choice), as_json)


@appointments.command("outside")
@confirmable
def outside_(choice: Choice | None, yes: bool, as_json: bool) -> None:
    """List the visits that have lost their hours or their desk; move or release them all with --yes."""
    at = now()
    if not yes:
        _show(outside.plan(at), as_json)
    else:
        _tell(_settled(lambda choice: outside.apply(choice=choice, at=at), choice), as_json)


@appointments.command("list")
@click.argument("day", type=DAY)
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each visit.")
def list_(day: date, as_json: bool) -> None:
    """List the visits of a day by time and desk, without a word about who comes."""
    for visit in queries.day_sheet(day):
        row = {
            "starts_at": to_rome(visit.starts_at).isoformat(),
            "ends_at": to_rome(visit.ends_at).isoformat(),
            "desk": visit.desk,
            "code": visit.code,
            "state": visit.state,
            "needs": list(visit.needs),
        }
        hours = f"{to_rome(visit.starts_at):%H:%M}-{to_rome(visit.ends_at):%H:%M}"
        line = f"{hours}  desk {visit.desk}  {visit.code}  {visit.state}  {', '.join(visit.needs)}".rstrip()
        click.echo(json.dumps(row) if as_json else line)


def _done(act: Callable[[], Any]) -> Any:
    def whole() -> Any:
        with transaction():
            return act()

    return persistently(whole)


def _settled(act: Callable[[Choice], Done], choice: Choice | None) -> Done:
    """Do it as chosen; without a choice only if nobody would notice, else nothing is stored and the use was wrong."""

    def whole() -> Done:
        done = act(choice or "release")
        if choice is None and any(one.starts_at != one.visit.starts_at for one in done.settled):
            raise click.UsageError(NO_CHOICE)
        return done

    return cast(Done, _done(whole))


def _show(plan: Plan, as_json: bool) -> None:
    if as_json:
        visits = [_row(hit.visit, hit.proposal) for hit in plan.hits]
        click.echo(json.dumps({"done": False, "changes": plan.words, "visits": visits, "holds": plan.holds}))
        return
    for line in (*_changes(plan.words), f"{_count(len(plan.hits), 'appointment')} concerned"):
        click.echo(line)
    for hit in plan.hits:
        click.echo(f"{_line(hit.visit, hit.proposal, 'no free time')}  {'to call' if hit.to_call else 'e-mail'}")
    if plan.holds:
        click.echo(f"{_count(plan.holds, 'booking')} not yet confirmed")
    click.echo(CHOICES if any(hit.proposal != hit.visit.starts_at for hit in plan.hits) else NOT_YET)


def _tell(done: Done, as_json: bool) -> None:
    to_call = [one for one in done.settled if one.to_call]
    if as_json:
        visits = [_row(one.visit, one.starts_at) for one in done.settled]
        counted = {"holds": done.holds, "offers": done.offers, "call": [one.visit.code for one in to_call]}
        click.echo(json.dumps({"done": True, "changes": done.words, "visits": visits, **counted}))
        return
    for line in _changes(done.words):
        click.echo(line)
    for one in done.settled:
        click.echo(_line(one.visit, one.starts_at, "released"))
    click.echo(f"{_count(len(done.settled), 'appointment')}, {_count(done.holds + done.offers, 'open booking')} ended")
    if to_call:
        click.echo(f"to call, no letter reaches them in time: {', '.join(str(one.visit.code) for one in to_call)}")


def _changes(words: tuple[str, ...]) -> Iterator[str]:
    yield from words or ("the hours stay as they are",)


def _line(visit: Visit, then: datetime | None, otherwise: str) -> str:
    return f"{visit.code}  {_wall(visit.starts_at)}  -> {_wall(then) if then else otherwise}"


def _row(visit: Visit, then: datetime | None) -> dict[str, Any]:
    was = to_rome(visit.starts_at).isoformat()
    return {
        "code": visit.code,
        "was": was,
        "then": to_rome(then).isoformat() if then else None,
        "email": visit.has_email,
    }


def _wall(at: datetime) -> str:
    return f"{to_rome(at):%Y-%m-%d %H:%M}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
