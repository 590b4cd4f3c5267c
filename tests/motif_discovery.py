"""A finished discovery whose patterns are known, over attributions that a model really gave."""

import numpy as np
import pandas as pd

from lib.core.registry import values_of
from lib.motifs.discover import Discovery
from lib.motifs.pattern import Pattern
from lib.store import attribution_sets, datasets, patterns, runs
from lib.store.set_choice import SetChoice

MUTATIONS = "in-silico-mutagenesis"


def make(run_id: str, motifs: dict[str, str]) -> str:
    """Attribute the run's dataset by mutagenesis, and keep planted motifs, by the names of patterns, as discovered."""
    job = start(run_id)
    made, truth = attribution_sets.load(job), datasets.load(runs.get(run_id).dataset).facts["truth"]
    patterns.keep(job, [_pattern(made, truth, name, word) for name, word in motifs.items()])
    runs.set_results(job, {"n": len(made), "patterns": len(motifs)})
    runs.transition(job, runs.FINISHED)
    return job


def start(run_id: str) -> str:
    """Attribute the run's dataset by mutagenesis for a discovery that is at work, and give the id of its job."""
    choice = SetChoice(run_id, MUTATIONS)
    attribution_sets.compute(choice)
    payload = {"set": choice.to_json(), "discovery": values_of(Discovery())}
    run = runs.get(run_id)
    job = runs.create(spec=run.spec, kind="discover", name=f"Motifs of {run.name}", payload=payload)
    runs.transition(job.id, runs.RUNNING)
    return job.id


def _pattern(made: attribution_sets.AttributionSet, truth: list, name: str, word: str) -> Pattern:
    """Average what stands at the planted copies of a word, which all have its length."""
    row = {str(one): number for number, one in enumerate(made.ids)}
    places = [(row[one], start, end) for one, motif, start, end, _ in truth if motif == word and one in row]
    width = len(word)
    windows = [(at, start) for at, start, end in places if end - start == width]
    hypothetical = np.zeros(made.one_hot.shape) if made.hypothetical is None else made.hypothetical
    contribution = made.one_hot * hypothetical
    cut = np.stack([contribution[at, :, start : start + width] for at, start in windows])
    letters = np.stack([made.one_hot[at, :, start : start + width] for at, start in windows])
    seqlets = pd.DataFrame(
        {
            "id": [str(made.ids[at]) for at, _ in windows],
            "start": [start for _, start in windows],
            "end": [start + width for _, start in windows],
            "contribution": cut.sum(axis=(1, 2)),
            "reversed": False,
        }
    )
    return Pattern(name, 1 if name.startswith("+") else -1, letters.mean(axis=0), cut.mean(axis=0), seqlets)
