"""What stands on the ruler above the tokens: the hits of the RBP table, and the attribution of a run."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from lib.attribution.base import Attribution, Method
from lib.core.alphabet import in_alphabet
from lib.datasets.dataset import Dataset
from lib.store import attributions
from lib.store.files import home
from lib.ui.attribution.data import MOST_HITS, PWM_DEFAULT, PWM_LOWEST, suggest_thresholds
from lib.ui.rbp import choice
from lib.ui.rbp.choice import THRESHOLDS
from lib.ui.rbp.threshold import keep, round_down
from lib.ui.ruler import HitsTrack
from lib.ui.segmentation.sequence import Chosen
from lib.ui.widgets import state
from lib.ui.widgets.text import plain


@dataclass(frozen=True)
class Hits:
    """The hits of the RBP motifs in one sequence.

    Parameters
    ----------
    kind
        ``RBP motifs`` or ``RBP motifs (PWM)``.
    about
        Which hits these are, such as ``Mean_RBP ≥ 1.2``.
    starts, ends
        (H,) where all of them lie, half-open.
    track
        The strongest of them for the ruler.
    """

    kind: str
    about: str
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    track: HitsTrack

    def __len__(self) -> int:
        """Count the hits."""
        return len(self.starts)

    def word(self, count: int) -> str:
        """Write a number of hits.

        >>> Hits("RBP motifs", "", np.empty(0), np.empty(0), HitsTrack("", [])).word(1200)
        '1,200 RBP motif hits'
        """
        name = "RBP motif" if self.kind == "RBP motifs" else "PWM"
        return f"{count:,} {name} hit{'' if count == 1 else 's'}"


def hits(chosen: Chosen, *, rna: bool) -> list[Hits]:
    """Draw the thresholds of the RBP table and of the PWMs, and give the hits of each."""
    dataset, found = chosen.dataset, []
    if dataset is None:
        return []
    if dataset.rbp is not None and len(dataset.rbp):
        score = choice.score_of(dataset)
        low, high, middle = suggest_thresholds(dataset.rbp, len(chosen.sequence))
        threshold = low
        if low < high:
            threshold = _slider(f"RBP motifs with {plain(score)} of at least", THRESHOLDS[0], low, high, middle)
        found.append(_hits("RBP motifs", score, dataset, chosen.sequence, threshold, rna=rna))
    if dataset.pwms:
        threshold = _slider("PWM hits with a relative score of at least", THRESHOLDS[1], PWM_LOWEST, 1.0, PWM_DEFAULT)
        found.append(_hits("RBP motifs (PWM)", "relative score", dataset, chosen.sequence, threshold, rna=rna))
    for item in found:
        drawn = f"; the {MOST_HITS:,} strongest are drawn" if len(item) > MOST_HITS else ""
        st.caption(f"{item.word(len(item))} in this sequence{drawn}")
    return found


def _slider(label: str, param: str, low: float, high: float, middle: float) -> float:
    """Draw a slider whose value the link keeps, where it is not the usual one."""
    key = f"compare-{param}"
    try:
        wanted = float(st.query_params.get(param, ""))
    except ValueError:
        wanted = middle
    wanted = round_down(wanted if np.isfinite(wanted) else middle)
    state.put(key, float(np.clip(wanted, low, high)), like=(low, high))

    def changed() -> None:
        keep(param, round_down(st.session_state[key]))

    step = float(f"{(high - low) / 200:.0e}")
    return float(st.slider(label, low, high, step=step, format="%.4g", key=key, on_change=changed, width=280))


def _hits(kind: str, unit: str, dataset: Dataset, sequence: str, threshold: float, *, rna: bool) -> Hits:
    table = choice.choose_table()
    words = kind == "RBP motifs"
    found = _find(str(home()), dataset.id, table, words, threshold, sequence, dataset)
    strongest = found.iloc[np.argsort(-np.abs(found["value"].to_numpy()), kind="stable")[:MOST_HITS]]
    rows = strongest[["start", "end", "motif", "value"]].itertuples(index=False, name=None)
    named = [(start, end, in_alphabet(motif, rna=rna and words), value) for start, end, motif, value in rows]
    return Hits(
        kind,
        f"{unit} ≥ {threshold:.3g}",
        found["start"].to_numpy(),
        found["end"].to_numpy(),
        HitsTrack(kind, named, unit=unit),
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _find(
    home: str,
    dataset_id: str,
    table: str,
    words: bool,  # noqa: FBT001 (a cache key)
    threshold: float,
    sequence: str,
    _dataset: Dataset,
) -> pd.DataFrame:
    from lib.motifs import scan

    if words:
        found = scan.hits(sequence, _dataset.rbp, threshold=threshold)  # type: ignore[arg-type]
        return found.rename(columns={"mean_rbp": "value"})
    return scan.pwm_hits(sequence, _dataset.pwms, threshold=threshold).rename(columns={"relative": "value"})


def find_attribution(chosen: Chosen) -> Attribution | None:
    """Give the attribution of the chosen run where it was computed before; no model is opened."""
    if chosen.run is None:
        return None
    tried = (attributions.find_attribution(chosen.run.id, m, chosen.sequence, target=chosen.target) for m in _methods())
    return next((found for found in tried if found is not None), None)


def explain(chosen: Chosen) -> None:
    """Compute the attribution of the sequence by the default method of the model."""
    from lib.attribution import METHODS, list_methods
    from lib.store.fitted import load_fitted

    if chosen.run is None:
        return
    method = METHODS.create(list_methods(load_fitted(chosen.run.id))[0])
    attributions.attribute(chosen.run.id, method, [chosen.sequence], target=chosen.target)


def _methods() -> list[Method]:
    """Give the methods that are the default of some model."""
    from lib.attribution import METHODS
    from lib.attribution.defaults import DEFAULTS

    return [METHODS.create(name) for name in DEFAULTS]
