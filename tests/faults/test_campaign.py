"""The ledger of faults adds up, and prints what it was told."""

import pytest

from tests.faults import campaign


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger of this test's own."""
    monkeypatch.setattr(campaign, "ROWS", {})
    monkeypatch.setattr(campaign, "MEASURED", [])


def test_the_same_fault_on_the_same_database_is_added_up() -> None:
    campaign.note("F2 killed", "sqlite:////tmp/a.db", 3, uncertain=1)
    campaign.note("F2 killed", "sqlite", 2, lost=1, resolved=1)
    campaign.note("F10 stopped", "postgresql+psycopg://postgres@/x", 1)
    head, *lines = campaign.table()
    assert [cell.strip() for cell in head.split("·")] == list(campaign.HEAD)
    assert [[cell.strip() for cell in line.split("·")] for line in lines] == [
        ["F2 killed", "sqlite", "5", "1", "0", "1", "1"],
        ["F10 stopped", "postgresql", "1", "0", "0", "0", "0"],
    ]


def test_nothing_played_prints_nothing() -> None:
    assert campaign.table() == []


@pytest.mark.parametrize(("asked", "times"), [("", 3), ("1", 50)])
def test_fifty_times_when_asked_to_be_thorough(asked: str, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(campaign.THOROUGH, asked)
    assert campaign.repetitions(3) == times
