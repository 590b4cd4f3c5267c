"""The methods paragraph of a report: what was done in the words of a paper, with numbered references.

What a model, a tokenizer or an attribution method rests on stands in the docstring of its module, as
``Author et al. 2017, doi:10.…`` or ``arXiv:…``; it is read there, so that a new file brings its reference along. What
a model does in detail, where its docstring does not say it for a paper, stands in ``WORDS``.
"""

import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from lib.core.registry import Registry
from lib.core.spec import Choice
from lib.datasets.catalog import ENTRIES
from lib.datasets.leakage import Overlap, read_overlaps
from lib.models.base import MODELS
from lib.report.context import PART, Context
from lib.tasks import headline
from lib.tasks.scores import PART_NAMES
from lib.tokenizers import TOKENIZERS
from lib.views.blocks import Cited

_REFERENCE = re.compile(r"([A-Z][\w'’.-]*(?: (?:et al\.|and|&|[A-Z][\w'’.-]*))* \d{4}),\s+((?:doi:|arXiv:)[^\s,;)]+)")

WORDS: Mapping[str, str] = {
    "cnn": "The model is a residual network (He et al. 2016, doi:10.1109/CVPR.2016.90) of dilated convolutions (Yu and "
    "Koltun 2016, arXiv:1511.07122) over one-hot nucleotides, averaged over {places} before a linear layer, and "
    "trained with AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) on a one-cycle schedule of the learning rate "
    "(Smith and Topin 2019, arXiv:1708.07120); the weights kept are those of the epoch with the best validation "
    "{score}.",
    "bpnet": "The model is BPNet (Avsec et al. 2021, doi:10.1038/s41588-021-00782-6): a convolution 25 wide and "
    "{layers} dilated residual layers over one-hot nucleotides, with a head for where the counts of each track lie in "
    "a window (a multinomial over its bases) and a head for log(1 + counts). The loss was {profile_weight} times the "
    "multinomial negative log-likelihood (taken per {profile_per}) plus {count_weight} times the squared error of "
    "log(1 + counts); the weights kept are those of the epoch with the lowest loss on the validation part.",
    "kmer-ridge": "The model is a ridge regression (Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634) on the "
    "counts of all words of up to {k} nucleotides, its penalty chosen by the validation part.",
    "dexter": "The model is DExTER (Menichelli et al. 2021, doi:10.1371/journal.pcbi.1008909): words were "
    "grown from dinucleotides by a letter at a time while in a run of {bins} bins ({widths}) |Spearman's correlation| "
    "with the target rose by at least {gain} and by a share of {share}, and a LASSO (Tibshirani 1996, "
    "doi:10.1111/j.2517-6161.1996.tb02080.x) on their frequencies in these regions predicts, its penalty chosen by "
    "{folds}-fold cross-validation within the training part.",
    "kmer-logistic": "The model is a logistic regression on the counts of all words of up to {k} nucleotides, fitted "
    "by L-BFGS (Liu and Nocedal 1989, doi:10.1007/BF01589116) with a penalty on the squared weights that was chosen by "
    "the validation part.",
    "gc-length": "The model is a linear regression on base composition and length.",
    "gc-length:classification": "The model is a logistic regression on base composition and length.",
    "mean:classification": "The model gives every sequence the share of each class in the training part.",
    "mean": "The model predicts the mean of the training part for every sequence.",
    "bert": "The model is an encoder (BERT: Devlin et al. 2019, doi:10.18653/v1/N19-1423), trained from nothing on the "
    "tokens of the training part; the weights kept are those of the epoch with the best validation {score}.",
    "utr-lm": "The model is UTR-LM (Chu et al. 2024, doi:10.1038/s42256-024-00823-9): an encoder of single nucleotides "
    "with rotary positions (Su et al. 2021, arXiv:2104.09864) and a head; the weights kept are those of the epoch with "
    "the best validation {score}.",
    "ensemble": "The prediction is the mean of {members} models that were trained separately (Hansen and Salamon 1990, "
    "doi:10.1109/34.58871).",
}

_NORMALISED = {
    "spike-in": "Counts were scaled by spike-ins and taken to log2 with a pseudo-count of {pseudo}.",
    "library size": "Counts were scaled by library size and taken to log2 with a pseudo-count of {pseudo}.",
}
_SPLITS = {
    "random": "at random",
    "homology": "so that similar sequences stay in one part",
    "column": "by a column of the data",
}


def cite(sentences: Sequence[str]) -> Cited:
    """Join sentences, with a number after each author and year in place of the identifier, by their first mention.

    >>> cite(["By ridge (Hoerl and Kennard 1970, doi:10.1/x)."]).parts
    [('By ridge (Hoerl and Kennard 1970', 1), (').', None)]
    """
    text, parts, end = " ".join(sentences), [], 0
    known: dict[str, str] = {}
    for found in _REFERENCE.finditer(text):
        name, identifier = found[1], found[2].rstrip(".:")
        known.setdefault(identifier, name)
        parts.append((text[end : found.end(1)], list(known).index(identifier) + 1))
        end = found.start(2) + len(identifier)
    return Cited([*parts, (text[end:], None)], [(name, identifier) for identifier, name in known.items()])


def methods(context: Context, explained: Mapping[str, str], statistics: Sequence[str]) -> Cited:
    """Write the paragraph and its references.

    Parameters
    ----------
    context
        The run.
    explained
        What explains the sequences of the report: ``method`` (registered name), ``reference`` and ``rule`` in words;
        empty where nothing is explained. ``patterns`` is there where discovered patterns are shown.
    statistics
        How the run was judged, in sentences with references.
    """
    sentences = [*_data(context), _model(context), _tokens(context), *statistics, *_describe_explained(explained)]
    versions = context.run.spec.versions
    named = ", ".join(
        f"{name} {versions[name]}" for name in ("python", "torch", "scikit-learn", "numpy") if name in versions
    )
    sentences.append(
        f"All was done with MotifLens {versions.get('motiflens', '')} ({named}), seed {context.run.spec.seed}."
    )
    return cite([sentence for sentence in sentences if sentence])


def references_of(registry: Registry[Any], name: str) -> list[tuple[str, str]]:
    """Give author and year, and the identifier, of what the module of a registered class rests on."""
    module = sys.modules[registry.get(name).__module__]
    paragraph = inspect.cleandoc(module.__doc__ or "").replace("\n", " ")
    return [(found[0], found[1].rstrip(".:")) for found in _REFERENCE.findall(paragraph)]


def _data(context: Context) -> list[str]:
    dataset, metrics = context.dataset, context.metrics
    facts = dataset.facts
    sentences = []
    if dataset.simulated:
        sentences.append("The data were simulated by MotifLens; they are no measurement.")
    hashes = {str(item.get("sha256", "")) for item in dict(facts.get("files", {})).values()}
    for entry in ENTRIES.values():
        if hashes & {file.sha256 for file in entry.files}:
            sentences.append(f"The data are those of {entry.label}: {entry.reference}.")
    known = dict(facts.get("normalisation", {}))
    sentences.append(_NORMALISED.get(str(known.get("method", "")), "").format(pseudo=known.get("pseudo_count", "")))
    parts, split = metrics.get("parts", {}), dict(facts.get("split", {}))
    how = _SPLITS.get(str(split.get("kind", "")), "")
    sentences.append(
        f"{len(dataset):,} sequences were divided {how} into {parts.get('train', 0):,} for training, "
        f"{parts.get('validation', 0):,} for validation and {parts.get('test', 0):,} for the test."
    )
    sentences += [_close(overlap) for overlap in read_overlaps(context.leakage).values() if overlap.part == PART]
    names = dataset.target_names
    unit = f" ({dataset.target_units[0]})" if dataset.target_units[0] else ""
    what = f"the target was {names[0]}{unit}" if len(names) == 1 else f"{len(names)} targets were predicted together"
    if dataset.classes:
        listed = f"{', '.join(dataset.classes[:-1])} and {dataset.classes[-1]}"
        positive = f", of which {names[0]} counts as positive" if len(dataset.classes) == 2 else ""
        what = f"{len(dataset.classes)} classes were told apart: {listed}{positive}"
    return [*sentences, f"{what[0].upper()}{what[1:]}."]


def _close(overlap: Overlap) -> str:
    if not overlap.close:
        return ""
    what = "" if overlap.other != "train" else " (a sequence with at least 30% of the 10-mers and one 14-mer in common)"
    of = f"{overlap.compared:,} {'' if overlap.compared == overlap.sequences else 'randomly chosen '}test sequences"
    return f"Of {of}, {overlap.close:,} had a close neighbour in the {PART_NAMES[overlap.other]} part{what}."


def _model(context: Context) -> str:
    spec = context.run.spec
    filled = {"members": len(context.run.payload.get("members", ())), **spec.model.settings}
    filled["score"] = headline(spec.task).label
    regions = spec.model.settings.get("regions", 1)
    filled["places"] = "all positions" if regions == 1 else f"the positions of each of {regions} overlapping regions"
    words = WORDS.get(f"{spec.model.name}:{spec.task}") or WORDS.get(spec.model.name)
    if words is not None:
        return words.format_map(_Known(filled))
    cited = "; ".join(f"{name}, {where}" for name, where in references_of(MODELS, spec.model.name))
    return f"The model is {context.model_label}{f' ({cited})' if cited else ''}: {MODELS.get(spec.model.name).summary}"


class _Known(dict[str, Any]):
    """Settings by name; one that is not there is said with a word."""

    def __missing__(self, key: str) -> str:
        return "several"


def _tokens(context: Context) -> str:
    chosen: Choice | None = context.run.spec.tokenizer
    if chosen is None:
        return ""
    cited = "; ".join(f"{name}, {where}" for name, where in references_of(TOKENIZERS, chosen.name))
    label = TOKENIZERS.get(chosen.name).label
    by = f"{label}{f' ({cited})' if cited else ''}"
    return f"Sequences were cut by the tokenizer {by}, which saw the training part only."


def _describe_explained(explained: Mapping[str, str]) -> list[str]:
    from lib.attribution import METHODS

    sentences = []
    if explained.get("method"):
        label = METHODS.get(explained["method"]).label
        label = label if label[1:] != label[1:].lower() else label[0].lower() + label[1:]
        cited = "; ".join(f"{name}, {where}" for name, where in references_of(METHODS, explained["method"]))
        reference = f", with {explained['reference']} as the reference" if explained.get("reference") else ""
        sentences.append(
            f"Nucleotides were attributed by {label}{f' ({cited})' if cited else ''}{reference}; "
            "logos are drawn by logomaker (Tareen and Kinney 2020, doi:10.1093/bioinformatics/btz921)."
        )
    if explained.get("patterns"):
        sentences.append(
            "Recurring patterns of attributions were found with TF-MoDISco (Shrikumar et al. 2018, arXiv:1811.00416) "
            "on the given strand only, and compared with known motifs by Tomtom (Gupta et al. 2007, "
            "doi:10.1186/gb-2007-8-2-r24)."
        )
    return sentences
