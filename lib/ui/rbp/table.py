"""The motifs of an RBP table one by one: strength, hits, and how their hits go with the target."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.figures.theme import axis
from lib.store.files import home
from lib.ui.rbp import choice, numbers
from lib.ui.rbp.numbers import Counted
from lib.ui.widgets import charts, class_labels, downloads, theme
from lib.ui.widgets.text import plain, short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PER_PAGE = 12


def draw_logos(dataset: Dataset, table: pd.DataFrame, *, rna: bool) -> None:
    """Draw the logos of the PWMs of a table, a dozen at a time."""
    if not len(table):
        return
    st.subheader("Logos", anchor=False)
    pages = -(-len(table) // PER_PAGE)
    page = 1
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if pages > 1:
            page = int(
                st.number_input(f"Page of {pages}", 1, pages, key=f"rbp-page-{pages}-{len(table)}", width=150) or 1
            )
        here = table.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]
        _download(dataset, here, page, rna=rna)
    st.caption(
        f"{len(here)} of {len(table):,} PWMs, in the order of the table; letters are as tall as their information."
    )
    table_id, dark = choice.table_id(dataset), theme.is_dark()
    with st.container(horizontal=True, gap="small", key="rbp-logos"):
        for name, width, bits, hits in here[["stored", "width", "bits", "hits"]].itertuples(index=False, name=None):
            with st.container(border=True, width=235, gap="xsmall"):
                st.markdown(f"**{plain(short(name, 30))}**")
                st.image(
                    _logo(str(home()), table_id, name, rna, dark, dataset.pwms[name]),
                    width="stretch",
                    alt=f"Logo of {name}: {width} positions, {bits:.1f} bits",
                )
                st.caption(f"{width} nt, {bits:.1f} bits, {hits:,} hits")


def _download(dataset: Dataset, here: pd.DataFrame, page: int, *, rna: bool) -> None:
    pwms = {name: dataset.pwms[name] for name in here["stored"]}

    def make() -> "Figure":
        from lib.figures.pwm_logos import logo_page

        return logo_page(pwms, rna=rna, notes=[f"{bits:.1f} bits" for bits in here["bits"]])

    st.markdown("These logos:", width="content")
    charts.files(make, name=f"{choice.name_of(dataset)}-logos-{page}", key="rbp-logos", numbers=lambda: matrices(pwms))


def matrices(pwms: Mapping[str, FloatArray]) -> pd.DataFrame:
    """Give PWMs (4, W) as one table: name, position (from 1), and the probability of each base."""
    rows = [
        (name, place + 1, *(float(share) for share in column))
        for name, matrix in pwms.items()
        for place, column in enumerate(matrix.T)
    ]
    return pd.DataFrame(rows, columns=["motif", "position (nt)", *BASES])


@st.cache_data(max_entries=600, show_spinner=False)
def _logo(home: str, table_id: str, name: str, rna: bool, dark: bool, _pwm: FloatArray) -> str:  # noqa: FBT001 (a cache key)
    from lib.figures.files import to_svg
    from lib.figures.pwm_logos import logo

    return to_svg(logo(_pwm, rna=rna, dark=dark)).decode("utf-8")


MOST_ROWS = 2000
STRENGTH, EFFECT, HITS = "Strength", "Correlation with the target", "Hits"


def draw(dataset: Dataset, known: Counted, threshold: float, place: int, *, rna: bool) -> pd.DataFrame:
    """Draw the motifs at or above a threshold as a picture and a table, and give those that were searched, in order."""
    st.subheader("Motifs", anchor=False)
    table = numbers.of_motifs(dataset, known, threshold, place, rna=rna)
    name, score, target = (
        choice.name_of(dataset),
        choice.score_of(dataset),
        axis(dataset.target_names[place], class_labels.find_unit(dataset, place)),
    )
    _summary(table, len(known.rows), target)
    if dataset.rbp is not None and len(table) > 2:
        from lib.figures import rbp as plots

        charts.draw(
            lambda: plots.effect_against_strength(table, target=dataset.target_names[place], score=score),
            name=f"{name}-effects",
            key="rbp-effects",
            alt=f"Correlation of the hits of each of {len(table):,} motifs with {target}, against their {score}",
        )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        text = st.text_input(
            "Search",
            key="rbp_search",
            bind="query-params",
            placeholder="UGUA, AUUU, a name",
            width=240,
            help="Letters of a motif, RNA or DNA, or the name of a PWM",
        )
        strength = plain(score) if dataset.rbp is not None else "Information"
        order = st.segmented_control(
            "Sort by",
            [STRENGTH, EFFECT, HITS],
            default=STRENGTH,
            required=True,
            key="rbp-order",
            format_func=lambda kind: strength if kind == STRENGTH else kind,
        )
    found = sort_motifs(numbers.search_motifs(table, text or ""), str(order))
    if not len(found):
        st.info(f"No motif of the {len(table):,} holds {plain(text or '')}. Change the search.")
        return found
    _table(found, target, score)
    with st.container(horizontal=True, vertical_alignment="center"):
        downloads.csv_button(
            lambda: found.drop(columns="stored"),
            name=f"{name}-motifs",
            key="rbp-motifs-csv",
            label=f"{len(found):,} motifs (CSV)",
        )
        if len(found) > MOST_ROWS:
            st.caption(f"The first {MOST_ROWS:,} of {len(found):,} motifs; search, or download all.")
    return found


def sort_motifs(table: pd.DataFrame, order: str) -> pd.DataFrame:
    """Sort motifs: strongest first, by the size of their correlation, or by their number of hits."""
    if order == EFFECT:
        return table.sort_values("r", key=lambda values: -values.abs().fillna(-1.0), kind="stable")
    if order == HITS:
        return table.sort_values("hits", ascending=False, kind="stable")
    return table.sort_values("mean_rbp" if "mean_rbp" in table.columns else "bits", ascending=False, kind="stable")


def _summary(table: pd.DataFrame, n: int, target: str) -> None:
    tested = table[table["q"].notna()]
    sure = tested[tested["q"] <= 0.05]
    if not len(tested):
        st.caption("No motif lies in ten or more training sequences, so none is tested against the target.")
        return
    best = sure.reindex(sure["r"].abs().sort_values(ascending=False).index).head(3)
    named = ", ".join(f"**{plain(motif)}** ({r:+.2f})" for motif, r in zip(best["motif"], best["r"], strict=True))
    said = f" The strongest: {named}." if named else ""
    st.markdown(
        f"The hits of {len(sure):,} of {len(tested):,} motifs go with {plain(target)} (q at most 0.05, n = {n:,} "
        f"training sequences).{said}",
        help="Pearson correlation of the number of hits with the target; p by Student's t; q by Benjamini and Hochberg "
        "over the motifs at or above the threshold that lie in ten or more sequences.",
    )


def _table(found: pd.DataFrame, target: str, score: str) -> None:
    number, told = st.column_config.NumberColumn, plain(target)
    columns = {
        "motif": st.column_config.TextColumn("Motif", pinned=True),
        "consensus": st.column_config.TextColumn("Most probable", help="The most probable letter of each position"),
        "width": number("Width (nt)", format="%d"),
        "bits": number("Information (bits)", format="%.1f", help="Of all positions together"),
        "mean_rbp": number(score, format="%.4g"),
        "hits": number("Hits", format="localized"),
        "sequences": number("Sequences", format="localized", help="Training sequences with at least one hit"),
        "difference": number("Difference", format="%.3f", help=f"Mean {told} of sequences with a hit, minus without"),
        "r": number("r", format="%.3f", help=f"Pearson correlation of the number of hits with {told}"),
        "p": number("p", format="%.1e", help="Of r, by Student's t"),
        "q": number("q", format="%.1e", help="Benjamini and Hochberg"),
    }
    shown = [column for column in columns if column in found.columns]
    st.dataframe(
        found.head(MOST_ROWS)[shown],
        hide_index=True,
        placeholder="–",
        key="rbp-motifs",
        height=380 if len(found) > 9 else "auto",
        alt="Motifs with their strength, hits, sequences with hits and correlation with the target",
        column_config={name: columns[name] for name in shown},
    )
