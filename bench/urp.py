"""What the load harness needs to know of this product: the three-step journey, its rows, its processes."""

import os

DATABASE = os.environ.get("BENCH_PSQL", "psql -At urp")  # a command that runs SQL on the database under test
HIDDEN = {name: rf'name="{name}" value="([^"]+)"' for name in ("csrf_token", "idempotency_key", "digest")}
CSRF = {"csrf": HIDDEN["csrf_token"]}

P = {
    "name": "urp",
    "base": os.environ.get("BENCH_SITE", "http://127.0.0.1:8000"),
    "mails_per_ticket": 2,
    "count": f'{DATABASE} -c "select count(*) from cases"',
    "procs": [r"gunicorn.*wsgi:app", r"celery.*--app worker", r"redis-server"],
    "db_procs": [r"^postgres: postgres bench "],
    "submit": [
        {"name": "GET 1", "url": "/richieste/nuova", "extract": CSRF},
        {
            "name": "POST 1",
            "url": "/richieste/nuova",
            "ok": 303,
            "multipart": True,
            "fields": {
                "csrf_token": "{csrf}",
                "topic": "relazioni-con-il-pubblico",
                "subject": "{subject}",
                "body": "{text}",
                "action": "continue",
            },
        },
        {"name": "GET 2", "url": "/richieste/nuova/recapiti", "extract": CSRF},
        {
            "name": "POST 2",
            "url": "/richieste/nuova/recapiti",
            "ok": 303,
            "fields": {
                "csrf_token": "{csrf}",
                "given_name": "{name}",
                "family_name": "Rossi",
                "email": "{email}",
                "reply_by": "peo",
                "privacy": "y",
                "action": "continue",
            },
        },
        {
            "name": "GET 3",
            "url": "/richieste/nuova/riepilogo",
            "extract": {**CSRF, "key": HIDDEN["idempotency_key"], "digest": HIDDEN["digest"]},
        },
        {
            "name": "SEND",
            "url": "/richieste/nuova/riepilogo",
            "ok": 303,
            "expect": r"^/r/URP-",
            "fields": {"csrf_token": "{csrf}", "idempotency_key": "{key}", "digest": "{digest}", "action": "send"},
        },
    ],
}
