"""Limits: generous, told in minutes, never at the price of what was typed, and alive without Redis."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories.citizens import STEP_1, STEP_3, Citizen, hidden
from tests.factories.databases import TwoDatabases
from urp.cases.models import Case
from urp.foundation.db import db
from urp.offices import queries as offices
from urp.web import throttle
from urp.web.throttle import TooMany

NINE = "2026-11-23T09:00:00+01:00"


@pytest.fixture
def app_settings() -> dict[str, object]:
    """Limits are on here, whatever other tests do."""
    return {"rate_limits": "on"}


class TestCounting:
    """The counter itself."""

    def test_the_thirty_first_of_an_hour_waits_for_the_next(self, peer_of) -> None:
        with time_machine.travel(NINE, tick=False) as clock, peer_of("198.51.100.7"):
            for _ in range(30):
                throttle.spend("acts", throttle.peer(), 30)
            with pytest.raises(TooMany) as refusal:
                throttle.spend("acts", throttle.peer(), 30)
            assert 1 <= refusal.value.wait_minutes <= 60
            assert refusal.value.headers == {"Retry-After": str(refusal.value.wait_minutes * 60)}
            clock.shift(refusal.value.wait_minutes * 60)
            throttle.spend("acts", throttle.peer(), 30)

    def test_each_address_and_each_act_has_its_own_count(self, peer_of) -> None:
        for address in ("198.51.100.7", "198.51.100.8"):
            with peer_of(address):
                throttle.spend("acts", throttle.peer(), 1)
                throttle.spend("other acts", throttle.peer(), 1)
        with peer_of("198.51.100.8"), pytest.raises(TooMany):
            throttle.spend("acts", throttle.peer(), 1)

    @pytest.mark.parametrize(
        ("address", "key"),
        [
            ("198.51.100.7", "198.51.100.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("::ffff:198.51.100.8", "198.51.100.8"),
            ("unix:", "unknown"),
            ("", "unknown"),
        ],
    )
    def test_a_caller_is_an_ipv4_address_or_a_whole_home_of_ipv6(self, peer_of, address: str, key: str) -> None:
        with peer_of(address):
            assert throttle.peer() == key

    def test_many_at_once_cannot_pass_together(self, app: Flask) -> None:
        def spend(_number: int) -> bool:
            with app.app_context():
                try:
                    throttle.spend("acts", "somebody", 5)
                except throttle.TooMany:
                    return False
                return True

        with ThreadPoolExecutor(10) as crowd:
            assert sum(crowd.map(spend, range(40))) == 5

    def test_an_act_may_cost_more_than_one(self, peer_of) -> None:
        with peer_of("198.51.100.8"):
            throttle.spend("megabytes", throttle.peer(), 10, cost=10)
            with pytest.raises(throttle.TooMany):
                throttle.spend("megabytes", throttle.peer(), 10)

    def test_what_is_counted_is_never_an_address_in_clear(self, app: Flask) -> None:
        with app.app_context():
            throttle.spend("send-email", "giulia.bianchi@posta.example", 5)
            counter = app.extensions["urp_counter"]
            kept = repr(counter.shared.limiter.storage.__dict__) + repr(counter.own.storage.__dict__)

        assert "send-email" in kept
        assert "giulia" not in kept


def test_thirty_questions_from_one_address_then_a_friendly_refusal_that_keeps_everything(
    app: Flask, client: FlaskClient
) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        _use_up(app, "send-peer", "127.0.0.1", 29)
        assert Citizen(client).send().status_code == 303  # the thirtieth

        refused = Citizen(client).send()

        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert f"{int(refused.headers['Retry-After']) // 60} minuti" in refused.text
        assert "tel:" in refused.text
        assert "ancora qui" in refused.text
        page = client.get(STEP_3).text
        assert "Buca sulla SP 103" in page  # nothing lost
        clock.shift(int(refused.headers["Retry-After"]))
        assert Citizen(client).send(client.get(STEP_3).text).status_code == 303
    assert _cases(app) == 2


def test_five_questions_of_one_mailbox_however_it_is_spelt(app: Flask) -> None:
    with time_machine.travel(NINE, tick=False):
        for number in range(5):
            citizen = Citizen(app.test_client())
            citizen.contacts["email"] = ("Giulia.Bianchi@posta.example", "giulia.bianchi@POSTA.example")[number % 2]
            assert citizen.send().status_code == 303

        assert Citizen(app.test_client()).send().status_code == 429
        other = Citizen(app.test_client())
        other.contacts["email"] = "marco.neri@posta.example"
        assert other.send().status_code == 303
    assert _cases(app) == 6


def test_sending_the_same_again_costs_nothing(app: Flask, client: FlaskClient) -> None:
    page = Citizen(client).reach_summary()

    answers = {Citizen(client).send(page).location for _ in range(10)}

    assert len(answers) == 1
    assert _cases(app) == 1


def test_too_many_steps_keep_the_form_and_its_words(app: Flask, client: FlaskClient) -> None:
    page = client.get(STEP_1).text
    _use_up(app, "steps", "127.0.0.1", 600)

    for step, typed in ((STEP_1, {"body": "Un lampione spento"}), (f"{STEP_1}/recapiti", {"given_name": "Zenobia"})):
        answer = client.post(step, data={"csrf_token": hidden(page, "csrf_token"), "action": "continue", **typed})
        assert answer.status_code == 429
        assert next(iter(typed.values())) in answer.text
        assert "troppe richieste" in answer.text
        assert int(answer.headers["Retry-After"]) > 0


def test_ten_wishes_for_the_link_of_one_case_then_the_form_with_its_words(client: FlaskClient) -> None:
    wish = {"code": "URP-AAA-AAA", "email": "giulia@posta.example"}
    answers = [Citizen(client).post("/segui", wish) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert 'value="giulia@posta.example"' in answers[-1].text
    assert 'value="URP-AAA-AAA"' in answers[-1].text


def test_messages_to_one_case_have_a_limit_too(client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    page = f"/r/{code}"

    answers = [Citizen(client).post(f"{page}/messaggi", {"body": f"Ancora {n}"}, page=page) for n in range(21)]

    assert [answer.status_code for answer in answers] == [303] * 20 + [429]
    assert "Ancora 20" in answers[-1].text


class TestProxies:
    """An address that the caller writes himself counts for nothing."""

    HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP")

    def test_without_a_trusted_proxy_no_header_changes_who_is_calling(self, app: Flask) -> None:
        for name in self.HEADERS:
            assert _peer_with(app, {name: "203.0.113.9"}) == "127.0.0.1"

    class TestBehindOne:
        """With one proxy in front, its own word counts, and only that."""

        def test_the_last_address_is_the_caller(self, app: Flask) -> None:
            assert _peer_with(app, {"X-Forwarded-For": "203.0.113.9"}) == "203.0.113.9"
            assert _peer_with(app, {"X-Forwarded-For": "10.0.0.1, 203.0.113.9"}) == "203.0.113.9"
            assert _peer_with(app, {"CF-Connecting-IP": "10.0.0.1"}) == "127.0.0.1"

        @pytest.fixture
        def app_settings(self) -> dict[str, object]:
            return {"rate_limits": "on", "trusted_proxies": 1}


class TestWithoutRedis:
    """A counter that does not answer never stops a citizen, and the limit holds in this process."""

    @pytest.mark.parametrize("kind", ["closed", "black hole"])
    def test_a_question_is_sent_in_time_and_the_limit_holds(self, app: Flask, client: FlaskClient, kind: str) -> None:
        citizen = Citizen(client)
        page = citizen.reach_summary()

        assert citizen.send(page).status_code == 303
        for _ in range(4):
            assert Citizen(app.test_client()).send().status_code == 303
        assert Citizen(app.test_client()).send().status_code == 429

    @pytest.mark.parametrize("kind", ["closed"])
    def test_the_counter_waits_half_a_second_and_never_tries_twice(self, app: Flask) -> None:
        line = app.extensions["urp_counter"].shared.storage.storage.connection_pool.connection_kwargs

        assert (line["socket_timeout"], line["socket_connect_timeout"]) == (0.5, 0.5)
        assert line["retry"].get_retries() == 0

    @pytest.fixture
    def app_settings(self, kind: str, ports: dict[str, int]) -> dict[str, object]:
        return {"rate_limits": "on", "redis_url": f"redis://127.0.0.1:{ports[kind]}/0"}

    @pytest.fixture
    def ports(self) -> Iterator[dict[str, int]]:
        """A port where nobody listens, and one where the line is taken and nothing ever said."""
        with socket.create_server(("127.0.0.1", 0)) as hole, socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            yield {"black hole": hole.getsockname()[1], "closed": closed.getsockname()[1]}


def _use_up(app: Flask, name: str, key: str, times: int) -> None:
    with app.app_context():
        limit = 600 if name == "steps" else offices.institution().limits.requests_per_address_per_hour
        for _ in range(times):
            throttle.spend(name, key, limit)


def _cases(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Case)) or 0


def _peer_with(app: Flask, headers: dict[str, str]) -> str:
    seen = []
    app.before_request_funcs.setdefault(None, []).append(lambda: seen.append(throttle.peer()))
    app.test_client().get("/healthz", headers=headers)
    app.before_request_funcs[None].pop()
    return seen[0]


@pytest.fixture
def peer_of(app: Flask):
    """A request from some address."""
    return lambda address: app.test_request_context("/", environ_base={"REMOTE_ADDR": address})


@pytest.fixture
def database_url(databases: TwoDatabases) -> Iterator[str]:
    """One database is enough: nothing here depends on which."""
    url = databases.fresh("sqlite")
    yield url
    databases.drop(url)
