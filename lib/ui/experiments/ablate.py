"""Take motifs out: what all hits of a motif contribute, against as much changed at random elsewhere."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.store import experiments
from lib.store.experiments import ABLATE, Asked
from lib.ui import errors
from lib.ui.experiments import answers, backgrounds, motifs
from lib.ui.experiments.subject import Subject
from lib.ui.experiments.words import COLUMNS, count, effects_sentence
from lib.ui.widgets import charts, downloads

MOST, FIRST = 500, 60
FEWEST = 3


def draw(subject: Subject) -> None:
    """Draw the question and the newest answer."""
    with st.container(border=True):
        found = motifs.choose(subject, most=MOST, first=FIRST)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            part = backgrounds.part(subject)
            count = st.number_input(
                "Sequences at most",
                10,
                100_000,
                1000,
                key="ablate-count",
                width=160,
                help="Only sequences with a hit are asked; the others show nothing.",
            )
            draws = st.number_input(
                "Draws",
                1,
                50,
                5,
                key="draws",
                width=110,
                help="How often the letters are shuffled, at the hits and elsewhere; the mean counts.",
            )
        asked = None
        if found and part:
            options = {"part": part, "count": int(count), "draws": int(draws)}
            asked = Asked(ABLATE, subject.run.id, subject.target, found, options)
        answers.start_button(asked)
    run = answers.choose_experiment(subject, ABLATE)
    if run is None:
        return
    table = experiments.effects(run.id)
    table["label"] = [motifs.label(name, word) for name, word in zip(table["motif"], table["word"], strict=True)]
    _answer(subject, run.id, run.payload, table)


@st.fragment
def _answer(subject: Subject, run_id: str, said: dict[str, Any], table: pd.DataFrame) -> None:
    with errors.guard():
        from lib.figures import experiments as plots

        measured = table[table["n"] >= FEWEST].reset_index(drop=True)
        options = said["options"]
        if not len(measured):
            st.info(
                f"No motif has hits in at least {FEWEST} of the sequences that were looked at. Take more sequences, or "
                "other motifs."
            )
            return
        st.markdown(effects_sentence(measured, subject.unit, what="motifs contribute where they stand"))
        rare = len(table) - len(measured)
        st.caption(
            f"Prediction as it stands minus prediction without the hits, less the same for as many equally long "
            f"stretches elsewhere; up to {options['count']:,} sequences of the {options['part']} part, mean of "
            f"{count(options['draws'], 'draw')}. No hit was left after the change. n counts sequences with a hit."
            + (f" {count(rare, 'motif')} with hits in fewer than {FEWEST} sequences not shown." if rare else "")
        )
        name = f"{subject.run.name} motifs taken out"
        charts.draw(
            lambda: plots.effects(
                measured, title="What each motif contributes where it stands", effect=subject.change, random=True
            ),
            name=name,
            key="ablate-dots",
            kept=run_id,
            alt=f"Contribution of the hits of each of {len(measured)} motifs, with 95% intervals, and of random places",
        )
        shown = table.sort_values("mean", key=lambda values: -values.abs(), kind="stable")
        columns = ["label", "mean", "low", "high", "n", "hits", "effect", "random", "p", "q", "no_room", "strength"]
        more = {
            "mean": st.column_config.NumberColumn(
                "Contribution", format="%+.3f", help="At the hits minus elsewhere, mean over the sequences with a hit"
            ),
            "no_room": st.column_config.NumberColumn(
                "No room", format="localized", help="Sequences so full of hits that nothing elsewhere compares"
            ),
        }
        st.dataframe(
            shown[columns],
            hide_index=True,
            placeholder="–",
            key="ablate-table",
            column_config=COLUMNS | more,
            height=320 if len(shown) > 8 else "auto",
            alt=f"Contribution of {len(shown)} motifs at their hits and of random places, with interval, p and q",
        )
        downloads.csv_button(lambda: shown, name=name, key="ablate-csv", label=f"{count(len(shown), 'motif')} (CSV)")
