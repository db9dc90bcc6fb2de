"""Letters in the built-in post office."""

import pytest

from urp.embedded.letters import Letter, Letterbox, enclosure, read, split_links


def test_numbers_grow_and_the_oldest_letters_go() -> None:
    box = Letterbox(at_most=2)
    assert [box.add(letter(str(number))) for number in range(3)] == [1, 2, 3]
    assert [number for number, _ in box.newest_first()] == [3, 2]
    assert box.get(1) is None


def test_a_letter_is_listed_for_each_of_its_recipients() -> None:
    box = Letterbox()
    box.add(Letter("a@posta.example", ("c@posta.example", "b@posta.example"), b""))
    assert box.recipients() == ["b@posta.example", "c@posta.example"]
    assert len(list(box.newest_first("b@posta.example"))) == 1
    assert list(box.newest_first("a@posta.example")) == []


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Vai a https://urp.example/l/a-b_c.", ["https://urp.example/l/a-b_c"]),
        ("(http://urp.example/r/URP-AAA-AAA) e https://x.example?a=1&b=2\nfine", None),
        ("nessun indirizzo: ftp://x.example javascript:alert(1)", []),
        ('<a href="https://urp.example/l/x">', ["https://urp.example/l/x"]),
    ],
)
def test_web_addresses_are_found_and_nothing_is_lost(text, links) -> None:
    pieces = list(split_links(text))
    assert "".join(piece for piece, _ in pieces) == text
    found = [piece for piece, is_link in pieces if is_link]
    assert found == (links if links is not None else ["http://urp.example/r/URP-AAA-AAA", "https://x.example?a=1&b=2"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"Subject: =?utf-8?b?////?=\r\n\r\n",
        b"To: =?x?q?\r\nFrom: <<<>>>\r\nDate: never\r\nMessage-ID: <\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment\r\n\r\n",
        b"Content-Type: text/html; charset=\xff\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext",
    ],
)
def test_no_letter_is_too_broken_to_be_read(content) -> None:
    opened = read(Letter("a@posta.example", (), content))
    for each in opened.enclosures:
        assert enclosure(Letter("", (), content), each.number) is not None


def test_a_file_that_is_not_there_is_none() -> None:
    assert enclosure(letter("x"), 0) is None


def letter(subject: str) -> Letter:
    return Letter("a@posta.example", ("b@posta.example",), f"Subject: {subject}\r\n\r\n".encode())
