"""What the other rooms hold in hand: an office, a topic, a request type, a ready answer, in two languages."""

from dataclasses import dataclass
from typing import Literal

from urp.offices.entries import ExtraField


@dataclass(frozen=True, kw_only=True)
class OfficeView:
    """An office and its mailboxes; at least one of the two addresses is there."""

    id: int
    slug: str
    active: bool
    name: str
    name_en: str
    pec_address: str | None
    peo_address: str | None

    def named(self, language: str) -> str:
        """The name in `language` ("it", "en")."""
        return _choose(language, self.name, self.name_en)


@dataclass(frozen=True, kw_only=True)
class RequestTypeView:
    """A kind of request and its rules; `term_days` are calendar days, None means only the promise."""

    id: int
    slug: str
    active: bool
    title_it: str
    title_en: str
    term_days: int | None
    reasons_required: bool
    identity_note_it: str
    identity_note_en: str
    term_note_it: str
    term_note_en: str
    source: str

    def title(self, language: str) -> str:
        """The title in `language` ("it", "en")."""
        return _choose(language, self.title_it, self.title_en)

    def identity_note(self, language: str) -> str:
        """How people must show who they are; may be empty."""
        return _choose(language, self.identity_note_it, self.identity_note_en)

    def term_note(self, language: str) -> str:
        """What follows when the term passes; may be empty."""
        return _choose(language, self.term_note_it, self.term_note_en)


@dataclass(frozen=True, kw_only=True)
class TopicView:
    """A topic with its office and its kind of request; `channel` None leaves the choice to the router."""

    id: int
    slug: str
    active: bool
    title_it: str
    title_en: str
    example_it: str
    example_en: str
    office_id: int
    request_type_id: int
    request_type: str
    channel: Literal["pec", "peo"] | None
    allows_visit: bool
    visit_minutes: int | None
    extra_fields: tuple[ExtraField, ...]

    def title(self, language: str) -> str:
        """The title in `language` ("it", "en")."""
        return _choose(language, self.title_it, self.title_en)

    def example(self, language: str) -> str:
        """The line of examples in `language`."""
        return _choose(language, self.example_it, self.example_en)


@dataclass(frozen=True, kw_only=True)
class FaqView:
    """A ready answer and the slugs of the topics it belongs to."""

    id: int
    slug: str
    question_it: str
    question_en: str
    answer_it: str
    answer_en: str
    topics: tuple[str, ...]

    def question(self, language: str) -> str:
        """The question in `language` ("it", "en")."""
        return _choose(language, self.question_it, self.question_en)

    def answer(self, language: str) -> str:
        """The answer in `language`."""
        return _choose(language, self.answer_it, self.answer_en)


def _choose(language: str, italian: str, english: str) -> str:
    return english if language.startswith("en") and english else italian
