"""Names of enclosed files that are safe to show and to save (pure)."""

import re
import unicodedata

LONGEST = 150
LONGEST_ENDING = 10
ENDINGS = {
    "text/plain": "txt", "text/html": "html", "text/calendar": "ics", "text/csv": "csv", "text/rfc822-headers": "txt",
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/heic": "heic", "image/tiff": "tif",
    "application/pdf": "pdf", "application/zip": "zip", "application/xml": "xml", "text/xml": "xml",
    "application/pkcs7-mime": "p7m", "application/x-pkcs7-mime": "p7m", "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s", "application/ms-tnef": "dat", "message/rfc822": "eml",
    "message/delivery-status": "txt", "message/disposition-notification": "txt", "audio/mpeg": "mp3",
    "video/mp4": "mp4", "application/vnd.oasis.opendocument.text": "odt", "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}  # fmt: skip


def safe(name: str) -> str:
    """The last part of a path without control, invisible or direction signs, at most LONGEST characters.

    May be empty. The ending survives the cut: it decides what opens the file.
    """
    last = re.split(r"[/\\]", name)[-1]
    short = last if len(last) <= 1100 else last[:1000] + last[-100:]
    line = re.sub(r"\s+", " ", unicodedata.normalize("NFC", short))
    seen = "".join(sign for sign in line if unicodedata.category(sign)[0] not in "CZ" or sign == " ").strip(" .")
    stem, dot, ending = seen.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        return seen[:LONGEST]
    return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"


def name_for(claimed: str, media_type: str, number: int) -> str:
    """The safe name, or `allegato-<number>` with the ending of its type."""
    name = safe(claimed)
    ending = ENDINGS.get(media_type, "bin")
    if not name.strip("._- "):
        return f"allegato-{number}.{ending}"
    return f"{name[: LONGEST - 4]}.eml" if media_type == "message/rfc822" and not name.endswith(".eml") else name
