"""What the Motifs page says of tokens: those of the run's own tokenizer that resemble a pattern, or that none does."""

import re

import numpy as np
import pandas as pd
import pytest

from lib.motifs.pattern import Pattern
from lib.store import datasets, patterns, runs
from lib.store.fitted import load_fitted
from lib.store.set_choice import SetChoice
from lib.tokenizers import TOKENIZERS
from tests import finished

PAGE = "pages/explain/motifs.py"
TINY = {"size": "tiny", "epochs": 1, "batch_size": 32}


def pattern_of(dataset, word: str, name: str) -> Pattern:
    """Every place of a word in the sequences, as the seqlets of a pattern."""
    rows = [
        (str(one), place.start(), place.start() + len(word), 0.9, False)
        for one, text in zip(dataset.ids, dataset.sequences, strict=True)
        for place in re.finditer(word, str(text))
    ]
    ppm = np.array([[float(base == letter) for letter in word] for base in "ACGT"])
    return Pattern(
        name, 1, ppm, 0.2 * ppm, pd.DataFrame(rows, columns=["id", "start", "end", "contribution", "reversed"])
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small bert on BPE tokens, and a discovery of two patterns: its longest token, and a word that is too short."""
    home = tmp_path_factory.mktemp("tokens") / "home"
    with finished.using(home):
        dataset_id = finished.freeze(home.parent / "files")
        run_id = finished.trained(dataset_id, "bert", TINY, tokenizer=TOKENIZERS.create("bpe", {"size": 90}))
        dataset, run = datasets.load(dataset_id), runs.get(run_id)
        longest = max(
            (piece for piece in load_fitted(run_id).tokenizer.vocabulary.pieces if set(piece) <= set("ACGT")), key=len
        )
        payload = {
            "set": SetChoice(run_id, "in-silico-mutagenesis").to_json(),
            "discovery": {"strands": "single strand"},
        }
        job = runs.create(spec=run.spec, kind="discover", name="Motifs of First run", payload=payload)
        runs.transition(job.id, runs.RUNNING)
        patterns.keep(job.id, [pattern_of(dataset, longest, "+1"), pattern_of(dataset, "GCG", "+2")])
        runs.set_results(job.id, {"n": len(dataset), "patterns": 2})
        runs.transition(job.id, runs.FINISHED)
    return home, dataset_id, run_id, longest


@pytest.fixture(autouse=True)
def workspace(made):
    with finished.using(made[0]):
        yield


def test_the_token_that_is_the_pattern_is_named_first_in_the_letters_asked_for(made):
    _, dataset, run, longest = made
    assert len(longest) >= 5, "BPE of the demo joins the runs of T"
    app = finished.open_page(PAGE, dataset=dataset, run=run, pattern="+1")
    finished.healthy(app)
    rna = longest.replace("T", "U")
    assert f"Tokens of this run's tokenizer that resemble it: {rna} (q = " in finished.words(app)
    app.toggle(key="rna").set_value(False).run()
    finished.healthy(app)
    assert f"that resemble it: {longest} (q = " in finished.words(app)


def test_a_pattern_that_is_no_token_is_said_to_be_none(made):
    _, dataset, run, _ = made
    app = finished.open_page(PAGE, dataset=dataset, run=run, pattern="+2")
    finished.healthy(app)
    assert "No token of this run's tokenizer resembles it (q ≤ 0.05)." in finished.words(app)
