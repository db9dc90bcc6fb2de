"""The tables of `office.toml` that come many times: hours, offices, topics, request types, answers."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from urp.offices.fields import (
    Different,
    Email,
    Entry,
    Line,
    OptionalLine,
    OptionalWords,
    Several,
    Slug,
    Words,
)

HoursChannel = Literal["telefono", "sportello"]
Lines = Annotated[tuple[Line, ...], Several]


class ChannelHours(Entry):
    """The weekly hours of one channel from a day on; `rule` is read by the hours' own grammar."""

    channel: HoursChannel
    rule: Line
    valid_from: date
    by_appointment: bool = False
    note: OptionalLine = ""
    note_en: OptionalLine = ""


class ClosureData(Entry):
    """Days that differ from the week: closed, or open in `ranges` ("10:00-12:00"); both days included."""

    channels: Annotated[tuple[HoursChannel, ...], Several, Different, Field(min_length=1)]
    first_day: date
    last_day: date
    ranges: OptionalLine = ""  # empty: closed all day
    reason: Line
    reason_en: OptionalLine = ""
    notice: OptionalWords = ""
    notice_en: OptionalWords = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("last_day comes before first_day: write the first day, then the last")
        return self


class OfficeData(Entry):
    """An office that answers, with at least one mailbox of its own."""

    slug: Slug
    name: Line
    name_en: OptionalLine = ""
    pec: Email | None = None
    peo: Email | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.pec is None and self.peo is None:
            raise ValueError("the office needs at least one mailbox: write pec or peo, or both")
        return self


class ExtraField(Entry):
    """A question that only one topic asks; its form field is called `extra-<name>`."""

    name: Slug
    label: Line
    label_en: OptionalLine = ""
    kind: Literal["text", "choice"]
    required: bool = False
    help: OptionalWords = ""
    help_en: OptionalWords = ""
    choices: Lines = ()
    choices_en: Lines = ()

    @model_validator(mode="after")
    def _choices_where_needed(self) -> Self:
        if self.kind == "choice" and len(self.choices) < 2:
            raise ValueError('a field of kind "choice" needs choices, at least two: choices = ["Sì", "No"]')
        if self.kind == "text" and self.choices:
            raise ValueError('a field of kind "text" has no choices: remove them or write kind = "choice"')
        if len(set(self.choices)) < len(self.choices):
            raise ValueError("the same choice is written twice: keep it once")
        if self.choices_en and len(self.choices_en) != len(self.choices):
            raise ValueError("choices_en needs as many entries as choices, in the same order")
        return self

    def choice_pairs(self, language: str) -> tuple[tuple[str, str], ...]:
        """(value kept, words shown) of each choice; the value is always the Italian one."""
        shown = self.choices_en if language.startswith("en") and self.choices_en else self.choices
        return tuple(zip(self.choices, shown, strict=True))


class TopicData(Entry):
    """What a citizen chooses first: it says which office answers and which rules of law apply."""

    slug: Slug
    title: Line
    title_en: OptionalLine = ""
    example: Line
    example_en: OptionalLine = ""
    office: Slug
    request_type: Slug
    channel: Literal["pec", "peo"] | None = None
    allows_visit: bool = False
    visit_minutes: Annotated[int, Field(ge=5, le=240)] | None = None  # None: as long as the counter's visits
    extra_fields: Annotated[tuple[ExtraField, ...], Several] = ()

    @model_validator(mode="after")
    def _one_field_per_name(self) -> Self:
        names = [field.name for field in self.extra_fields]
        if len(set(names)) < len(names):
            raise ValueError("two extra_fields have the same name: give each its own")
        return self


class RequestTypeData(Entry):
    """A kind of request the law treats by its own rules; no `term_days` means only the office's promise."""

    slug: Slug
    title: Line
    title_en: OptionalLine = ""
    term_days: Annotated[int, Field(ge=1, le=366)] | None = None  # calendar days from receipt
    reasons_required: bool = False
    identity_note: OptionalWords = ""
    identity_note_en: OptionalWords = ""
    term_note: OptionalWords = ""
    term_note_en: OptionalWords = ""
    source: Line


class FaqData(Entry):
    """A question people often ask, with its answer and the topics it belongs to."""

    slug: Slug
    question: Line
    question_en: OptionalLine = ""
    answer: Words
    answer_en: OptionalWords = ""
    topics: Annotated[tuple[Slug, ...], Several, Different] = ()
