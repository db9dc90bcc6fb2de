"""Limits on how often one address or one mailbox may send: generous, counted in Redis, never a CAPTCHA."""

import hashlib
import ipaddress
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from flask import Flask, current_app, request
from flask_babel import ngettext
from flask_limiter import Limiter
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from urp.foundation.settings import settings
from urp.web.forms import UrpForm

log = logging.getLogger(__name__)
REDIS_PATIENCE_S = 0.5
REST_S = 10
T = TypeVar("T")


class TooMany(Exception):
    """The limit is reached; `wait_minutes` says for how long (rounded up)."""

    def __init__(self, wait_minutes: int) -> None:
        super().__init__(wait_minutes)
        self.wait_minutes = wait_minutes
        self.headers = {"Retry-After": str(wait_minutes * 60)}


@dataclass
class Counter:
    """Counts in Redis; while Redis is away, in this process, asking Redis again every 10 seconds."""

    shared: Limiter
    own: RateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))
    resting_until: float = 0

    def ask(self, question: Callable[[RateLimiter], T]) -> T:
        """Put the question to the shared counter, or to our own when Redis does not answer."""
        if time.monotonic() >= self.resting_until:
            try:
                return question(self.shared.limiter)
            except Exception:
                log.warning("the shared counter of limits is away: counting in this process")
                self.resting_until = time.monotonic() + REST_S
        return question(self.own)


def init_app(app: Flask, redis_url: str | None) -> None:
    """Set the counter up; no view is limited by itself, verbs of the web door call `spend`."""
    app.config["RATELIMIT_STORAGE_URI"] = _counter_address(redis_url)
    if redis_url:
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {
            "socket_timeout": REDIS_PATIENCE_S,
            "socket_connect_timeout": REDIS_PATIENCE_S,
            "retry": Retry(NoBackoff(), 0),  # the client's own three retries would cost seconds
        }
    limiter = Limiter(key_func=peer)
    limiter.init_app(app)
    app.extensions["urp_counter"] = Counter(limiter)


def _counter_address(redis_url: str | None) -> str:
    address = (redis_url or "memory://").replace("redis+socket://", "redis+unix://", 1)
    return address.replace("virtual_host=", "db=")


def spend(name: str, key: str, limit: int, cost: int = 1, *, minutes: int = 60) -> None:
    """Count an act of `key` against a limit for so many minutes; raises TooMany when it is used up. Counting and
    judging are one step, so that many at once cannot pass together.

    A broken counter never stops a citizen: without Redis the count goes on in this process.
    """
    if not settings().rate_limits:
        return
    item = parse(f"{limit} per {minutes} minutes")
    who = _sealed(key)

    def opens_at(strategy: RateLimiter) -> float | None:
        if strategy.hit(item, "urp", name, who, cost=cost):
            return None
        return float(strategy.get_window_stats(item, "urp", name, who).reset_time)

    if (until := _counter().ask(opens_at)) is not None:
        raise TooMany(max(1, -(-int(until - time.time()) // 60)))


def words(error: TooMany) -> str:
    """What a form says above the words it keeps."""
    return str(
        ngettext(
            "Sono arrivate troppe richieste in poco tempo. Riprova tra %(num)s minuto.",
            "Sono arrivate troppe richieste in poco tempo. Riprova tra %(num)s minuti.",
            error.wait_minutes,
        )
    )


def patience(
    form: UrpForm, name: str, key: str, limit: int, cost: int = 1, *, minutes: int = 60
) -> dict[str, str] | None:
    """`spend` for a form that stays on the page with all its words: None if it may go on, else the headers
    of the refusal (429), whose words are on the form."""
    try:
        spend(name, key, limit, cost, minutes=minutes)
    except TooMany as error:
        form.form_errors.append(words(error))
        return error.headers
    return None


def peer() -> str:
    """Who is calling: the IPv4 address, or the /64 of an IPv6 one (a home has a whole /64)."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:  # a socket for both families writes IPv4 callers as ::ffff:198.51.100.7
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(address)


def _counter() -> Counter:
    return cast(Counter, current_app.extensions["urp_counter"])


def _sealed(key: str) -> str:
    """Addresses stay out of Redis: only a keyed hash of them is counted."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hashlib.blake2b(key.encode(), key=secret[:64], digest_size=16).hexdigest()
