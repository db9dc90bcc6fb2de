"""The limits: each lets the largest honest message pass, and refuses the next with its reason."""

import pytest

from tests.factories.mails import delivery_report, nested, ordinary, part, parts, raw
from urp.inbox import limits, mime
from urp.inbox.limits import TooMuch

PEOPLE = [f'"Rossi, Mario" <mario{n}@posta.example>' for n in range(101)]

PASSING = {
    "parts": parts(199),
    "depth": nested(20),
    "header": ordinary("X-A: " + "a" * 65_000),
    "headers": raw(*["X-A: b"] * 1000),
    "addresses": ordinary("Cc: " + ", ".join(PEOPLE[:50])),
    "names with a sign": ordinary("Cc: " + " ".join(f'"p{n}@x.example" <p{n}@x.example>' for n in range(99))),
    "size": ordinary(body=b"a" * (limits.LARGEST - 200)),
}
REFUSED = {
    "more than 200 parts": [parts(200), parts(100_000), delivery_report(*[("a@b.example", "failed", "5.1.1")] * 300)],
    "parts nested deeper than 20": [nested(21), nested(1000), part("message/rfc822", b"") * 30],
    "a header longer than 64 kB": [ordinary("X-A: " + "a" * 70_000), ordinary("X-A: b", *[" c"] * 40_000)],
    "more than 1000 headers": [raw(*["X-A: b"] * 1001)],
    "more than 100 addresses in a header": [ordinary("To: " + ", ".join(PEOPLE))],
    "larger than 35 MB": [b"a" * (limits.LARGEST + 1)],
}


@pytest.mark.parametrize("name", PASSING)
def test_the_largest_honest_message_passes(name: str) -> None:
    assert mime.split(PASSING[name]).headers or name == "depth"


@pytest.mark.parametrize(
    ("reason", "message"), [(why, one) for why, all_ in REFUSED.items() for one in all_], ids=lambda x: str(x)[:30]
)
def test_beyond_a_limit_the_reason_is_told(reason: str, message: bytes) -> None:
    with pytest.raises(TooMuch) as told:
        mime.split(message)
    assert str(told.value) == reason
