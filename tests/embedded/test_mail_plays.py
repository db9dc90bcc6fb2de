"""Which addresses are certified, and which play."""

import pytest

from tests.house.sources import TEMPLATES
from urp.embedded.mail_plays import Play, is_certified, play_of


@pytest.mark.parametrize(
    ("address", "certified"),
    [
        ("urp@pec.ente.example", True),
        ("urp@PEC.ente.example", True),
        ("urp@pecavvocati.example", True),
        ("urp@ente.example", False),
        ("pec@ente.example", False),
        ("urp@gestore-pec.example", False),
        ("", False),
    ],
)
def test_a_label_of_the_domain_makes_an_address_certified(address, certified) -> None:
    assert is_certified(address) is certified


@pytest.mark.parametrize(
    ("address", "play"),
    [
        ("silenzio@pec.ente.example", Play.SILENCE),
        ("Silenzio@Pec.ente.example", Play.SILENCE),
        ("silenzio@ente.example", Play.USUAL),
        ("fuori-ufficio@ente.example", Play.OUT_OF_OFFICE),
        ("fuori-ufficio@pec.ente.example", Play.USUAL),
        ("casella-piena@ente.example", Play.MAILBOX_FULL),
        ("casella-piena@pec.ente.example", Play.MAILBOX_FULL),
        ("@pec.ente.example", Play.USUAL),
        ("giulia@ente.example", Play.USUAL),
    ],
)
def test_a_name_plays_where_it_can(address, play) -> None:
    assert play_of(address) is play


def test_the_page_tells_every_name() -> None:
    told = (TEMPLATES / "embedded/plays.html").read_text()
    assert [play for play in Play if play and f"<dt>{play}</dt>" not in told] == []
