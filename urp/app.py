"""The program put together: settings, database, doors, switchboard, error pages."""

import logging
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from urp import background, demo, switchboard
from urp.appointments import desk_views as appointment_desk
from urp.appointments import public_views as appointment_views
from urp.cases import case_page
from urp.cases import views as case_views
from urp.cli import groups
from urp.config import Settings, load_settings, secret_key
from urp.foundation import events, logs, redis_link
from urp.foundation.db import db, prepare_engine
from urp.hours import views as hours_views
from urp.inquiries import desk_views as inquiry_desk
from urp.inquiries import public_views as inquiry_views
from urp.operators import access
from urp.operators import views as operator_views
from urp.outbox import compose
from urp.pages import frame
from urp.pages import views as page_views
from urp.web import assets, csrf, error_pages, filters, headers, language, throttle

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1_000_000


def create_app(settings: Settings | None = None) -> Flask:
    """A ready application; raises SettingsError when a setting is wrong."""
    settings = settings or load_settings()
    redis_link.refuse_evicting(settings.redis)
    app = Flask("urp", root_path=str(ROOT / "urp"), template_folder=str(ROOT / "templates"), static_folder=None)
    logs.init_app(app, settings.log_format)
    _configure(app, settings)
    _open_database(app, settings)
    for part in (filters, language, csrf, access, error_pages, frame, compose, groups, demo):
        part.init_app(app)
    headers.init_app(app, https=settings.public_url.startswith("https://"))
    throttle.init_app(app, settings.redis)
    assets.init_app(app, ROOT / "urp/static")
    background.init_app(app, settings)
    events.connect(app, switchboard.NOW, switchboard.LATER)
    case_page.init_app(app, switchboard.ON_CASE_PAGE)
    for views in (page_views, hours_views, inquiry_views, appointment_views, case_views, operator_views):
        app.register_blueprint(views.bp)
    for views in (inquiry_desk, appointment_desk):
        app.register_blueprint(views.bp)
    if forgotten := access.unmarked_views(app):
        raise RuntimeError(f"views without an access mark: {', '.join(forgotten)}")
    return app


def _configure(app: Flask, settings: Settings) -> None:
    https = settings.public_url.startswith("https://")
    app.config.update(
        URP=settings,
        SECRET_KEY=secret_key(settings),
        MAX_CONTENT_LENGTH=64 * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=2 * MEGABYTE,
        MAX_FORM_PARTS=200,
        SESSION_COOKIE_NAME="__Host-urp" if https else "urp",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PROPAGATE_EXCEPTIONS=False,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    if settings.env == "production":
        app.config["TRUSTED_HOSTS"] = [urlsplit(settings.public_url).hostname]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _open_database(app: Flask, settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    if settings.database.startswith("postgresql"):
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 10}
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    with app.app_context():
        prepare_engine(db.engine)
    logging.getLogger("alembic").setLevel(logging.WARNING)
