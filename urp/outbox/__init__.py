"""Outgoing mail: a letter is a row before it is a message, and the row never lies."""
