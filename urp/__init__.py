"""Chiedilo all'URP: the open-source contact centre of an Italian public office."""
