"""`publiccode.yml` keeps the rules of version 0.7, so that the national catalogue can read it."""

import copy
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.house.sources import ROOT, read

DEPRECATED = ("it", "IT", "genericName", "inputTypes", "outputTypes", "legal.repoOwner", "legal.authorsFile")
STATUSES = {"concept", "development", "beta", "stable", "obsolete"}
MAINTENANCE = {"internal", "contract", "community", "none"}
CATEGORIES = {
    *("appointment-scheduling", "help-desk", "customer-service-and-support", "online-booking"),
    *("contact-management", "communications"),
}
"""The ones of the standard's list that a contact centre may want."""


def problems(document: dict[str, Any]) -> list[str]:
    return [*_top(document), *_description(document), *_maintenance(document), *_deprecated(document)]


def _top(document: dict[str, Any]) -> Iterator[str]:
    for key in ("publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType"):
        if not document.get(key):
            yield f"{key}: is required"
    if str(document.get("publiccodeYmlVersion")) not in ("0", "0.7"):
        yield "publiccodeYmlVersion: must be 0.7"
    if not re.match(r"https://", str(document.get("url"))):
        yield "url: must be a web address"
    if document.get("developmentStatus") not in STATUSES:
        yield f"developmentStatus: must be one of {sorted(STATUSES)}"
    if not (document.get("legal") or {}).get("license"):
        yield "legal.license: is required"
    if foreign := set(document.get("categories", ())) - CATEGORIES:
        yield f"categories: {sorted(foreign)} unknown"
    localisation = document.get("localisation") or {}
    if not isinstance(localisation.get("localisationReady"), bool):
        yield "localisation.localisationReady: must be true or false"
    if not localisation.get("availableLanguages"):
        yield "localisation.availableLanguages: is required"


def _description(document: dict[str, Any]) -> Iterator[str]:
    descriptions = document.get("description") or {}
    if not descriptions:
        yield "description: at least one language"
    for language, words in descriptions.items():
        place = f"description.{language}"
        if not 1 <= len(words.get("shortDescription", "")) <= 150:
            yield f"{place}.shortDescription: 1 to 150 characters"
        if not 150 <= len(words.get("longDescription", "")) <= 10_000:
            yield f"{place}.longDescription: 150 to 10000 characters"
        if not words.get("features"):
            yield f"{place}.features: at least one"


def _maintenance(document: dict[str, Any]) -> Iterator[str]:
    found = document.get("maintenance") or {}
    if found.get("type") not in MAINTENANCE:
        yield f"maintenance.type: must be one of {sorted(MAINTENANCE)}"
    if found.get("type") in ("internal", "community") and not all(
        one.get("name") for one in found.get("contacts") or [{}]
    ):
        yield "maintenance.contacts: each needs a name"
    if found.get("type") == "contract" and not found.get("contractors"):
        yield "maintenance.contractors: at least one"


def _deprecated(document: dict[str, Any]) -> Iterator[str]:
    for path in DEPRECATED:
        *folders, key = path.split(".")
        place: Any = document
        for folder in folders:
            place = place.get(folder) or {}
        if key in place:
            yield f"{path}: is deprecated"


def test_the_catalogue_would_take_it(document: dict[str, Any]) -> None:
    assert problems(document) == []


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda one: one.pop("url"), "url: is required"),
        (lambda one: one.update(developmentStatus="done"), "developmentStatus: must be one of"),
        (lambda one: one["description"]["it"].update(shortDescription="x" * 151), "description.it.shortDescription"),
        (lambda one: one["description"]["en"].update(features=[]), "description.en.features"),
        (lambda one: one["maintenance"]["contacts"][0].pop("name"), "maintenance.contacts"),
        (lambda one: one["legal"].update(repoOwner="Ente"), "legal.repoOwner: is deprecated"),
        (lambda one: one.update(it={"conforme": {}}), "it: is deprecated"),
        (lambda one: one["localisation"].update(localisationReady="yes"), "localisation.localisationReady"),
    ],
)
def test_what_the_catalogue_refuses_would_be_told(
    document: dict[str, Any], harm: Callable[[dict[str, Any]], object], told: str
) -> None:
    harmed = copy.deepcopy(document)
    harm(harmed)

    assert any(problem.startswith(told) for problem in problems(harmed))


def test_it_says_the_same_as_the_program(document: dict[str, Any]) -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    languages = {path.parent.parent.name for path in (ROOT / "urp/translations").glob("*/LC_MESSAGES/*.po")}

    assert document["softwareVersion"] == project["version"]
    assert document["legal"]["license"] == project["license"]
    assert set(document["localisation"]["availableLanguages"]) == languages | {"it"}


@pytest.fixture
def document() -> dict[str, Any]:
    """The file as the catalogue reads it."""
    found: dict[str, Any] = yaml.safe_load(read("publiccode.yml"))
    return found
