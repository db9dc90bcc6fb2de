"""The institution as one document: who it is, what it promises, what it allows."""

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from urp.offices.fields import (
    Count,
    DeclarationUrl,
    Different,
    Email,
    Entry,
    Line,
    OptionalLine,
    OptionalWords,
    Phone,
    Postcode,
    Several,
    Slug,
    Subdivision,
    Url,
    Words,
    translated,
)

Channel = Literal["modulo", "telefono", "sportello", "peo", "pec"]
MIB = 1024 * 1024
PEC_LIMIT = 30_000_000  # bytes of a whole certified message, RFC 6109 §3.1.1
BASE64_GROWTH = 78 / 57  # 57 bytes become 76 characters and an end of line


class Promise(Entry):
    """By when the office answers: whole working days, or hours counted while it is open."""

    working_days: Annotated[int, Field(ge=1, le=60)] | None = None
    open_hours: Annotated[int, Field(ge=1, le=200)] | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.working_days is None) == (self.open_hours is None):
            raise ValueError("write exactly one of working_days and open_hours, for example working_days = 3")
        return self


class Limits(Entry):
    """What one sender may do: requests in an hour, files and their size in MB of 1024 × 1024 bytes."""

    requests_per_address_per_hour: Count
    requests_per_email_per_hour: Count
    max_files: Annotated[int, Field(ge=1, le=20)]
    max_file_mb: Count
    max_total_mb: Count

    @model_validator(mode="after")
    def _fits_a_pec(self) -> Self:
        if self.max_file_mb > self.max_total_mb:
            raise ValueError("max_file_mb is more than max_total_mb: one file could never be sent")
        if self.max_total_bytes * BASE64_GROWTH > PEC_LIMIT:
            raise ValueError("write max_total_mb = 20 or less: a PEC carries 30 MB and attachments grow by a third")
        return self

    @property
    def max_file_bytes(self) -> int:
        """The size of one file, in bytes."""
        return self.max_file_mb * MIB

    @property
    def max_total_bytes(self) -> int:
        """The size of all files of one message, in bytes."""
        return self.max_total_mb * MIB


class Need(Entry):
    """Something a visitor may need at the counter; it may take more time."""

    slug: Slug
    title: Line
    title_en: OptionalLine = ""
    extra_minutes: Annotated[int, Field(ge=0, le=120)] = 0


class Counter(Entry):
    """How visits are booked: minutes, desks, and how far ahead (times are Europe/Rome wall time)."""

    visit_minutes: Annotated[int, Field(ge=5, le=240)] = 30
    desks: Annotated[int, Field(ge=1, le=50)] = 1
    tick_minutes: Annotated[int, Field(ge=5, le=60)] = 10  # every length is a multiple of it
    hold_minutes: Annotated[int, Field(ge=5, le=60)] = 15
    horizon_days: Annotated[int, Field(ge=1, le=366)] = 30
    book_until: time = time(16, 0)  # of the working day before the visit
    release_after_minutes: Annotated[int, Field(ge=0, le=1440)] = 20
    release_within_minutes: Annotated[int, Field(ge=0, le=1440)] = 60
    phone_share_percent: Annotated[int, Field(ge=0, le=90)] = (
        0  # of each day, until the last phone hour of the day before
    )
    needs: Annotated[tuple[Need, ...], Several] = ()

    @model_validator(mode="after")
    def _whole_ticks(self) -> Self:
        if self.tick_minutes not in (5, 10, 15, 20, 30, 60):
            raise ValueError("write a tick_minutes of 5, 10, 15, 20, 30 or 60")
        if self.release_after_minutes > self.release_within_minutes:
            raise ValueError("release_within_minutes must not be less than release_after_minutes")
        return self


class Retention(Entry):
    """How long one class of data is kept, counted from the closing of the case."""

    slug: Slug
    title: Line
    title_en: OptionalLine = ""
    months: Annotated[int, Field(ge=1, le=1200)] | None = None
    permanent: bool = False

    @model_validator(mode="after")
    def _one_term(self) -> Self:
        if (self.months is None) != self.permanent:
            raise ValueError("write either months = 24 (for example) or permanent = true")
        return self


class Texts(Entry):
    """Sentences of this institution that pages and letters show as they are."""

    home_lead: Words
    home_lead_en: OptionalWords = ""
    first_reading: Words  # what happens first to a question, and by when
    first_reading_en: OptionalWords = ""
    what_to_bring: Words
    what_to_bring_en: OptionalWords = ""
    remedy: Words  # where to turn when nobody answers
    remedy_en: OptionalWords = ""
    signature: Words
    signature_en: OptionalWords = ""


class Institution(Entry):
    """The public body that runs the service; pages and letters read every name and address here."""

    name: Line
    name_en: OptionalLine = ""
    urp_name: Line
    urp_name_en: OptionalLine = ""
    service_name: Line
    service_name_en: OptionalLine = ""
    street: Line
    postcode: Postcode
    city: Line
    subdivision: Subdivision
    how_to_get_there: Words
    how_to_get_there_en: OptionalWords = ""
    phone: Phone
    phone_label: Line
    phone_label_en: OptionalLine = ""
    phone_note: OptionalLine = ""
    phone_note_en: OptionalLine = ""
    email: Email
    email_name: Line
    pec: Email
    pec_name: Line
    dpo_email: Email
    site_url: Url
    accessibility_url: DeclarationUrl
    transparency_url: Url
    source_url: Url  # where this very program can be had (AGPL-3.0, section 13)
    channels: Annotated[tuple[Channel, ...], Several, Different]
    promise: Promise
    limits: Limits
    counter: Counter = Counter()
    retention: Annotated[tuple[Retention, ...], Several] = ()
    texts: Texts

    @property
    def phone_tel(self) -> str:
        """The phone number as a `tel:` link wants it: digits, and a plus in front if it had one."""
        return "".join(sign for sign in self.phone if sign.isdigit() or sign == "+")

    def text(self, name: str, language: str) -> str:
        """The words of `name`, a field of the institution or of its texts, in `language` ("it", "en")."""
        return translated(self.texts if name in Texts.model_fields else self, name, language)
