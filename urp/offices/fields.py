"""What one value of `office.toml` may look like, and the words when it does not."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from holidays.countries.italy import Italy
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

T = TypeVar("T")
DECLARATIONS = "form.agid.gov.it"
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PHONE = re.compile(r"\+?[0-9][0-9 ./-]{2,18}[0-9]")


class Entry(BaseModel):
    """A table of the file: unknown keys refused, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)

    def text(self, name: str, language: str) -> str:
        """The words of field `name` in `language` ("it", "en"); Italian where no translation is given."""
        return translated(self, name, language)


def translated(holder: object, name: str, language: str) -> str:
    """`holder.<name>_en` for English, when it has one; else `holder.<name>`. Unknown name: AttributeError."""
    if language.startswith("en") and getattr(holder, f"{name}_en", None):
        name = f"{name}_en"
    return str(getattr(holder, name))


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value) or len(value) > 40:
        raise ValueError(
            "write at most 40 lower-case letters, digits and single hyphens, for example strade-provinciali"
        )
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("write it on one line, without tabs or other control characters")
    return value


def _email(value: str) -> str:
    try:  # .example passes by design, .test only here: a trial must be able to use both
        found = validate_email(value, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"not an e-mail address ({error}) Write it as nome@ente.example") from None
    return found.normalized


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or re.search(r"\s", value):
        raise ValueError("write a whole address that starts with https://")
    return value


def _declaration(value: str) -> str:
    if urlsplit(_url(value)).hostname != DECLARATIONS:
        raise ValueError(f"the declaration is made only on https://{DECLARATIONS}: write the address you got there")
    return value


def _phone(value: str) -> str:
    if not _PHONE.fullmatch(value):
        raise ValueError('write the number as people read it, for example "800.88.33.11"')
    return value


def _subdivision(value: str) -> str:
    if value not in Italy.subdivisions:
        raise ValueError('write the two letters of the province whose patron saint closes the office, for example "MI"')
    return value


def _postcode(value: str) -> str:
    if not re.fullmatch(r"[0-9]{5}", value):
        raise ValueError('write the five digits between quotes, for example "20122"')
    return value


def _different(values: Sequence[T]) -> tuple[T, ...]:
    repeated = [value for place, value in enumerate(values) if value in values[:place]]
    if repeated:
        raise ValueError(f"{repeated[0]} is written twice: keep it once")
    return tuple(values)


Words = Annotated[str, Field(min_length=1, max_length=2000)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
OptionalWords = Annotated[str, Field(max_length=2000)]
OptionalLine = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Slug = Annotated[str, AfterValidator(_slug)]
Email = Annotated[str, AfterValidator(_email)]
Url = Annotated[str, AfterValidator(_url)]
DeclarationUrl = Annotated[str, AfterValidator(_declaration)]
Phone = Annotated[str, AfterValidator(_phone)]
Subdivision = Annotated[str, AfterValidator(_subdivision)]
Postcode = Annotated[str, AfterValidator(_postcode)]
Count = Annotated[int, Field(ge=1)]

# TOML gives lists and this file promises tuples; only the container is converted, never what it holds.
Several: Any = Field(strict=False)
Different = AfterValidator(_different)
