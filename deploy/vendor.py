"""Fetches the national design system, keeps what the pages need, and proves it is what was published."""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

NAME, VERSION = "bootstrap-italia", "2.18.3"
INTEGRITY = "sha512-dz4kNtcAYJF4OsWABT9m3CAT3NH5y6OzGG+v/VUGH1LjumIUmlP3GaQ+aHgtv5Vw3B5dS0jbHZiHGSfdu+DffA=="

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "urp" / "static"
HOME = STATIC / "vendor" / NAME
RECORD = HOME / "VENDOR.json"
FULL = HOME / "css" / "bootstrap-italia.min.css"
SPRITES = HOME / "svg" / "sprites.svg"
PURGED = STATIC / "css" / "library.css"
ICONS = STATIC / "img" / "icons.svg"
COMPRESSED = ("css/library.css", "css/fonts.css", "css/urp.css", "img/icons.svg")

TITILLIUM = "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-{}.woff2"
WANTED = {
    "LICENSE": ("LICENSE", "BSD-3-Clause"),
    "dist/css/bootstrap-italia.min.css": ("css/bootstrap-italia.min.css", "BSD-3-Clause"),
    "dist/svg/sprites.svg": ("svg/sprites.svg", "BSD-3-Clause"),
    "dist/fonts/Titillium_Web/OFL.txt": ("fonts/Titillium_Web/OFL.txt", "OFL-1.1"),
    TITILLIUM.format("regular"): ("fonts/Titillium_Web/titillium-web-regular.woff2", "OFL-1.1"),
    TITILLIUM.format("600"): ("fonts/Titillium_Web/titillium-web-600.woff2", "OFL-1.1"),
    TITILLIUM.format("700"): ("fonts/Titillium_Web/titillium-web-700.woff2", "OFL-1.1"),
    "dist/fonts/Roboto_Mono/LICENSE.txt": ("fonts/Roboto_Mono/LICENSE.txt", "Apache-2.0"),
    "dist/fonts/Roboto_Mono/roboto-mono-v13-latin-ext_latin-700.woff2": (
        "fonts/Roboto_Mono/roboto-mono-700.woff2",
        "Apache-2.0",
    ),
}


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns 0 when all is well, 1 after printing one line per fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="compare the committed files with VENDOR.json")
    choice.add_argument("--purge", action="store_true", help="only cut css and icons anew for the templates")
    options = parser.parse_args(arguments)
    if options.check:
        found = faults()
        print("\n".join(found) or f"{NAME} {VERSION}: every file is the published one")
        return 1 if found else 0
    if not options.purge:
        fetch()
    words = template_words()
    PURGED.write_text(purge(FULL.read_text("utf-8"), words), "utf-8")
    ICONS.write_text(pick_icons(SPRITES.read_text("utf-8"), words), "utf-8")
    compress()
    return 0


def fetch() -> None:
    """Downloads the package with npm, refuses any content but the pinned one, copies the wanted files."""
    archive = download()
    digest = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if digest != INTEGRITY:
        raise SystemExit(f"{NAME}-{VERSION}.tgz is not the pinned package: {digest}")
    files = []
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as package:
        for source, (target, licence) in WANTED.items():
            member = package.extractfile(f"package/{source}")
            if member is None:
                raise SystemExit(f"{source} is not in the package")
            content = member.read()
            path = HOME / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            checksum = hashlib.sha256(content).hexdigest()
            files.append({"path": target, "source": source, "licence": licence, "sha256": checksum})
    record = {
        "name": NAME,
        "version": VERSION,
        "licence": "BSD-3-Clause",
        "integrity": INTEGRITY,
        "files": files,
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def download() -> bytes:
    """The bytes of the package, as `npm pack` writes them."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{NAME}@{VERSION}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        return next(Path(folder).glob("*.tgz")).read_bytes()


def faults(home: Path = HOME) -> list[str]:
    """One sentence per file that is missing, changed or unknown to VENDOR.json."""
    record = json.loads((home / "VENDOR.json").read_text("utf-8"))
    expected = {entry["path"]: entry["sha256"] for entry in record["files"]}
    found = []
    for name, checksum in expected.items():
        path = home / name
        if not path.is_file():
            found.append(f"{name}: missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
            found.append(f"{name}: changed")
    present = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
    own = {"VENDOR.json"} | {f"{name}.gz" for name in expected}
    return found + [f"{name}: not listed in VENDOR.json" for name in sorted(present - set(expected) - own)]


def compress(static: Path = STATIC) -> None:
    """Writes the .gz twin of each text file the pages load, without a date inside."""
    for name in COMPRESSED:
        path = static / name
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def template_words(templates: Path = ROOT / "templates") -> set[str]:
    """Every word of the page templates that could be a class, an id or an element name."""
    words: set[str] = set()
    for path in sorted(templates.rglob("*.html")):
        words |= set(re.findall(r"[A-Za-z0-9_-]+", path.read_text("utf-8")))
    return words | {"html", "body"}


def pick_icons(sprites: str, words: set[str]) -> str:
    """The drawings of a sprite sheet that these words call by name."""
    symbols = re.findall(r'<symbol id="([\w-]+)".*?</symbol>', sprites, re.DOTALL)
    wanted = [name for name in symbols if name in words]
    drawings = [re.search(rf'<symbol id="{name}".*?</symbol>', sprites, re.DOTALL) for name in wanted]
    body = "\n".join(drawing.group(0) for drawing in drawings if drawing)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'


def purge(css: str, words: set[str]) -> str:
    """The rules of a style sheet that can match a page made of these words; embedded fonts are dropped."""
    css = css.lstrip("\ufeff")
    banner = re.match(r"/\*!.*?\*/", css, re.DOTALL)
    body = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    kept = "".join(_kept(body, words))
    for name in set(re.findall(r"@keyframes ([\w-]+)", kept)):
        if not re.search(rf"animation(?:-name)?:[^;}}]*{re.escape(name)}\b", kept):
            kept = re.sub(rf"@keyframes {re.escape(name)}\{{(?:[^{{}}]*\{{[^{{}}]*\}})*\}}", "", kept)
    return (banner.group(0) + "\n" if banner else "") + kept + "\n"


def _kept(css: str, words: set[str]) -> Iterator[str]:
    for head, body in _blocks(css):
        if head.startswith(("@media", "@supports", "@layer")):
            inner = "".join(_kept(body, words))
            if inner:
                yield f"{head}{{{inner}}}"
        elif head.startswith("@keyframes"):
            yield f"{head}{{{body}}}"
        elif not head.startswith("@"):
            selectors = [each for each in _split(head) if _may_match(each, words)]
            if selectors:
                yield f"{','.join(selectors)}{{{body}}}"


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    position, start, depth, quote = 0, 0, 0, ""
    for index, letter in enumerate(css):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == ";" and depth == 0:
            start = index + 1
        elif letter == "{":
            depth += 1
            position = index if depth == 1 else position
        elif letter == "}":
            depth -= 1
            if depth == 0:
                yield css[start:position].strip(), css[position + 1 : index]
                start = index + 1


def _split(selectors: str) -> list[str]:
    return [part.strip() for part in re.split(r",(?![^(\[]*[)\]])", selectors)]


def _may_match(selector: str, words: set[str]) -> bool:
    plain = re.sub(r"\[[^\]]*\]|::?[a-z-]+\([^)]*\)*|::?[a-z-]+", "", selector)
    names = re.findall(r"(?:^|[\s.#>+~])[.#]?([A-Za-z][\w-]*)", plain.replace(".", " ."))
    return all(name in words for name in names)


if __name__ == "__main__":
    sys.exit(main())
