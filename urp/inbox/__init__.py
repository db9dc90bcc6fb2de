"""Incoming mail: fetched, kept byte for byte, read in a limited process, and put in its place."""
