"""Arithmetic of times at the counter: ticks, starts on offer, what is kept for the phone (pure)."""

TICK_S = 300
"""Claims count in steps of five minutes, whatever the office's own step is."""
