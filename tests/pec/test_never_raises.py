"""Reading always returns: any bytes, and genuine messages cut, bent and glued."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories.pec_every_kind import EVERY_KIND
from tests.factories.pec_samples import Provider
from urp.pec.kinds import Kind
from urp.pec.reading import read
from urp.pec.signature import Trust

PROVIDER = Provider()
RAW = PROVIDER.receipt(Kind.AVVENUTA_CONSEGNA)
WHOLE = read(RAW, PROVIDER.trust)
HEADERS = (
    *(b"X-Ricevuta: accettazione", b"X-Trasporto: errore", b"X-Trasporto: posta-certificata", b"X-Ricevuta: \xff"),
    *(b"From: posta-certificata@gestore.example", b"From: <", b"Content-Transfer-Encoding: base64"),
    *(b'Content-Type: multipart/signed; boundary="b"', b"Content-Type: multipart/mixed; boundary=c"),
    *(b"Content-Type: message/rfc822; name=postacert.eml", b"Content-Type: application/pkcs7-signature"),
    *(
        b"Content-Type: text/xml; name=daticert.xml",
        b"Content-Type: text/plain; charset=utf-16",
        b"Subject: =?x?q?=E9?=",
    ),
    *(b"--b", b"--b--", b"--c", b"--c--", b"", b"", b"<postacert tipo='accettazione'>", b"</postacert>", b"MIIB"),
)


def reads(raw: bytes, trust: Trust = PROVIDER.trust) -> None:
    told = read(raw, trust)

    assert told.kind in Kind
    json.dumps(told.as_json()).encode()


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(raw: bytes) -> None:
    reads(raw)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(HEADERS) | st.binary(max_size=20), max_size=40), st.sampled_from([b"\r\n", b"\n"]))
def test_any_order_of_familiar_lines_is_read(lines: Sequence[bytes], ending: bytes) -> None:
    reads(ending.join(lines))


@pytest.fixture(scope="module")
def samples() -> list[bytes]:
    return [make(PROVIDER) for _, make in EVERY_KIND.values()]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_bent_message_is_read(samples: list[bytes], data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(samples)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 60))] = data.draw(st.binary(max_size=8) | st.sampled_from(HEADERS))

    reads(bytes(raw))


@settings(max_examples=200, deadline=None)
@given(at=st.integers(RAW.index(b"multipart/mixed"), len(RAW) - 1), bit=st.integers(0, 7))
def test_one_bent_bit_never_changes_what_counts(at: int, bit: int) -> None:
    told = read(RAW[:at] + bytes([RAW[at] ^ (1 << bit)]) + RAW[at + 1 :], PROVIDER.trust)

    assert told.distrust or (told.msgid, told.recipients, told.at) == (WHOLE.msgid, WHOLE.recipients, WHOLE.at)
