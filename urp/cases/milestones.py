"""The few steps a citizen sees of a case: done, current, still to come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

FINAL = {"withdrawn", "closed"}
WAITING = ("answered",)


@dataclass(frozen=True)
class Milestone:
    """One step; `key` is a case state, `state` is done, current or future, `about` an instant that its words name."""

    key: str
    state: str
    at: datetime | None = None
    about: datetime | None = None


def milestones(reached: Mapping[str, datetime], case_state: str) -> list[Milestone]:
    """The steps reached, in the order in which they were, and after them the answer still to come.

    `reached` maps case states to the instant they were first reached.
    """
    done = sorted(reached.items(), key=lambda item: item[1])
    steps = [Milestone(key, "done", at) for key, at in done]
    if not steps or case_state in FINAL or "answered" in reached:
        return steps
    last = steps.pop()
    return [*steps, Milestone(last.key, "current", last.at), *(Milestone(key, "future") for key in WAITING)]
