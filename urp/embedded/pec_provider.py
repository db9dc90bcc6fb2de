"""The provider of certified mail in the built-in world: what follows when a certified sender hands in a letter."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from urp.embedded import pec_daticert as paper
from urp.embedded.letters import Letter
from urp.embedded.mail_plays import Play, is_certified, play_of
from urp.embedded.pec_daticert import Carried, Kind
from urp.embedded.pec_papers import Papers
from urp.embedded.pec_seal import Seal

TWELVE_HOURS_S = 1.5  # hours are short here; more than a second, for receipts tell whole seconds
REFUSALS: dict[Play, Kind] = {Play.VIRUS: paper.VIRUS, Play.NOT_ACCEPTED: paper.REFUSED}
FAILURES: dict[Play, tuple[Kind, ...]] = {
    Play.MAILBOX_FULL: (paper.MAILBOX_FULL,),
    Play.NO_SUCH_ADDRESS: (paper.NO_SUCH_ADDRESS,),
    Play.NO_SUCH_DOMAIN: (paper.NO_SUCH_DOMAIN,),
    Play.TIME_IS_UP: (paper.LATE_12_H, paper.LATE_24_H),
    Play.ONLY_ACCEPTED: (),
}


class Provider:
    """Certifies every certified address of the built-in world, whoever its owner is.

    The seal is made in a thread at the first `open`; the authority's certificate goes into `authority_file`,
    where those who shall trust it look.
    """

    def __init__(self, authority_file: Path, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._authority_file = authority_file
        self._pause = pause
        self._opening: asyncio.Task[Papers] | None = None

    def open(self) -> "asyncio.Task[Papers]":
        """Begin to make the seal; whoever needs papers waits for it."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        return self._opening

    async def _open(self) -> Papers:
        seal = await asyncio.to_thread(Seal.make, paper.ADDRESS)
        fresh = self._authority_file.with_suffix(".new")
        fresh.write_bytes(seal.authority_pem())
        fresh.replace(self._authority_file)  # at once: a reader sees the old authority or the new one
        return Papers(seal)

    async def carry(self, letter: Letter) -> AsyncIterator[Letter]:
        """Everything that the provider sends because of this letter, each paper when its time has come."""
        plays = {address: play_of(address) for address in letter.recipients if is_certified(address)}
        if Play.SILENCE in plays.values():
            return
        papers, carried = await self.open(), Carried(letter)
        refusal = next((REFUSALS[play] for play in plays.values() if play in REFUSALS), None)
        yield papers.receipt(refusal or paper.ACCEPTED, carried, at=datetime.now(UTC))
        if refusal:
            return
        envelope = papers.envelope(carried, at=datetime.now(UTC))
        for address in letter.recipients:
            play = plays.get(address, Play.USUAL)
            delays = (paper.LATE_12_H,) if play is Play.LATE else FAILURES.get(play, ())
            for kind in delays:
                yield papers.receipt(kind, carried, at=datetime.now(UTC), recipient=address)
                await self._pause(TWELVE_HOURS_S)
            if play in FAILURES:
                continue
            yield replace(
                letter, recipients=(address,), content=envelope, accepted_at=datetime.now(UTC), made_by="provider"
            )
            if is_certified(address):
                yield papers.receipt(paper.DELIVERED, carried, at=datetime.now(UTC), recipient=address)

    async def wrap(self, letter: Letter) -> Letter:
        """The anomaly envelope in which a certified mailbox gets a letter that nobody certifies."""
        papers, now = await self.open(), datetime.now(UTC)
        return replace(letter, content=papers.anomaly(Carried(letter), at=now), accepted_at=now, made_by="provider")
