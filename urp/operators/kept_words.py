"""What somebody had typed when their session was over: it waits on the server until they are back."""

from urp.web import drafts

JOURNEY = "desk"


def keep(path: str, words: str) -> None:
    """Keep the words for the page with this address, for whoever has just signed in."""
    drafts.save(JOURNEY, drafts.current(JOURNEY), {"path": path, "words": words})


def kept(path: str) -> str | None:
    """The words that wait for this page, if any."""
    draft = drafts.current(JOURNEY)
    return draft.answers.get("words") if draft and draft.answers.get("path") == path else None


def let_go(path: str) -> None:
    """Forget the words of this page: they have arrived."""
    draft = drafts.current(JOURNEY)
    if draft and draft.answers.get("path") == path:
        drafts.forget([draft.id])
