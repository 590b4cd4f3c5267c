"""A page with one ruler, for its tests, pictures and benchmark; the address says what it shows."""

import time

import numpy as np
import streamlit as st

from lib.core.alphabet import codes
from lib.ui.ruler import HeatTrack, HitsTrack, LettersTrack, LineTrack, TokensTrack, Track, ruler
from tests.browser.token_cuts import windows

NASTY = "<img src=x onerror=alert(1)>"
MOTIFS = {"UUUAUU": 2.4, "UGUAHAUA": 3.1, "GCACUU": 1.7, "UUAG": -1.2, NASTY: 0.9}

st.set_page_config(layout="wide")
query = st.query_params
length = int(query.get("n", "110"))
seed = st.slider("Seed of the scores", 0, 9, 0)
random = np.random.default_rng([length, seed])

sequence = "".join(np.random.default_rng(length).choice(list("ACGT"), length))
scores = random.normal(0, 0.03, length)
hits = []
for name, value in MOTIFS.items():
    for start in np.random.default_rng([length, len(name)]).integers(0, max(1, length - 8), max(2, length // 60)):
        end = min(length, int(start) + min(len(name), 8))
        scores[start:end] += np.sign(value - 1.8) * random.uniform(0.15, 0.5, end - start)
        hits.append((int(start), end, name, value))
if query.get("crowded"):
    hits += [(start, start + 6, f"k-mer {start}", 0.1) for start in range(0, length - 6)]
effects = random.normal(0, 0.05, (4, length)) - scores * 0.9
stands = codes(sequence)
effects[stands, np.arange(length)] = 0.0
line = np.convolve(np.pad(scores, 4), np.ones(9) / 9, mode="valid")
line[length // 3 : length // 3 + 6] = np.nan

tracks: list[Track] = [
    LettersTrack("Attribution", scores, "log2 fold change"),
    HitsTrack("RBP motifs", hits, "mean RBP"),
    HeatTrack("Effect of each mutation", effects, "log2 fold change"),
    LineTrack(query.get("label", "Mean of 9 nt"), line),
]
if query.get("six"):
    tracks += [
        LettersTrack("Another method", scores + random.normal(0, 0.1, length), "log2 fold change"),
        TokensTrack("6-mers", windows(sequence, 6)),
    ]

wanted = query.get("selected")
started = time.perf_counter()
selection = ruler(
    sequence,
    tracks,
    key="ruler",
    rna=query.get("rna") == "1",
    height=int(query["height"]) if "height" in query else None,
    selected=tuple(int(part) for part in wanted.split("-")) if wanted else None,
)
took = 1000 * (time.perf_counter() - started)
st.write(f"Python sees: {selection.start} to {selection.end}" if selection else "Python sees: nothing")
st.caption(f"ruler() took {took:.1f} ms")
