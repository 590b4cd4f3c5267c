"""The documentation: every page can be reached, links and pictures resolve, commands exist, and the README is short."""

import argparse
import importlib
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.attribution import METHODS
from lib.cli import parser
from lib.models import MODELS
from lib.tokenizers import TOKENIZERS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
GENERATED = DOCS / "reference" / "generated"
PAGES = sorted(path for path in DOCS.rglob("*.md") if GENERATED not in path.parents and "_build" not in path.parts)
TEXTS = [ROOT / "README.md", *PAGES]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
LONGEST_README, LARGEST_PICTURE = 150, 150_000


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def entries(page: Path) -> list[str]:
    """What the tables of contents of a page list."""
    blocks = re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith(":")]


def command_lines(text: str) -> Iterator[str]:
    """Commands in blocks of code, continued lines joined and comments removed."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("motiflens "):
                yield line


def test_every_page_is_in_the_contents() -> None:
    listed = {(page.parent / entry).with_suffix(".md").resolve() for page in PAGES for entry in entries(page)}
    assert set(PAGES) - listed == {DOCS / "index.md"}
    missing = [path for path in listed if GENERATED not in path.parents and not path.exists()]
    assert not missing


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_links_and_pictures_resolve(path: Path) -> None:
    targets = [link.partition("#")[0] for link in LINK.findall(path.read_text(encoding="utf-8"))]
    targets = [target for target in targets if target and not re.match(r"https?:|mailto:", target)]
    assert not [target for target in targets if not (path.parent / target).exists()]


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_commands_and_options_exist(path: Path) -> None:
    """Every ``motiflens`` line names a command and options that it takes, and none that it needs is missing."""
    commands = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
    for line in command_lines(path.read_text(encoding="utf-8")):
        words = shlex.split(line, comments=True)[1:]
        assert words[0] in commands, line
        try:
            commands[words[0]].parse_args(words[1:])
        except SystemExit as refused:
            assert refused.code == 0, f"{line}: refused"


def test_pictures_are_small_and_used() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in TEXTS)
    for picture in sorted((DOCS / "images").iterdir()):
        assert picture.stat().st_size <= LARGEST_PICTURE, picture.name
        assert picture.name in texts, f"{picture.name} is in no page"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= LONGEST_README


def test_the_code_describes_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The pages that are written at each build name every command, everything registered and every package."""
    monkeypatch.setattr(sys, "path", [str(DOCS), *sys.path])
    generated = importlib.import_module("generated")
    monkeypatch.setattr(generated, "FOLDER", tmp_path)
    generated.write_pages()
    pages = {path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.*")}
    for page, registry in (("models", MODELS), ("tokenizers", TOKENIZERS), ("methods", METHODS)):
        assert all(f"\n`{name}`. " in pages[f"{page}.txt"] for name in registry.all())
    commands = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
    assert all(f"## {command}\n" in pages["commands.txt"] for command in commands)
    packages = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in (ROOT / "lib").rglob("__init__.py")
    }
    assert {page for page in pages if page.startswith("api/")} == {f"api/{name}.md" for name in packages - {"lib"}}
    assert "### UserError" in pages["api/lib.core.md"]
