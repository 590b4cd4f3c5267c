"""A line of numbers with their names: what ``st.metric`` shows, in one element that wraps on a narrow screen."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from lib.ui.text import markup

_CSS = """<style>
.ml-facts{display:flex;flex-wrap:wrap;gap:.6rem 2.2rem;margin:0}
.ml-facts div{display:flex;flex-direction:column;cursor:help}
.ml-facts dt{font-size:.8rem;opacity:.8;font-weight:400}
.ml-facts dd{margin:0;font-size:1.45rem;line-height:1.3;font-variant-numeric:tabular-nums}
</style>"""


class Fact(NamedTuple):
    """A number as text, its name, and what it is."""

    label: str
    value: str
    about: str


def draw(facts: Sequence[Fact]) -> None:
    """Draw facts side by side; the pointer over one says what it is."""
    st.html(_CSS + written(facts))


def written(facts: Sequence[Fact]) -> str:
    """Write facts as an HTML list of terms.

    >>> written([Fact("n", "12", "Sequences")])
    "<dl class='ml-facts'><div title='Sequences'><dt>n</dt><dd>12</dd></div></dl>"
    """
    items = (
        f"<div title='{markup(fact.about)}'><dt>{markup(fact.label)}</dt><dd>{markup(fact.value)}</dd></div>"
        for fact in facts
    )
    return f"<dl class='ml-facts'>{''.join(items)}</dl>"
