"""The web door: `gunicorn wsgi:app`, `flask --app wsgi …`."""

import sys

from urp.app import create_app
from urp.config import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.exit(str(error))
