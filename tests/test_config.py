"""Settings: a wrong value stops the start with one line that names it, and tells no secret."""

import multiprocessing
import stat
from pathlib import Path

import pytest

from urp.config import MailServer, Settings, SettingsError, load_settings, secret_key

AUTHORITY = Path(__file__).parent / "certificates/authority.pem"
LONG = "0123456789abcdef0123456789abcdef"
PRODUCTION = {
    "URP_ENV": "production",
    "URP_SECRET_KEY": LONG,
    "URP_PUBLIC_URL": "https://urp.ente.example",
    "URP_DATABASE_URL": "postgresql+psycopg://urp@db.example/urp",
    "URP_REDIS_URL": "rediss://redis.example",
    "URP_PEO_SMTP": "smtps://urp:x@smtp.ente.example",
    "URP_PEC_SMTP": "smtps://urp:x@smtp.pec.example",
    "URP_PEO_IMAP": "imaps://urp:x@imap.ente.example",
    "URP_PEC_IMAP": "imaps://urp:x@imap.pec.example",
}
NOT_NEEDED_IN_DEVELOPMENT = sorted(set(PRODUCTION) - {"URP_ENV"})
WRONG = [
    ("URP_ENV", "prod"),
    ("URP_DATABASE_URL", "mysql://db.example/urp"),
    ("URP_DATABASE_URL", "postgresql://db.example/urp"),
    ("URP_DATABASE_URL", "postgresql+psycopg://urp:x@db.example:abc/urp"),
    ("URP_DATABASE_URL", "postgresql+psycopg://urp:x@db.example:99999/urp"),
    ("URP_DATABASE_URL", "postgresql+psycopg://[::1/urp"),
    ("URP_DATABASE_URL", "sqlite:///"),
    ("URP_DATABASE_URL", "sqlite:///:memory:"),
    ("URP_DATABASE_URL", "sqlite:///:memory:?timeout=5"),
    ("URP_REDIS_URL", "http://redis.example"),
    ("URP_REDIS_URL", "redis://127.0.0.1:notaport/0"),
    ("URP_REDIS_URL", "rediss://redis.example:99999/0"),
    ("URP_REDIS_URL", "redis://redis.example/first"),
    ("URP_REDIS_URL", "redis+socket://"),
    ("URP_REDIS_URL", "redis+socket:///run/redis.sock?virtual_host=first"),
    ("URP_DATA_DIR", "/etc/passwd"),
    ("URP_DATA_DIR", "/etc/passwd/below/it"),
    ("URP_PEC_CA_FILE", "/nonexistent"),
    ("URP_PEC_CA_FILE", "/etc"),
    ("URP_PEC_CA_FILE", __file__),
    ("URP_SECRET_KEY", "short"),
    ("URP_PUBLIC_URL", "urp.ente.example"),
    ("URP_PUBLIC_URL", "ftp://urp.ente.example"),
    ("URP_PUBLIC_URL", "https://urp.ente.example/?a=1"),
    ("URP_PUBLIC_URL", "https://["),
    ("URP_PUBLIC_URL", "https://ente.example:abc/urp"),
    ("URP_PUBLIC_URL", "https://ente.example:abc"),
    ("URP_PUBLIC_URL", "https://ente.example/urp"),
    ("URP_PUBLIC_URL", "https://urp@ente.example"),
    ("URP_PEO_SMTP", "smtp.ente.example"),
    ("URP_PEO_SMTP", "smtp://smtp.ente.example"),
    ("URP_PEC_SMTP", "imaps://smtp.pec.example"),
    ("URP_PEC_SMTP", "smtps://"),
    ("URP_PEC_SMTP", "smtps://smtp.pec.example:notaport"),
    ("URP_PEO_IMAP", "imap://imap.ente.example"),
    ("URP_PEC_IMAP", "imaps://imap.pec.example:99999"),
    ("URP_PEO_ADDRESS", "urp"),
    ("URP_PEO_ADDRESS", "@"),
    ("URP_PEO_ADDRESS", "<urp@ente.example>"),
    ("URP_PEO_ADDRESS", "URP <urp@ente.example>"),
    ("URP_PEO_ADDRESS", "urp@ente.example;"),
    ("URP_PEO_ADDRESS", "urp@-ente.example"),
    ("URP_PEO_ADDRESS", "perché@ente.example"),
    ("URP_PEC_ADDRESS", "a@b.example, c@d.example"),
    ("URP_TRUSTED_PROXIES", "-1"),
    ("URP_TRUSTED_PROXIES", "many"),
    ("URP_RATE_LIMITS", "perhaps"),
    ("URP_LOG_FORMAT", "xml"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_gives_one_line_that_names_its_setting(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({name: value})

    text = str(refusal.value)
    assert text.startswith(f"{name}: ")
    assert len(text.splitlines()) == 1
    assert text.isprintable()


def test_two_wrong_values_give_two_lines() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({"URP_ENV": "prod", "URP_LOG_FORMAT": "xml"})

    assert [line.split(":")[0] for line in str(refusal.value).splitlines()] == ["URP_ENV", "URP_LOG_FORMAT"]


@pytest.mark.parametrize(
    "address",
    [
        "smtps://urp:canary#rest@smtp.ente.example",
        "smtps://urp:canary?rest@smtp.ente.example",
        "smtps://urp:canary/rest@smtp.ente.example",
        "smtps://urp:canary@rest@smtp.ente.example",
        "smtps://urp:canary@smtp.ente.example:port",
        "smtp://urp:canary@smtp.ente.example",
    ],
)
def test_a_refused_mail_address_never_tells_its_password(address: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({"URP_PEO_SMTP": address})

    assert str(refusal.value).startswith("URP_PEO_SMTP: ")
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("URP_DATABASE_URL", "postgresql+psycopg://urp:canary@db.example:abc/urp"),
        ("URP_DATABASE_URL", "postgresql+psycopg://urp:x@db.example:canary/urp"),
        ("URP_REDIS_URL", "redis://:canary#rest@redis.example/0"),
        ("URP_REDIS_URL", "redis://:x@redis.example:canary/0"),
    ],
)
def test_a_refused_server_address_never_tells_its_password(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({name: value})

    assert str(refusal.value).startswith(f"{name}: ")
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("URP_DATABASE_URL", "sqlite:////srv/urp/urp.db"),
        ("URP_DATABASE_URL", "postgresql+psycopg://urp:p%40ss@[::1]:5432/urp?sslmode=require"),
        ("URP_DATABASE_URL", "postgresql+psycopg://urp@/urp?host=/run/postgresql"),
        ("URP_REDIS_URL", "redis://127.0.0.1"),
        ("URP_REDIS_URL", "rediss://:p%23ss@redis.example:6380/15?ssl_cert_reqs=required"),
        ("URP_REDIS_URL", "redis+socket:///run/redis.sock?virtual_host=2"),
        ("URP_PUBLIC_URL", "https://urp.ente.example:8443/"),
        ("URP_PEO_ADDRESS", "relazioni.col-pubblico+urp@urp.ente.example"),
        ("URP_PEC_ADDRESS", "urp@xn--citt-3na.example"),
        ("URP_PEC_CA_FILE", str(AUTHORITY)),
    ],
)
def test_a_right_value_is_kept(name: str, value: str) -> None:
    found = getattr(load_settings({name: value}), name.removeprefix("URP_").lower())

    assert str(getattr(found, "get_secret_value", lambda: found)()) == value.rstrip("/")


@pytest.mark.parametrize(
    "words", ["", "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n", "a text"]
)
def test_a_file_without_a_certificate_stops_the_start(words: str, tmp_path: Path) -> None:
    file = tmp_path / "authority.pem"
    file.write_text(words)

    with pytest.raises(SettingsError) as refusal:
        load_settings({**PRODUCTION, "URP_PEC_CA_FILE": str(file)})

    assert str(refusal.value).startswith(f"URP_PEC_CA_FILE: {file} ")
    assert "\n" not in str(refusal.value)


def test_the_provider_of_a_trial_may_fill_its_file_later(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").touch()
    assert load_settings({"URP_PEC_CA_FILE": str(tmp_path / "authority.pem")}).pec_ca_file


def test_settings_never_show_a_secret_when_printed() -> None:
    found = load_settings(PRODUCTION | {"URP_PEO_SMTP": "smtps://urp:canary@smtp.ente.example"})

    assert "canary" not in repr(found)
    assert LONG not in repr(found)
    assert found.peo_smtp is not None
    assert found.peo_smtp.password.get_secret_value() == "canary"


def test_nothing_set_is_a_trial_on_this_machine() -> None:
    found = load_settings({})

    assert (found.env, found.redis, found.trusted_proxies, found.rate_limits) == (
        "development",
        None,
        0,
        True,
    )
    assert found.database == f"sqlite:///{Path('var').absolute()}/urp.db"
    assert found.peo_smtp is None


def test_empty_values_count_as_not_set() -> None:
    assert load_settings(dict.fromkeys(PRODUCTION, "")) == load_settings({})


def test_production_with_everything_starts() -> None:
    assert load_settings(PRODUCTION).env == "production"


@pytest.mark.parametrize("missing", NOT_NEEDED_IN_DEVELOPMENT)
def test_production_refuses_to_start_without(missing: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({name: value for name, value in PRODUCTION.items() if name != missing})

    assert str(refusal.value).startswith(f"{missing}: ")
    assert len(str(refusal.value).splitlines()) == 1


def test_production_refuses_plain_http_and_limits_switched_off() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings(PRODUCTION | {"URP_PUBLIC_URL": "http://urp.ente.example", "URP_RATE_LIMITS": "off"})

    names = [line.split(":")[0] for line in str(refusal.value).splitlines()]
    assert names == ["URP_PUBLIC_URL", "URP_RATE_LIMITS"]


@pytest.mark.parametrize(
    ("address", "security", "port"),
    [
        ("smtp://127.0.0.1", "none", 25),
        ("smtp+starttls://smtp.ente.example", "starttls", 587),
        ("smtps://smtp.ente.example", "tls", 465),
        ("smtps://smtp.ente.example:2465", "tls", 2465),
    ],
)
def test_a_mail_server_is_read_from_its_address(address: str, security: str, port: int) -> None:
    server = load_settings({"URP_PEO_SMTP": address}).peo_smtp

    assert isinstance(server, MailServer)
    assert (server.security, server.port) == (security, port)


def test_user_password_and_folder_of_a_mailbox_are_decoded() -> None:
    server = load_settings({"URP_PEC_IMAP": "imaps://urp%40ente:p%23%3F%40%2F@imap.pec.example/Posta%20in"}).pec_imap

    assert server is not None
    assert (server.user, server.password.get_secret_value(), server.folder) == (
        "urp@ente",
        "p#?@/",
        "Posta in",
    )


def test_given_settings_do_not_mix_with_this_machines_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URP_LOG_FORMAT", "json")

    assert load_settings({}).log_format == "text"
    assert load_settings().log_format == "json"


def test_a_dot_env_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("URP_LOG_FORMAT=json\nURP_TRUSTED_PROXIES=2\nOTHER=ignored\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("URP_TRUSTED_PROXIES", "1")

    found = load_settings()

    assert (found.log_format, found.trusted_proxies) == ("json", 1)


def test_a_wrong_value_in_dot_env_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("URP_ENV=prod\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingsError, match=r"\AURP_ENV: .*\Z"):
        load_settings()


def test_a_dot_env_that_is_not_text_is_one_line_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_bytes(b"URP_PEO_ADDRESS=perch\xe9@ente.example\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingsError, match=r"\A.*\.env: .*\Z"):
        load_settings()


def test_secrets_come_from_files_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "urp_secret_key").write_text(LONG + "\n")
    (tmp_path / "urp_redis_url").write_text("redis://from-file.example\n")

    found = load_settings({"URP_SECRETS_DIR": str(tmp_path), "URP_REDIS_URL": "redis://given.example"})

    assert secret_key(found) == LONG
    assert found.redis == "redis://given.example"


def test_a_secrets_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\AURP_SECRETS_DIR: .*\Z"):
        load_settings({"URP_SECRETS_DIR": str(tmp_path / "nowhere")})


def test_the_secret_key_is_generated_once_and_for_our_eyes_only(tmp_path: Path) -> None:
    found = load_settings({"URP_DATA_DIR": str(tmp_path / "var")})

    first = secret_key(found)

    assert secret_key(found) == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "var/secret_key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_processes_that_start_together_agree_on_the_secret_key(tmp_path: Path) -> None:
    fresh = multiprocessing.get_context("spawn")
    with fresh.Pool(4) as crowd:
        for attempt in range(5):
            keys = set(crowd.map(_key_of, [str(tmp_path / f"var{attempt}")] * 4, chunksize=1))
            assert len(keys) == 1


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(SettingsError, match=r"\AURP_DATA_DIR: .*\Z"):
        load_settings({"URP_DATA_DIR": str(tmp_path / "file"), "URP_SECRET_KEY": LONG})


def test_a_data_folder_lost_since_then_is_named_too(tmp_path: Path) -> None:
    found = load_settings({"URP_DATA_DIR": str(tmp_path / "file")})
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(SettingsError, match=r"\AURP_DATA_DIR: .*\Z"):
        secret_key(found)


def test_a_data_folder_where_nothing_can_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda place, _mode: place != tmp_path)

    with pytest.raises(SettingsError, match=r"\AURP_DATA_DIR: nothing can be written in .*\Z"):
        load_settings({"URP_DATA_DIR": str(tmp_path / "a/b")})


def test_reading_the_settings_makes_no_folder(tmp_path: Path) -> None:
    load_settings({"URP_DATA_DIR": str(tmp_path / "a/b")})

    assert list(tmp_path.iterdir()) == []


def test_every_setting_of_the_contract_is_a_field() -> None:
    assert set(Settings.model_fields) == {
        "env", "database_url", "redis_url", "secret_key", "public_url", "office_file", "data_dir",
        "peo_smtp", "pec_smtp", "peo_imap", "pec_imap", "peo_address", "pec_address", "pec_ca_file",
        "pec_providers", "trusted_proxies", "rate_limits", "log_format",
    }  # fmt: skip


def _key_of(folder: str) -> str:
    return secret_key(load_settings({"URP_DATA_DIR": folder}))
