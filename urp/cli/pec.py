"""Commands of certified mail, answered by the library's own program in a process beside this one."""

import os
import subprocess
import sys
from pathlib import Path

import click

from urp.cli.command_group import CommandGroup
from urp.foundation.settings import settings

HOME = Path(__file__).parents[2]

pec = CommandGroup("pec", help="Certified mail.")


@pec.command("show")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def show(files: tuple[str, ...]) -> None:
    """Say what each message is and whether its signature counts: one JSON line for each file."""
    # The libraries that verify signatures take most of a second to load: no other command should wait for them.
    given = settings()
    command = [sys.executable, "-m", "urp.pec", "--providers", ",".join(given.pec_providers)]
    if given.pec_ca_file:
        command += ["--ca", str(given.pec_ca_file)]
    path = os.pathsep.join(filter(None, [str(HOME), os.environ.get("PYTHONPATH")]))
    reader = [*command, "--", *files]
    with subprocess.Popen(reader, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}) as running:  # noqa: S603
        assert running.stdout
        for line in running.stdout:
            click.echo(line, nl=False)
    sys.exit(1 if running.returncode else 0)
