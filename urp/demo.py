"""A believable week at the office, made only with verbs: for a first look at the product."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select

from urp.appointments.attend import attended
from urp.appointments.book import Booking, book, book_new
from urp.appointments.bookable import Channel, free_starts, length
from urp.appointments.wish import note
from urp.cases.add_message import add_message
from urp.cases.models import Case
from urp.cases.open_case import Applicant
from urp.cases.queries import case_by_code
from urp.cases.withdraw import withdraw
from urp.foundation.clock import now, to_rome
from urp.foundation.db import db, transaction
from urp.foundation.settings import settings
from urp.inquiries.submit import NewQuestion, submit
from urp.offices.queries import topic


@dataclass(frozen=True)
class Scene:
    """Somebody asks something, some hours ago."""

    hours_ago: int
    given_name: str
    family_name: str
    topic: str
    subject: str
    body: str
    reply_by: str = "peo"
    adds: str = ""
    withdraws: bool = False
    comes: bool = False


@dataclass(frozen=True)
class Visit:
    """Somebody books a visit, some hours ago; without address by phone, `waits` for an earlier time, or `came`."""

    hours_ago: int
    given_name: str
    family_name: str
    topic: str
    details: str
    needs: tuple[str, ...] = ()
    phone: str | None = None
    waits: bool = False
    came: bool = False


WEEK = (
    Scene(150, "Giulia", "Bianchi", "strade", "Buca sulla SP 103 a Cernusco",
          "Da due settimane c’è una buca profonda all’altezza del civico 40. Chi la ripara e quando?",
          adds="Da ieri la buca è ancora più larga."),
    Scene(126, "Marco", "Neri", "trasporti-eccezionali", "Permesso per una gru da Rho a Melegnano",
          "Devo spostare una gru di 38 tonnellate. Quanto tempo prima devo chiedere il permesso?"),
    Scene(101, "Anna", "Fontana", "ambiente", "Pozzo in giardino",
          "Ho un pozzo privato. Devo fare la denuncia annuale dell’acqua che uso?", reply_by="pec"),
    Scene(77, "Paolo", "Ricci", "parco-sud", "Tettoia in una cascina del Parco Sud",
          "Vorrei costruire una tettoia per gli attrezzi. Che autorizzazione mi serve?", comes=True),
    Scene(53, "Fatima", "El Amrani", "lavoro", "Collocamento mirato",
          "Mio fratello ha un’invalidità del 60%. Dove si iscrive al collocamento mirato?"),
    Scene(30, "Luca", "Ferrari", "relazioni-con-il-pubblico", "Suggerimento per il sito",
          "Sarebbe utile una mappa delle strade provinciali con i lavori in corso.", withdraws=True),
    Scene(6, "Elena", "Galli", "non-lo-so", "Cartello caduto vicino alla scuola",
          "Un cartello è caduto davanti alla scuola di via Roma. Non so se la strada è vostra o del Comune."),
)  # fmt: skip

VISITS = (
    Visit(149, "Rosa", "Marino", "relazioni-con-il-pubblico", "Vorrei capire a quale ufficio chiedere.", came=True),
    Visit(52, "Giorgio", "Conti", "trasporti-eccezionali", "Porto il libretto della gru.", phone="+390255501234"),
    Visit(27, "Amina", "Haddad", "lavoro", "Vengo con mia sorella.", needs=("lingua",), waits=True),
    Visit(9, "Sergio", "Villa", "ambiente", "Porto la pratica del pozzo.", needs=("accessibilita",)),
)


def init_app(app: Flask) -> None:
    """Add the command `flask demo`."""
    app.cli.add_command(play)


@click.command("demo")
@with_appcontext
def play() -> None:
    """Fill an empty office with a week of requests; does nothing where there are some."""
    if settings().env == "production":
        raise click.ClickException("no demonstration where URP_ENV=production: its letters would leave")
    if db.session.scalar(select(Case.id).limit(1)) is not None:
        click.echo("demo: there are requests already, nothing added")
        return
    for scene in WEEK:
        with transaction():
            _play(scene, now() - timedelta(hours=scene.hours_ago))
    booked = 0
    for visit in VISITS:
        with transaction():
            booked += _book(visit, now() - timedelta(hours=visit.hours_ago))
    click.echo(f"demo: {len(WEEK)} requests, {booked} appointments")


def _play(scene: Scene, at: datetime) -> None:
    domain = "pec.posta.example" if scene.reply_by == "pec" else "posta.example"
    person = Applicant(scene.given_name, scene.family_name, _address(scene, domain), None, scene.reply_by)
    question = NewQuestion(scene.topic, scene.subject, scene.body, (), (), person, "web", "it")
    case = case_by_code(submit(question, draft_id=None, at=at).code)
    assert case is not None  # opened on the line above
    if scene.adds:
        add_message(case, scene.adds, at=at + timedelta(hours=5))
    if scene.withdraws:
        withdraw(case, at=at + timedelta(hours=2))
    if scene.comes and (start := _free(length(topic(scene.topic), ()), "web", at)):
        book(case, start, needs=(), at=at + timedelta(minutes=10))


def _book(visit: Visit, at: datetime) -> bool:
    address = None if visit.phone else _address(visit, "posta.example")
    person = Applicant(visit.given_name, visit.family_name, address, visit.phone, "peo")
    channel: Channel = "phone" if visit.phone else "web"
    ticks = length(topic(visit.topic), visit.needs)
    start = _free(ticks, channel, at, came=visit.came)
    if start is None:  # the counter is closed for weeks
        return False
    wanted = Booking(
        topic=visit.topic, details=visit.details, applicant=person, needs=visit.needs, language="it", channel=channel
    )
    booked = book_new(start, wanted, at=at)
    if visit.came:
        attended(booked.appointment_id, at=start + timedelta(minutes=20), actor="office")
    if visit.waits:
        note(booked.case_id, appointment_id=booked.appointment_id, at=at + timedelta(minutes=1))
    return True


def _free(ticks: int, channel: Channel, at: datetime, *, came: bool = False) -> datetime | None:
    """The first time from tomorrow on, or for a visit that has been the first before today, as it was at `at`."""
    today = to_rome(now()).date()
    first, last = (None, today - timedelta(1)) if came else (today + timedelta(1), None)
    return next(iter(free_starts(ticks=ticks, channel=channel, at=at, first=first, last=last)), None)


def _address(person: Scene | Visit, domain: str) -> str:
    return f"{person.given_name}.{person.family_name}@{domain}".lower().replace(" ", "")
