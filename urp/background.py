"""Celery: its configuration, the queues, and the whole beat timetable with the reason of each entry."""

from typing import Any

from celery import Celery, Task, bootsteps
from celery.schedules import crontab
from celery.signals import worker_process_init
from flask import Flask

from urp.appointments import tasks as appointment_tasks
from urp.cases import tasks as case_tasks
from urp.channels.states import MailboxKind
from urp.config import Settings
from urp.foundation.db import db
from urp.inbox import tasks as inbox_tasks
from urp.inquiries import tasks as inquiry_tasks
from urp.outbox import tasks as outbox_tasks

TASK_ROOMS = (appointment_tasks, case_tasks, inbox_tasks, inquiry_tasks, outbox_tasks)
REDIS_PATIENCE_S = 2
OWN_TICK_S = 30.0


def _of(mailbox: str, task: str, *, schedule: Any, expires: int) -> dict[str, Any]:
    options = {"queue": inbox_tasks.QUEUE, "expires": expires}
    return {"task": task, "args": [str(mailbox)], "schedule": schedule, "options": options}


TIMETABLE: dict[str, dict[str, Any]] = {
    # What a lost wake-up left behind must leave within 10 seconds; an unheard bell is not kept.
    "sweep the outbox": {"task": "outbox.sweep", "schedule": 10.0, "options": {"expires": 10}},
    # Links asked for while Redis was away; normally the bell after the commit comes first.
    "send links asked for": {"task": "cases.send_links", "schedule": 15.0, "options": {"expires": 15}},
    # Drafts of seven days and answers of two are personal data without a purpose; hourly, any hour.
    "forget old drafts": {"task": "inquiries.forget_drafts", "schedule": 3600.0, "options": {"expires": 3600}},
    # A time that somebody gave up or did not confirm is somebody else's within a minute of its term.
    "put the counter's times in order": {"task": "appointments.sweep", "schedule": 30.0, "options": {"expires": 30}},
    # The working day before, between nine and eighteen: at other hours the task finds nothing to do. Often, so
    # that a day on which the service was away until noon still reminds everybody.
    "remind of visits": {"task": "appointments.remind", "schedule": 300.0, "options": {"expires": 300}},
    # A person who wrote by mail sees the receipt within half a minute; every answer of a PEC provider too.
    **{f"poll {box}": _of(box, "inbox.poll", schedule=20.0, expires=20) for box in MailboxKind},
    # Whatever a poll left out comes to light the next morning; at three no day in Rome or UTC turns.
    **{
        f"balance {box}": _of(box, "inbox.balance", schedule=crontab(hour=3, minute=10), expires=3600)
        for box in MailboxKind
    },
}


def init_app(app: Flask, settings: Settings) -> None:
    """Make the Celery app of this Flask app; it is `app.extensions["celery"]`."""
    celery = Celery(app.name, task_cls=_task_in(app))
    celery.config_from_object(_configuration(settings))
    celery.set_default()
    celery.steps["consumer"].add(OwnTick)
    app.extensions["celery"] = celery
    worker_process_init.connect(_drop_inherited_connections(app), weak=False)


class OwnTick(bootsteps.StartStopStep):
    """Each worker sweeps the outbox by itself: mail leaves also where no clock ticks."""

    requires = ("celery.worker.consumer.tasks:Tasks",)
    _ticking: Any = None

    def start(self, consumer: Any) -> None:
        """Ring every half minute, while the line to the queue stands."""
        sweep = consumer.app.tasks["outbox.sweep"]
        options = {"expires": OWN_TICK_S, "retry": False}
        self._ticking = consumer.timer.call_repeatedly(OWN_TICK_S, sweep.apply_async, kwargs=options)

    def stop(self, consumer: Any) -> None:
        """No more, until the line stands again."""
        if self._ticking is not None:
            self._ticking.cancel()


def _configuration(settings: Settings) -> dict[str, Any]:
    return {
        "broker_url": settings.redis or "memory://",
        "result_backend": None,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": False,  # a task is a hint: the row is the work, the sweeper finds it
        "task_default_queue": "default",
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 200,
        "worker_max_memory_per_child": 300_000,
        "worker_hijack_root_logger": False,
        "task_time_limit": 1200,  # longer than the longest honest send: 60 s of work + 870 s of waiting
        "worker_soft_shutdown_timeout": 30,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        "task_publish_retry": False,
        "task_publish_retry_policy": {"max_retries": 0},
        "broker_connection_timeout": REDIS_PATIENCE_S,
        "timezone": "Europe/Rome",
        "enable_utc": True,
        "broker_transport_options": {
            "global_keyprefix": "urp:",
            "socket_timeout": REDIS_PATIENCE_S,
            "socket_connect_timeout": REDIS_PATIENCE_S,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        "beat_schedule": TIMETABLE,
        "beat_max_loop_interval": 5,
    }


def _task_in(app: Flask) -> type[Task]:
    class TaskInContext(Task):
        """A task that runs inside an application context, as a view does."""

        abstract = True

        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    return TaskInContext


def _drop_inherited_connections(app: Flask) -> Any:
    def drop(**_signal: object) -> None:
        with app.app_context():
            db.engine.dispose(close=False)  # shared sockets sent 23 of 300 mails twice

    return drop
