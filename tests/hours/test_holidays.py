"""Holidays agree with the law's own list, in the words of each language."""

from datetime import date, timedelta

import pytest

from urp.hours.holidays import DayName, Override, apply, national

FIXED = [(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 7), (12, 8), (12, 25), (12, 26)]


@pytest.mark.parametrize("year", range(2024, 2036))
def test_the_library_agrees_with_the_law(year):
    """Second source: the days of L. 260/1949 as amended, 4 October from 2026, Easter by the computus."""
    expected = {date(year, month, day) for month, day in FIXED}
    expected |= {_easter(year), _easter(year) + timedelta(days=1), _first_sunday_of_november(year)}
    if year >= 2026:
        expected.add(date(year, 10, 4))
    assert set(national(year, year)) == expected


@pytest.mark.parametrize(
    ("day", "italian", "english"),
    [
        (date(2026, 12, 7), "Sant’Ambrogio", "Saint Ambrose’s Day"),
        (date(2026, 4, 6), "Lunedì dell’Angelo", "Easter Monday"),
        (date(2026, 12, 25), "Natale", "Christmas Day"),
        (
            date(2026, 11, 1),
            "Giorno dell’unità nazionale e Ognissanti",
            "All Saints’ Day and National Unity Day",
        ),
    ],
)
def test_each_language_has_its_own_names(day, italian, english):
    assert national(2025, 2028)[day] == DayName(italian, english)


def test_the_patron_is_the_one_of_the_office_own_town():
    assert date(2026, 6, 24) in national(2026, 2026, "TO")
    assert date(2026, 12, 7) not in national(2026, 2026, "TO")


def test_a_town_without_a_known_patron_is_refused():
    with pytest.raises(ValueError, match="such as MI"):
        national(2026, 2026, "XX")


def test_the_office_may_work_on_a_holiday_and_rest_on_a_day_of_its_own():
    kept = apply(
        [
            Override(date(2026, 12, 7), is_open=True),
            Override(date(2026, 12, 31), is_open=False, reason="Inventario"),
        ],
        national(2026, 2026),
    )
    assert date(2026, 12, 7) not in kept
    assert kept[date(2026, 12, 31)].spoken("en") == "Inventario"
    assert date(2026, 12, 7) in national(2026, 2026)


def _easter(year: int) -> date:
    """Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _first_sunday_of_november(year: int) -> date:
    first = date(year, 11, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7)
