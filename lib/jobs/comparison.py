"""The tokenizer comparison: the models of the published one, trained on one split with one seed, as one group.

Published is the R2 of DNABERT-2, MORPH_O and MORPH_D alone, on other data (about 90,000 reporters of the full UTR-Seq
study, another split), so it stands beside what is measured and is never compared by a test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lib.core.errors import UserError
from lib.core.registry import presets_of
from lib.datasets.dataset import Dataset
from lib.jobs.groups import Base, Member, queue_group
from lib.jobs.start import spec_of
from lib.models import MODELS
from lib.models.base import Model, own_tokenizer, tokenizer_of_preset
from lib.store import groups, tokenizers
from lib.store.groups import Group
from lib.store.runs import Run
from lib.tokenizers import TOKENIZERS, Tokenizer

PUBLISHED_R2 = {"dnabert-2": 0.457, "morph-o": 0.178, "morph-d": 0.174}
"""R2 by entry, as published, on other data."""
SIZES = ("tiny", "small", "base")
SMALL = "small"
AS_PUBLISHED = "MORPH_D"
"""The preset of BERT whose model every BERT of the comparison is; that of MORPH_O is the same."""
FINE_TUNED = "Full fine-tuning"
"""The preset of DNABERT-2 that is as published: all of its weights are learned."""


@dataclass(frozen=True)
class Recipe:
    """One model of the comparison before its settings are known to fit; ``preset`` names a tokenizer too."""

    key: str
    label: str
    model: str
    tokenizer: str = ""
    settings: Mapping[str, object] | None = None
    preset: str = ""


RECIPES = (
    Recipe("morph-d", "BERT on MORPH_D", "bert", preset=AS_PUBLISHED),
    Recipe("morph-o", "BERT on MORPH_O", "bert", preset="MORPH_O"),
    Recipe("bert-bpe", "BERT on BPE", "bert", "bpe"),
    Recipe("bert-6-mers", "BERT on 6-mers", "bert", "k-mer", {"k": 6}),
    Recipe("cnn", "CNN", "cnn"),
    Recipe("kmer-ridge", "k-mer ridge", "kmer-ridge"),
    Recipe("dnabert-2", "DNABERT-2", "dnabert-2"),
)


@dataclass(frozen=True)
class Entry:
    """One model of the comparison with its settings.

    Parameters
    ----------
    missing
        Why it cannot run, empty where it can.
    note
        What makes its result doubtful, empty where nothing does.
    """

    key: str
    label: str
    model: Model | None
    tokenizer: Tokenizer | None
    missing: str = ""
    note: str = ""


def list_entries(dataset: Dataset, *, size: str, weights: str = "") -> list[Entry]:
    """Give the models of the comparison on a dataset, and why some of them cannot run there.

    Parameters
    ----------
    dataset
        With the RBP table that MORPH is to learn from.
    size
        Size of the BERT models.
    weights
        Folder or hub name of DNABERT-2; empty for the published name, if it was fetched before.
    """
    return [_entry(recipe, dataset, size, weights) for recipe in RECIPES]


def start_comparison(
    base_of: Dataset, wanted: Sequence[Entry], *, seed: int, payload: Mapping[str, Any], owner: str = ""
) -> Group:
    """Queue those models of the comparison that can run, as one group.

    Raises
    ------
    UserError
        If none can run, the dataset is gone, or nothing can be written.
    """
    able = [entry for entry in wanted if entry.model is not None and not entry.missing]
    if not able:
        raise UserError("None of the models can run on this dataset. " + " ".join(entry.missing for entry in wanted))
    members = [
        Member(entry.label, entry.model, entry.tokenizer, seed, payload={"entry": entry.key})
        for entry in able
        if entry.model is not None
    ]
    left_out = {entry.key: entry.missing for entry in wanted if entry.missing}
    facts = {"entries": [entry.key for entry in able], "left_out": left_out, "seed": seed, "asked": len(able)}
    base = Base(base_of, members[0].model, seed=seed, payload=payload)
    name = f"Tokenizer comparison on {base_of.name}"
    return queue_group(groups.COMPARISON, base, members, name=name, facts=facts, owner=owner)


def entry_of(run: Run) -> str:
    """Give the key of the entry that a run of the comparison is for, empty where it is none."""
    return str(run.payload.get("entry", ""))


def _entry(recipe: Recipe, dataset: Dataset, size: str, weights: str) -> Entry:
    try:
        model = _model(recipe, size, weights)
        tokenizer = _tokenizer(recipe, model)
        spec_of(dataset, model, tokenizer=tokenizer)
        note = _describe_empty(dataset, tokenizer)
    except UserError as error:
        return Entry(recipe.key, recipe.label, None, None, missing=str(error))
    return Entry(recipe.key, recipe.label, model, tokenizer, note=note)


def _model(recipe: Recipe, size: str, weights: str) -> Model:
    cls = MODELS.get(recipe.model)
    if recipe.model == "bert":
        # All alike but for the tokenizer: the published design; its learning rate belongs to its size.
        published = dict(presets_of(cls)[AS_PUBLISHED])
        kept = published if size == published["size"] else {"design": published["design"]}
        return MODELS.create(recipe.model, {**kept, "size": size})
    if recipe.model == "dnabert-2":
        return MODELS.create(recipe.model, {"preset": FINE_TUNED, "weights": str(_weights(weights))})
    return MODELS.create(recipe.model)


def _weights(source: str) -> Path:
    """Give the folder of the published weights."""
    from lib.io.checkpoint_names import BINARY, SAFE
    from lib.io.hub import find_local
    from lib.tokenizers.dnabert_2 import FILE, HUB, PINNED

    source = source or HUB
    found = find_local(source, files=("config.json", SAFE, BINARY, FILE), pinned=PINNED)
    if found is None:
        raise UserError(
            f"DNABERT-2 needs its published weights, and {source} is not on this machine. Name the folder that holds "
            f"config.json, tokenizer.json and model.safetensors or pytorch_model.bin, or fetch {HUB} from the hub once."
        )
    return found


def _tokenizer(recipe: Recipe, model: Model) -> Tokenizer | None:
    goes = tokenizer_of_preset(model, recipe.preset)
    if goes is not None:
        return TOKENIZERS.create(*goes)
    return TOKENIZERS.create(recipe.tokenizer, recipe.settings) if recipe.tokenizer else own_tokenizer(model)


def _describe_empty(dataset: Dataset, tokenizer: Tokenizer | None) -> str:
    """Count the sequences in which a tokenizer of RBP motifs finds nothing; it is fitted to know.

    Raises
    ------
    UserError
        If it cannot be fitted, or finds nothing in any sequence.
    """
    from lib.models.tokens import encode

    if tokenizer is None or "rbp" not in getattr(tokenizer, "needs", ()):
        return ""
    encoded = encode(tokenizers.load_or_fit(dataset, tokenizer), dataset.sequences.tolist())
    bare = int((np.diff(encoded.bounds) == 0).sum())
    return f"{bare:,} of {len(dataset):,} sequences have no token and are read as empty." if bare else ""
