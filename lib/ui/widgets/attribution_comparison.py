"""What stands side by side: pairs of a finished run and a method, their attributions, and how well they agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import streamlit as st

from lib.attribution import METHODS, list_methods
from lib.attribution.agreement import Agreement, compare
from lib.attribution.base import Attribution, Method, explain_refusal
from lib.attribution.defaults import ANY_MODEL, MANY
from lib.attribution.profile_heads import COUNTS
from lib.attribution.trust import Trust
from lib.core.alphabet import in_alphabet
from lib.core.errors import UserError
from lib.store import groups, runs
from lib.store.files import home
from lib.store.fitted import load_fitted
from lib.store.runs import Run
from lib.ui.attribution.data import Subject
from lib.ui.attribution.provenance import explain
from lib.ui.widgets import cached, class_labels, progress, run_score, state

MOST = 12
RUNS_QUERY, METHODS_QUERY = "runs", "methods"
_KEY = "lanes-{}"


@dataclass(frozen=True)
class Asked:
    """The runs and the names of the methods that somebody wants to see."""

    runs: tuple[Run, ...]
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Lane:
    """The attribution of one sequence by one run and one method."""

    subject: Subject
    method: Method
    attribution: Attribution


@dataclass(frozen=True)
class Compared:
    """M lanes of one sequence with labels that tell them apart."""

    labels: tuple[str, ...]
    lanes: tuple[Lane, ...]

    @classmethod
    def of(cls, subject: Subject, found: Sequence[Lane]) -> "Compared":
        """Name the lanes: by the method where there is one run, by the run where there is one method, else by both."""
        one_run = len({lane.subject.run.id for lane in found}) == 1
        one_method = len({lane.method.name for lane in found}) == 1
        names = run_names([lane.subject.run for lane in found])
        labels = []
        for lane in found:
            parts = [] if one_run and not one_method else [names[lane.subject.run.id]]
            parts += [] if one_method and not one_run else [lane.attribution.method]
            labels.append(", ".join(parts))
        return cls(tuple(labels), tuple(found))

    @cached_property
    def agreement(self) -> Agreement:
        """How well every two of them agree."""
        return compare([lane.attribution.scores for lane in self.lanes])

    def means(self) -> tuple[float | None, float | None]:
        """Give the mean Spearman correlation and the mean overlap of all pairs; None where no pair has one."""
        pairs = np.triu_indices(len(self.lanes), 1)
        found = []
        for values in (self.agreement.spearman[pairs], self.agreement.overlap[pairs]):
            known = values[~np.isnan(values)]
            found.append(float(known.mean()) if len(known) else None)
        return found[0], found[1]

    def matrix_table(self, kind: str) -> pd.DataFrame:
        """Give ``spearman`` or ``overlap`` as a table with names."""
        frame = pd.DataFrame(getattr(self.agreement, kind), columns=list(self.labels))
        frame.insert(0, kind, list(self.labels))
        return frame

    def scores_table(self, judged: Sequence[Trust], *, rna: bool) -> pd.DataFrame:
        """Give one row for each position, counted from 1, with scores, standard errors and badge of every lane."""
        sequence = in_alphabet(self.lanes[0].attribution.sequence, rna=rna)
        frame = pd.DataFrame({"position": range(1, len(sequence) + 1), "base": list(sequence)})
        for label, lane, trust in zip(self.labels, self.lanes, judged, strict=True):
            name = label or lane.attribution.method
            frame[name] = lane.attribution.scores
            if lane.attribution.standard_errors is not None:
                frame[f"{name}, standard error"] = lane.attribution.standard_errors
            frame[f"{name}, badge"] = trust.word
        return frame

    def table(self, judged: Sequence[Trust]) -> pd.DataFrame:
        """Give one row for each lane: what it explains, and how far it may be believed."""
        rows = []
        for label, lane, trust in zip(self.labels, self.lanes, judged, strict=True):
            item, relative = lane.attribution, lane.attribution.relative_delta
            rows.append(
                {
                    "attribution": label,
                    "badge": trust.word,
                    "target": lane.subject.target_name,
                    "predicted": item.prediction,
                    **_chance(lane.subject),
                    "reference prediction": item.reference_prediction,
                    "sum of scores": None if relative is None else float(item.scores.sum()) + item.special,
                    "convergence delta (%)": None if relative is None else 100 * relative,
                    "checks": "; ".join(trust.facts),
                    "finding": trust.sentence,
                    "reference": item.reference,
                    "unit": lane.subject.unit,
                }
            )
        return pd.DataFrame(rows)


def _chance(subject: Subject) -> dict[str, float]:
    """Give the probability of the class that is explained; nothing for other tasks."""
    found = class_labels.chances(subject.run, subject.dataset, subject.sequence)
    return {"probability": found[subject.target_name]} if found else {}


def run_names(found: Sequence[Run]) -> dict[str, str]:
    """Name runs by what their users call them, with the id where two are called the same."""
    distinct = {run.id: run.name for run in found}
    twice = {name for name in distinct.values() if list(distinct.values()).count(name) > 1}
    return {key: f"{name} [{key}]" if name in twice else name for key, name in distinct.items()}


def choose(run: Run) -> Asked:
    """Draw the choice of runs and methods."""
    chosen = pick_runs(run, most=8)
    fitting = [name for name in METHODS.all() if any(not refusals(item)[name] for item in chosen)]
    default = next(name for name, reason in refusals(run).items() if not reason)
    first = [name for name in dict.fromkeys([default, ANY_MODEL, MANY]) if name in fitting][:2]
    labels = {name: METHODS.get(name).label for name in fitting}
    _recall(METHODS_QUERY, labels, first)
    methods = st.multiselect(
        "Methods",
        fitting,
        format_func=labels.__getitem__,
        key=_KEY.format(METHODS_QUERY),
        placeholder="Choose methods",
        help="Each with its own default settings. Methods that fit no run are left out.",
    )
    _link(METHODS_QUERY, methods, first)
    return Asked(tuple(chosen), tuple(methods))


def pick_runs(run: Run, *, most: int) -> list[Run]:
    """Draw the choice of finished runs, the run of the page first; trained on any dataset."""
    done = [item for item in runs.all(kind="train") if item.state == runs.FINISHED]
    known = {item.id: item for item in done if has_model(item)}
    names = run_names(list(known.values()))
    hidden = groups.runs_without_test(done)

    def label(name: str) -> str:
        item = known[name]
        score = run_score.say_test(item, hidden=name in hidden)
        return f"{names[name]} ({', '.join(filter(None, (progress.model_label(item.model), score)))})"

    labels = {name: label(name) for name in known}
    first = [run.id] if run.id in known else []
    _recall(RUNS_QUERY, labels, first, most=most)
    picked = st.multiselect(
        "Runs",
        list(known),
        format_func=labels.__getitem__,
        key=_KEY.format(RUNS_QUERY),
        max_selections=most,
        placeholder="Choose finished runs",
        help="Any finished run: other models, tokenizers, seeds, datasets. Runs that read tokens show them.",
    )
    _link(RUNS_QUERY, picked, first)
    return [known[name] for name in picked]


def _recall(query: str, known: Mapping[str, str], first: Sequence[str], *, most: int = 100) -> None:
    """Begin a choice with what the link says, names between commas; else with ``first``. Drop what is not there.

    What is known is named as it is read.
    """
    key = _KEY.format(query)
    if key not in st.session_state:
        st.session_state[key] = [name for name in st.query_params.get(query, "").split(",") if name in known] or first
    state.put(key, [name for name in st.session_state[key] if name in known][:most], like=tuple(known.values()))


def _link(query: str, picked: Sequence[str], first: Sequence[str]) -> None:
    """Let the link hold a choice that is not the first one."""
    text = ",".join(picked)
    if list(picked) == list(first):
        st.query_params.pop(query, None)
    elif st.query_params.get(query) != text:
        st.query_params[query] = text


def has_model(run: Run) -> bool:
    """Say whether a run still has its trained model."""
    return (runs.folder(run.id) / "model.json").exists()


def refusals(run: Run) -> dict[str, str]:
    """Say for each method why it cannot explain a run, empty where it can: those first, the default at their head."""
    return _refusals(str(home()), run.id, str(run.ended))


@st.cache_data(max_entries=64, show_spinner="Opening the model")
def _refusals(home: str, run_id: str, ended: str) -> dict[str, str]:
    model = load_fitted(run_id)
    return dict.fromkeys(list_methods(model), "") | {
        name: why for name, cls in METHODS.all().items() if (why := explain_refusal(cls, model))
    }


def subject_for(subject: Subject, run: Run) -> Subject:
    """Ask another run about the same sequence: the target of the same name, else its first one."""
    if run.id == subject.run.id:
        return subject
    dataset = cached.dataset(run.dataset)
    names = dataset.target_names
    asked = subject.dataset.target_names[subject.target]
    target = names.index(asked) if asked in names else 0
    head = subject.head if dataset.tracks else COUNTS
    row = subject.row if dataset.id == subject.dataset.id else None
    return replace(subject, run=run, dataset=dataset, row=row, target=target, head=head)


def explain_all(subject: Subject, asked: Asked) -> tuple[list[Lane], list[str]]:
    """Attribute by every run and method that fit each other, and say of the others why they do not."""
    found: list[Lane] = []
    refused: dict[tuple[str, str], list[str]] = {}  # which runs, by method and reason
    names = run_names(asked.runs)
    pairs = [(run, name) for run in asked.runs for name in asked.methods]
    for run, name in pairs[:MOST]:
        reason = refusals(run)[name]
        if not reason:
            theirs = subject_for(subject, run)
            try:
                made = METHODS.create(name)
                found.append(Lane(theirs, made, explain(theirs, made)))
            except UserError as error:
                reason = str(error)
        if reason:
            refused.setdefault((METHODS.get(name).label, reason), []).append(names[run.id])
    said = [f"{label} is left out for {', '.join(which)}. {reason}" for (label, reason), which in refused.items()]
    if len(pairs) > MOST:
        said.insert(0, f"{len(pairs)} attributions were asked for; {MOST} fit on a ruler. Choose fewer.")
    return found, said
