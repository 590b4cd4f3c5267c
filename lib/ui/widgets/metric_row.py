"""A line of numbers with their names: what ``st.metric`` shows, in one element that wraps on a narrow screen."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from lib.ui.widgets.text import markup

_CSS = """<style>
.ml-facts{display:flex;flex-wrap:wrap;gap:.6rem 2.2rem}
.ml-facts div{display:flex;flex-direction:column;cursor:help}
.ml-facts p{margin:0 1.5rem 0 0;overflow-wrap:anywhere}.ml-facts p span{display:block}
.ml-facts span{font-size:.8rem;opacity:.8}
.ml-facts b{font-size:1.4rem;line-height:1.3;font-weight:400;font-variant-numeric:tabular-nums}
</style>"""


class Fact(NamedTuple):
    """A number as text, its name, and what it is."""

    label: str
    value: str
    about: str


def draw(facts: Sequence[Fact], *, title: str = "", below: str = "") -> None:
    """Draw facts side by side, with a title and a line below it in front; the pointer over one says what it is."""
    st.html(_CSS + write_facts(facts, title=title, below=below))


def write_facts(facts: Sequence[Fact], *, title: str = "", below: str = "") -> str:
    """Write facts as HTML.

    >>> write_facts([Fact("n", "12", "Sequences")])
    "<div class='ml-facts'><div title='Sequences'><span>n</span> <b>12</b></div></div>"
    """
    items = (
        f"<div title='{markup(fact.about)}'><span>{markup(fact.label)}</span> <b>{markup(fact.value)}</b></div>"
        for fact in facts
    )
    head = f"<p><strong>{markup(title)}</strong><span>{markup(below)}</span></p>" if title else ""
    return f"<div class='ml-facts'>{head}{''.join(items)}</div>"
