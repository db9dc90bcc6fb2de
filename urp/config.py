"""Typed settings from the environment; a wrong value stops the start with one line that names it."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from urp import config_checks as checks

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465, "imap": 143, "imaps": 993}
NO_PASSWORD = SecretStr("")


class SettingsError(Exception):
    """The settings cannot be used; the text is one line for each wrong name."""


@dataclass(frozen=True)
class MailServer:
    """Where and how a mailbox is reached, from `smtps://user:password@host:port/folder`."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: SecretStr = NO_PASSWORD
    folder: str = "INBOX"

    @property
    def security(self) -> Literal["none", "starttls", "tls"]:
        """What protects the line; `none` exists only towards this very machine."""
        if self.scheme in ("smtps", "imaps"):
            return "tls"
        return "starttls" if self.scheme == "smtp+starttls" else "none"


def parse_mail_server(text: str, schemes: tuple[str, ...]) -> MailServer:
    """Read a mail server address; raises ValueError with what to write instead."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # its words may quote the password
        raise ValueError(f"is not an address like {schemes[-1]}://user:password@host:port") from None
    if parts.query or parts.fragment or parts.netloc.count("@") > 1:
        raise ValueError("has a sign in its password that needs encoding: write # as %23, ? as %3F, @ as %40, / as %2F")
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"must start with {' or '.join(s + '://' for s in schemes)} and name a host")
    if parts.scheme in ("smtp", "imap") and parts.hostname not in LOOPBACK:
        raise ValueError(f"{parts.scheme}:// is not encrypted: it is allowed only to 127.0.0.1; use {schemes[-1]}://")
    return MailServer(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or DEFAULT_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=SecretStr(unquote(parts.password or "")),
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )


def _server(*schemes: str) -> BeforeValidator:
    return BeforeValidator(lambda value: parse_mail_server(value, schemes) if isinstance(value, str) else value)


Smtp = Annotated[MailServer | None, NoDecode, _server("smtp", "smtp+starttls", "smtps")]
Imap = Annotated[MailServer | None, NoDecode, _server("imap", "imaps")]
OwnAddress = Annotated[str, AfterValidator(checks.bare_address)]


class Settings(BaseSettings):
    """All `URP_…` settings of `docs/contract.md` §2, checked."""

    model_config = SettingsConfigDict(
        env_prefix="URP_", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    env: Literal["development", "production", "test"] = "development"
    database_url: Annotated[SecretStr, AfterValidator(checks.database_address)] | None = None
    redis_url: Annotated[SecretStr, AfterValidator(checks.redis_address)] | None = None
    secret_key: Annotated[SecretStr, AfterValidator(checks.long_secret)] | None = None
    public_url: Annotated[str, AfterValidator(checks.site_address)] = "http://127.0.0.1:8000"
    office_file: Path = Path("office.toml")
    data_dir: Annotated[Path, AfterValidator(checks.usable_folder)] = Path("var")
    peo_smtp: Smtp = None
    pec_smtp: Smtp = None
    peo_imap: Imap = None
    pec_imap: Imap = None
    peo_address: OwnAddress | None = None
    pec_address: OwnAddress | None = None
    pec_ca_file: Annotated[Path, AfterValidator(checks.certificates)] | None = None
    pec_providers: Annotated[tuple[str, ...], NoDecode, BeforeValidator(checks.comma_list)] = ()
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    rate_limits: Annotated[bool, BeforeValidator(checks.on_or_off)] = True
    log_format: Literal["text", "json"] = "text"

    @classmethod
    def settings_customise_sources(  # type: ignore[override]
        cls, settings_cls: type[BaseSettings], **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Strongest first: arguments, secret files, `.env`; `load_settings` itself reads the environment."""
        return sources["init_settings"], sources["file_secret_settings"], sources["dotenv_settings"]

    @property
    def database(self) -> str:
        """The database address in use; the embedded default is a file in the data folder."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir.absolute() / 'urp.db'}"

    @property
    def redis(self) -> str | None:
        """The Redis address, or None where nobody started one (mail then waits for the sweeper)."""
        return self.redis_url.get_secret_value() if self.redis_url else None


NEEDED_IN_PRODUCTION = (
    "secret_key", "database_url", "redis_url", "peo_smtp", "pec_smtp", "peo_imap", "pec_imap",
)  # fmt: skip


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read and check the settings; raises SettingsError, one line for each wrong name.

    Sources, strongest first: `overrides`, the environment, files in `URP_SECRETS_DIR`, `.env`.
    """
    place = os.environ if environ is None else environ
    sources: dict[str, Any] = {"_env_file": ".env" if environ is None else None}
    if folder := place.get("URP_SECRETS_DIR"):
        if not Path(folder).is_dir():
            raise SettingsError(f"URP_SECRETS_DIR: {folder} is not a folder")
        sources["_secrets_dir"] = folder
    given = {name[4:].lower(): text for name, text in place.items() if name.startswith("URP_") and text}
    try:
        found = Settings(**sources, **{**given, **overrides})
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"URP_SECRETS_DIR or .env: cannot be read as UTF-8 text ({error})") from None
    except ValidationError as error:
        raise SettingsError("\n".join(_one_line(problem) for problem in error.errors())) from None
    if problems := _missing_in_production(found):
        raise SettingsError("\n".join(problems))
    return found


def secret_key(settings: Settings) -> str:
    """The signing key: the setting, or one generated once into the data folder (mode 0600).

    Raises SettingsError where the data folder cannot be used.
    """
    if settings.secret_key:
        return settings.secret_key.get_secret_value()
    try:
        return _generated_key(settings.data_dir)
    except OSError as error:
        raise SettingsError(f"URP_DATA_DIR: {settings.data_dir} cannot be used ({error.strerror})") from None


def _generated_key(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "secret_key"
    if not path.exists():
        fresh = path.with_name(f"secret_key.{secrets.token_hex(8)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(fresh, path)  # whole or not at all, also when two processes start together
        fresh.unlink()
    return path.read_text().strip()


def _one_line(problem: Any) -> str:
    name = "URP_" + str(problem["loc"][0]).upper()
    return f"{name}: {problem['msg'].removeprefix('Value error, ')}"


def _missing_in_production(settings: Settings) -> list[str]:
    if settings.env != "production":
        return []
    problems = [
        f"URP_{name.upper()}: is needed when URP_ENV=production"
        for name in NEEDED_IN_PRODUCTION
        if getattr(settings, name) is None
    ]
    if not settings.public_url.startswith("https://"):
        problems.append("URP_PUBLIC_URL: must be the public https:// address when URP_ENV=production")
    if settings.pec_ca_file and not settings.pec_ca_file.stat().st_size:
        problems.append(f"URP_PEC_CA_FILE: {settings.pec_ca_file} is empty")
    if not settings.rate_limits:
        problems.append("URP_RATE_LIMITS: off is not allowed when URP_ENV=production")
    return problems
