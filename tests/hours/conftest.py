"""The two channels as published, compiled once."""

import pytest

from tests.factories.hours import COUNTER, calendar
from urp.hours.calendar import Calendar


@pytest.fixture(scope="session")
def phone() -> Calendar:
    return calendar()


@pytest.fixture(scope="session")
def counter() -> Calendar:
    return calendar(COUNTER, by_appointment=True)
