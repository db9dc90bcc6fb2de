"""What the people who work here may be; one person may be several."""

from enum import StrEnum


class Role(StrEnum):
    """A role; what each may open is written on the views, with `@requires`."""

    OPERATOR = "operator"
    PHONE = "phone"
    ADMIN = "admin"
    HEAD = "head"
