"""The pages of hours on paper: two channels with other hours to come, and days that differ."""

from types import SimpleNamespace as Thing
from typing import Any

DIFFERENT_DAYS = [
    Thing(when="lunedì 7 dicembre", reason="Sant’Ambrogio", notice="", effect="Chiuso"),
    Thing(when="lunedì 28 dicembre", reason="Orario breve", notice="Solo telefono.", effect="Telefono: 10.00–12.00"),
]


def week(lines: list[tuple[str, str]]) -> Thing:
    """One channel as the pages of hours show it, with other hours to come."""
    return Thing(
        open=False,
        text="Chiuso ora. Riapre domani, martedì, alle 10.00",
        by_appointment=True,
        week=Thing(lines=lines, note="Chiama prima di venire."),
        coming=[Thing(lines=lines, note="Chiama prima di venire.", begins="venerdì 1 gennaio 2027")],
    )


def hours_scenes(frame: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the page and the sign show, with the hours that the frame shows."""
    shown = {
        "phone": week(frame["phone_hours"]),
        "counter": week(frame["counter_hours"]),
        "closures": DIFFERENT_DAYS,
        "nav": "hours",
    }
    return {
        "hours.html": {
            **shown,
            "specifications": {"telefono": [{"@type": "OpeningHoursSpecification"}], "sportello": []},
        },
        "hours/door_sign.html": {
            **shown,
            "today": "domenica 22 novembre 2026",
            "site": "urp.cittametropolitana.example",
        },
    }
