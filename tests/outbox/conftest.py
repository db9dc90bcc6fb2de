"""A mail server that obeys the test, and an app that sends through it."""

from collections.abc import Iterator

import pytest

from tests.smtp_scripted import ScriptedSMTP


@pytest.fixture
def server() -> Iterator[ScriptedSMTP]:
    """The mail server of both mailboxes."""
    with ScriptedSMTP() as made:
        yield made


@pytest.fixture
def app_settings(server: ScriptedSMTP) -> dict[str, object]:
    """Both mailboxes send through the scripted server."""
    return {"peo_smtp": server.url(), "pec_smtp": server.url()}
