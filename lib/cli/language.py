"""``language``: what the language model in a run expects, which nucleotides depend on each other, and attention."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.attribution import attention
from lib.attribution.attention import CLS, EVERY, NO_EXPLANATION, Attention
from lib.attribution.dependency_map import DependencyMap
from lib.attribution.masked_reconstruction import Reconstruction
from lib.cli import arguments
from lib.core.errors import UserError
from lib.figures import language as plots
from lib.figures.files import to_svg
from lib.store import fitted, language
from lib.store import language_files as export

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ATTENTION = "attention"
WHAT = (*language.QUESTIONS, ATTENTION)
READERS = {"cls": CLS, "every": EVERY}
HELP = (
    "reconstruction: probability of each base where it is hidden; dependency: change of the log odds at each "
    "nucleotide when another is mutated; attention: what [CLS] or every token attends to, which is not an explanation"
)


def add_commands(commands: Any) -> None:
    """Add ``language``."""
    about = "ask the language model in a run: masked reconstruction, dependency map, attention"
    command = commands.add_parser("language", help=about)
    command.add_argument("--run", required=True, metavar="R", dest="run_id", help="run of an encoder, or a pretraining")
    command.add_argument("--sequences", required=True, metavar="FILE")
    command.add_argument("--what", choices=WHAT, default=language.RECONSTRUCTION, help=HELP)
    command.add_argument("--only", metavar="ID", help="this sequence of the file alone")
    command.add_argument("--out", metavar="FILE", help=".tsv, .csv, .xlsx, .npz, or .svg for a picture of one sequence")
    for name in ("--layer", "--head"):
        command.add_argument(name, type=int, metavar="N", help="of attention, from 1; the mean over all if left out")
    command.add_argument("--from", choices=READERS, default="cls", dest="reader", help="which token attends")
    command.set_defaults(run=_language)


def _language(options: argparse.Namespace) -> dict[str, Any] | None:
    answer = _answerer(options)
    pairs = arguments.sequences(options.sequences, arguments.reading(options))
    if options.only is not None:
        pairs = [pair for pair in pairs if pair[0] == options.only]
        if not pairs:
            raise UserError(f"{options.sequences} has no sequence {options.only!r}. Check the ID.")
    if _ending(options) == ".svg" and len(pairs) > 1:
        found = f"A picture shows one sequence, and there are {len(pairs):,}"
        raise UserError(f"{found}. Name one by --only, or write .npz.")
    names, answers = [name for name, _ in pairs], [answer(sequence) for _, sequence in pairs]
    if options.out or not options.json:
        _write(options, names, answers)
    if not options.json:
        return None
    said = {"note": NO_EXPLANATION} if options.what == ATTENTION else {"origin": answers[0].origin}
    each = [
        {"id": name, "nt": len(one.sequence), **_summary(options, one)}
        for name, one in zip(names, answers, strict=True)
    ]
    return {"run": options.run_id, "what": options.what, **said, "sequences": each, "out": options.out}


def _answerer(options: argparse.Namespace) -> Callable[[str], Any]:
    """Give what answers for one sequence; a run that cannot is refused before any file is read."""
    if options.what == ATTENTION:
        model = fitted.load_fitted(options.run_id)
        if why := attention.explain_refusal(model):
            raise UserError(why)
        return lambda sequence: attention.attention(model, sequence)
    if options.layer is not None or options.head is not None:
        raise UserError(f"--layer and --head belong to --what {ATTENTION}. Leave them out.")
    language.language_model_of(options.run_id)
    progress = arguments.show_progress()
    return lambda sequence: language.ask(options.run_id, options.what, sequence, progress=progress)


def _ending(options: argparse.Namespace) -> str:
    return Path(options.out or "").suffix.lower()


def _numbers(options: argparse.Namespace) -> dict[str, int | None]:
    """Give layer and head, counted from 0."""
    given = {"layer": options.layer, "head": options.head}
    return {name: None if number is None else number - 1 for name, number in given.items()}


def _summary(options: argparse.Namespace, found: Reconstruction | DependencyMap | Attention) -> dict[str, Any]:
    if isinstance(found, Reconstruction):
        return {"accuracy": found.accuracy, "perplexity": found.perplexity, "covered": float(np.nanmin(found.covered))}
    if isinstance(found, DependencyMap):
        if found.strongest is None:
            return {"strongest": None}
        mutated, target = found.strongest
        value = float(found.values[mutated, target])
        return {"strongest": {"mutated": mutated, "target": target, "dependency": value}}

    scores = found.scores(**_numbers(options), reader=READERS[options.reader])
    return {"layers": len(found.weights), "heads": found.weights.shape[1], "special": scores.special}


def _write(options: argparse.Namespace, names: Sequence[str], found: Sequence[Any]) -> None:
    if _ending(options) in (".npz", ".svg"):
        picture = _ending(options) == ".svg"
        made = to_svg(_picture(options, names[0], found[0])) if picture else export.to_npz(names, found)
        arguments.write_file(options.out, made)
        return
    columns, rows = export.TABLES[options.what]
    if options.what == ATTENTION:
        found = [one.scores(**_numbers(options), reader=READERS[options.reader]) for one in found]
    table = (row for name, one in zip(names, found, strict=True) for row in rows(name, one))
    arguments.write_table(columns, table, options.out)


def _picture(options: argparse.Namespace, name: str, found: Reconstruction | DependencyMap | Attention) -> "Figure":
    if isinstance(found, Reconstruction):
        return plots.reconstruction_figure(found, title=f"{name}: masked reconstruction")
    if isinstance(found, DependencyMap):
        values, words, left_out = found.values, plots.DEPENDENCY, found.shared
    else:
        values, words, left_out = found.between(**_numbers(options)), plots.ATTENTION, None
    return plots.map_figure(values, found.sequence, words, title=f"{name}: {words.name}", left_out=left_out)
