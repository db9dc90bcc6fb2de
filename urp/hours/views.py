"""The public doors of hours: the page, the data, and what every page says of the phone and the counter."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, get_template_attribute, jsonify, render_template, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.local import LocalProxy

from urp.foundation.clock import now, to_rome
from urp.foundation.settings import settings
from urp.hours import feed, queries
from urp.hours.days import Channel
from urp.hours.holidays import Language
from urp.hours.notice_board import ChannelHours, channel_hours, closures
from urp.hours.open_data import FRESH_S, fresh_for, hours_data, status_data
from urp.hours.schema_org import opening_hours
from urp.hours.words import date_words
from urp.operators.access import public
from urp.web.language import LANGUAGES, chosen, speaking

bp = Blueprint("hours", __name__)


@bp.record_once
def show_everywhere(state: BlueprintSetupState) -> None:
    """Status and hours for any page, read only where a page shows them: an error page needs no database."""
    state.app.jinja_env.globals.update(
        phone_status=LocalProxy(lambda: _shown("telefono")),
        phone_hours=LocalProxy(lambda: _shown("telefono").week.lines),
        counter_status=LocalProxy(lambda: _shown("sportello")),
        counter_hours=LocalProxy(lambda: _shown("sportello").week.lines),
        counter_days=LocalProxy(lambda: _shown("sportello").week.days),
        counter_by_appointment=LocalProxy(lambda: _shown("sportello").by_appointment),
    )


@bp.get("/orari")
@public
def page() -> str:
    """«Contatti e orari»: the weeks in force, the weeks to come, closures and exceptional openings."""
    timetables, today = queries.timetables(), to_rome(now()).date()
    return render_template(
        "hours.html",
        phone=_shown("telefono"),
        counter=_shown("sportello"),
        closures=closures(timetables, today, _language(chosen())),
        specifications={timetable.channel: opening_hours(timetable, today) for timetable in timetables},
        nav="hours",
    )


@bp.get("/orari/cartello")
@public
def door_sign() -> str:
    """The hours and the closures that the page shows on one sheet, to print and hang on the door."""
    today = to_rome(now()).date()
    return render_template(
        "hours/door_sign.html",
        phone=_shown("telefono"),
        counter=_shown("sportello"),
        closures=closures(queries.timetables(), today, _language(chosen())),
        today=date_words(today, _language(chosen()), year=True),
        site=settings().public_url.partition("://")[2],
        nav="hours",
    )


@bp.get("/orari.json")
@public
def hours_json() -> Response:
    """The hours of every channel as open data."""
    data = hours_data(queries.timetables(), to_rome(now()).date(), _asked_language())
    return _open_data(data, FRESH_S)


@bp.get("/stato.json")
@public
def status_json() -> Response:
    """Whether each channel is open now; cacheable for a minute, never beyond a change."""
    at, timetables = now(), queries.timetables()
    return _open_data(status_data(timetables, at, _asked_language()), fresh_for(timetables, at))


@bp.get("/orari.ics")
@public
def hours_feed() -> Response:
    """The hours of every channel as a calendar to subscribe to."""
    language = _asked_language()
    host = urlsplit(settings().public_url).hostname or ""
    with speaking(language):
        text = feed.hours_feed(queries.timetables(), now(), words=_feed_words(), language=language, host=host)
    return _shared(Response(text, mimetype="text/calendar"), FRESH_S)


def _shown(channel: Channel) -> ChannelHours:
    language = _language(chosen())
    shown: dict[tuple[str, str], ChannelHours] = g.setdefault("shown_hours", {})
    if (channel, language) not in shown:
        shown[channel, language] = channel_hours(queries.timetable(channel), now(), language)
    return shown[channel, language]


def _asked_language() -> Language:
    """What the request itself asks for: data is shared between visitors, so no session decides."""
    wanted = request.args.get("lingua") or request.accept_languages.best_match(LANGUAGES)
    return _language(wanted or "it")


def _language(name: str) -> Language:
    return "en" if name == "en" else "it"


def _feed_words() -> feed.FeedWords:
    said = partial(get_template_attribute, "hours/feed.txt")
    return feed.FeedWords(name=said("name")(), title=said("title"), place=said("place"), details=said("details"))


def _open_data(data: dict[str, Any], fresh_s: int) -> Response:
    return _shared(jsonify(data), fresh_s)


def _shared(response: Response, fresh_s: int) -> Response:
    """Data for everybody, sites included: kept for so many seconds, told apart by language."""
    response.access_control_allow_origin = "*"
    response.cache_control.public = True
    response.cache_control.max_age = fresh_s
    response.vary.add("Accept-Language")
    return response
