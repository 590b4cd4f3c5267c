"""UTR-LM on the growth rates of yeast 5'UTRs, with and without pretraining, beside k-mer ridge on the same split.

Run it as ``python -m tests.bench.bench_utr_lm [name=value ...]``; names that begin with ``pre.`` are settings of the
pretraining. Half of the windows overlap others of the same gene, so the split keeps similar sequences together. The
pretraining reads the sequences of the train part alone.
"""

import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from lib.core.progress import Callback, Report
from lib.datasets.dataset import Dataset
from lib.datasets.pipeline import ImportChoices, build, understand
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.jobs.pretrain import parse_settings
from lib.models import MODELS
from lib.models.utr_shape import alphabet
from lib.motifs.folding import fold_many
from lib.tasks.bootstrap import bootstrap, difference
from lib.tasks.data import TrainingData
from lib.tasks.metrics import scores
from lib.training import TrainingContext

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "yeast-5utr" / "Native_UTRs.csv.gz"
PRETRAINING = {"preset": "small", "epochs": 8}
TUNING = {"preset": "small", "epochs": 8}


def dataset() -> Dataset:
    """Import the growth rates as a user would, with a split by homology."""
    source = Source(DATA.name, DATA)
    target = TargetChoice(kind="column", column="growth_rate")
    choices = ImportChoices("yeast-5utr", counts=False, target=target, split=SplitChoice(kind="homology"))
    return build(understand(source, source), choices).dataset


def main(given: Mapping[str, str] | None = None) -> list[dict]:
    """Fold, pretrain, and train with and without; one row per figure."""
    if not DATA.exists():
        return [_row("utr-lm on yeast-5utr", "not measured", f"{DATA.parent.name} is not there")]
    given = dict(given or {})
    own = {name.removeprefix("pre."): given.pop(name) for name in list(given) if name.startswith("pre.")}
    data, before = dataset(), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _measured(data, TUNING | given, PRETRAINING | own)
    finally:
        torch.set_num_threads(before)


def _measured(data: Dataset, tuning: dict, pretraining: dict) -> list[dict]:
    test = data.rows("test")
    observed, texts = data.targets[test], data.sequences[test].tolist()
    settings = parse_settings(pretraining)
    read = settings.cut(data.sequences[data.rows("train")].tolist())
    began = time.perf_counter()
    folds = dict(fold_many(read, processes=1))
    folded = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        place = Path(folder) / "pretraining"
        place.mkdir()
        summary = settings.fit(read, [folds[number] for number in range(len(read))], _context(place))
        learned = time.perf_counter() - began
        ridge = MODELS.create("kmer-ridge").fit(TrainingData.of(data), _context(Path(folder) / "ridge"))
        predicted, took = {"k-mer ridge": ridge.predict(texts)}, {}
        for name, source in (("without pretraining", ""), ("with pretraining", str(place))):
            model = replace(MODELS.create("utr-lm", tuning), pretraining=source)
            began = time.perf_counter()
            fitted = model.fit(TrainingData.of(data, alphabet()), _context(Path(folder) / name))
            took[name] = time.perf_counter() - began
            predicted[name] = fitted.predict(texts)
    how = f"{_words(tuning)}; split by homology, seed 0, one thread"
    rows = []
    for name, values in predicted.items():
        low, high = bootstrap(observed, values)["r2"]
        r2 = scores(observed, values)["r2"]
        spent = f"; {took[name]:.0f} s" if name in took else ""
        what = f"utr-lm {name}, growth rate of yeast 5'UTRs, test R2" if name in took else f"{name}, the same"
        rows.append(_row(what, f"{r2:.3f} [{low:.3f}, {high:.3f}] (n = {len(test):,}){spent}", how if spent else ""))
    low, high = difference(observed, predicted["with pretraining"], predicted["without pretraining"])
    gained = (
        scores(observed, predicted["with pretraining"])["r2"] - scores(observed, predicted["without pretraining"])["r2"]
    )
    said = [
        f"{part} {_share(summary[part])} (always {summary[part]['usual']!r}: {_share(summary[part]['baseline'])})"
        for part in ("letters", "structure")
    ]
    energy = summary["energy"]
    said.append(f"energy R2 {_share(energy)} (line in length and GC: {_share(energy['baseline'])})")
    return [
        *rows,
        _row("utr-lm, what pretraining gains in test R2", f"{gained:+.3f} [{low:+.3f}, {high:+.3f}]", "paired"),
        _row(
            "utr-lm, pretraining on the train part",
            "; ".join(said),
            f"{_words(pretraining)}; {summary['train']:,} sequences, {summary['validation']:,} held out; "
            f"folds {folded:.0f} s, training {learned:.0f} s, one thread",
        ),
    ]


def _context(folder: Path) -> TrainingContext:
    folder.mkdir(exist_ok=True)
    return TrainingContext(folder, device="cpu", progress=Callback(_show))


def _show(report: Report) -> None:
    """Show on stderr how far a training is, once in a while."""
    if report.step and report.step % 200 == 0:
        sys.stderr.write(f"  {report.stage}, step {report.step} of {report.total} {dict(report.metrics)}\n")


def _share(found: Mapping) -> str:
    low, high = found["interval"]
    return f"{found['value']:.3f} [{low:.3f}, {high:.3f}]"


def _words(settings: Mapping) -> str:
    return " ".join(f"{name}={value}" for name, value in settings.items())


def _row(what: str, figure: str, how: str) -> dict:
    return {"what": what, "figure": figure, "asked": "", "how": how}


if __name__ == "__main__":
    for row in main(dict(argument.split("=", 1) for argument in sys.argv[1:])):
        sys.stdout.write(f"{row['what']}: {row['figure']} ({row['how']})\n")
