"""The choice of motifs: of an RBP table, typed in, or discovered in attributions."""

import streamlit as st

from lib.analysis.motifs import Motif, of_pwm, of_table, of_text
from lib.core.alphabet import in_alphabet
from lib.core.errors import UserError
from lib.store import experiments, runs
from lib.ui import errors
from lib.ui.experiments.subject import Subject
from lib.ui.rbp import choice
from lib.ui.widgets.text import plain

TABLE, TYPED, FOUND = "RBP table", "Typed in", "Discovered patterns"
EXAMPLE = "UGUAHAUA\nUAUUUA\nGCACUU\nUUAG\nUUUUUUU"


def choose(subject: Subject, *, most: int, first: int) -> tuple[Motif, ...]:
    """Draw the choice and give the motifs, at most ``most``; ``first`` of a table are taken unless asked otherwise."""
    table = of_table(subject.dataset.rbp, subject.dataset.pwms)
    jobs = _discoveries(subject)
    sources = [TABLE, TYPED, *([FOUND] if jobs else [])]
    source = st.segmented_control(
        "Motifs",
        sources,
        default=TABLE if table else TYPED,
        required=True,
        key="motifs_from",
        bind="query-params",
        help="Motifs of RNA-binding proteins from a table or a file of PWMs, words of your own, or patterns that "
        "TF-MoDISco found on the Motifs page.",
    )
    if source == TYPED:
        return _type_motifs(most)
    if source == FOUND:
        return _list_discovered(jobs)[:most]
    dataset = choice.with_rbp(subject.dataset)
    motifs = [] if dataset is None else of_table(dataset.rbp, dataset.pwms)
    if not motifs:
        st.info(
            f"{plain(subject.dataset.name)} has no RBP table. Upload one with *Upload another table*, or choose "
            f"*{TYPED}* and write the motifs yourself."
        )
        return ()
    return _strongest(motifs, most, first)


def label(motif: str, word: str) -> str:
    """Name a motif on a chart: its word in RNA letters, with its name where that says more."""
    rna = in_alphabet(word, rna=True)
    return rna if motif in (word, rna) else f"{motif} ({rna})"


def _strongest(motifs: list[Motif], most: int, first: int) -> tuple[Motif, ...]:
    highest = min(most, len(motifs))
    if highest == 1:
        return tuple(motifs[:1])
    count = st.number_input(
        f"Motifs to measure (of {len(motifs):,})",
        1,
        highest,
        min(first, highest),
        width=220,
        key=f"motif-count-{len(motifs)}-{most}",
        help="Those with the largest |binding score| (Mean_RBP) come first; PWMs in the order of their file.",
    )
    named = [label(motif.name, motif.word) for motif in motifs[: int(count)]]
    st.caption(plain(", ".join(named[:12])) + (f" and {len(named) - 12:,} more" if len(named) > 12 else ""))
    return experiments.unique(motifs[: int(count)])


def _type_motifs(most: int) -> tuple[Motif, ...]:
    text = st.text_area(
        "Motifs, one a line",
        key="motif_words",
        bind="query-params",
        height=130,
        placeholder=EXAMPLE,
        width=420,
        help="RNA or DNA letters, IUPAC codes too (H is A, C or U; N leaves what stands there).",
    )
    if not (text or "").strip():
        st.caption(f"For example: {', '.join(EXAMPLE.splitlines())}")
        return ()
    try:
        found = of_text(str(text))
    except UserError as error:
        errors.show(error)
        return ()
    if len(found) > most:
        st.warning(f"The first {most} of {len(found)} motifs are taken.")
    return tuple(found[:most])


def _discoveries(subject: Subject) -> dict[str, str]:
    """Name the finished discoveries for this run, by id."""
    done = [run for run in runs.all(dataset=subject.run.dataset, kind="discover") if run.state == runs.FINISHED]
    return {run.id: run.name for run in done if run.payload.get("set", {}).get("run") == subject.run.id}


def _list_discovered(jobs: dict[str, str]) -> tuple[Motif, ...]:
    from lib.store import patterns

    picked = st.selectbox("Discovery", list(jobs), format_func=jobs.__getitem__, key="discovery", width=420)
    try:
        found = patterns.load(str(picked))
    except UserError as error:
        errors.show(error)
        return ()
    names = {pattern.name: pattern for pattern in found}
    kept = st.multiselect("Patterns", list(names), default=list(names), key=f"patterns-{picked}")
    return tuple(of_pwm(f"pattern {name}", names[name].ppm) for name in kept)
