"""How an attribution is shown: the numbers beside it, the badge, the ruler with its tracks, the selection."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from lib.attribution.base import Attribution
from lib.attribution.profile_heads import COUNTS, PROFILE
from lib.attribution.trust import Trust
from lib.core.alphabet import in_alphabet
from lib.store.rbp_identity import score_of
from lib.tasks.scores import PART_NAMES, write_signed
from lib.ui.attribution.data import (
    PWM_DEFAULT,
    PWM_LOWEST,
    Subject,
    pwm_track,
    rbp_track,
    suggest_thresholds,
    truth_track,
)
from lib.ui.ruler import ArcsTrack, HeatTrack, HitsTrack, LettersTrack, Selection, Track, ruler
from lib.ui.widgets import class_labels, domain, metric_row, run_tokens, structure, trust_badge
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.progress_text import number
from lib.ui.widgets.text import plain

EXACT_DIGITS = 3
WHISKERS = (
    "Whiskers of one standard error above and below each score, where references, points or noise are drawn at random. "
    "The tooltip always gives the numbers."
)
EXPLAINED = {
    COUNTS: "What the run predicts for this sequence",
    PROFILE: "How far the positions where reads are expected stand out: the mean of their logits less that of all",
}
"""What is explained of each head, in words."""


@dataclass(frozen=True)
class Options:
    """What the user wants to see beside the letters."""

    rna: bool
    mutagenesis: bool
    hits: tuple[HitsTrack, ...]
    whiskers: bool = False
    structure: ArcsTrack | None = None
    truth: HitsTrack | None = None

    @property
    def annotations(self) -> list[Track]:
        """Give what is known of the sequence, for below the tracks of a model: structure, planted motifs, and hits."""
        known = (self.structure, self.truth)
        return [*(track for track in known if track is not None), *self.hits]


def draw_options(subject: Subject, *, longest: int, mutagenesis: bool = True) -> Options:
    """Draw the choices of tracks and alphabet; above ``longest`` nt the mutagenesis map waits for a wish.

    Without ``mutagenesis`` no map is offered.
    """
    with st.popover("Tracks", icon=":material/layers:", key="attribution-tracks"):
        rna = st.toggle("Show U instead of T", key="rna", bind="query-params", help="RNA or DNA letters; U is T")
        whiskers = st.toggle("Standard errors", key="errors", bind="query-params", help=WHISKERS)
        if mutagenesis:
            mutagenesis = st.toggle(
                "Mutagenesis map",
                value=len(subject.sequence) <= longest,
                key=f"map-{len(subject.sequence) <= longest}",
                help="What every single change of a nucleotide would do to the prediction. "
                f"Above {longest:,} nt only when you ask for it, as it takes a while.",
            )
        folded = structure.choose(subject.sequence)
        hits = _find_hits(subject, rna=rna)
    return Options(rna, mutagenesis, tuple(hits), whiskers, folded, truth_track(subject, rna=rna))


def _find_hits(subject: Subject, *, rna: bool) -> list[HitsTrack]:
    tracks = []
    table = subject.dataset.rbp
    if table is not None and len(table):
        low, high, middle = suggest_thresholds(table, len(subject.sequence))
        if low < high:
            middle = float(np.clip(middle, low, high))
            label = f"RBP motifs with {plain(score_of(subject.dataset))} of at least"
            threshold = st.slider(label, low, high, middle, key=f"rbp-{subject.dataset.id}", width=280)
        else:
            threshold = low
        track, found = rbp_track(subject, threshold, rna=rna)
        tracks.append(track)
        st.caption(f"{found:,} hit{'' if found == 1 else 's'} in this sequence")
    if subject.dataset.pwms:
        relative = st.slider(
            "PWM hits with a relative score of at least", PWM_LOWEST, 1.0, PWM_DEFAULT, 0.01, key="pwm", width=280
        )
        track, found = pwm_track(subject, relative)
        tracks.append(track)
        st.caption(f"{found:,} PWM hit{'' if found == 1 else 's'} in this sequence")
    return tracks


class Badge:
    """The trust badge of the explained attribution; it is shown anew when more has been checked."""

    def __init__(self, subject: Subject, explained: Attribution, trust: Trust) -> None:
        self.trust = trust
        self._explained, self._is_training = explained, subject.part == "train"
        self._slot = st.empty()
        self.show(trust)

    def show(self, trust: Trust) -> None:
        """Show what the checks say by now."""
        self.trust = trust
        with self._slot.container(gap=None):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                trust_badge.button(trust, below=trust_badge.describe(self._explained))
                if self._is_training:
                    st.badge("in the training part", icon=":material/school:", color="orange")
            said = trust.sentence or "; ".join(trust.facts)
            st.markdown(f":small[{plain(said[:1].upper() + said[1:])}]")


def draw(subject: Subject, explained: Attribution, effects: Attribution | None, wanted: Options, trust: Trust) -> Badge:
    """Draw numbers, badge, ruler and what is selected on it; gives the badge, to show it anew."""
    _draw_numbers(subject, explained)
    unlike = domain.sentence(subject.dataset, subject.sequence)
    if unlike:
        st.warning(unlike, icon=":material/explore_off:")
    badge = Badge(subject, explained, trust)
    chosen = ruler(
        subject.sequence, _make_tracks(subject, explained, effects, wanted), key="attribution-ruler", rna=wanted.rna
    )
    if chosen is not None:
        _draw_selection(subject, explained, wanted, chosen)
    elif (explained.scores < 0).any():
        what = "raise the prediction, letters below lower it"
        if subject.dataset.classes:
            what = f"speak for {plain(subject.target_name)}, letters below against it"
        elif subject.head == PROFILE:
            what = "draw reads to where the model expects them, letters below away from there"
        st.caption(
            f"Letters above the line {what}. Select a range to read what it adds.{_say_whiskers(explained, wanted)}"
        )
    else:
        st.caption(
            "The taller a letter, the more the prediction depends on it. Select a range to read its share."
            f"{_say_whiskers(explained, wanted)}"
        )
    return badge


def _say_whiskers(explained: Attribution, wanted: Options) -> str:
    if not wanted.whiskers:
        return ""
    if explained.standard_errors is None:
        return " No standard errors: nothing is random in this method."
    return " Whiskers: one standard error above and below."


def _make_tracks(subject: Subject, explained: Attribution, effects: Attribution | None, wanted: Options) -> list[Track]:
    label, errors = f"Attribution, {explained.method}", explained.standard_errors
    letters = LettersTrack(label, explained.scores, subject.unit, errors=errors, whiskers=wanted.whiskers)
    tracks: list[Track] = [letters]
    read = run_tokens.track(subject.run, explained)
    if read is not None:
        tracks.append(read)
    if effects is not None and effects.effects is not None:
        tracks.append(HeatTrack("Effect of each single mutation", effects.effects, unit=subject.unit))
    return [*tracks, *wanted.annotations]


def _draw_numbers(subject: Subject, explained: Attribution) -> None:
    unit = f" ({subject.unit})" if subject.unit else ""
    known: list[tuple[str, float | None, str]] = [
        ("Predicted" if subject.head == COUNTS else "Profile", explained.prediction, f"{EXPLAINED[subject.head]}{unit}")
    ]
    if not subject.dataset.classes:
        known.append(("Observed", subject.observed, f"What was measured{unit}"))
    if subject.observed is not None and not subject.dataset.classes:
        known.append(("Error", explained.prediction - subject.observed, f"Predicted minus observed{unit}"))
    known.append(("Reference", explained.reference_prediction, f"Mean prediction of the reference sequences{unit}"))
    if explained.delta is not None:
        total = float(explained.scores.sum()) + explained.special
        known.append(("Sum of attributions", total, "Should be predicted minus reference; special tokens included"))
    part = f"{PART_NAMES[subject.part]} part" if subject.part else "pasted"
    named = f"{'class ' if subject.dataset.classes else ''}{subject.target_name}{unit}"
    below = f"{len(subject.sequence):,} nt · {part} · {named}"
    with st.container(border=True):
        metric_row.draw(
            _class_facts(subject)
            + [Fact(label, number(value, 2), about) for label, value, about in known if value is not None],
            title=subject.name,
            below=below,
        )


def _class_facts(subject: Subject) -> list[Fact]:
    """Give the true class of a sequence and the probability of each class by the run; nothing for other tasks."""
    found = class_labels.chances(subject.run, subject.dataset, subject.sequence)
    if len(found) == 2:
        found = {subject.target_name: found[subject.target_name]}
    said = [Fact(f"P({name})", number(value, 3), f"Predicted probability of {name}") for name, value in found.items()]
    if found and subject.row is not None:
        said.insert(0, Fact("True class", class_labels.true_class(subject.dataset, subject.row), "As in the data"))
    return said


def _draw_selection(subject: Subject, explained: Attribution, wanted: Options, chosen: Selection) -> None:
    start, end = chosen
    scores = explained.scores[start:end]
    letters = in_alphabet(subject.sequence[start:end], rna=wanted.rna)
    shortened = letters if len(letters) <= 40 else f"{letters[:37]}..."
    where = f"position {start + 1:,}" if end - start == 1 else f"positions {start + 1:,} to {end:,}"
    touching = sorted(
        {name for track in wanted.hits for first, last, name, *_ in track.hits if first < end and start < last}
    )
    said = f" · touches {', '.join(plain(name) for name in touching[:8])}" if touching else ""
    share = ""
    total = float(np.abs(explained.scores).sum())
    if total > 0:
        share = f", {float(np.abs(scores).sum()) / total:.0%} of all |attribution|"
    st.markdown(
        f"**`{shortened}`** {where} · attribution {write_signed(float(scores.sum()), EXACT_DIGITS)} "
        f"{plain(subject.unit)}{share}{said}"
    )
