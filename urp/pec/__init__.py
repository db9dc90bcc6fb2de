"""Certified mail (PEC, RFC 6109): envelopes, receipts and their signatures; knows nothing of this program."""
