"""Downloads of the Compare page: every segmentation as CSV and JSON, the stacked picture as SVG and PNG."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import streamlit as st

from lib.core.alphabet import in_alphabet
from lib.core.registry import values_of
from lib.figures.files import to_png, to_svg
from lib.figures.segmentation import LONGEST, Segmented, segmentation_figure
from lib.io.export import to_csv, to_xlsx
from lib.ui.segmentation.reading import Reading
from lib.ui.segmentation.view import View
from lib.ui.widgets.downloads import MIME
from lib.ui.widgets.text import file_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = ("tokenizer", "settings", "id", "start", "end", "token", "piece", "unknown")


class Offer(NamedTuple):
    """A file that can be had: its label, the ending of its name, its MIME type, and what makes it."""

    label: str
    ending: str
    mime: str
    make: Callable[[], bytes]


def offers(view: View) -> list[Offer]:
    """Give the files of a view."""
    return [
        Offer("Tokens (CSV)", ".csv", "text/csv", lambda: to_csv(table(view))),
        Offer("Tokens (Excel)", ".xlsx", MIME["xlsx"], lambda: to_xlsx(table(view))),
        Offer("Tokens (JSON)", ".json", "application/json", lambda: json.dumps(facts(view), indent=1).encode()),
        Offer("Picture (SVG)", ".svg", "image/svg+xml", lambda: to_svg(picture(view))),
        Offer("Picture (PNG)", ".png", "image/png", lambda: to_png(picture(view))),
    ]


def downloads(view: View) -> None:
    """Draw the download buttons; each file is made when it is asked for."""
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True, gap="small"):
        for offer in offers(view):
            st.download_button(
                offer.label,
                data=offer.make,
                file_name=file_name(f"{view.chosen.name} tokens", offer.ending),
                mime=offer.mime,
                key=f"compare{offer.ending}",
                icon=":material/download:",
                on_click="ignore",
            )
    said = "CSV and JSON: positions are 0-based and half-open. The address of this page reproduces the view."
    if view.length > LONGEST:
        said += f" The picture shows the first {LONGEST:,} of {view.length:,} nt; the numbers hold all."
    if view.chosen.row is None and "seq" not in st.query_params:
        said += " The pasted sequence is too long for a link: paste it again to see it elsewhere."
    st.caption(said)


def table(view: View) -> pd.DataFrame:
    """Give one row for each token of each tokenizer; positions are half-open and 0-based."""
    rows = [
        (reading.tokenizer.name, json.dumps(values_of(reading.tokenizer)), view.chosen.name, *token.values())
        for reading in view.readings
        for token in _tokens(view, reading)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def facts(view: View) -> dict[str, Any]:
    """Give the sequence and every segmentation of it as plain JSON values."""
    dataset = view.chosen.dataset
    return {
        "id": view.chosen.name,
        "sequence": in_alphabet(view.chosen.sequence, rna=view.rna),
        "positions": "0-based, half-open",
        "dataset": None
        if dataset is None
        else {"id": dataset.id, "name": dataset.name, "simulated": dataset.simulated},
        "segmentations": [
            {
                "tokenizer": reading.tokenizer.name,
                "label": label,
                "settings": values_of(reading.tokenizer),
                "vocabulary": reading.vocabulary,
                "tokens": _tokens(view, reading),
            }
            for label, reading in zip(view.labels, view.readings, strict=True)
        ],
    }


def picture(view: View) -> "Figure":
    """Draw the stacked segmentation."""
    sequence = view.chosen.sequence
    segmented = [
        Segmented(label, reading.spans, reading.strange)
        for label, reading in zip(view.labels, view.readings, strict=True)
    ]
    hits = [hit for item in view.hits for hit in item.track.hits]
    window = (0, min(LONGEST, view.length))
    simulated = view.chosen.dataset is not None and view.chosen.dataset.simulated and view.chosen.row is not None
    title = f"{view.chosen.name}, {view.length:,} nt{' (simulated)' if simulated else ''}"
    return segmentation_figure(sequence, segmented, title=title, rna=view.rna, hits=hits, window=window)


def _tokens(view: View, reading: Reading) -> list[dict[str, Any]]:
    return [
        {
            "start": token.start,
            "end": token.end,
            "token": in_alphabet(token.text, rna=view.rna),
            "piece": in_alphabet(token.shown, rna=view.rna) if token.text else token.shown,
            "unknown": bool(odd),
        }
        for token, odd in zip(reading.tokens, reading.unknown, strict=True)
    ]
