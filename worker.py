"""The worker's door: `celery -A worker worker`, `celery -A worker beat`."""

import sys

from urp.app import create_app
from urp.config import SettingsError

try:
    celery = create_app().extensions["celery"]
except SettingsError as error:
    sys.exit(str(error))
