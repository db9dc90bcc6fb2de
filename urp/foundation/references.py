"""Public codes that can be said on the phone, and secrets that travel in links."""

import hashlib
import re
import secrets

ALPHABET = "ABCDEFGLMNPRSTUVZ23456789"
"""No look-alikes (0 O Q 1 I) and no letter without an Italian city (H J K W X Y)."""

WEIGHTS = (1, 2, 3, 4, 6)
"""Prime to 25, as are the differences of neighbours: one wrong symbol or one swap is always noticed."""

_SHAPE = re.compile(rf"URP([{ALPHABET}]{{6}})")


def new_code() -> str:
    """A fresh random code such as `URP-7M3-T2C`: five free symbols and one check symbol."""
    return _dress("".join(secrets.choice(ALPHABET) for _ in range(5)))


def normalise_code(text: str) -> str | None:
    """The code as it is written in the books, from what a person typed; None if it cannot be one.

    Case, spaces, dashes and a missing `URP` do not matter; a wrong check symbol does.
    """
    bare = re.sub(r"[\s\-‐‑‒–—−.·_]", "", text.upper())[:12]
    match = _SHAPE.fullmatch(bare if bare.startswith("URP") and len(bare) == 9 else "URP" + bare)
    if match is None:
        return None
    symbols = match[1]
    return _dress(symbols[:5]) if _check(symbols[:5]) == symbols[5] else None


def new_token() -> str:
    """A secret of 256 bits for a link (ASVS 6.5.2); only its hash may be stored."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """SHA-256 of a secret; a plain hash is enough above 112 bits of entropy (ASVS 11.5.1)."""
    return hashlib.sha256(token.encode()).digest()


def _dress(five: str) -> str:
    return f"URP-{five[:3]}-{five[3:]}{_check(five)}"


def _check(five: str) -> str:
    total = sum(weight * ALPHABET.index(symbol) for weight, symbol in zip(WEIGHTS, five, strict=True))
    return ALPHABET[total % len(ALPHABET)]
