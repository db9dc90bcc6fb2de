"""The typed settings of the running application."""

from typing import cast

from flask import current_app

from urp.config import Settings


def settings() -> Settings:
    """Settings of the current app; needs an application context (RuntimeError otherwise)."""
    return cast(Settings, current_app.config["URP"])
