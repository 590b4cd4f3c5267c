"""How fast ``bert`` learns on a CPU against the published notebook's way, and how well it predicts utr-seq.

Run it as ``python -m tests.bench.bench_bert [speed | quality] [name=value ...]``, with settings of the model, and of
the tokenizer as ``bpe.name=value``.
"""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from lib.core.progress import Callback, Report
from lib.datasets.dataset import Dataset
from lib.models.base import MODELS
from lib.models.bert import BertModel
from lib.models.nets.batches import TokenExamples
from lib.tasks.data import TrainingData
from lib.tasks.metrics import scores
from lib.tasks.regression import MaskedLoss, StandardLabels
from lib.tokenizers import TOKENIZERS, Corpus, FittedTokenizer, fit
from lib.training import TrainingContext
from lib.training.accumulation import EpochBatches
from tests.bench.bench_models import DATA, dataset

R2, MINUTES, THREADS, TIMES = 0.40, 20, 2, 20
TOKENS = {"size": "64"}
"""Few and short tokens, each seen often enough; chosen by the validation part, see docs/measurements/benchmarks.md."""
PADDED, BATCH, STEPS = 512, 8, 3
"""The published notebook's way: all padded to so many tokens, in batches of 8; and steps of ours that are timed."""


def main(settings: Mapping[str, str] | None = None, *, wanted: Sequence[str] = ("speed", "quality")) -> list[dict]:
    """Measure both, or what is wanted."""
    if not DATA.is_dir():
        return [{"what": "bert on utr-seq", "figure": "no data", "asked": "", "how": f"{DATA.name} is not there"}]
    given = dict(settings or {})
    own = {name: given.pop(name) for name in list(given) if name.startswith("bpe.")}
    tokens = TOKENS | {name.removeprefix("bpe."): value for name, value in own.items()}
    data, before = dataset(0), torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        rows = [speed(data)] if "speed" in wanted else []
        return [*rows, quality(data, given, tokens)] if "quality" in wanted else rows
    finally:
        torch.set_num_threads(before)


def quality(data: Dataset, settings: Mapping[str, str], tokens: Mapping[str, str]) -> dict[str, str]:
    """Train on byte-pair tokens, the split and the training with seed 0."""
    began, cpu = time.perf_counter(), time.process_time()
    model, tokenizer = MODELS.create("bert", settings), _tokenizer(data, tokens)
    with tempfile.TemporaryDirectory() as folder:
        context = TrainingContext(Path(folder), device="cpu", progress=Callback(_show))
        fitted = model.fit(TrainingData.of(data, tokenizer), context)
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    held, test = (
        scores(data.targets[rows], fitted.predict(data.sequences[rows].tolist()))
        for rows in (data.rows("validation"), data.rows("test"))
    )
    chosen = " ".join(f"{name}={value}" for name, value in settings.items()) or "defaults"
    cut = " ".join(f"{name} {value}" for name, value in tokens.items())
    kept = f"best epoch {fitted.best_epoch} with {held['r2']:.3f} on validation"
    return {
        "what": "bert on utr-seq, byte-pair tokens, random split, test R2",
        "figure": f"{test['r2']:.3f} (n = {test['n']}); {seconds:.0f} s ({spent:.0f} s CPU)",
        "asked": f">= {R2} within {MINUTES} min",
        "how": f"{chosen}, {kept}, bpe {cut}, seed 0, {THREADS} threads",
    }


def speed(data: Dataset) -> dict[str, str]:
    """Train the same BERT base for some steps our way, and one step the notebook's."""
    tokenizer, model = _tokenizer(data, {}), BertModel(size="base", design="published")
    parts = TrainingData.of(data).train
    labels = StandardLabels.of(parts, auxiliary=True)
    encoder = model.begin(tokenizer.vocabulary)
    examples = TokenExamples(
        encoder.frame.rows(tokenizer.encode_batch(parts.sequences)), encoder.frame, labels.standard(parts)
    )
    body = model._body(encoder.module, len(labels)).train()
    optimizer, loss = torch.optim.AdamW(body.parameters(), lr=1e-5), MaskedLoss(labels.targets)
    batches = list(EpochBatches(examples.lengths, model.batch_size, 0))

    def step(numbers: list[int], width: int | None) -> float:
        began = time.perf_counter()
        ids, mask = examples.batch(numbers)
        if width is not None:
            present = torch.ones_like(ids) if mask is None else mask
            missing = (0, width - ids.shape[1])
            ids = torch.nn.functional.pad(ids, missing, value=encoder.frame.pad)
            mask = torch.nn.functional.pad(present, missing)
        loss(body(ids, mask), examples.labels[numbers]).backward()
        optimizer.step()
        optimizer.zero_grad()
        return len(numbers) / (time.perf_counter() - began)

    step(batches[0][:4], None)
    ours = [step(numbers, None) for numbers in batches[1 : 1 + STEPS]]
    theirs = step(batches[0][:BATCH], PADDED)
    best = max(ours)
    return {
        "what": "bert base, training on a CPU against padding to 512 in batches of 8",
        "figure": f"{best / theirs:.1f} times ({best:.2f} and {theirs:.3f} sequences/s)",
        "asked": f">= {TIMES} times",
        "how": f"utr-seq, bpe 512, batches of {model.batch_size}, best of {STEPS} steps, fp32, {THREADS} threads",
    }


def _tokenizer(data: Dataset, settings: Mapping[str, str]) -> FittedTokenizer:
    return fit(TOKENIZERS.create("bpe", settings), Corpus.of(data))


def _show(report: Report) -> None:
    """Show on stderr how far a training is, once in a while."""
    if report.step and report.step % 50 == 0:
        sys.stderr.write(f"  {report.stage}, step {report.step} of {report.total} {dict(report.metrics)}\n")


if __name__ == "__main__":
    kinds = [argument for argument in sys.argv[1:] if "=" not in argument]
    given = dict(argument.split("=", 1) for argument in sys.argv[1:] if "=" in argument)
    for row in main(given, wanted=kinds or ("speed", "quality")):
        sys.stdout.write(f"{row['what']}: {row['figure']} (asked: {row['asked']}; {row['how']})\n")
