"""A page with one ruler of token tracks, for its tests, pictures and benchmark; the address says what it shows."""

import time

import numpy as np
import streamlit as st

from lib.ui.ruler import HitsTrack, LettersTrack, TokensTrack, Track, ruler
from tests.browser.token_cuts import blocks, pieces, sequence_of, species, windows, words

NASTY = "<img src=x onerror=alert(1)>"

st.set_page_config(layout="wide")
query = st.query_params
length = int(query.get("n", "110"))
sequence = sequence_of(length)

runs = blocks(sequence)
mixed: list[Track] = [
    TokensTrack("Nucleotides", windows(sequence, 1), note=f"{length:,} tokens"),
    TokensTrack("Blocks", runs, unknown=[text == "N" for *_, text in runs]),
    TokensTrack("Pieces", pieces(sequence), note="mean 2.1 nt"),
    TokensTrack("Sliding window", words(sequence, "T[AT]{2,}A")),
    TokensTrack("Species and 6-mers", species(sequence)),
]
if "dense" in query:
    shown: list[Track] = [
        TokensTrack(f"6-mers {number}", windows(sequence, 6)) for number in range(int(query["dense"]))
    ]
elif "deep" in query:
    shown = [TokensTrack("Nothing", []), *(TokensTrack(f"{k}-mers", windows(sequence, k)) for k in (12, 15))]
elif "nasty" in query:
    shown = [TokensTrack(NASTY, [(0, 0, NASTY), (0, 3, NASTY)], note=NASTY)]
elif "scores" in query:
    scores = np.random.default_rng(length).normal(0, 0.2, length)
    hits = [(start, end, text, 1.5) for start, end, text in words(sequence, "TTTA|GC[AT]")]
    shown = [LettersTrack("Attribution", scores, "log2 fold change"), HitsTrack("RBP motifs", hits), *mixed]
else:
    shown = mixed

started = time.perf_counter()
selection = ruler(sequence, shown, key="ruler", rna=query.get("rna") == "1")
took = 1000 * (time.perf_counter() - started)
st.write(f"Python sees: {selection.start} to {selection.end}" if selection else "Python sees: nothing")
st.caption(f"ruler() took {took:.1f} ms")
