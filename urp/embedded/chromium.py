"""Where this machine keeps the browser that the browser tests drive."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


class NoChromium(Exception):
    """There is no browser; the text says how to install one."""


def find() -> str:
    """The program: `URP_TEST_CHROMIUM`, else the first known name on PATH. Raises NoChromium."""
    chosen = os.environ.get("URP_TEST_CHROMIUM")
    for name in (chosen,) if chosen else NAMES:
        if program := shutil.which(name):
            return program
    raise NoChromium("browser tests need Chromium: apt-get install chromium (or leave them out: dev.py test --fast)")
