"""Security headers stand on every response: pages, data, files, errors, refusals."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.factories.citizens import Citizen
from tests.factories.databases import TwoDatabases
from urp.web.assets import tree_hash
from urp.web.headers import CSP, HEADERS

VALUES = {"code": "URP-AAA-AAA", "token": "x" * 43, "attachment_id": 1, "evidence_id": 1, "appointment_id": 1}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")


def test_every_route_and_method_answers_with_every_header(app: Flask, client: FlaskClient) -> None:
    seen = set()
    for rule in app.url_map.iter_rules():
        for method in METHODS:
            answer = client.open(_address(app, rule), method=method)
            seen.add(answer.status_code)
            assert _missing(answer.headers) == [], f"{method} {rule}"
            assert answer.headers.get("Cache-Control"), f"{method} {rule}"
            assert "Server" not in answer.headers

    assert {200, 303, 400, 405} <= seen


def test_the_walk_would_notice_a_missing_header(app: Flask, client: FlaskClient) -> None:
    app.after_request_funcs[None].clear()

    assert _missing(client.get("/").headers) == sorted(HEADERS)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/static/000000000000/css/urp.css", 404), ("/healthz/", 404), ("/r/x/ritira/y", 404)],
)
def test_errors_carry_the_headers_too(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path)

    assert answer.status_code == status
    assert _missing(answer.headers) == []


def test_static_files_carry_the_headers_too(app: Flask, client: FlaskClient) -> None:
    for path in ("css/urp.css", "img/icons.svg"):
        with client.get(app.jinja_env.globals["asset"](path)) as answer:
            assert answer.status_code == 200
            assert _missing(answer.headers) == []


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert CSP.startswith("default-src 'none'; ")
    assert "unsafe" not in CSP
    assert "http" not in CSP
    for rule in ("base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'", "object-src 'none'"):
        assert rule in CSP


def test_pages_with_a_secret_in_their_address_send_no_referrer(app: Flask, client: FlaskClient) -> None:
    for path in (f"/l/{'x' * 43}", f"/richieste/nuova/riprendi/{'x' * 43}"):
        answer = client.get(path)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert Citizen(client).post(path, {}).headers["Referrer-Policy"] == "no-referrer"
    assert client.get("/").headers["Referrer-Policy"] == "same-origin"


def test_pages_of_a_case_are_never_kept_or_indexed(client: FlaskClient) -> None:
    code = Citizen(client).send_question()

    for path in (f"/r/{code}", f"/r/{code}/ricevuta", f"/r/{code}/ritira", "/richieste/nuova/recapiti", "/segui"):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "no-store", path
        assert answer.headers["X-Robots-Tag"] == "noindex", path


def test_pages_depend_on_cookie_and_language(client: FlaskClient) -> None:
    assert {"Cookie", "Accept-Language"} <= set(client.get("/").vary)


class TestHttps:
    """Behind https the browser is told to stay there, and the cookie never leaves it."""

    def test_every_response_says_so_static_files_included(self, app: Flask, client: FlaskClient) -> None:
        for path in ("/", "/nowhere", app.jinja_env.globals["asset"]("css/urp.css")):
            with client.get(path, base_url="https://urp.ente.example") as answer:
                header = answer.headers["Strict-Transport-Security"]
            assert int(header.split(";")[0].removeprefix("max-age=")) >= 365 * 24 * 3600
            assert "includeSubDomains" in header

    def test_the_cookie_is_of_this_host_alone(self, client: FlaskClient) -> None:
        cookie = client.get("/richieste/nuova", base_url="https://urp.ente.example").headers["Set-Cookie"]

        assert cookie.startswith("__Host-urp=")
        for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert word in cookie
        assert "Domain=" not in cookie

    @pytest.fixture
    def app_settings(self) -> dict[str, object]:
        return {"public_url": "https://urp.ente.example"}


def test_over_plain_http_no_promise_of_https_is_made(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers


def test_static_files_may_be_kept_for_a_year(app: Flask, client: FlaskClient) -> None:
    with client.get(app.jinja_env.globals["asset"]("css/urp.css")) as answer:
        assert answer.headers["Cache-Control"] == "max-age=31536000, public, immutable"


def test_the_address_of_static_files_changes_with_any_byte_or_name(tmp_path) -> None:
    (tmp_path / "css").mkdir()
    (tmp_path / "css/a.css").write_text("a{}")
    hashes = [tree_hash(tmp_path)]
    (tmp_path / "css/a.css").write_text("b{}")
    hashes.append(tree_hash(tmp_path))
    (tmp_path / "css/a.css").rename(tmp_path / "css/b.css")
    hashes.append(tree_hash(tmp_path))

    assert len(set(hashes)) == 3
    assert tree_hash(tmp_path) == hashes[-1]


def _address(app: Flask, rule: Rule) -> str:
    with app.test_request_context():
        return app.url_for(rule.endpoint, **{name: VALUES[name] for name in rule.arguments})


def _missing(headers) -> list[str]:
    return sorted(name for name in HEADERS if name not in headers)


@pytest.fixture
def database_url(databases: TwoDatabases) -> Iterator[str]:
    """One database is enough: nothing here depends on which."""
    url = databases.fresh("sqlite")
    yield url
    databases.drop(url)
