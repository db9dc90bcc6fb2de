"""Names for the files of a message, with an ending where the sender gave none (pure)."""

from urp.foundation.file_names import LONGEST, safe

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


def name_for(claimed: str, media_type: str, number: int) -> str:
    """The safe name, or `allegato-<number>` with the ending of its type."""
    name = safe(claimed)
    ending = ENDINGS.get(media_type, "bin")
    if not name.strip("._- "):
        return f"allegato-{number}.{ending}"
    return f"{name[: LONGEST - 4]}.eml" if media_type == "message/rfc822" and not name.endswith(".eml") else name
