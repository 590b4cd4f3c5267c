"""Cards of the published models that a model reads, below its settings on the Train page."""

import streamlit as st

from lib.models.cards import CARDS, ModelCard
from lib.ui.widgets.text import plain

COLUMNS = 2


def draw(model: str) -> None:
    """Draw the cards of a model in an expander; nothing for a model that reads no published weights."""
    cards = [card for card in CARDS if card.model == model]
    if not cards:
        return
    count = f"{len(cards)} published models that can be used" if len(cards) > 1 else f"About {cards[0].name}"
    with st.expander(count, icon=":material/menu_book:"):
        for first in range(0, len(cards), COLUMNS):
            for place, card in zip(st.columns(min(COLUMNS, len(cards))), cards[first : first + COLUMNS], strict=False):
                with place, st.container(border=True, height="stretch", gap="xsmall", key=f"card-{card.name}"):
                    _card(card)


def _card(card: ModelCard) -> None:
    st.markdown(f"**{plain(card.name)}**")
    facts = {
        "Trained on": plain(card.trained_on),
        "Tokens": plain(card.reads),
        "Size": plain(card.size),
        "Licence": plain(card.licence),
        "Files": plain(card.place),
    }
    st.markdown("  \n".join(f"**{name}:** {text}" for name, text in facts.items()))
    st.caption(f"[Download page]({card.source}) · [doi:{plain(card.doi)}](https://doi.org/{card.doi})")
