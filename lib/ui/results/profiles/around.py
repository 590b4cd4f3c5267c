"""The mean profile around a motif: observed and predicted, aligned at its hits in a part, beside random places."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from lib.analysis.motif_profile import RANDOM, Average, Places, around, places_of_pwm, places_of_word, shares
from lib.analysis.slices import replicates_for
from lib.core.alphabet import IUPAC, in_alphabet, to_dna
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.figures.profiles import around_motif
from lib.jobs.discover import KIND
from lib.store import patterns as stored
from lib.store import runs
from lib.store.files import home
from lib.store.set_choice import choice_of
from lib.tasks.scores import PART_NAMES
from lib.ui import errors
from lib.ui.rbp import choice
from lib.ui.results.profiles.data import ProfileView
from lib.ui.widgets import charts, state, url_widgets
from lib.ui.widgets.text import markup, plain

TEXT, TABLE, PATTERN = "text", "table", "pattern"
_KINDS = {TEXT: "Letters", TABLE: "RBP table", PATTERN: "Discovered pattern"}
_STRANDS = {"given": "The window's strand", "both": "Both strands"}
_VALUES = {"shares": "Share of the window", "counts": "Counts"}
SHORTEST, LONGEST = 2, 30
FLANKS = (10, 25, 50, 100)
MOST_LISTED = 5000
FEW = 10


class Motif(NamedTuple):
    """What is looked for: its name, and the word or the PWM (4, W) that finds it."""

    name: str
    word: str = ""
    pwm: FloatArray | None = None

    @property
    def width(self) -> int:
        """Nucleotides of the motif."""
        return len(self.word) if self.pwm is None else int(self.pwm.shape[1])


@st.fragment
def draw(view: ProfileView) -> None:
    """Draw the choices and the figure; a choice renews only this."""
    with errors.guard():
        _draw(view)


def _draw(view: ProfileView) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        kind = url_widgets.segments("Motif from", "motif_from", _KINDS)
        if kind == TABLE:
            motif = None
        else:
            motif = _write_motif() if kind == TEXT else _pattern(view)
    if kind == TABLE:
        motif = _choose_from_table(view)
    if motif is None:
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        both = url_widgets.segments("Hits on", "hits_on", _STRANDS) == "both"
        counted = (
            url_widgets.segments(
                "Averaged",
                "averaged",
                _VALUES,
                help="As shares every window weighs the same; as counts those with many counts weigh most. Predicted "
                "counts are predicted shares times the predicted total.",
            )
            == "counts"
        )
        flank = int(
            url_widgets.select("Bases on either side", "flank", {str(one): f"{one} nt" for one in FLANKS}, default="50")
        )
    places, found = _average(str(home()), view.key, motif, both=both, counted=counted, flank=flank, _view=view)
    if not len(places):
        st.info(
            f"{plain(motif.name)} does not lie in the {len(view.places):,} windows of the {PART_NAMES[view.part]} "
            "part. Choose another motif, both strands, or a part with more windows."
        )
        return
    _figure(view, motif, found, counted=counted, both=both)


def _write_motif() -> Motif | None:
    text = st.text_input(
        "Motif (IUPAC letters)",
        value="TATAWA",
        key="around",
        bind="query-params",
        width=220,
        max_chars=LONGEST,
        help="A C G T (or U), and codes such as R for A or G and N for any",
    )
    word = to_dna("".join((text or "").split()))
    odd = sorted(set(word) - set(IUPAC))
    if len(word) < SHORTEST or odd:
        found = f"the letters {', '.join(odd)}" if odd else f"{len(word)} letters"
        st.warning(f"The motif has {plain(found)}; write {SHORTEST} to {LONGEST} IUPAC letters, such as TATAWA.")
        return None
    return Motif(word, word)


def _choose_from_table(view: ProfileView) -> Motif | None:
    dataset = choice.with_rbp(view.dataset)
    if dataset is None or (dataset.rbp is None and not dataset.pwms):
        state.empty(
            "The dataset has no table of motifs. Upload one above: **Upload another table**.",
            state.VOCABULARY,
            "Open Vocabulary",
        )
        return None
    names = list(dataset.pwms)
    if dataset.rbp is not None:
        order = np.argsort(-dataset.rbp["mean_rbp"].to_numpy(dtype=float), kind="stable")[:MOST_LISTED]
        names += dataset.rbp["motif"].astype(str).iloc[order].tolist()
    chosen = url_widgets.select("Motif of the table", "around_motif", {name: name for name in dict.fromkeys(names)})
    return Motif(chosen, pwm=dataset.pwms[chosen]) if chosen in dataset.pwms else Motif(chosen, chosen)


def _pattern(view: ProfileView) -> Motif | None:
    done = [job for job in runs.all(dataset=view.run.dataset, kind=KIND) if job.state == runs.FINISHED]
    jobs = [job for job in done if choice_of(job).run == view.run.id]
    found = {f"{job.id}.{one.name}": (job, one) for job in jobs for one in _patterns(job.id)}
    if not found:
        with st.container():
            state.empty("No pattern has been discovered in this run yet.", state.MOTIFS, "Discover patterns")
        return None
    from lib.figures.pattern_logos import consensus

    names = {key: f"{one.name} {consensus(one.ppm)} ({job.name})" for key, (job, one) in found.items()}
    chosen = url_widgets.select("Pattern", "around_pattern", names)
    one = found[chosen][1]
    return Motif(f"{one.name} {consensus(one.ppm)}", pwm=one.ppm)


def _patterns(job_id: str) -> list[Any]:
    try:
        return stored.load(job_id)
    except UserError:  # a discovery whose files are gone is no choice
        return []


@st.cache_data(max_entries=32, show_spinner="Looking for the motif")
def _average(
    home: str, key: str, motif: Motif, *, both: bool, counted: bool, flank: int, _view: ProfileView
) -> tuple[Places, dict[str, tuple[Average, Average]]]:
    sequences = _view.sequences
    if motif.pwm is None:
        places = places_of_word(sequences, motif.word, both=both)
    else:
        places = places_of_pwm(sequences, motif.pwm, both=both)
    lengths = np.array([len(text) for text in sequences], dtype=np.int64)
    replicates = replicates_for(len(sequences))
    series = {name: _values(_view, name, counted=counted) for name in ("observed", "predicted")}
    return places, around(series, places, lengths, flank=flank, replicates=replicates)


def _values(view: ProfileView, name: str, *, counted: bool) -> tuple[FloatArray, FloatArray | None]:
    """Give what is averaged, (n, L), of the track and of its other strand."""
    tracks = [view.target] if view.partner is None else [view.target, view.partner]
    made = []
    for track in tracks:
        if name == "observed":
            counts = view.counts[view.places, track].astype(np.float64)
            made.append(counts if counted else 100 * shares(counts))
            continue
        share = view.shares["predicted"][view.places, track].astype(np.float64)
        log = view.rows[f"predicted:{view.dataset.target_names[track]}"].to_numpy(dtype=float)
        made.append(share * np.expm1(log).clip(min=0.0)[:, None] if counted else 100 * share)
    return made[0], made[1] if len(made) > 1 else None


def _figure(
    view: ProfileView, motif: Motif, found: dict[str, tuple[Average, Average]], *, counted: bool, both: bool
) -> None:
    hits = found["observed"][0]
    unit = "Mean counts" if counted else "Mean share of the counts of a window (%)"
    name = in_alphabet(motif.name, rna=False)
    counted_hits = f"n = {hits.hits:,} hit{'' if hits.hits == 1 else 's'} in {hits.windows:,} windows"
    charts.draw(
        lambda: around_motif(
            found,
            title=f"Around {name}, {PART_NAMES[view.part]} part ({counted_hits})",
            unit=unit,
            width=motif.width,
            motif=name,
        ),
        name=f"{view.run.name} around {name}",
        key="around-motif",
        numbers=lambda: table(found, motif=name, unit=unit),
        alt=f"Mean observed and predicted profile around {markup(name)} with 95% intervals, {counted_hits}",
    )
    few = f" With {hits.windows} windows the intervals are wide." if hits.windows < FEW else ""
    turned = " Hits on the other strand are turned." if both else ""
    st.caption(
        f"Lines: means over the hits; bands: 95% intervals by a bootstrap over windows. Position 0 is the first base "
        f"of the motif, which is shaded.{turned} Random places lie in the same windows, up to {RANDOM} for each hit."
        f"{few}"
    )


def table(found: dict[str, tuple[Average, Average]], *, motif: str, unit: str) -> pd.DataFrame:
    """Give the means with their intervals, one row for each series and position."""
    frames = []
    for name, pair in found.items():
        for one, where in zip(pair, ("hits", "random places"), strict=True):
            columns = {
                "motif": motif,
                "series": name,
                "around": where,
                "position": one.offsets,
                unit: one.mean,
                "low_95": one.low,
                "high_95": one.high,
                "hits": one.hits,
                "windows": one.windows,
            }
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
