"""Imported by the Celery worker (`--include`): its pool must not outlive it, whatever ends it."""

from urp.embedded.processes import tie_forks

tie_forks()
