"""An RBP table: how strong its motifs are, how often they hit, and whether hits go with the target."""

import numpy as np
import pandas as pd
import streamlit as st

from lib.core.alphabet import in_alphabet
from lib.datasets.dataset import Dataset
from lib.store import rbp_tables
from lib.store.files import home
from lib.store.rbp_identity import id_of
from lib.ui import errors
from lib.ui.rbp import choice, target
from lib.ui.rbp import numbers as rbp_numbers
from lib.ui.rbp import table as rbp_table
from lib.ui.rbp import threshold as rbp_threshold
from lib.ui.rbp.numbers import Counted
from lib.ui.widgets import charts, columns, downloads, metric_row, state
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.text import plain

MOST_HEIGHT = 380
_ABOUT = (
    "Specificity: largest score divided by the median of all k-mers. Sensitivity: mean of 1 - score over the single "
    "mutants of the top k-mer, scores relative to the largest (Yi et al. 2025, doi:10.1101/2025.03.28.646018)."
)


def draw(dataset: Dataset, *, rna: bool) -> None:
    """Draw the table where the motifs are k-mers; nothing for other motifs and PWMs."""
    if dataset.rbp is None:
        return
    key = id_of(dataset.rbp, {}, dataset.rbp_collection)
    found = _find(str(home()), key, choice.score_of(dataset), dataset)
    if found is None or not len(found):
        return
    found = found.assign(top=[in_alphabet(top, rna=rna) for top in found["top"]])
    count = len(found)
    st.subheader("Specificity", anchor=False)
    below = int((found["median"] <= 0).sum())
    said = f" {below:,} of {count:,} medians are not above 0; a ratio says little there." if below else ""
    st.caption(f"{_ABOUT}{said}")
    number = st.column_config.NumberColumn
    st.dataframe(
        found,
        hide_index=True,
        placeholder="–",
        key="rbp-specificity",
        height=MOST_HEIGHT if count > 9 else "auto",
        alt=f"Specificity and mean sensitivity of {count:,} proteins, with the top k-mer of each",
        column_config={
            "protein": st.column_config.TextColumn("Protein", pinned=True),
            "top": st.column_config.TextColumn("Top k-mer", help="The k-mer with the largest score"),
            "kmers": number("k-mers", format="localized", help="K-mers with a score"),
            "max": number("Largest", format="%.4g", help="Score of the top k-mer"),
            "median": number("Median", format="%.4g", help="Over all k-mers"),
            "specificity": number("Specificity", format="%.4g", help="Largest score divided by the median"),
            "sensitivity": number("Mean sensitivity", format="%.4g", help="Mean of 1 - score over the single mutants"),
            "mutants": number("Mutants", format="%d", help="Single mutants of the top k-mer with a score"),
        },
    )
    downloads.csv_button(
        lambda: found,
        name=f"{choice.name_of(dataset)}-specificity",
        key="rbp-specificity-csv",
        label=f"{count:,} protein{'s' * (count != 1)} (CSV)",
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _find(home: str, key: str, score: str, _dataset: Dataset) -> pd.DataFrame | None:
    from lib.motifs.specificity import kmer_scores, specificities

    protein = str(dict(_dataset.facts.get("rbp", {})).get("protein", "")) or "Mean_RBP"
    scores = kmer_scores(_dataset.rbp, _dataset.rbp_collection, protein)  # type: ignore[arg-type]
    return None if scores is None else specificities(scores)


_TABLE_HELP = (
    "Upload a table with a motif and a binding score in each row, or a file of PWMs: **Upload another table** above."
)


def view(dataset: Dataset) -> None:
    """Draw the RBP table of a dataset as ``rbp_choice.with_rbp`` gives it."""
    if dataset.rbp is None and not dataset.pwms:
        state.empty(
            f"The dataset **{plain(dataset.name)}** was frozen without an RBP table. {_TABLE_HELP}",
            state.UPLOAD,
            "Bring other files",
        )
        return
    _body(dataset)


@st.fragment
def _body(dataset: Dataset) -> None:
    with errors.guard():
        known = rbp_numbers.count_hits(dataset)
        _facts(dataset, known)
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="rbp-choices"):
            length = int(np.median([len(dataset.sequences[row]) for row in known.rows[:1000]] or [0]))
            threshold = rbp_threshold.choose(dataset, length=length)
            rna = st.toggle("Show U instead of T", key="rna", bind="query-params", help="RNA or DNA letters; U is T")
            if choice.choose_table():
                _deletion()
        if not _some(dataset, known, threshold):
            return
        hits = known.hits.per_sequence(threshold)
        _spread(dataset, known, threshold, hits)
        place = target.draw(dataset, known, threshold, hits)
        table = rbp_table.draw(dataset, known, threshold, place, rna=rna)
        draw(dataset, rna=rna)
        if dataset.pwms and dataset.rbp is None:
            rbp_table.draw_logos(dataset, table, rna=rna)


def _facts(dataset: Dataset, known: Counted) -> None:
    """Draw what the table is, and let go of one that was brought."""
    hits = known.hits
    low, high = int(hits.widths.min()), int(hits.widths.max())
    by_words = dataset.rbp is not None
    numbers = [
        Fact("Motifs" if by_words else "PWMs", f"{len(hits.motifs):,}", "Motifs of the table, each once"),
        Fact("Width", f"{low} nt" if low == high else f"{low} to {high} nt", "Letters of the motifs"),
    ]
    if by_words:
        ambiguous = sum(not set(motif) <= set("ACGT") for motif in hits.motifs)
        letters = f"IUPAC in {ambiguous:,}" if ambiguous else "A C G T/U"
        numbers.append(Fact("Letters", letters, "Whether motifs hold ambiguity codes, such as N or R"))
        weakest, strongest = float(hits.level.min()), float(hits.level.max())
        span = f"{weakest:.3g} to {strongest:.3g}"
        numbers.append(Fact(choice.score_of(dataset), span, "The weakest and the strongest motif"))
    said = f"{len(known.rows):,}" if len(known.rows) == known.of else f"{len(known.rows):,} of {known.of:,}"
    about = "Everything below is counted in the training part; the test part is not looked at"
    numbers.append(Fact("Training sequences", said, about))
    with st.container(border=True):
        metric_row.draw(numbers, title=choice.name_of(dataset), below="PWMs" * (not by_words))
    if len(known.rows) < known.of:
        st.caption(
            f"Hits are counted in {len(known.rows):,} of the {known.of:,} training sequences, drawn at random, so that "
            "the page stays quick."
        )


def _deletion() -> None:
    with st.popover("Delete this table", icon=":material/delete:", type="tertiary"):
        st.markdown("The table leaves the workspace, for everybody. What was computed with it stays as it is.")
        if st.button("Delete table", key="rbp-delete"):
            rbp_tables.delete(choice.choose_table())
            choice.choose(choice.OWN)
            st.rerun()


def _some(dataset: Dataset, known: Counted, threshold: float) -> bool:
    """Say whether there is anything to show at a threshold; where not, say why and what to do."""
    hits = known.hits
    kept = hits.mark_kept(threshold)
    if not kept.any():
        highest = float(np.nanmax(hits.level))
        _nothing(
            f"No motif has a {choice.score_of(dataset)} of at least {threshold:.6g}; the highest is {highest:.6g}. "
            "Lower the threshold.",
            highest,
        )
        return False
    narrowest = int(hits.widths[np.unique(hits.motif[kept])].min())
    if narrowest > known.longest:
        kind = "kept motif" if dataset.rbp is not None else "PWM"
        _nothing(
            f"Every {kind} has at least {narrowest} nt, and the longest training sequence has {known.longest} nt, so "
            "nothing can be hit. Lower the threshold, or choose a table with shorter motifs."
        )
        return False
    if not known.hits.per_sequence(threshold).any():
        count = int(kept.sum()) if dataset.rbp is not None else len(hits.motifs)
        kind = "motif" if dataset.rbp is not None else "PWM"
        _nothing(
            f"{'None' if count != 1 else 'Not one'} of the {count:,} {kind}{'s' * (count != 1)} at or above the "
            f"threshold hits any of the {len(known.rows):,} training sequences. Lower the threshold, or choose another "
            "RBP table."
        )
        return False
    return True


def _nothing(sentence: str, highest: float | None = None) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown(plain(sentence), text_alignment="center")
        if highest is not None:
            st.button(
                "Keep the strongest motif",
                key="rbp-strongest",
                icon=":material/tune:",
                on_click=rbp_threshold.keep,
                args=(rbp_threshold.MOTIFS, rbp_threshold.round_down(highest)),
            )


def _spread(dataset: Dataset, known: Counted, threshold: float, hits: np.ndarray) -> None:
    """Draw what the threshold leaves: motifs, and hits per sequence."""
    from lib.figures import rbp as plots

    level, name, score = known.hits.level, choice.name_of(dataset), choice.score_of(dataset)
    by_words = dataset.rbp is not None
    numbers = []
    if by_words:
        kept = int(known.hits.mark_kept(threshold).sum())
        numbers.append(Fact("Motifs kept", f"{kept:,} ({kept / len(level):.1%})", "Motifs at or above the threshold"))
    without = int((hits == 0).sum())
    numbers += [
        Fact("Hits per sequence, mean", f"{hits.mean():.2f}", "Overlapping hits count, on the given strand"),
        Fact("Median", f"{np.median(hits):g}", "Half of the training sequences have at most so many hits"),
        Fact("Sequences without a hit", f"{without:,} ({without / len(hits):.1%})", "No kept motif lies in them"),
    ]
    metric_row.draw(numbers)
    places = columns.columns(2 if by_words else 1, key="rbp-spread")
    if by_words:
        with places[0]:
            charts.draw(
                lambda: plots.strength_histogram(level, threshold, score=score),
                name=f"{name}-scores",
                key="rbp-strengths",
                alt=f"Histogram of {score} of {len(level):,} motifs; the threshold {threshold:.4g} keeps {kept:,}",
                numbers=lambda: plots.strengths(level, threshold),
            )
    with places[-1]:
        charts.draw(
            lambda: plots.hits_histogram(hits),
            name=f"{name}-hits",
            key="rbp-hits",
            alt=f"Histogram of hits per sequence in {len(hits):,} training sequences: mean {hits.mean():.2f}",
            numbers=lambda: pd.DataFrame({"id": dataset.ids[known.rows], "hits": hits}),
        )
