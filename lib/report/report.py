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
from lib.report import commands, explained, markup, methods, model_parts, patterns, sections, tasks
from lib.report.markup import text
from lib.report.material import PART, Material, gather

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
    content, names = made(run_id, ids=ids, method=method, progress=progress)
    with replacing(out) as temporary:
        temporary.write_text(content, encoding="utf-8")
    return {"run": run_id, "out": str(out), "bytes": len(content.encode()), "sections": names}


def made(
    run_id: str, *, ids: Sequence[str] = (), method: str = "", progress: Progress | None = None
) -> tuple[str, list[str]]:
    """Give the report as text, and the headings of its sections."""
    listener = progress or Silent()

    def tell(step: int) -> None:
        listener.report(Report(step, len(STEPS), STEPS[step]))

    tell(0)
    material = gather(run_id)
    told = tasks.get(material.dataset.task)
    tell(1)
    parts = {
        "Results": told.results(material),
        "Figures": told.figures(material),
        **model_parts.sections(material),
    }
    tell(2)
    logos, facts = _logos(material, ids, method, progress)
    found = patterns.section(material)
    if found:
        facts["patterns"] = "yes"
    parts |= {
        "Patterns": found or patterns.NONE,
        "Chosen sequences": logos,
        "Data": sections.data(material),
        "Target and split": sections.task(material),
        "Settings and versions": sections.settings(material),
        "Methods, for a paper": methods.methods(material, facts, told.statistics(material)),
        "Repeat this run": _repeat(material),
    }
    tell(3)
    content = markup.page(_title(material), _head(material, told.lead(material)), parts, _foot(material))
    return content, list(parts)


def _logos(
    material: Material, ids: Sequence[str], method: str, progress: Progress | None
) -> tuple[str, dict[str, str]]:
    """Write the logos; where nobody asked for special ones, what cannot be explained is said in their place."""
    if ids or method:
        chosen = explained.named(material, ids) if ids else explained.telling(material)
        return explained.logos(material, chosen, method=method, progress=progress)
    try:
        return explained.logos(material, explained.telling(material), progress=progress)
    except UserError as error:
        return f"<p>No sequence is explained: {text(error)}</p>", {}


def _title(material: Material) -> str:
    return f"{material.run.name}: report of MotifLens"


def _head(material: Material, lead: str) -> str:
    run, simulated = material.run, "<span class='simulated'>simulated</span>" if material.dataset.simulated else ""
    said = f"{text(material.model_label)} on {text(material.row.name)} {simulated}"
    warning = write_headline(material.leakage, PART)
    close = f"<p><b>{text(warning)}</b> <span class='dim'>{text(CLOSE)}</span></p>" if warning else ""
    return f"<h1>{text(run.name)}</h1><p class='dim'>{said}</p>{lead}{close}"


def _repeat(material: Material) -> str:
    dataset = material.dataset
    note = (
        f"<p>The dataset is {text(dataset.id)} by its content. Where the first command gives another hash, columns "
        "were changed by hand when it was made; the bundle of the run (<code>python -m lib bundle</code>) holds the "
        "dataset itself and repeats it.</p>"
    )
    lines = f"{commands.importing(material)}\n{commands.training(material)}"
    members = material.run.payload.get("about", {})
    ensemble = (
        "<p>The members of the ensemble are trained first, each by the command in its own report.</p>"
        if members
        else ""
    )
    return (
        f"<p>In the folder of MotifLens, with the files of the data in it:</p><pre>{text(lines)}</pre>{note}{ensemble}"
    )


def _foot(material: Material) -> str:
    now = datetime.now(UTC)
    return (
        f"Written by MotifLens {text(lib.__version__)} on {now:%Y-%m-%d %H:%M} UTC, of the run "
        f"{text(material.run.id)}. "
        "This file loads nothing from anywhere."
    )
