"""Pages that the code writes: commands, settings, packages and the API, anew before each build.

They go to ``docs/reference/generated``, which git ignores. No module is named here but the registries and the parser of
the command line, so that a module that is moved or added needs no edit.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import api
from sphinx.application import Sphinx

from lib.attribution import METHODS
from lib.cli import parser
from lib.core.registry import presets_of, settings_of
from lib.models import MODELS
from lib.models.cards import CARDS
from lib.tokenizers import TOKENIZERS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference" / "generated"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", lambda _: write_pages())
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_pages() -> None:
    """Write every generated page; files whose text stays the same keep their time, and are not built again."""
    packages = api.read_library(ROOT)
    pages = {
        "commands.txt": describe_commands(parser()),
        "models.txt": describe_registry(MODELS.all()),
        "tokenizers.txt": describe_registry(TOKENIZERS.all()),
        "methods.txt": describe_registry(METHODS.all()),
        "cards.txt": describe_cards(),
        "packages.txt": "\n".join(api.list_packages(packages)),
    }
    pages |= {f"api/{package.path}.md": "\n".join(api.describe_package(package)) for package in packages}
    for name, text in pages.items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in FOLDER.rglob("*.*"):
        if str(path.relative_to(FOLDER)) not in pages:
            path.unlink()


def describe_cards() -> str:
    """Describe the published models that can be read, as their cards on Train do."""
    head = (
        "| model | read by | trained on | tokens | size | licence | files | paper |\n|---|---|---|---|---|---|---|---|"
    )
    rows = (
        f"| [{card.name}]({card.source}) | `{card.model}` | {_cell(card.trained_on)} | {_cell(card.reads)} | "
        f"{_cell(card.size)} | {_cell(card.licence)} | {_cell(card.place)} | [{card.doi}](https://doi.org/{card.doi}) |"
        for card in CARDS
    )
    return "\n".join([head, *rows])


# The command line


def describe_commands(parser: argparse.ArgumentParser) -> str:
    """Describe each command with its options; groups of options that several commands share stand once, at the end."""
    action = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    help_of = {choice.dest: choice.help or "" for choice in action._choices_actions}
    uses = Counter(group.title for command in action.choices.values() for group in _filled_groups(command))
    shared: dict[str, argparse._ArgumentGroup] = {}
    lines = [f"```text\n{(parser.epilog or '').strip()}\n```\n"]
    for name, command in action.choices.items():
        lines += [f"## {name}\n", f"{_sentence(help_of[name])}\n"]
        for group in _filled_groups(command):
            title = str(group.title)
            if title in ("options", "positional arguments"):
                lines += _option_table(group)
            elif uses[title] > 1:
                shared[title] = group
                lines.append(f"It also takes the options under [{_sentence(title)[:-1]}](#{_slug(title)}).\n")
            else:
                lines += [f"### {_sentence(title)[:-1]}\n", *_option_table(group)]
    for title, group in shared.items():
        lines += [f"## {_sentence(title)[:-1]}\n", f"{_sentence(group.description or '')}\n", *_option_table(group)]
    return "\n".join(lines)


def _filled_groups(command: argparse.ArgumentParser) -> list[argparse._ArgumentGroup]:
    return [group for group in command._action_groups if _shown_actions(group)]


def _shown_actions(group: argparse._ArgumentGroup) -> list[argparse.Action]:
    return [
        action
        for action in group._group_actions
        if action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction)
    ]


def _option_table(group: argparse._ArgumentGroup) -> Iterator[str]:
    yield "| option | meaning |\n|---|---|"
    for action in _shown_actions(group):
        needed = " (required)" if action.required and action.option_strings else ""
        meaning = (action.help or "").replace("%(default)s", str(action.default))
        yield f"| {_option(action)}{needed} | {_cell(meaning)} |"
    yield ""


def _option(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    words = [] if action.nargs == 0 else [value] if isinstance(value, str) else [*value]
    if action.nargs in ("+", "*"):
        words.append("...")
    return "`" + " ".join([*action.option_strings[-1:], *words]).replace("|", "\\|") + "`"


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


# Models, tokenizers and attribution methods


def describe_registry(classes: dict[str, type[Any]]) -> str:
    """Describe everything registered, with its presets and a table of its settings."""
    lines: list[str] = []
    for name, cls in classes.items():
        lines += [f"## {_plain(cls.label)}\n", f"`{name}`. {_plain(cls.summary)}\n"]
        for preset, values in presets_of(cls).items():
            chosen = ", ".join(f"`{key}={value}`" for key, value in values.items())
            lines.append(f"- Preset *{_plain(preset)}*: {chosen}.")
        lines.append("")
        if settings := settings_of(cls):
            lines.append("| setting | default | values | what it does |\n|---|---|---|---|")
            lines += [
                f"| `{item.name}` | {_default(item)} | {_limits(item)} | {_cell(_sentence(item.label, item.help))} |"
                for item in settings
            ]
            lines.append("")
    return "\n".join(lines)


def _default(item: Any) -> str:
    if item.type is bool:
        return "yes" if item.default else "no"
    return f"`{item.default}`" if item.default != "" else ""


def _limits(item: Any) -> str:
    unit = f" {item.unit}" if item.unit else ""
    if item.choices:
        return ", ".join(f"`{choice}`" for choice in item.choices)
    if item.type is bool:
        return "yes, no"
    if item.low is not None and item.high is not None:
        return f"{item.low:g} to {item.high:g}{unit}"
    return f"at least {item.low:g}{unit}" if item.low is not None else item.unit


# Text


def _sentence(*texts: str) -> str:
    """Begin each text with a capital and end it with a full stop."""
    whole = (text.strip().rstrip(".") for text in texts if text.strip())
    return " ".join(f"{text[0].upper()}{text[1:]}." for text in whole)


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", text)


def _cell(text: str) -> str:
    return _plain(" ".join(text.split()))
