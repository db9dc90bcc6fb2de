"""The sign for the door is one sheet of paper with nothing of the website on it."""

import re

import pytest

pytestmark = pytest.mark.browser


def sheets(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_the_sign_is_one_sheet_without_the_frame_of_the_site(visit) -> None:
    page = visit().open("/orari/cartello")
    frame = page.locator("header.urp-header, nav, footer, aside, .urp-screen")
    assert frame.first.is_visible()

    assert sheets(page.pdf(format="A4")) == 1
    page.emulate_media(media="print")
    assert [one.inner_text() for one in frame.all() if one.is_visible()] == []
    assert page.get_by_role("heading", level=1).is_visible()


def test_two_sheets_would_be_counted(visit) -> None:
    page = visit().open("/orari/cartello")
    page.evaluate("document.querySelector('.urp-sign').append(document.querySelector('.urp-sign').cloneNode(true))")

    assert sheets(page.pdf(format="A4")) == 2
