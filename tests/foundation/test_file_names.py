"""Any name becomes one that can be kept, shown and sent."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urp.foundation.file_names import LONGEST, safe
from urp.outbox.headers import safe_header


@given(st.text(max_size=300))
def test_any_name_becomes_one_that_can_be_kept_shown_and_sent(name: str) -> None:
    kept = safe(name)

    assert len(kept) <= LONGEST
    assert not set(kept) & set("/\\\0\r\n\u202e\u2066\u200b")
    assert kept in ("", unicodedata.normalize("NFC", kept))
    assert kept not in (".", "..")
    assert safe_header("filename", kept) == kept
    assert safe(kept) == kept


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("foto.jpg", "foto.jpg"),
        ("C:\\Documenti\\Giulia\\foto.jpg", "foto.jpg"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("/etc/..", ""),
        ("fattura\u202egpj.exe", "fatturagpj.exe"),
        ("piano.pdf\x00.exe", "piano.pdf.exe"),
        ("piano.pdf\r\nContent-Type: text/html", "html"),
        (" piano.pdf. ", "piano.pdf"),
        ("perche\u0301.pdf", "perché.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("a." + "b" * 300, "a." + "b" * 118),
        ("🕳️ buca.jpg", "🕳️ buca.jpg"),
        ("\u200b", ""),
    ],
)
def test_names_by_example(name: str, kept: str) -> None:
    assert safe(name) == kept
