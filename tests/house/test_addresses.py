"""A newcomer's trial can never write to a real office: shipped addresses are on reserved domains."""

import re

import pytest

from tests.house.sources import ROOT, read

RESERVED = re.compile(r"(^|\.)(example|test|invalid|localhost)$|(^|\.)example\.(com|net|org)$")  # RFC 2606
NO_OFFICE = {"form.agid.gov.it", "www.gnu.org", "keepachangelog.com", "semver.org"}
"""Places that pages and papers link to and that the program never writes to."""

SHIPPED = ["office.toml", "publiccode.yml", "README.md", "CHANGELOG.md"]
PAPERS = [*SHIPPED, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]


def foreign(text: str) -> list[str]:
    """The domains of mail and web addresses that somebody could really own."""
    mail = re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", text)
    web = re.findall(r"[a-z+]+://(?:[^\s/@\"'<>|`]*@)?([\w-]+(?:\.[\w-]+)+)", text)
    found = {domain.lower() for domain in (*mail, *(one for one in web if one not in NO_OFFICE))}
    return sorted(domain for domain in found if not RESERVED.search(domain) and not re.fullmatch(r"[\d.]+", domain))


@pytest.mark.parametrize("name", PAPERS)
def test_no_shipped_address_could_be_a_real_one(name: str) -> None:
    assert foreign(read(name)) == []


def test_a_real_address_would_be_told() -> None:
    text = "urp@comune.it smtps://user:pass@posta.ente.it:465 <https://www.ente.it/> urp@ente.example 127.0.0.1"

    assert foreign(text) == ["comune.it", "posta.ente.it", "www.ente.it"]


def test_a_mail_address_has_no_exception() -> None:
    assert foreign("prova@form.agid.gov.it https://form.agid.gov.it/view/1") == ["form.agid.gov.it"]
