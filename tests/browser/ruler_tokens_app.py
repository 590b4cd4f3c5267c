"""A page with one ruler of token tracks, for its tests, pictures and benchmark; the address says what it shows."""

import re
import time
from collections.abc import Iterator

import numpy as np
import streamlit as st

from lib.ui.ruler import HitsTrack, LettersTrack, TokensTrack, Track, ruler

Tokens = list[tuple[int, int, str]]

st.set_page_config(layout="wide")
query = st.query_params
length = int(query.get("n", "110"))
random = np.random.default_rng(length)
letters = random.choice(list("ACGT"), length, p=[0.3, 0.17, 0.17, 0.36])
letters[41:44] = "N"
sequence = "".join(letters[:length])


def windows(k: int, step: int = 1) -> Tokens:
    return [(start, start + k, sequence[start : start + k]) for start in range(0, length - k + 1, step)]


def words(pattern: str) -> Tokens:
    return [(found.start(), found.end(), found.group()) for found in re.finditer(pattern, sequence)]


def pieces(tokens: Tokens, most: int) -> Iterator[tuple[int, int, str]]:
    for start, end, text in tokens:
        for first in range(start, end, most):
            last = min(end, first + most)
            yield first, last, ("" if first == start else "##") + text[first - start : last - start].lower()


blocks = words(r"T+|A+|GC|G+|C+|N")
species: Tokens = [(0, 0, "[CLS]"), (0, 0, "danio_rerio"), *windows(6), (length, length, "[SEP]")]
mixed: list[Track] = [
    TokensTrack("Nucleotide", windows(1), note=f"{length:,} tokens"),
    TokensTrack("Words in blocks", blocks, unknown=[text == "N" for *_, text in blocks]),
    TokensTrack("Pieces of blocks", list(pieces(words("[AT]+|[GC]+|N+"), 3)), note="mean 2.1 nt"),
    TokensTrack("Sliding window", words("T[AT]{2,}A")),
    TokensTrack("Species and 6-mers", species, note="DNABERT's words"),
]
if "dense" in query:
    shown: list[Track] = [TokensTrack(f"6-mers {number}", windows(6)) for number in range(int(query["dense"]))]
elif "empty" in query:
    shown = [TokensTrack("Nothing", []), TokensTrack("12-mers", windows(12)), TokensTrack("15-mers", windows(15))]
else:
    scores = random.normal(0, 0.2, length)
    hits = [(start, end, text.replace("T", "U"), 1.5) for start, end, text in words("TTTA|GC[AT]")]
    shown = [LettersTrack("Attribution", scores, "log2 fold change"), HitsTrack("RBP motifs", hits), *mixed]
    if "tokens_only" in query:
        shown = mixed

started = time.perf_counter()
selection = ruler(sequence, shown, key="ruler", rna=query.get("rna") == "1")
took = 1000 * (time.perf_counter() - started)
st.write(f"Python sees: {selection.start} to {selection.end}" if selection else "Python sees: nothing")
st.caption(f"ruler() took {took:.1f} ms")
