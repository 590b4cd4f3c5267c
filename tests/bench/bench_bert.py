"""How well ``bert`` from scratch predicts utr-seq, and how long that takes on a CPU.

Run it as ``python -m tests.bench.bench_bert [name=value ...]``, with settings of the model.
"""

import sys
import tempfile
import time
from pathlib import Path

import torch

from lib.core.progress import Callback, Report
from lib.evaluation.metrics import scores
from lib.models.base import MODELS, Context, TrainingData
from lib.tokenizers import TOKENIZERS, Corpus, fit
from tests.bench.bench_models import DATA, dataset

R2, MINUTES, THREADS = 0.40, 20, 2


def main(settings: dict[str, str] | None = None) -> list[dict[str, str]]:
    """Train on byte-pair tokens, the split and the training with seed 0."""
    if not DATA.is_dir():
        return [{"what": "bert on utr-seq", "figure": "no data", "asked": "", "how": f"{DATA.name} is not there"}]
    torch.set_num_threads(THREADS)
    data, model = dataset(0), MODELS.create("bert", settings)
    tokenizer = fit(TOKENIZERS.create("bpe"), Corpus.of(data))
    began, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        context = Context(Path(folder), device="cpu", progress=Callback(_show))
        fitted = model.fit(TrainingData.of(data, tokenizer), context)
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    test = data.rows("test")
    found = scores(data.targets[test], fitted.predict(data.sequences[test].tolist()))
    chosen = " ".join(f"{name}={value}" for name, value in (settings or {}).items()) or "defaults"
    return [
        {
            "what": "bert on utr-seq, byte-pair tokens, random split, test R2",
            "figure": f"{found['r2']:.3f} (n = {found['n']}); {seconds:.0f} s ({spent:.0f} s CPU)",
            "asked": f">= {R2} within {MINUTES} min",
            "how": f"{chosen}, seed 0, {THREADS} threads",
        }
    ]


def _show(report: Report) -> None:
    """Show on stderr how far a training is, once in a while."""
    if report.step and report.step % 100 == 0:
        sys.stderr.write(f"  step {report.step} of {report.total} {dict(report.metrics)}\n")


if __name__ == "__main__":
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    for row in main(given):
        sys.stdout.write(f"{row['what']}: {row['figure']} (asked: {row['asked']}; {row['how']})\n")
