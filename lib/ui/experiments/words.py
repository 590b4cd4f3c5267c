"""What experiments say in words, and the columns of their tables."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.ui.widgets.text import plain

SURE = 0.05
NAMED = 3


def _number(label: str, form: str, about: str) -> Any:
    return st.column_config.NumberColumn(label, format=form, help=about)


COLUMNS: dict[str, Any] = {
    "label": st.column_config.TextColumn("Motif", pinned=True),
    "mean": _number("Effect", "%+.3f", "Mean change of the prediction, in the unit of the target"),
    "low": _number("Low", "%+.3f", "Lower end of the 95% interval"),
    "high": _number("High", "%+.3f", "Upper end of the 95% interval"),
    "n": _number("n", "localized", "Sequences"),
    "p": _number("p", "%.1e", "Student's t over the sequences, against no effect"),
    "q": _number("q", "%.1e", "Benjamini and Hochberg over all rows"),
    "strength": _number("Binding score", "%.3g", "Mean_RBP, or the score of the protein that the RBP table is of"),
    "hits": _number("Hits", "localized", "All hits that were taken out"),
    "effect": _number("At the hits", "%+.3f", "Prediction as it stands minus prediction with the hits changed"),
    "random": _number("Elsewhere", "%+.3f", "The same for as many equally long stretches elsewhere"),
    "gap": _number("Distance (nt)", "%d", "Nucleotides between the two"),
    "both": _number("Both", "%+.3f", "Mean effect of both together"),
    "sum": _number("Sum", "%+.3f", "Sum of the mean effects of each alone at the same place"),
}
"""Columns of the tables of effects."""


def count(count: int, what: str) -> str:
    """Count things.

    >>> count(1, "motif"), count(1200, "motif")
    ('1 motif', '1,200 motifs')
    """
    return f"{count:,} {what}{'s' * (count != 1)}"


def effects_sentence(table: pd.DataFrame, unit: str, *, what: str = "motifs change the prediction") -> str:
    """Say how many effects are sure and name the strongest in either direction, as markdown.

    Parameters
    ----------
    table
        Columns ``label``, ``mean``, ``q``.
    unit
        Of the effects.
    """
    sure = table[table["q"] <= SURE].sort_values("mean", kind="stable")
    said = f"**{len(sure):,} of {len(table):,}** {what} (q at most {SURE:g})."
    for words, part in (("upwards", sure[sure["mean"] > 0][::-1]), ("downwards", sure[sure["mean"] < 0])):
        if len(part):
            rows = zip(part["label"][:NAMED], part["mean"][:NAMED], strict=True)
            named = ", ".join(f"**{plain(label)}** ({mean:+.2f})" for label, mean in rows)
            said += f" Strongest {words}: {named}."
    return said + (f" Effects are in {plain(unit)}." if unit else "")
