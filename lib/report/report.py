"""``report.html``: all about a finished run in one file that opens anywhere, without a network."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lib
from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Report, Silent
from lib.datasets.leakage import CLOSE, write_headline
from lib.report import commands, dome, explained, html, methods, model_parts, patterns, sections, tasks
from lib.report.context import PART, Context, gather
from lib.views.blocks import Block, Commands, Paragraph
from lib.views.verdict import find_verdict

STEPS = ("Reading the run", "Drawing the figures", "Explaining sequences", "Writing")


def write(
    run_id: str, out: Path, *, ids: Sequence[str] = (), method: str = "", progress: Progress | None = None
) -> dict[str, Any]:
    """Write the report of a run to a file and say how large it is and what it holds.

    Parameters
    ----------
    run_id
        A finished training.
    out
        Where to write; an older report of that name is replaced in one step.
    ids
        Sequences of the dataset whose logos to show; telling ones of the test part where left out.
    method
        Attribution method of the logos; one that works with the model where left out.

    Raises
    ------
    UserError
        If the run is not finished, a sequence or a method is unknown, or nothing can be written.
    """
    content, names = render_report(run_id, ids=ids, method=method, progress=progress)
    with replacing(out) as temporary:
        temporary.write_text(content, encoding="utf-8")
    return {"run": run_id, "out": str(out), "bytes": len(content.encode()), "sections": names}


def render_report(
    run_id: str, *, ids: Sequence[str] = (), method: str = "", progress: Progress | None = None
) -> tuple[str, list[str]]:
    """Give the report as HTML, and the headings of its sections."""
    listener = progress or Silent()

    def tell(step: int) -> None:
        listener.report(Report(step, len(STEPS), STEPS[step]))

    tell(0)
    context = gather(run_id)
    task = tasks.get(context.dataset.task)
    tell(1)
    parts: dict[str, Sequence[Block]] = {
        "Results": task.results(context),
        "Figures": task.figures(context),
        **model_parts.sections(context),
    }
    tell(2)
    logos, facts = _logos(context, ids, method, progress)
    found = patterns.section(context)
    if found:
        facts["patterns"] = "yes"
    parts |= {
        "Patterns": found or [Paragraph(patterns.NONE)],
        "Chosen sequences": logos,
        "Data": sections.data(context),
        "Target and split": [sections.task(context)],
        "Settings and versions": sections.settings(context),
        "Methods, for a paper": [methods.methods(context, facts, task.statistics(context))],
        "Checklist (DOME)": dome.checklist(context),
        "Repeat this run": _repeat(context),
    }
    tell(3)
    content = html.render(
        "report.html",
        run=context.run,
        model=context.model_label,
        dataset=context.row.name,
        simulated=context.dataset.simulated,
        lead=[_verdict(context), *task.lead(context)],
        warning=write_headline(context.leakage, PART),
        close=CLOSE,
        sections=parts,
        version=lib.__version__,
        now=f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
    )
    return content, list(parts)


def _logos(
    context: Context, ids: Sequence[str], method: str, progress: Progress | None
) -> tuple[list[Block], dict[str, str]]:
    """Draw the logos; where nobody asked for special ones, what cannot be explained is said in their place."""
    if ids or method:
        chosen = explained.choose_named(context, ids) if ids else explained.telling(context)
        return explained.logos(context, chosen, method=method, progress=progress)
    try:
        return explained.logos(context, explained.telling(context), progress=progress)
    except UserError as error:
        return [Paragraph(f"No sequence is explained: {error}")], {}


def _verdict(context: Context) -> Block:
    """Say first what the result comes to, and what to do next."""
    split = str((context.dataset.facts.get("split") or {}).get("kind", ""))
    verdict = find_verdict(context.run.id, split=split)
    said = f"{verdict.numbers}. {verdict.advice}".strip(". ") + "."
    return Paragraph(said, strong=f"{verdict.phrase}:", style=f"verdict {verdict.standing.value}")


def _repeat(context: Context) -> list[Block]:
    blocks: list[Block] = [
        Paragraph("In the folder of MotifLens, with the files of the data in it:"),
        Commands(f"{commands.importing(context)}\n{commands.training(context)}"),
        Paragraph(
            f"The dataset is {context.dataset.id} by its content. Where the first command gives another hash, columns "
            "were changed by hand when it was made; the bundle of the run (motiflens bundle) holds the dataset "
            "itself and repeats it."
        ),
    ]
    if context.run.payload.get("about"):
        text = "The members of the ensemble are trained first, each by the command in its own report."
        blocks.append(Paragraph(text))
    return blocks
