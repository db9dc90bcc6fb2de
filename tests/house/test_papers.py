"""What the papers promise is there: commands, paths, addresses, settings, the map of the house."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from tests.house.sources import ROOT, URP, modules, read, template_files
from urp.config import Settings
from urp.embedded import commands

PAPERS = ["README.md", "CHANGELOG.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
LONGEST_DECISION = 40
CONTRACT = read("docs/contract.md")
CLICK_IN_USE = ("office", "outbox", "inbox", "appointments", "operators", "pec", "db")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next of the same size."""
    found = re.search(rf"^## {re.escape(heading)}.*?\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"no section {heading}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of the tables' rows, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("|---")]
    heads = {text.splitlines()[place - 1] for place, line in enumerate(text.splitlines()) if line.startswith("|---")}
    return [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in lines if line not in heads]


def ticked(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", text)


# ---- Links and paths


def broken_links(name: str, text: str) -> list[str]:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    here = (ROOT / name).parent
    return [target for target in targets if "://" not in target and not (here / target).exists()]


@pytest.mark.parametrize("name", PAPERS)
def test_every_link_of_a_paper_leads_somewhere(name: str) -> None:
    assert broken_links(name, read(name)) == []


def test_a_broken_link_would_be_told() -> None:
    text = "[here](docs/casa.md) [there](docs/nowhere.md#x) [web](https://www.example.org/)"

    assert broken_links("README.md", text) == ["docs/nowhere.md"]


def missing_paths(text: str) -> list[str]:
    """What looks like a path of ours and is none."""
    tops = {path.name for path in ROOT.iterdir()} | {"urp", "templates", "docs", "tests", "migrations", "deploy"}
    paths = [word for word in ticked(text) if re.fullmatch(r"[\w.-]+(/[\w.<>*-]+)*/?", word)]
    ours = [word for word in paths if word.split("/")[0] in tops and ("/" in word or "." in word)]
    return [word for word in ours if not any(ROOT.glob(word.rstrip("/")))]


@pytest.mark.parametrize("name", ["README.md", "docs/guida-installatore.md", "docs/guida-amministratore.md"])
def test_every_path_that_a_paper_names_exists(name: str) -> None:
    assert missing_paths(read(name)) == []


def test_where_do_i_change_answers_with_doors_that_exist() -> None:
    doors = rows(section(read("README.md"), "Where do I change…?"))

    assert len(doors) > 12
    assert [wish for wish, door in doors if not ticked(door)] == []
    assert missing_paths("\n".join(door for _wish, door in doors)) == []


def test_a_path_that_is_gone_would_be_told() -> None:
    assert missing_paths("`urp/cases/lost.py` `urp/cases/withdraw.py` `word` `urp/lost/`") == [
        "urp/cases/lost.py",
        "urp/lost/",
    ]


def test_papers_that_the_code_cites_exist() -> None:
    code = [*modules(), *modules(ROOT / "migrations"), *modules(ROOT / "deploy")]
    texts = {**{module.name: module.text for module in code}, **template_files(".html", ".txt")}
    texts |= {name: read(name) for name in ("pyproject.toml", "office.toml", "urp/static/css/urp.css", "Makefile")}
    cited = {
        f"{place}: {name}"
        for place, text in texts.items()
        for name in re.findall(r"[\w/-]+\.md\b", text)
        if not any(ROOT.glob(name)) and not any((ROOT / "docs").rglob(name))
    }

    assert cited == set()


# ---- Commands


def flask_commands(text: str) -> set[tuple[str, ...]]:
    """Group and name of every `flask --app wsgi …` of a paper."""
    found = re.findall(r"flask --app wsgi (\w+) ([\w-]+)", text)
    return {pair for pair in found if pair[0] in CLICK_IN_USE}


def existing_commands(program: Flask) -> dict[tuple[str, ...], click.Command]:
    """Our commands, and of the database's the one that people need."""
    found: dict[tuple[str, ...], click.Command] = {}
    for name, command in program.cli.commands.items():
        if isinstance(command, click.Group):
            found |= {
                (name, inner): one for inner, one in command.commands.items() if name != "db" or inner == "upgrade"
            }
        elif getattr(command.callback, "__module__", "").startswith("urp."):
            found[(name,)] = command
    return found


@pytest.mark.parametrize("name", [name for name in PAPERS if "flask --app" in read(name)])
def test_every_flask_command_of_a_paper_exists(program: Flask, name: str) -> None:
    assert flask_commands(read(name)) - existing_commands(program).keys() == set()


def spoken_commands() -> dict[tuple[str, ...], str]:
    """The commands of the contract, with their whole rows."""
    found = {}
    for first, does in rows(section(CONTRACT, "5. Command line")):
        words = [word for word in ticked(first)[0].split() if word.islower()]
        found[tuple(words)] = first + does
    return found


def test_the_contract_lists_every_command_of_ours(program: Flask) -> None:
    assert spoken_commands().keys() == existing_commands(program).keys()


def test_the_contract_lists_every_option_of_a_command(program: Flask) -> None:
    ours = {words: command for words, command in existing_commands(program).items() if words[0] != "db"}
    options = {
        words: {name for one in command.params for name in one.opts if name.startswith("--")}
        for words, command in ours.items()
    }

    assert {words: set(re.findall(r"--[a-z][a-z-]*", spoken_commands()[words])) for words in ours} == options


def test_every_word_of_dev_py_in_the_papers_is_understood() -> None:
    text = "\n".join(map(read, PAPERS))
    words = set(re.findall(r"dev\.py (\w+)", text)) | set(
        re.findall(r"make (\w+)", section(CONTRACT, "1. Two commands"))
    )
    help_text = _help() + "".join(_help(word) for word in ("run", "test"))
    options = set(re.findall(r"`(?:run |test )?(--[a-z][a-z-]*)", section(CONTRACT, "1. Two commands")))

    assert words == {"run", "test", "sure"}
    assert words <= set(re.findall(r"\w+", help_text)) & set(re.findall(r"\w+", read("Makefile")))
    assert {"--bind", "--data", "--fast"} <= options <= set(re.findall(r"--[a-z][a-z-]*", help_text))


def _help(*words: str) -> str:
    command = [sys.executable, str(ROOT / "dev.py"), *words, "--help"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_the_checks_of_sure_are_the_ones_the_readme_names() -> None:
    assert [check[0] for check in commands.CHECKS] == ["ruff", "ruff", "lint-imports", "mypy", "pytest"]


# ---- Addresses and settings


def spoken_routes(text: str) -> set[tuple[str, str]]:
    """Method and address of every row, each `<name>` made the same."""
    spoken = [ticked(first)[0].split(" ") for first, _what in rows(text)]
    return {(method, _shape(words[-1])) for words in spoken for method in words[:-1]}


def _shape(address: str) -> str:
    return re.sub(r"<[^>]+>", "<>", address)


def existing_routes(program: Flask) -> set[tuple[str, str]]:
    return {
        (method, _shape(rule.rule))
        for rule in program.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}
    }


def test_the_contract_lists_every_address_and_no_other(program: Flask) -> None:
    spoken = spoken_routes(section(CONTRACT, "3. Public addresses") + section(CONTRACT, "4. Staff addresses"))

    assert spoken - {("GET", "/static/<>/…")} == existing_routes(program)


def unlogged(recipe: str) -> list[re.Pattern[str]]:
    """The addresses that an nginx recipe keeps out of the access log."""
    places = re.findall(r"location ~ (\S+) \{([^}]*)\}", recipe)
    return [re.compile(pattern) for pattern, inside in places if "access_log off;" in inside]


def test_the_recipe_for_a_proxy_writes_no_secret_address_down(program: Flask) -> None:
    patterns = unlogged(section(read("docs/guida-installatore.md"), "4. Dietro un proxy"))
    secret = {rule.rule for rule in program.url_map.iter_rules() if "token" in rule.arguments}

    assert len(secret) >= 2
    assert [rule for rule in secret if not any(pattern.search(rule) for pattern in patterns)] == []
    assert not any(pattern.search("/richieste/nuova/recapiti") for pattern in patterns)


def test_a_secret_address_in_a_log_would_be_told() -> None:
    assert unlogged("location ~ ^/l/ { proxy_pass x; } location / { access_log off; }") == []


def test_what_is_planned_is_not_there_yet(program: Flask) -> None:
    both = [section(CONTRACT, heading) for heading in ("3. Public addresses", "4. Staff addresses")]
    planned = " ".join(text.partition("**Planned**")[2] for text in both)
    there = {address for _method, address in existing_routes(program)}
    named = {_shape(word) for word in ticked(planned) if word.startswith("/")}

    assert len(named) > 15
    assert named & there == set()


def test_the_contract_lists_every_setting_with_its_default() -> None:
    defaults = {first.strip("`"): default for first, default, _meaning in rows(section(CONTRACT, "2. Settings"))}
    fields = {f"URP_{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    plain = {name: _spoken(value) for name, value in fields.items() if value not in (None, ())}

    assert set(defaults) == set(fields)
    assert {name: defaults[name].strip("`") for name in plain} == plain


def _spoken(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


# ---- The map


def test_the_map_shows_the_floors_of_the_contracts() -> None:
    (drawn,) = re.findall(r"```\n(.*?)```", section(read("docs/casa.md"), "2. Floors"), re.DOTALL)
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]

    assert drawn.split("\n")[:-1] == contracts[0]["layers"]


def spoken_rooms() -> dict[str, set[str]]:
    found = rows(section(read("docs/casa.md"), "3. Rooms"))
    return {ticked(first)[0].rstrip("/"): set(ticked(files)) for first, _what, files in found}


def existing_rooms() -> dict[str, set[str]]:
    rooms: dict[str, set[str]] = {}
    for path in URP.rglob("*.py"):
        parts = path.relative_to(URP).with_suffix("").parts
        if parts[-1] != "__init__":
            rooms.setdefault(parts[0], set()).update(parts[1:])
    return rooms


def test_the_map_shows_every_room_with_every_module() -> None:
    assert spoken_rooms() == existing_rooms()


def test_what_the_map_calls_pure_is_held_to_it() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    held = {name.removeprefix("urp.") for name in contracts[1]["source_modules"]}
    starred = set()
    for first, _what, files in rows(section(read("docs/casa.md"), "3. Rooms")):
        room = ticked(first)[0].rstrip("/")
        starred |= {f"{room}.{module}" for module in re.findall(r"`(\w+)`\*", files)}

    assert starred == held


# ---- Decisions and words


def test_decisions_are_numbered_and_complete() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    assert len(DECISIONS) >= 7


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_what_and_with_which_price(path: Path) -> None:
    text = path.read_text("utf-8")

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert text.startswith(f"# {path.name[:4]} · ")
    assert len(text.splitlines()) <= LONGEST_DECISION
    assert path.name in read("README.md")


def machine_paths(text: str) -> Iterator[str]:
    """Addresses of somebody's own machine."""
    yield from re.findall(r"(?<![\w.])/(?:home|root|work|Users|tmp)/[\w./-]+", text)


@pytest.mark.parametrize("name", [*PAPERS, "publiccode.yml", "office.toml", "pyproject.toml", "requirements.txt"])
def test_papers_know_no_path_of_a_machine(name: str) -> None:
    assert list(machine_paths(read(name))) == []


def test_a_path_of_a_machine_would_be_told() -> None:
    assert list(machine_paths("see /home/anna/urp and docs/home/x")) == ["/home/anna/urp"]


def test_the_changelog_speaks_of_this_version() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]

    assert re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", read("CHANGELOG.md"), re.MULTILINE)
    assert version in read("README.md")


def test_the_licence_is_the_one_the_project_names() -> None:
    licence = read("LICENSE")

    assert licence.startswith("GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007")
    assert all(f"\n{number}. " in licence for number in range(18))
    assert tomllib.loads(read("pyproject.toml"))["project"]["license"] == "AGPL-3.0-or-later"
