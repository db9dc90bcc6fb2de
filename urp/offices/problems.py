"""A mistake in `office.toml`, its line, and what to write instead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

Loc = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: the line in the file (from 1), the key it concerns ("topics.2.office"), and what to do."""

    line: int
    path: str
    message: str


class OfficeFileError(Exception):
    """The office file cannot be used; `problems` holds every mistake found, in the order of its lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(f"line {one.line}: {one.message}" for one in self.problems))


def explain(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What is wrong and what to write, for one error that `model` found in the file."""
    loc: Loc = error["loc"]
    key = next((str(part) for part in reversed(loc) if isinstance(part, str)), "")
    ctx: Mapping[str, Any] = error.get("ctx", {})
    kind = error["type"]
    if kind == "extra_forbidden":
        return unknown_key(key, _fields_at(model, loc[:-1]))
    if kind == "missing":
        return f"missing key «{key}»: write {key} = {_sample(_annotation_at(model, loc))}"
    if kind == "value_error":
        said = str(ctx["error"])
        return f"{key}: {said}" if loc and key == loc[-1] else said
    if kind == "literal_error":
        return f"{key} cannot be {error['input']!r}: write one of {ctx['expected']}"
    if kind in _WRONG_KIND:
        return f"{key} has the wrong kind of value ({error['input']!r}): write {_WRONG_KIND[kind]}"
    return f"{key}: {_BOUNDS.get(kind, error['msg']).format(**ctx)}"


def unknown_key(key: str, known: Iterable[str]) -> str:
    """What to say of a key nobody reads: the closest known one, or all of them."""
    allowed = list(known)
    close = get_close_matches(key, allowed, n=1)
    hint = f"did you mean «{close[0]}»?" if close else f"the keys here are {', '.join(allowed)}"
    return f"unknown key «{key}»: {hint}"


def unknown_slug(kind: str, slug: str, known: Iterable[str]) -> str:
    """What to say of a name that points to nothing: the closest slug, or all of them."""
    allowed = sorted(known)
    close = get_close_matches(slug, allowed, n=1)
    hint = f"did you mean «{close[0]}»?" if close else f"write one of: {', '.join(allowed) or '(none is written yet)'}"
    return f"there is no {kind} «{slug}»: {hint}"


_WRONG_KIND = {
    "string_type": "text between double quotes",
    "int_type": "a whole number without quotes",
    "bool_type": "true or false, without quotes",
    "date_type": "a day without quotes, like 2026-12-24",
    "time_type": "an hour without quotes, like 16:00:00",
    "tuple_type": 'a list between brackets, like ["a", "b"]; for a table, its name between double brackets',
    "model_type": "a table of its own, with its keys below",
    "model_attributes_type": "a table of its own, with its keys below",
}
_BOUNDS = {
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
    "string_too_short": "it is empty: write something or remove the key",
    "string_too_long": "it is too long: write at most {max_length} characters",
    "too_short": "the list is empty: write at least {min_length}",
}


def _sample(annotation: Any) -> str:
    """A value of the right kind to imitate."""
    samples = {int: "3", bool: "true"}
    if get_origin(annotation) is tuple:
        return '["…"]'
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a table of its own"
    return samples.get(annotation, _choices(annotation))


def _choices(annotation: Any) -> str:
    words = [word for word in get_args(annotation) if isinstance(word, str)]
    return " or ".join(f'"{word}"' for word in words) or ("2026-01-31" if "date" in str(annotation) else '"…"')


def _fields_at(model: type[BaseModel], loc: Loc) -> Iterable[str]:
    inner = _model_in(_annotation_at(model, loc)) if loc else model
    return (inner or model).model_fields


def _annotation_at(model: type[BaseModel], loc: Loc) -> Any:
    found: Any = model
    for part in loc:
        inner = _model_in(found)
        if isinstance(part, str) and inner is not None:
            found = inner.model_fields[part].annotation
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, UnionType) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, BaseModel) else None
    return next((inner for one in get_args(annotation) if (inner := _model_in(one))), None)
