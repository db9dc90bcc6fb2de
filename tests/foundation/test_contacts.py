"""E-mail addresses and telephone numbers as people write them, and as machines need them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urp.foundation.contacts import (
    KNOWN_DOMAINS,
    ContactError,
    email_key,
    looks_certified,
    masked_email,
    parse_email,
    parse_phone,
    phone_words,
    typo_suggestion,
)
from urp.outbox.headers import UnsafeHeader, wire_address


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("giulia@posta.example", "giulia@posta.example"),
        ("  giulia@posta.example \n", "giulia@posta.example"),
        ("Giulia.Bianchi+urp@POSTA.Example", "Giulia.Bianchi+urp@posta.example"),
        ("o'neill@posta.example", "o'neill@posta.example"),
        ("giulia@città.example", "giulia@città.example"),
    ],
)
def test_a_usable_address_is_understood(typed: str, address: str) -> None:
    assert parse_email(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "giulia", "giulia@", "@posta.example", "giulia@posta", "giulia@@posta.example", "giulia posta.example",
        "giulia@posta .example", "giulia@posta..example", "giulia@-posta.example", ".giulia@posta.example",
        "giulia@posta.example, marco@posta.example", "Giulia <giulia@posta.example>", "alice@ok.example)<bob@evil.example>",
        "giulia@posta.example\nBcc: tutti@posta.example", "giulia@posta.example\x00", "giulia@[127.0.0.1]", '"a b"@posta.example',
        "perché@posta.example", "giulia@" + "a" * 64 + ".example", "a" * 65 + "@posta.example", "a" * 250 + "@posta.example",
        "giulia@posta.example\u2028x", "giulia@127.0.0.1",
    ],
)  # fmt: skip
def test_an_unusable_address_is_refused(typed: str) -> None:
    with pytest.raises(ContactError):
        parse_email(typed)


@given(st.text(max_size=80) | st.emails() | st.builds("{}@{}".format, st.text(max_size=10), st.text(max_size=30)))
def test_every_address_we_accept_can_be_written_to(typed: str) -> None:
    try:
        address = parse_email(typed)
    except ContactError:
        return
    assert wire_address("To", address).isascii()
    assert parse_email(address) == address
    assert len(email_key(address)) <= 254


def test_the_gate_of_the_wire_would_notice_a_bad_address() -> None:
    with pytest.raises(UnsafeHeader):
        wire_address("To", "giulia@posta.example\nBcc: tutti@posta.example")


def test_two_spellings_of_one_mailbox_have_one_key() -> None:
    assert email_key("Giulia@posta.example") == email_key("giulia@POSTA.example")
    assert email_key("ﬁlippo@posta.example") == email_key("filippo@posta.example")
    assert email_key("giulia@posta.example") != email_key("giulla@posta.example")
    assert email_key("giulıa@posta.example") != email_key("giulia@posta.example")  # CVE-2019-19844


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("giulia@gmial.com", "giulia@gmail.com"),
        ("giulia@gmai.com", "giulia@gmail.com"),
        ("giulia@gmaill.com", "giulia@gmail.com"),
        ("giulia@gnail.com", "giulia@gmail.com"),
        ("giulia@gmail.con", "giulia@gmail.com"),
        ("giulia@libeto.it", "giulia@libero.it"),
        ("giulia@hotmial.it", "giulia@hotmail.it"),
        ("giulia@legalmail.ti", "giulia@legalmail.it"),
    ],
)
def test_one_slip_in_a_well_known_domain_is_mended(typed: str, meant: str) -> None:
    assert typo_suggestion(typed) == meant


@pytest.mark.parametrize("domain", [*KNOWN_DOMAINS, "posta.example", "gmlia.com", "comune.milano.it", ""])
def test_a_right_or_unknown_domain_is_left_alone(domain: str) -> None:
    assert typo_suggestion(f"giulia@{domain}") is None


@given(st.sampled_from(KNOWN_DOMAINS), st.data())
def test_any_single_slip_is_noticed(domain: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(domain) - 2))
    slips = [
        domain[:place] + domain[place + 1 :],
        domain[:place] + "q" + domain[place:],
        domain[:place] + "q" + domain[place + 1 :],
        domain[:place] + domain[place + 1] + domain[place] + domain[place + 2 :],
    ]
    slip = data.draw(st.sampled_from(slips))

    suggestion = typo_suggestion(f"giulia@{slip}")

    assert (suggestion is None) == (slip in KNOWN_DOMAINS)
    assert suggestion is None or suggestion.split("@")[1] in KNOWN_DOMAINS


@pytest.mark.parametrize(
    ("address", "certified"),
    [
        ("giulia@pec.it", True),
        ("giulia@pec.posta.example", True),
        ("studio@cert.ordine.example", True),
        ("studio@LEGALMAIL.it", True),
        ("giulia@posta.example", False),
        ("pec@posta.example", False),
        ("giulia@specchio.example", False),
    ],
)
def test_a_certified_mailbox_is_known_by_its_domain(address: str, certified: bool) -> None:
    assert looks_certified(address) is certified


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("333 123 4567", "+393331234567"),
        ("+39 333.123.45.67", "+393331234567"),
        ("0039-333-1234567", "+393331234567"),
        ("02 7740.1", "+390277401"),
        ("(02) 1234 5678", "+390212345678"),
        ("+41 44 668 18 00", "+41446681800"),
        ("800 88 33 11", "+39800883311"),
    ],
)
def test_any_way_of_writing_a_number_is_understood(typed: str, number: str) -> None:
    assert parse_phone(typed) == number


@pytest.mark.parametrize("typed", ["", "abc", "12", "333", "+", "1" * 40, "333 123 4567 8901 2345", "\x00", "９" * 300])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ContactError):
        parse_phone(typed)


@given(st.text(max_size=60) | st.text("0123456789+-() ./", max_size=40))
def test_every_number_we_accept_fits_its_column_and_can_be_said(typed: str) -> None:
    try:
        number = parse_phone(typed)
    except ContactError:
        return
    assert len(number) <= 20
    assert number.startswith("+")
    assert phone_words(number)


def test_a_number_is_written_as_in_italy_and_abroad_with_its_country() -> None:
    assert phone_words("+393331234567") == "333 123 4567"
    assert phone_words("+41446681800") == "+41 44 668 18 00"


def test_a_masked_address_shows_its_first_letter_only() -> None:
    assert masked_email("giulia.bianchi@posta.example") == "g•••@posta.example"
