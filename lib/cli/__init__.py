"""The command line: the same functions that the pages call.

With ``--json`` one JSON value goes to stdout; everything else goes to stderr. Exit status: 0 done; 1 a bug, with its
traceback; 2 the user's error, in one sentence; 3 a run that was waited for failed, was cancelled or lost; 130 stopped
by Ctrl-C, which a run that was waited for outlives.
"""

import argparse
import importlib
import json
import math
import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import lib
from lib.cli import arguments, waiting
from lib.core.errors import DataError, UserError
from lib.io import sandbox
from lib.report.commands import PROGRAM

COMMANDS = {
    "data": ("import", "demo", "datasets", "segment"),
    "inspection": ("inspect",),
    "models": ("train", "ensemble", "runs", "tokenizers", "models", "methods"),
    "waiting": ("cancel",),
    "explain": ("predict", "attribute"),
    "motifs": ("discover", "rbp"),
    "instances": ("instances", "spacing", "tracks"),
    "reports": ("report", "bundle", "unpack", "evaluate", "check"),
    "structure": ("fold", "pretrain"),
    "language": ("language",),
    "variants": ("variants",),
    "system": ("serve", "doctor"),
}
"""Commands by the module that has them; one is loaded without the others, which takes a second or two."""
SHOWN_PROBLEMS = 20
VERSION = f"MotifLens {lib.__version__}"
READERS = tuple("import inspect segment train pretrain predict attribute fold variants rbp language".split())
"""Commands that read files."""
STATUS = f"""exit status:
  0    done
  1    a bug of MotifLens, shown with its traceback
  2    something to mend, said in one sentence: a file, an option, a choice that is open
  {waiting.UNFINISHED}    a run that was waited for (--wait) failed, was cancelled or lost
  130  stopped by Ctrl-C; a run that was waited for goes on, and cancel RUN stops it
"""


def parser(wanted: str | None = None) -> argparse.ArgumentParser:
    """Build the parser with every command, or with those of the module that has the one that is wanted."""
    top = argparse.ArgumentParser(
        prog=PROGRAM,
        description="MotifLens from the command line.",
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=VERSION)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    modules = [name for name, names in COMMANDS.items() if wanted in names] or [*COMMANDS]
    for name in modules if wanted != "--version" else ():
        importlib.import_module(f"lib.cli.{name}").add_commands(commands)
    for name, command in commands.choices.items():
        if name in READERS:
            arguments.add_reading(command)
        command.add_argument("--json", action="store_true", help="print one JSON value on stdout")
    return top


def main(arguments: Sequence[str]) -> int:
    """Run one command and give its exit status."""
    if arguments and arguments[0] in READERS:
        sandbox.prepare()  # while the command is loaded
    options = parser(arguments[0] if arguments else None).parse_args(_join_negative_times(arguments))
    status = 0
    try:
        result = options.run(options)
    except waiting.Unfinished as unfinished:
        sys.stderr.write(f"{unfinished}\n")
        result, status = unfinished.result, waiting.UNFINISHED
    except UserError as error:
        _complain(error)
        return 2
    except KeyboardInterrupt as stopped:
        sys.stderr.write(f"{str(stopped) or 'Stopped.'}\n")
        return 130
    except BrokenPipeError:  # whoever read the output has enough, as ``head`` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the last flush does not fail as well
        return 0
    except Exception:  # noqa: BLE001 - the outermost place: a bug is shown with its traceback and exit status 1
        traceback.print_exc()
        return 1
    sys.stdout.write(json.dumps(_plain(result), allow_nan=False) + "\n" if options.json else _readable(result))
    return status


def _join_negative_times(arguments: Sequence[str]) -> list[str]:
    """Write ``--from -2h`` as ``--from=-2h``, or the time would be taken for an option.

    >>> _join_negative_times(["import", "--from", "-2h", "--to", "8h"])
    ['import', '--from=-2h', '--to', '8h']
    """
    joined: list[str] = []
    for word in arguments:
        if joined and joined[-1] in ("--from", "--to", "--times") and re.match(r"-\d", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _complain(error: UserError) -> None:
    sys.stderr.write(f"{error}\n")
    if isinstance(error, DataError):
        shown = error.problems[:SHOWN_PROBLEMS]
        sys.stderr.writelines(f"  {problem}\n" for problem in shown)
        if len(error.problems) > len(shown):
            sys.stderr.write(f"  ... and {len(error.problems) - len(shown):,} more.\n")


def _plain(value: Any) -> Any:
    """Make a value fit for JSON: no NaN and no infinity, which JSON does not have."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _readable(result: Any) -> str:
    """Write a result for people: a list as one line each, a mapping as ``key: value`` lines, nothing for None."""
    if result is None:
        return ""
    if isinstance(result, list):
        return "".join("\t".join(_cell(item) for item in row.values()) + "\n" for row in result)
    return "".join(f"{key}: {_cell(value)}\n" for key, value in result.items())


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_cell(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_cell(item) for item in value)
    return "" if value is None else str(value)
