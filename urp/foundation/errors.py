"""Named errors for broken rules, so that a door can answer each in plain words."""


class UrpError(Exception):
    """A rule of the house was broken; the subclass names it."""


class NotFound(UrpError):
    """What was asked for does not exist, or must look as if it did not."""


class NoOffice(UrpError):
    """The office file has not been imported yet: there is nobody to ask."""


class WrongState(UrpError):
    """The move is not allowed from the state the thing is in."""


class Conflict(UrpError):
    """Somebody else changed the same thing in the meantime."""
