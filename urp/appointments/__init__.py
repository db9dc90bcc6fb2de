"""Visits at the counter: times that cannot be sold twice, in the same case as the question."""
