"""What a DExTER run found: words along the sequence, the lattice of one word, how words were grown, all variables."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from lib.store import fitted
from lib.ui import errors
from lib.ui.widgets import charts, columns, downloads, theme
from lib.ui.widgets.text import plain
from lib.views.run_view import RunView

if TYPE_CHECKING:
    from lib.models.dexter.bins import Bins
    from lib.models.dexter.explore import Explored
    from lib.models.dexter.lasso import Linear

WORD = "word"
"""Key, and name in the link, of the word that is looked at."""


def draw(view: RunView) -> None:
    """Draw the section."""
    st.subheader("What DExTER found", anchor=False)
    _section(view)


@st.fragment
def _section(view: RunView) -> None:
    from lib.figures import dexter as plots
    from lib.figures import dexter_words
    from lib.models.dexter.fitted import FittedDexter

    with errors.guard():
        model = fitted.load_fitted(view.run.id)
        if not isinstance(model, FittedDexter):
            raise TypeError(type(model))
        bins, linear, explored = model.bins, model.linear[view.target], model.explored[view.target]
        st.markdown(
            dexter_words.sentence(linear, bins),
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
        left, right = columns.columns(2, key="dexter")
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
                numbers=lambda: dexter_words.lattice_frame(explored, picked, bins),
            )
            step = next((step for step in explored.steps if step.kmer == picked), None)
            if step is not None:
                st.caption(dexter_words.why(step, explored.steps, bins))
        _tree(view, explored, bins, picked)
        _table(view, linear, bins)


def _of(linear: "Linear", word: str) -> list[tuple[int, int]]:
    return [variable.cell for variable in linear.variables if variable.kmer == word]


def _words(linear: "Linear", explored: "Explored") -> list[str]:
    """List all words that were tried, those with large coefficients first."""
    order = sorted(linear.variables, key=lambda variable: -abs(variable.coefficient))
    return list(dict.fromkeys([*(variable.kmer for variable in order), *explored.lattices]))


def _choice(words: list[str]) -> str:
    picked = st.selectbox(
        "Word",
        words,
        key=WORD,
        bind="query-params",
        width=320,
        help="All words that were tried, those with the largest coefficients first. Clicking a word in the pictures or "
        "in the table chooses it too.",
    )
    return picked or words[0]


def _elements(view: RunView, linear: "Linear", bins: "Bins") -> None:
    from lib.figures import dexter as plots
    from lib.figures import dexter_words

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
        numbers=lambda: dexter_words.table(linear, bins),
        on_select=lambda: _take(key),
        selection_mode="points",
    )
    kept = sum(bool(variable.coefficient) for variable in linear.variables)
    strongest = f" The {len(shown)} strongest of {kept:,}." if kept > len(shown) else ""
    st.caption(
        "Each bar spans the region in which the word counts; the thicker, the more it changes the prediction. Words "
        f"that hold one another share their effect.{strongest}"
    )


def _tree(view: RunView, explored: "Explored", bins: "Bins", picked: str) -> None:
    from lib.figures import dexter_words
    from lib.figures.dexter_tree import tree

    number = next((number for number, step in enumerate(explored.steps) if step.kmer == picked), 0)
    if not explored.steps[number].accepted:
        number = explored.steps[number].parent
    word, kept = explored.steps[number].kmer, sum(step.accepted for step in explored.steps)
    refused = sum(step.parent == number and not step.accepted for step in explored.steps)
    every = bool(refused) and st.toggle(
        f"Show the {refused} words grown from {word} that were refused too",
        key="dexter-refused",
        help="They did not clearly beat the shorter words. The CSV of the tree has all that were refused, and why.",
    )
    beside = number if every else None
    key = f"dexter-tree-{view.run.id}-{view.target}-{beside}"
    charts.draw(
        lambda: tree(explored.steps, bins, beside=beside, dark=theme.is_dark()),
        name=f"{view.run.name} exploration tree",
        key=key,
        kept=view.key,
        alt=f"Tree of {kept:,} words that were kept, each joined to the word from which it was grown by a letter",
        numbers=lambda: dexter_words.tree_frame(explored, bins),
        on_select=lambda: _take(key),
        selection_mode="points",
    )
    st.caption("Larger points go more closely with the target in the training part. Click a word to see its regions.")


def _table(view: RunView, linear: "Linear", bins: "Bins") -> None:
    from lib.figures import dexter as plots
    from lib.figures import dexter_words

    frame, anchor = dexter_words.table(linear, bins), plots.ANCHORS[bins.anchor]
    key = f"dexter-table-{view.run.id}-{view.target}"
    coefficient = f"{view.unit} for each standard deviation of how often the word occurs in the region"

    def take() -> None:
        rows = st.session_state[key].selection.rows
        if rows:
            st.session_state[WORD] = str(frame["word"].iloc[rows[0]])

    st.dataframe(
        frame,
        key=key,
        hide_index=True,
        on_select=take,
        selection_mode="single-row",
        height=280,
        alt=f"Table of all {len(frame)} words in regions with their coefficients and correlations",
        column_config={
            "first nt": st.column_config.NumberColumn(help=f"From the {anchor}: 1 follows, -1 is before"),
            "coefficient": st.column_config.NumberColumn(format="%+.3f", help=coefficient),
            "Spearman's ρ": st.column_config.NumberColumn(format="%+.3f", help="With the target, training part"),
            "in a sequence": st.column_config.NumberColumn(format="%.2f", help="Occurrences in the region, on average"),
        },
    )
    name = f"{view.run.name} words in regions"
    downloads.csv_button(lambda: frame, name=name, key=f"{key}-csv", label=f"{len(frame):,} words in regions (CSV)")


def _take(key: str) -> None:
    """Choose the word of a point that was clicked."""
    event: Any = st.session_state[key]
    for point in event.selection.points:
        if point.get("customdata"):
            st.session_state[WORD] = str(point["customdata"][0])
            return
