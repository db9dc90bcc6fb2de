"""What the keeper and the post office agree on; the keeper need not load a mail server for it."""

PEC_DOMAIN = "gestore-pec.example"
PASSWORD_VARIABLE = "URP_POST_OFFICE_PASSWORD"  # noqa: S105 - a name, not a password
