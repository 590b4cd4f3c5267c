"""What a pretraining learned: a sentence, numbers beside guessing without a model, and the losses by epoch."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from lib.core.registry import settings_of
from lib.datasets.dataset import Dataset
from lib.figures import pretraining as plots
from lib.store import pretrainings, runs
from lib.store.files import home
from lib.store.pretrainings import KIND, Overlap
from lib.store.runs import Run
from lib.ui.widgets import cached, charts, downloads, state
from lib.ui.widgets.text import plain


def of_model(model: Any, dataset: Dataset) -> None:
    """Say it of the pretraining that a model begins with; where it can begin with one and does not, show the way."""
    name = next((item.name for item in settings_of(model) if item.runs == KIND), "")
    if not name:
        return
    chosen = str(getattr(model, name))
    if not chosen:
        state.link(state.PRETRAIN, "Pretrain one first", icon=":material/auto_stories:", read="train")
    elif runs.find(chosen) is not None:
        draw_overlap(chosen, dataset)


def draw_overlap(run_id: str, dataset: Dataset) -> None:
    """Say how many test sequences of a dataset a pretraining has read."""
    found = _overlap(str(home()), run_id, dataset.id, dataset)
    if found.read:
        st.warning(f"{plain(dataset.name)}: {found}", icon=":material/warning:")
    else:
        st.caption(
            f":material/verified: None of the {found.test:,} test sequences of {plain(dataset.name)} stands among the "
            "sequences of this pretraining, letter for letter."
        )


@st.cache_data(max_entries=64, show_spinner=False)
def _overlap(home: str, run_id: str, dataset_id: str, _dataset: Dataset) -> Overlap:
    return pretrainings.overlap(run_id, _dataset)


_CLASSES = {".": "unpaired", "(": "opens a pair", ")": "closes a pair"}


def draw(run: Run) -> None:
    """Draw a finished pretraining."""
    found = pretrainings.summary(run.id)
    st.markdown(sentence(found))
    behind = not_learned(found)
    if behind:
        st.info(behind, icon=":material/info:")
    st.caption(about(found))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        state.link(
            state.TRAIN,
            "Fine-tune on a dataset",
            icon=":material/model_training:",
            model="utr-lm",
            pretraining=run.id,
            run=None,
            sequence=None,
        )
    chosen = state.dataset_id()
    if chosen:
        draw_overlap(run.id, cached.dataset(chosen))
    curve(run, best=int(found["best_epoch"]))
    table = numbers(found)
    st.dataframe(
        table,
        hide_index=True,
        alt="What the pretraining says right, with 95% intervals, beside guessing without a model",
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in ("Reached", "Without a model")},
    )
    downloads.csv_button(lambda: table, name=f"{run.name} pretraining", key=f"pretrain-csv-{run.id}")


def curve(run: Run, *, best: int | None = None) -> None:
    """Draw the losses by epoch, as far as they are there."""
    table = pretrainings.losses(run.id)
    if not len(table):
        return
    last = table.iloc[-1]
    charts.draw(
        lambda: plots.losses(table, title="Losses by epoch", best=best),
        name=f"{run.name} losses",
        key=f"pretrain-losses-{run.id}",
        alt=f"Losses of hidden letters, structure and energy over {len(table)} epochs; held out at the end "
        f"{last['validation_letters']:.3f}, {last['validation_structure']:.3f} and {last['validation_energy']:.3f}",
        numbers=lambda: table,
    )


def sentence(found: Mapping[str, Any]) -> str:
    """Say how well sequences held out are guessed, and what guessing without a model reaches."""
    structure, letters, energy = (found[part] for part in ("structure", "letters", "energy"))
    whose = "bases" if found["structure_of"] == "all bases" else "hidden bases"
    usual = f"always {_CLASSES[structure['usual']]!r}".replace("'", "“", 1).replace("'", "”", 1)
    return (
        f"Says the structure of **{_percent(structure)}** of the {whose} right, n = {structure['n']:,} of "
        f"{found['validation']:,} sequences held out ({usual}: {_percent(structure['baseline'])}); "
        f"hidden letters **{_percent(letters)}** (always {plain(letters['usual'])}: {_percent(letters['baseline'])}); "
        f"R² of the folding energy **{_number(energy)}** (a line in length and GC: {_number(energy['baseline'])})."
    )


def not_learned(found: Mapping[str, Any]) -> str:
    """Say what is guessed no better than without a model, going by the 95% interval; empty where all is."""
    names = {"structure": "the structure", "letters": "hidden letters", "energy": "the folding energy"}
    behind = [name for part, name in names.items() if not _beats(found[part])]
    if not behind:
        return ""
    said = " and ".join([", ".join(behind[:-1]), behind[-1]] if len(behind) > 1 else behind)
    return f"Without a model, {said} can be told as well. More sequences, more epochs or a larger encoder may help."


def _beats(one: Mapping[str, Any]) -> bool:
    low, base = one["interval"][0], one["baseline"]["value"]
    return low is not None and base is not None and low > base


def about(found: Mapping[str, Any]) -> str:
    """Say what was read."""
    source = f"of {plain(str(found['file']))}" if found["file"] else "of the training part"
    shortened = f", {found['shortened']:,} of them shortened" if found["shortened"] else ""
    return (
        f"{found['sequences']:,} sequences {source}{shortened}; {found['distinct']:,} distinct ones, of which "
        f"{found['train']:,} were learned from and {found['validation']:,} held out. Structures by ViennaRNA "
        f"{plain(str(found['viennarna']))} at 37 °C; kept epoch {found['best_epoch']}. Intervals: 95%, bootstrap over "
        "sequences."
    )


def numbers(found: Mapping[str, Any]) -> pd.DataFrame:
    """Give a row for each of the three things that are learned."""
    rows = []
    for part, name, unit, without in (
        ("structure", "Structure of a base", "share right", f"always {_CLASSES[found['structure']['usual']]}"),
        ("letters", "Hidden letters", "share right", f"always {found['letters']['usual']}"),
        ("energy", "Folding energy (MFE)", "R²", "line in length and GC content"),
    ):
        one = found[part]
        rows.append(
            {
                "Learned": name,
                "Measure": unit,
                "Reached": one["value"],
                "95% interval": _interval(one),
                "Without a model": one["baseline"]["value"],
                "Its interval": _interval(one["baseline"]),
                "How": without,
                "n": one["n"],
                "Counted": "sequences" if part == "energy" else "bases",
            }
        )
    return pd.DataFrame(rows)


def _percent(one: Mapping[str, Any]) -> str:
    low, high = one["interval"]
    return f"{one['value']:.1%} [{100 * low:.1f}, {100 * high:.1f}]"


def _number(one: Mapping[str, Any]) -> str:
    return f"{one['value']:.2f} {_interval(one)}" if one["value"] is not None else "not defined"


def _interval(one: Mapping[str, Any]) -> str:
    low, high = one["interval"]
    return "" if low is None or high is None else f"[{low:.3f}, {high:.3f}]"
