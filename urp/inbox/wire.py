"""A reading on its way out of the process that made it: JSON and bytes, nothing that could act (pure)."""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, BinaryIO

from urp.inbox.content import Enclosure, Envelope, Reading, Words
from urp.inbox.states import Kind
from urp.outbox.told import CertifiedReceipt, Report, Status

_LENGTH = struct.Struct(">Q")
LARGEST = 512 * 1024 * 1024
"""No frame is longer: what claims to be was not written by our reader."""

READY = b"ready"
"""The first word of a reader that can read."""


class Broken(Exception):
    """The other side stopped speaking, or speaks no sense."""


def send(stream: BinaryIO, *frames: bytes) -> None:
    """Write frames, each after its length; raises OSError."""
    for frame in frames:
        stream.write(_LENGTH.pack(len(frame)))
        stream.write(frame)
    stream.flush()


def receive(stream: BinaryIO, most: int = LARGEST) -> bytes:
    """The next frame, of at most so many bytes; raises Broken for a longer one, and at the end of the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise Broken("nothing more comes")
    (length,) = _LENGTH.unpack(head)
    if length > most:
        raise Broken("a frame too long")
    data = stream.read(length)
    if len(data) < length:
        raise Broken("half a frame")
    return data


def frames_of(reading: Reading) -> list[bytes]:
    """The reading as one frame of JSON, and one frame for each enclosed file."""
    enclosures = reading.words.enclosures
    plain = asdict(replace(reading, words=replace(reading.words, enclosures=())))
    plain["words"]["enclosures"] = [[one.filename, one.media_type] for one in enclosures]
    if reading.receipt and reading.receipt.at:
        plain["receipt"]["at"] = reading.receipt.at.isoformat()
    return [json.dumps({"reading": plain}).encode("ascii"), *(one.data for one in enclosures)]


def reading_of(plain: Mapping[str, Any], files: Sequence[bytes]) -> Reading:
    """The reading again; raises Broken for what no reader of ours writes."""
    try:
        words = dict(plain["words"])
        named = zip(words.pop("enclosures"), files, strict=True)
        enclosures = tuple(Enclosure(str(name), str(kind), data) for (name, kind), data in named)
        references = tuple(map(str, words.pop("references")))
        receipt, report, envelope = plain["receipt"], plain["report"], plain["envelope"]
        return Reading(
            kind=Kind(plain["kind"]),
            words=Words(**words, references=references, enclosures=enclosures),
            automatic=plain["automatic"],
            certified=plain["certified"] is True,
            receipt=_receipt(receipt) if receipt else None,
            report=_report(report) if report else None,
            distrust=plain["distrust"],
            envelope=_envelope(envelope) if envelope else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Broken(f"no reading: {type(error).__name__}") from None


def _receipt(plain: Mapping[str, Any]) -> CertifiedReceipt:
    at = datetime.fromisoformat(plain["at"]) if plain["at"] else None
    recipients = tuple((str(address), certified is True) for address, certified in plain["recipients"])
    return CertifiedReceipt(**{**plain, "at": at, "recipients": recipients})


def _report(plain: Mapping[str, Any]) -> Report:
    return Report(tuple(map(str, plain["message_ids"])), tuple(Status(**one) for one in plain["statuses"]))


def _envelope(plain: Mapping[str, Any]) -> Envelope:
    return Envelope(**{**plain, "recipients": tuple(map(str, plain["recipients"]))})
