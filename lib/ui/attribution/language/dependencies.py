"""The dependency map below the ruler: a click on a cell shows the log odds at the target before and after."""

import numpy as np
import pandas as pd
import streamlit as st

from lib.attribution.dependency_map import LONGEST, DependencyMap
from lib.core.alphabet import BASES, in_alphabet
from lib.figures.language import DEPENDENCY, map_figure
from lib.store.language_files import to_npz
from lib.tasks.scores import write_signed
from lib.ui.attribution.data import Subject
from lib.ui.attribution.language import asking, files
from lib.ui.attribution.language.reconstruction import make_track
from lib.ui.attribution.view import Options
from lib.ui.ruler import HitsTrack, Track, ruler
from lib.ui.widgets import columns as side
from lib.ui.widgets import pair_map
from lib.ui.widgets.pair_map import Pair
from lib.ui.widgets.text import plain

KEY, DIGITS = "dependency-map", 3
ABOUT = (
    "Each nucleotide is mutated to every other base, and the language model is asked for the bases at all other "
    "positions (Tomaz da Silva et al. 2025). Colour: the largest change of the log odds of any base at the target."
)


def draw(subject: Subject, wanted: Options) -> None:
    """Draw ruler, map and the chosen pair."""
    if not asking.has_language_model(subject):
        return
    if len(subject.sequence) > LONGEST:
        st.info(
            f"The sequence has {len(subject.sequence):,} nt, and a dependency map can have {LONGEST:,}: it compares "
            "every pair of nucleotides. Paste the part that is of interest."
        )
        return
    found = asking.dependencies(subject)
    if found is None:
        return
    pair = pair_map.read_chosen_pair(KEY, len(subject.sequence))
    first: list[Track] = []
    expected = asking.reconstruction(subject, only_known=True)
    if expected is not None:
        first.append(make_track(expected))
    if pair is not None:
        first.append(HitsTrack("Chosen pair", _marks(pair)))
    ruler(subject.sequence, asking.make_tracks(subject, wanted, first), key="dependency-ruler", rna=wanted.rna)
    values = found.values
    left, right = side.columns([3, 2], key="dependency")
    with left:
        pair_map.draw(values, subject.sequence, DEPENDENCY, key=KEY, left_out=found.shared, rna=wanted.rna)
    with right:
        _pair(found, values, pair, rna=wanted.rna)
        st.caption(f"{ABOUT} {_tokens(found)}")
        st.caption(f":material/info: {plain(found.origin)}")
    name = f"{subject.name} {subject.run.name} dependency map"
    title = f"{subject.name}: {DEPENDENCY.name}"
    files.draw(
        name,
        lambda: files.table("dependency", subject.name, found, rna=wanted.rna),
        lambda: to_npz([subject.name], [found]),
        lambda: map_figure(values, subject.sequence, DEPENDENCY, title=title, left_out=found.shared, rna=wanted.rna),
    )


def _marks(pair: Pair) -> list[tuple[int, int, str, float]]:
    if pair.row == pair.column:
        return [(pair.row, pair.row + 1, "both", 1.0)]
    return [(pair.row, pair.row + 1, "mutated", 2.0), (pair.column, pair.column + 1, "target", 1.0)]


def _tokens(found: DependencyMap) -> str:
    """Say what the tokens of the run add to the map."""
    band = max(int(row[place:].argmin()) or len(row) - place for place, row in enumerate(found.shared)) - 1
    if not band:
        return ""
    return (
        "Nucleotides of one token are left out of the colour scale: a mutation replaces every token over it, and can "
        f"move the borders of tokens of several lengths, so what lies within {band} nt of the diagonal says little."
    )


def _pair(found: DependencyMap, values: np.ndarray, pair: Pair | None, *, rna: bool) -> None:
    letters = in_alphabet(found.sequence, rna=rna)
    if pair is None:
        if found.strongest is not None:
            row, column = found.strongest
            strongest = f"{letters[row]}{row + 1:,} mutated, {letters[column]}{column + 1:,} as target"
            st.markdown(f"**Strongest dependency**: {strongest}, {values[row, column]:.2f}")
        return

    mutated, target = (f"{letters[place]}{place + 1:,}" for place in pair)
    value = values[pair.row, pair.column]
    st.markdown(f"**{mutated} mutated, {target} as target**")
    if pair.row == pair.column:
        st.markdown("A nucleotide is not compared with itself.")
        return
    if not np.isfinite(value):
        st.markdown("One of the two lies beyond what the encoder reads.")
        return
    before, after = found.pair(*pair)
    changes = np.abs(after - before)
    alternative, base = divmod(int(changes.argmax()), 4)
    bases = in_alphabet(BASES, rna=rna)
    old, new = float(before[base]), float(after[alternative, base])
    st.markdown(
        f"Largest change: {mutated} to **{bases[alternative]}** changes the log odds of **{bases[base]}** at {target} "
        f"by {write_signed(new - old, DIGITS)}, from {write_signed(old, DIGITS)} to {write_signed(new, DIGITS)} (log2)."
    )
    columns = {f"{bases[k]}": after[k] for k in range(4) if bases[k] != letters[pair.row]}
    table = pd.DataFrame({"base": list(bases), f"{letters[pair.row]} (as it stands)": before, **columns})
    form = st.column_config.NumberColumn(format=f"%+.{DIGITS}f")
    st.dataframe(
        table,
        hide_index=True,
        key="dependency-pair",
        column_config={
            "base": st.column_config.TextColumn(f"Base at {target}"),
            **{name: form for name in table.columns if name != "base"},
        },
        alt=f"Log odds of the four bases at {target}, as it stands and with {mutated} mutated to each other base",
    )
    st.caption(f"Log odds (log2) of each base at {target}, by the base at position {pair.row + 1:,}.")
