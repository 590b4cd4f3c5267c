"""What a DExTER run found: words along the sequence, the lattice of one word, how words were grown, all variables."""

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from lib.store import fitted
from lib.ui import charts, downloads, errors, side, theme
from lib.ui.results_data import View
from lib.ui.text import plain

if TYPE_CHECKING:
    from lib.models.inner.dexter_bins import Bins
    from lib.models.inner.dexter_explore import Explored, Step
    from lib.models.inner.dexter_lasso import Linear, Variable

WORD = "word"
"""Key, and name in the link, of the word that is looked at."""


def draw(view: View) -> None:
    """Draw the section."""
    st.subheader("What DExTER found", anchor=False)
    _section(view)


@st.fragment
def _section(view: View) -> None:
    from lib.models.inner.dexter_fitted import FittedDexter
    from lib.plots import dexter as plots

    with errors.guard():
        model = fitted.fitted(view.run.id)
        if not isinstance(model, FittedDexter):
            raise TypeError(type(model))
        bins, linear, explored = model.bins, model.linear[view.target], model.explored[view.target]
        st.markdown(
            sentence(linear, bins),
            help=f"Coefficients say by how much the prediction ({plain(view.unit)}) rises where a word occurs in its "
            "region one standard deviation more often than on average. A word within another shares its effect with "
            "it: read TTT and TTTT together.",
        )
        if not any(variable.coefficient for variable in linear.variables):
            st.info(
                "No word goes with the target clearly enough. Try a model that reads whole sequences, such as cnn, or "
                "lower the least gain.",
                icon=":material/search_off:",
            )
        words = _words(linear, explored)
        if st.session_state.get(WORD) not in words:
            st.session_state.pop(WORD, None)
        left, right = side.columns(2, key="dexter")
        with left:
            _elements(view, linear, bins)
        with right:
            picked = _choice(words)
            cells = next((step.segments for step in explored.steps if step.kmer == picked), ())
            charts.draw(
                lambda: plots.lattice(
                    picked, explored.lattices[picked], bins, chosen=_of(linear, picked), dark=theme.is_dark()
                ),
                name=f"{view.run.name} lattice {picked}",
                key=f"dexter-lattice-{view.run.id}-{view.target}",
                kept=f"{view.key}-{picked}",
                alt=f"Correlation of {picked} with the target in all {len(bins.cells)} runs of {len(bins)} bins, "
                f"{len(cells)} of which became variables",
                numbers=lambda: lattice_frame(explored, picked, bins),
            )
            step = next((step for step in explored.steps if step.kmer == picked), None)
            if step is not None:
                st.caption(why(step, explored.steps, bins))
        _tree(view, explored, bins, picked)
        _table(view, linear, bins)


def sentence(linear: "Linear", bins: "Bins") -> str:
    """Say how many words in regions predict, and which raise and lower most."""
    from lib.plots.dexter import region_text

    kept = [variable for variable in linear.variables if variable.coefficient]
    if not kept:
        return f"None of {len(linear.variables):,} words in regions was kept by the LASSO."

    def said(variable: "Variable") -> str:
        where = "anywhere" if variable.cell == bins.whole else f"at {region_text(bins, variable.cell)}"
        return f"**{variable.kmer}** {where}"

    up = sum(variable.coefficient > 0 for variable in kept)
    # A word within another may get the opposite sign of its own correlation, to correct for the longer one.
    clear = sorted(
        (item for item in kept if item.coefficient * item.correlation > 0), key=lambda item: item.coefficient
    )
    most = [f"{said(clear[-1])} raises it most"] if clear and clear[-1].coefficient > 0 else []
    most += [f"{said(clear[0])} lowers it most"] if clear and clear[0].coefficient < 0 else []
    return (
        f"**{len(kept):,} {'words in regions** make' if len(kept) > 1 else 'word in a region** makes'} the prediction: "
        f"{up:,} raise it, {len(kept) - up:,} lower it. {', '.join(most)}{'.' * bool(most)}"
    )


def why(step: "Step", steps: "tuple[Step, ...]", bins: "Bins") -> str:
    """Say how a word came to be tried, and why it was kept or refused."""
    from lib.models.inner.dexter_explore import CHANCE, PARENT, ROOT
    from lib.plots.dexter import region_text

    where = "Over all positions" if step.cell == bins.whole else f"At {region_text(bins, step.cell)}"
    reached = f"{where} it reaches |ρ| = {abs(step.correlation):.3f}"
    if step.against == ROOT:
        more = len(step.segments) - 1
        also = f" It is clearly better in {more} region{'s' * (more > 1)} (◇)." if more else ""
        return f"{step.kmer} is one of the 16 words that every search begins with. {reached}.{also}"
    parent = steps[step.parent].kmer
    marks = {PARENT: f"to beat {parent}", CHANCE: "to be beyond chance"}
    mark = marks.get(step.against, f"to beat its parts {step.kmer[:-1]} and {step.kmer[1:]} there")
    end = "Kept." if step.accepted else "Refused."
    return f"{step.kmer} was grown from {parent}. {reached}; {step.needed:.3f} was needed {mark}. **{end}**"


def table(linear: "Linear", bins: "Bins") -> pd.DataFrame:
    """Give all variables, the largest coefficients first; first and last base as biologists count, 1 at the anchor."""
    from lib.plots.dexter import places

    rows = []
    for variable in sorted(linear.variables, key=lambda variable: -abs(variable.coefficient)):
        low, high = bins.region(variable.cell)
        first, last = places(bins, variable.cell)
        occurrences = variable.mean * (high - low)
        rows.append((variable.kmer, first, last, variable.coefficient, variable.correlation, occurrences))
    return pd.DataFrame(rows, columns=["word", "first nt", "last nt", "coefficient", "Spearman's ρ", "in a sequence"])


def lattice_frame(explored: "Explored", word: str, bins: "Bins") -> pd.DataFrame:
    """Give the correlation of a word in every region."""
    from lib.plots.dexter import places

    ends = [places(bins, cell) for cell in bins.cells]
    return pd.DataFrame(
        {
            "word": word,
            "first nt": [first for first, _ in ends],
            "last nt": [last for _, last in ends],
            "bins": [stop - first for first, stop in bins.cells],
            "Spearman's ρ": explored.lattices[word],
        }
    )


def tree_frame(explored: "Explored", bins: "Bins") -> pd.DataFrame:
    """Give every word that was tried: grown from which, judged where, with what it reached and needed."""
    from lib.plots.dexter import places

    rows = [
        (
            step.kmer,
            explored.steps[step.parent].kmer if step.parent >= 0 else "",
            *places(bins, step.cell),
            step.correlation,
            step.needed,
            step.against,
            "kept" if step.accepted else "refused",
        )
        for step in explored.steps
    ]
    names = ["word", "grown from", "first nt", "last nt", "Spearman's ρ", "needed", "measured against", "result"]
    return pd.DataFrame(rows, columns=names)


def _of(linear: "Linear", word: str) -> list[tuple[int, int]]:
    return [variable.cell for variable in linear.variables if variable.kmer == word]


def _words(linear: "Linear", explored: "Explored") -> list[str]:
    """List all words that were tried, those with large coefficients first."""
    order = sorted(linear.variables, key=lambda variable: -abs(variable.coefficient))
    return list(dict.fromkeys([*(variable.kmer for variable in order), *explored.lattices]))


def _choice(words: list[str]) -> str:
    picked = st.selectbox(
        "Word", words, key=WORD, bind="query-params", width=320,
        help="All words that were tried, those with the largest coefficients first. Clicking a word in the pictures or "
        "in the table chooses it too.",
    )  # fmt: skip
    return picked or words[0]


def _elements(view: View, linear: "Linear", bins: "Bins") -> None:
    from lib.plots import dexter as plots

    shown = plots.strongest(linear.variables)
    if not shown:
        return
    key = f"dexter-elements-{view.run.id}-{view.target}"
    charts.draw(
        lambda: plots.elements(linear.variables, bins, dark=theme.is_dark()),
        name=f"{view.run.name} words along the sequence",
        key=key,
        kept=view.key,
        alt=f"The {len(shown)} words with the largest coefficients as bars over the regions in which they count",
        numbers=lambda: table(linear, bins),
        on_select=lambda: _take(key),
        selection_mode="points",
    )
    kept = sum(bool(variable.coefficient) for variable in linear.variables)
    strongest = f" The {len(shown)} strongest of {kept:,}." if kept > len(shown) else ""
    st.caption(
        "Each bar spans the region in which the word counts; the thicker, the more it changes the prediction. Words "
        f"that hold one another share their effect.{strongest}"
    )


def _tree(view: View, explored: "Explored", bins: "Bins", picked: str) -> None:
    from lib.plots.dexter_tree import tree

    refused = sum(not step.accepted for step in explored.steps)
    every = st.toggle(
        f"Show the {refused:,} refused words too", key="dexter-refused",
        help="Words that were tried and did not clearly beat the shorter ones.",
    )  # fmt: skip
    key = f"dexter-tree-{view.run.id}-{view.target}-{every}"
    charts.draw(
        lambda: tree(explored.steps, bins, refused=every, dark=theme.is_dark()),
        name=f"{view.run.name} exploration tree",
        key=key,
        kept=view.key,
        alt=f"Tree of {len(explored.steps) - refused:,} words that were kept"
        + (f" and {refused:,} that were refused" if every else "")
        + ", each joined to the word from which it was grown by a letter",
        numbers=lambda: tree_frame(explored, bins),
        on_select=lambda: _take(key),
        selection_mode="points",
    )
    st.caption("Larger points go more closely with the target in the training part. Click a word to see its regions.")


def _table(view: View, linear: "Linear", bins: "Bins") -> None:
    from lib.plots import dexter as plots

    frame, anchor = table(linear, bins), plots.ANCHORS[bins.anchor]
    key = f"dexter-table-{view.run.id}-{view.target}"
    coefficient = f"{view.unit} for each standard deviation of how often the word occurs in the region"

    def take() -> None:
        rows = st.session_state[key].selection.rows
        if rows:
            st.session_state[WORD] = str(frame["word"].iloc[rows[0]])

    st.dataframe(
        frame, key=key, hide_index=True, on_select=take, selection_mode="single-row", height=280,
        alt=f"Table of all {len(frame)} words in regions with their coefficients and correlations",
        column_config={
            "first nt": st.column_config.NumberColumn(help=f"From the {anchor}: 1 follows, -1 is before"),
            "coefficient": st.column_config.NumberColumn(format="%+.3f", help=coefficient),
            "Spearman's ρ": st.column_config.NumberColumn(format="%+.3f", help="With the target, training part"),
            "in a sequence": st.column_config.NumberColumn(format="%.2f", help="Occurrences in the region, on average"),
        },
    )  # fmt: skip
    name = f"{view.run.name} words in regions"
    downloads.csv_button(lambda: frame, name=name, key=f"{key}-csv", label=f"{len(frame):,} words in regions (CSV)")


def _take(key: str) -> None:
    """Choose the word of a point that was clicked."""
    event: Any = st.session_state[key]
    for point in event.selection.points:
        if point.get("customdata"):
            st.session_state[WORD] = str(point["customdata"][0])
            return
