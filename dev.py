#!/usr/bin/env python3
"""The two commands of this project: `python3 dev.py run` and `python3 dev.py test`."""

# Nothing above the version check may need a modern Python: an old one must be able to read it and say so.
import os
import sys

if sys.version_info[:2] < (3, 11):  # noqa: UP036
    sys.exit("dev.py: needs Python 3.11 or newer, this is %s" % sys.version.split()[0])  # noqa: UP031
if os.name != "posix":
    sys.exit("dev.py: needs Linux or macOS (on Windows, use WSL)")

from urp.embedded.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
