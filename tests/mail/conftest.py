"""An office with its mailboxes: IMAP and SMTP servers that obey the test, and a PEC provider it trusts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.factories.incoming import read_all
from tests.factories.pec_samples import Provider
from tests.imap_scripted import ScriptedIMAP
from tests.smtp_scripted import ScriptedSMTP
from urp.inbox.fetch import poll

PROVIDER = Provider()


@pytest.fixture
def peo() -> Iterator[ScriptedIMAP]:
    """Our ordinary mailbox."""
    with ScriptedIMAP() as made:
        yield made


@pytest.fixture
def pec() -> Iterator[ScriptedIMAP]:
    """Our certified mailbox."""
    with ScriptedIMAP() as made:
        yield made


@pytest.fixture
def smtp() -> Iterator[ScriptedSMTP]:
    """The server that our letters leave through."""
    with ScriptedSMTP() as made:
        yield made


@pytest.fixture
def provider() -> Provider:
    """A PEC provider on our list."""
    return PROVIDER


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate that stands behind the provider."""
    file = tmp_path_factory.mktemp("authority") / "gestore.pem"
    file.write_bytes(PROVIDER.ca_pem)
    return file


@pytest.fixture
def app_settings(peo: ScriptedIMAP, pec: ScriptedIMAP, smtp: ScriptedSMTP, authority: Path) -> dict[str, object]:
    """The mailboxes and the provider."""
    return {
        "peo_imap": peo.url(),
        "pec_imap": pec.url(),
        "peo_smtp": smtp.url(),
        "pec_smtp": smtp.url(),
        "pec_ca_file": authority,
        "pec_providers": (PROVIDER.domain,),
    }


@pytest.fixture
def poll_all() -> Callable[[], None]:
    """Fetch both mailboxes and put everything in its place, as a poll does."""

    def once() -> None:
        for mailbox in ("pec", "peo"):
            assert poll(mailbox).stopped is None
        read_all()

    return once
