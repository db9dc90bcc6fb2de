"""`dev.py run`: the whole service on this machine, with stand-ins for whatever no setting names."""

import argparse
import http.client
import os
import shlex
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from urp.config import Settings, SettingsError, load_settings
from urp.embedded import data_folder, ports, services
from urp.embedded.environment import ROOT
from urp.embedded.processes import Service
from urp.embedded.redis_server import NoRedis
from urp.embedded.supervisor import CannotStart, Supervisor

PATIENCE_S = 120
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only recognised here, chosen by --bind
NOTE_NAME = "running.env"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; returns 0 then, 1 when it could not start, 2 when asked for nonsense."""
    began = time.monotonic()
    options = _parser().parse_args(arguments)
    try:
        host, port = ports.read_address(options.bind)
        settings = load_settings(**({"data_dir": options.data} if options.data else {}))
    except (ValueError, SettingsError) as problem:
        return _complain(problem, 2)
    try:
        with data_folder.held(settings.data_dir.absolute()) as data, ports.listen(host, port) as listener:
            _serve(settings, data, listener, options=options, began=began)
    except ports.PortTaken as problem:
        return _complain(f"{problem}: choose another address with --bind HOST:PORT", 1)
    except KeyboardInterrupt:  # before the keeper listens to signals
        return 130
    except (data_folder.InUse, NoRedis, CannotStart, OSError) as problem:
        return _complain(problem, 1)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py run", description=__doc__)
    parser.add_argument("--bind", default="127.0.0.1:8000")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--demo", action="store_true")
    return parser


def _serve(
    settings: Settings, data: Path, listener: socket.socket, *, options: argparse.Namespace, began: float
) -> None:
    with ExitStack() as stack:
        extra = stack.enter_context(services.stand_ins(settings, data))
        given = {**extra.settings, **_own_settings(settings, data, listener)}
        stack.enter_context(_noted(data, given))
        keeper = stack.enter_context(Supervisor(_print))
        os.environ.update(given, PYTHONUNBUFFERED="1")
        keeper.add(*extra.services, services.web(listener))
        if not _wait_for_the_web(keeper, listener):
            return
        if options.demo and not _fill_with_a_demo(keeper):
            return
        keeper.attend(0)
        keeper.ready = True
        _tell(given["URP_PUBLIC_URL"], listener, data=data, news=extra.news, took_s=time.monotonic() - began)
        keeper.add(*services.background(data))
        while not keeper.stop_asked:
            keeper.attend(60)
        _print("Stopping …")


def _own_settings(settings: Settings, data: Path, listener: socket.socket) -> dict[str, str]:
    chosen = "public_url" in settings.model_fields_set
    return {
        "URP_DATA_DIR": str(data),
        "URP_OFFICE_FILE": str(settings.office_file.absolute()),
        "URP_PUBLIC_URL": settings.public_url if chosen else f"http://{_reachable(listener)}",
    }


def _reachable(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return ports.show(EVERYWHERE.get(host, host), port)


@contextmanager
def _noted(data: Path, given: Mapping[str, str]) -> Iterator[None]:
    """Leave the settings of this run, passwords too, where its owner's other commands can read them.

    A shell reads them: whatever a folder is called, nothing in a value may become a command.
    """
    path = data / NOTE_NAME
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in given.items()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _wait_for_the_web(keeper: Supervisor, listener: socket.socket) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while not keeper.stop_asked:
        if _is_alive(listener):
            return True
        if time.monotonic() > deadline:
            raise CannotStart(f"the site does not answer after {PATIENCE_S} s")
        keeper.attend(0.05)
    return False


def _is_alive(listener: socket.socket) -> bool:
    # The socket is ours and already listening: the question waits in it until the web can answer.
    connection = http.client.HTTPConnection(_reachable(listener), timeout=0.5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    connection.close()
    return False


def _fill_with_a_demo(keeper: Supervisor) -> bool:
    code = keeper.run_once(Service("demo", (sys.executable, "-m", "flask", "--app", "wsgi", "demo")))
    if code:
        raise CannotStart("the demonstration could not be prepared: see above")
    return code is not None


def _tell(site: str, listener: socket.socket, *, data: Path, news: Sequence[tuple[str, str]], took_s: float) -> None:
    lines = [("Site", f"{site}/"), *news, ("Data folder", str(data))]
    if f"http://{_reachable(listener)}" != site:
        lines.insert(1, ("answers here on", f"http://{_reachable(listener)}/"))
    width = max(len(name) for name, _ in lines)
    _print("\n".join(["", *(f"  {name:<{width}}  {value}" for name, value in lines), ""]))
    _print(f"Ready after {took_s:.1f} s. Ctrl-C stops everything.")


def _complain(problem: object, code: int) -> int:
    print(f"dev.py: {problem}", file=sys.stderr)
    return code


def _print(line: str) -> None:
    with suppress(OSError):  # the terminal may be gone; stopping cleanly matters more
        print(line, flush=True)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
