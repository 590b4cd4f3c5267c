"""Does a model of UTR-Seq use the published signals of zebrafish 3'UTR decay, which nobody told it?

``make biology`` (``python -m tests.bench.biology``) imports utr-seq as a user would, trains the best single model with
three seeds, takes the one that is best on the validation part, asks it by the rule of ``tests.bench.known_signals`` and
writes ``docs/measurements/biology.md``. It needs the public data beside the checkout. ``--home FOLDER`` keeps the
workspace, so that a second call trains and attributes nothing again.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from lib.analysis.asking import asking
from lib.analysis.backgrounds import backgrounds
from lib.attribution import METHODS, list_methods
from lib.cli.arguments import show_progress
from lib.core.registry import values_of
from lib.figures.pattern_logos import consensus
from lib.jobs import discover
from lib.motifs.discover import Discovery, require
from lib.motifs.instances import FDR, call_instances
from lib.store import attribution_sets, datasets, fitted, patterns, runs
from lib.store.attribution_sets import AttributionSet
from lib.store.set_choice import SetChoice
from tests import finished
from tests.bench import known_signals
from tests.bench.bench_models import imported
from tests.bench.known_signals import HIGH, SIGNALS, width_of

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
PAGE = ROOT / "docs" / "measurements" / "biology.md"
SEEDS = (0, 1, 2)
BACKGROUNDS = 1000
PATTERNS_FROM = 6000
"""Sequences of the training and validation parts in which patterns are looked for."""
FAILURES = (
    "## What fails, and why",
    "",
    "These notes refer to the figures above.",
    "",
    "- GC-rich, attribution: a composition does not depend on any single nucleotide. In-silico mutagenesis changes one "
    "nucleotide at a time, and a window of 8 G or C stays GC-rich without one of them. Inserted as a whole, such "
    "windows lower the prediction slightly, and only 66% of single decoys are exceeded. An earlier look at these two "
    "tests, with another seed of the model and DeepLIFT with the uniform reference, had q = 0.008 for its "
    "attribution: a borderline result depends on the method.",
    "- GC-rich, instances: only 7 of 919 windows have a high attribution, and no pattern is a composition.",
    "- Pumilio site, instances: the H of UGUAHAUA is A or C, and TF-MoDISco keeps the two as two patterns, -8 "
    "(UGUAAAUAU) and -21 (UGUACAUA). All patterns together cover 54% of the sites, the best one 20%.",
)
ATTRIBUTION, INSERTION = TESTS = ("attribution", "insertion")


def main() -> int:
    """Train, ask and write the page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--home", help="workspace to keep, with the runs of an earlier call")
    options = parser.parse_args()
    if not SHARED.is_dir():
        sys.stderr.write(f"the public data are not here: {SHARED.parent.name}/{SHARED.name} beside the checkout\n")
        return 1
    with tempfile.TemporaryDirectory() as temporary, finished.using(Path(options.home or temporary)):
        PAGE.write_text(page(train_all()), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
    return 0


def train_all() -> list[runs.Run]:
    """Give the finished runs of a cnn with default settings, one for each seed, on one split; train what is missing."""
    there = {run.name: run for run in runs.all() if run.state == runs.FINISHED and run.kind == "train"}
    missing = [seed for seed in SEEDS if _name(seed) not in there]
    if missing:
        dataset = datasets.freeze(imported(seed=0))
        for seed in missing:
            run = runs.get(finished.trained(dataset, "cnn", {}, name=_name(seed), seed=seed))
            there[run.name] = run
    return [there[_name(seed)] for seed in SEEDS]


def page(trained: list[runs.Run]) -> str:
    """Ask the run that is best on the validation part and write what it answered."""
    run = max(trained, key=validated)
    dataset, model = datasets.load(run.dataset), fitted.load_fitted(run.id)
    first, for_patterns = list_methods(model)[0], list_methods(model, hypothetical=True)[0]
    made, contributions = (attributed(run, method, ("test",)) for method in (first, for_patterns))
    sequences = dataset.sequences[made.rows].tolist()
    scores = [row[:length].astype(np.float64) for row, length in zip(made.attributions, made.lengths, strict=True)]
    ask, drawn = asking(model), backgrounds(dataset, "shuffled", part="test", count=BACKGROUNDS)
    table = known_signals.judge(
        {
            ATTRIBUTION: [known_signals.compare_attributions(signal, sequences, scores) for signal in SIGNALS],
            INSERTION: [known_signals.compare_insertions(signal, ask, drawn) for signal in SIGNALS],
        }
    )
    found = discovered(run, for_patterns)
    contribution = require(contributions.one_hot, contributions.hypothetical, Discovery())
    instances = call_instances(found, contribution, contributions.lengths)
    instances = instances[instances["q"] <= FDR]
    shares = [known_signals.share_in_instances(signal, sequences, scores, instances) for signal in SIGNALS]
    both = table.groupby("signal", sort=False)["passed"].all()
    names = {one.name: consensus(one.ppm, rna=True) for one in found}
    r2 = ", ".join(f"{validated(one):.3f}" for one in trained)
    facts = made.facts
    return "\n".join(
        [
            "# Known biology: does the model use the published signals of UTR-Seq?",
            "",
            "Made by `make biology` (`python -m tests.bench.biology`). The data: 12,322 zebrafish 3'UTR reporters "
            "(Rabani et al. 2017, doi:10.1016/j.molcel.2017.11.014), target log2 8h - 2h, random 80/10/10 split. The "
            "model: cnn with default settings, the best single model of [the benchmarks](benchmarks.md), trained with "
            f"seeds {', '.join(map(str, SEEDS))} on one split; validation R² {r2}. Seed {run.spec.seed}, the best on "
            f"the validation part, is the one tested here (test R² {run.results['r2']:.3f}). Attributions: "
            f"{facts['method']}, default settings ({facts['reference']}), of the n = {len(made):,} sequences of the "
            "test part. No motif was given to the model.",
            "",
            f"By attribution and insertion **{int(both.sum())} of {len(SIGNALS)}** signals pass; in motif instances "
            f"**{sum(bool(share['passed']) for share in shares)} of {len(SIGNALS)}**.",
            "",
            "## Attribution at occurrences in the test part",
            "",
            *_attribution(table[table["test"] == ATTRIBUTION]),
            "",
            f"## Insertion into n = {len(drawn):,} dinucleotide-shuffled test sequences",
            "",
            *_insertion(table[table["test"] == INSERTION]),
            "",
            "## Motif instances",
            "",
            *_instances(shares, names),
            "",
            *FAILURES,
            "",
            "## The rule",
            "",
            *(known_signals.__doc__ or "").partition("\n\n")[2].strip().split("\n"),
            "",
            f"Patterns: TF-MoDISco on a single strand, by the default method for motif discovery "
            f"({contributions.facts['method']}, {contributions.facts['reference']}), in {PATTERNS_FROM:,} sequences of "
            f"the training and validation parts ({len(found)} patterns). Instances of them are called in the test part "
            f"with q <= {FDR:g} (n = {len(instances):,}).",
            "",
        ]
    )


def validated(run: runs.Run) -> float:
    """Give R² on the validation part."""
    return float(run.results["validation"]["r2"])


def attributed(run: runs.Run, method: str, parts: tuple[str, ...]) -> AttributionSet:
    """Attribute the sequences of parts by a method with its default settings."""
    return attribution_sets.compute(_choice(run, method, parts), show_progress())


def discovered(run: runs.Run, method: str) -> list[patterns.Pattern]:
    """Find patterns outside of the test part, or take those that an earlier call kept."""
    name = f"Known biology of {run.id}"
    job = next((one for one in runs.all() if one.name == name and one.state == runs.FINISHED), None)
    if job is None:
        choice = _choice(run, method, ("train", "validation"), PATTERNS_FROM)
        payload = {"set": choice.to_json(), "discovery": values_of(Discovery())}
        job = runs.create(spec=run.spec, kind=discover.KIND, name=name, payload=payload)
        runs.transition(job.id, runs.RUNNING)
        runs.set_results(job.id, discover.discover(job.id, runs.folder(job.id), show_progress()))
        runs.transition(job.id, runs.FINISHED)
    return patterns.load(job.id)


def _choice(run: runs.Run, method: str, parts: tuple[str, ...], n: int = 0) -> SetChoice:
    return SetChoice(run.id, method, values_of(METHODS.create(method)), parts=parts, n=n)


def _name(seed: int) -> str:
    return f"cnn on utr-seq, seed {seed}"


def _attribution(table: pd.DataFrame) -> list[str]:
    rows = [
        f"| {row.signal} | {_word(row.signal)} | {_sign(row.signal)} | {row.mean:+.3f} ({row.n}) | "
        f"{row.decoy_mean:+.3f} ({row.decoys}) | {_q(row.q)} | {_yes(row.passed)} |"
        for row in table.itertuples()
    ]
    head = "| signal | word | published | mean at signal (sequences) | mean at decoys (sequences) | q | passes |"
    return [head, "|---|---|---|---|---|---|---|", *rows]


def _insertion(table: pd.DataFrame) -> list[str]:
    rows = [
        f"| {row.signal} | {_word(row.signal)} | {_sign(row.signal)} | {row.mean:+.3f} ({row.low:+.3f} to "
        f"{row.high:+.3f}) | {row.decoy_mean:+.3f} | {row.beaten:.0%} of {row.decoys} | {_q(row.q)} | "
        f"{_yes(row.passed)} |"
        for row in table.itertuples()
    ]
    head = "| signal | word | published | effect (95% interval) | mean of decoys | decoys exceeded | q | passes |"
    return [head, "|---|---|---|---|---|---|---|---|", *rows]


def _instances(shares: list[dict[str, object]], names: dict[str, str]) -> list[str]:
    rows = [
        f"| {signal.name} | {share['n']:,} | {share['high']:,} | {share['pattern']} "
        f"{names.get(str(share['pattern']), '')} | {share['share']:.2f} | {share['any']:.2f} | "
        f"{_yes(share['passed'])} |"
        for signal, share in zip(SIGNALS, shares, strict=True)
    ]
    head = (
        f"| signal | occurrences | of these above {HIGH:.0%} of windows | pattern that covers most | share it covers | "
        "share any pattern covers | passes |"
    )
    return [head, "|---|---|---|---|---|---|---|", *rows]


def _word(name: str) -> str:
    signal = next(one for one in SIGNALS if one.name == name)
    return signal.word.replace("T", "U") or f"{width_of(signal)} nt by G + C"


def _sign(name: str) -> str:
    return "stabilises" if next(one for one in SIGNALS if one.name == name).sign > 0 else "destabilises"


def _q(value: float) -> str:
    return f"{value:.2g}" if value > 1e-300 else "< 1e-300"


def _yes(passed: object) -> str:
    return "yes" if passed else "no"


if __name__ == "__main__":
    sys.exit(main())
