"""The design system is the published one, and what is cut from it is enough for the pages."""

import gzip
import importlib.util
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC = ROOT / "urp/static"
CLASS = r"\.([A-Za-z][\w-]*)"


def test_the_committed_files_are_the_published_ones(vendor):
    assert vendor.faults() == []


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda home: (home / "LICENSE").write_text("mine"), "LICENSE: changed"),
        (lambda home: (home / "svg/sprites.svg").unlink(), "svg/sprites.svg: missing"),
        (lambda home: (home / "js.js").write_text("x"), "js.js: not listed in VENDOR.json"),
    ],
)
def test_a_changed_missing_or_foreign_file_is_named(vendor, tmp_path, harm, words):
    home = shutil.copytree(vendor.HOME, tmp_path / "home")
    harm(home)
    assert vendor.faults(home) == [words]


def test_every_class_of_the_pages_that_the_library_knows_is_still_there(vendor, render, every_scene):
    alone = set(re.findall(r"[},]\.([\w-]+)(?=[{,:])", vendor.FULL.read_text("utf-8")))
    kept = vendor.PURGED.read_text("utf-8")
    pages = [render(name) for name in every_scene if name.endswith(".html") and "/mail/" not in name]
    used = {word for html in pages for names in re.findall(r'class="([^"]*)"', html) for word in names.split()}
    assert len(used & alone) > 20
    assert (used & alone) - set(re.findall(CLASS, kept)) == set()
    assert "--bootstrap-italia-version" in kept


def test_what_no_page_uses_is_cut_away(vendor):
    css = "@font-face{font-family:a}.a,.b .c{x:y}.b{z:w}@media print{.c{x:y}.a:not(.b){v:w}}p{q:r}"
    assert vendor.purge(css, {"a", "p"}) == ".a{x:y}@media print{.a:not(.b){v:w}}p{q:r}\n"


def test_a_style_of_text_in_quotes_does_not_confuse_the_cut(vendor):
    assert vendor.purge('.a{content:"}.b{"}.b{x:y}', {"a"}) == '.a{content:"}.b{"}\n'


def test_an_animation_stays_only_where_it_runs(vendor):
    css = "@keyframes spin{from{a:b}to{a:c}}@keyframes fade{from{a:b}}.a{animation:spin 1s}"
    assert vendor.purge(css, {"a"}) == "@keyframes spin{from{a:b}to{a:c}}.a{animation:spin 1s}\n"


@pytest.mark.parametrize("name", ["css/library.css", "css/fonts.css", "css/urp.css", "img/icons.svg"])
def test_the_compressed_twin_says_the_same(name):
    path = STATIC / name
    assert gzip.decompress(path.with_name(path.name + ".gz").read_bytes()) == path.read_bytes()


def test_the_own_styles_ask_nothing_from_elsewhere():
    for name in ("css/urp.css", "css/fonts.css", "css/library.css"):
        text = (STATIC / name).read_text("utf-8")
        for address in re.findall(r"url\(\s*[\"']?([^\"')]+)", text):
            assert address.startswith("data:image/") or (STATIC / "css" / address).resolve().is_file()
        assert "@import" not in text


@pytest.fixture(scope="module")
def vendor():
    """`deploy/vendor.py` as a module."""
    spec = importlib.util.spec_from_file_location("vendor", ROOT / "deploy/vendor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
