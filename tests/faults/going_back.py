"""Somebody with Chromium, in a process of their own: writes a question, sends it at the wrong moment, goes back.

Reads a line before each of its two steps and writes a line after: `written`, the status, the words found.
"""

import sys

from playwright.sync_api import sync_playwright

from urp.embedded.chromium import find

WORDS = "Parole che ho scritto con calma e che non voglio perdere."


def main(site: str) -> None:
    """Do it, on this site."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(find()), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(f"{site}/richieste/nuova")
        page.fill("[name=body]", WORDS)
        _say("written")
        with page.expect_navigation(timeout=60_000) as answer:
            page.locator("button[value=continue]:not([aria-hidden])").click(no_wait_after=True)
        _say(str(answer.value.status))
        page.go_back()
        _say(page.input_value("[name=body]"))
        browser.close()


def _say(line: str) -> None:
    print(line, flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main(sys.argv[1])
