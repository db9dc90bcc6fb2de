"""One way to talk to Redis: briefly, without retries, ready for its absence."""

import logging

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from urp.config import SettingsError

log = logging.getLogger(__name__)
PATIENCE_S = 1.0
START_PATIENCE_S = 5.0


def connect(url: str, patience_s: float = PATIENCE_S) -> Redis:
    """A client that gives up after `patience_s` and never tries twice; nothing is sent yet."""
    if url.startswith("redis+socket://"):  # Celery's word for a socket file; redis-py says unix and db
        url = url.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=")
    return Redis.from_url(
        url, socket_timeout=patience_s, socket_connect_timeout=patience_s, retry=Retry(NoBackoff(), 0)
    )


def refuse_evicting(url: str | None) -> None:
    """Refuse a Redis that throws keys away when it is full: with them it would throw the queue away.

    Raises SettingsError. A Redis that does not answer, or keeps its settings to itself, is believed.
    """
    if url is None:
        return
    try:
        with connect(url, START_PATIENCE_S) as client:
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except RedisError as error:
        log.warning("Redis does not tell its maxmemory-policy: %s", type(error).__name__)
        return
    if policy != "noeviction":
        raise SettingsError(f"URP_REDIS_URL: this Redis has maxmemory-policy {policy}; it must be noeviction")
