"""Do the planted motifs of the simulated demo come out of TF-MoDISco, and how long does that take?

Run it as ``python -m tests.bench.bench_discover``. A cnn with default settings is trained on the 2,000 sequences of the
demo, all of them are attributed by the default method as the Motifs page does, and patterns are looked for in a process
of their own, which compiles modisco-lite's kernels unless an earlier one has kept them.
"""

import sys
import tempfile
import time
from pathlib import Path

from lib.attribution import METHODS, list_methods
from lib.core.progress import Silent
from lib.core.registry import values_of
from lib.datasets import pipeline, simulate
from lib.datasets.draft import ImportChoices
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.jobs import discover
from lib.motifs.discover import Discovery
from lib.motifs.match import gather_motifs, match
from lib.store import attribution_sets, datasets
from lib.store.fitted import load_fitted
from lib.store.set_choice import SetChoice
from tests import finished

SECONDS = 180
SETTINGS = {"shuffles": 8, "tolerance": 0.2}
"""What the Motifs page suggests for random references and integrated gradients of many sequences."""


def main() -> list[dict[str, str]]:
    """Measure, and hold each planted motif against the patterns."""
    with tempfile.TemporaryDirectory() as temporary, finished.using(Path(temporary) / "home"):
        run = trained(Path(temporary))
        began = time.perf_counter()
        method = list_methods(load_fitted(run), hypothetical=True)[0]
        made = attribution_sets.compute(SetChoice(run, method, values_of(METHODS.create(method))))
        attributed = time.perf_counter() - began
        began = time.perf_counter()
        found = discover.find_patterns(made, Discovery(), Silent())
        seconds = time.perf_counter() - began
        dataset = datasets.load(datasets.all()[0].id)
        matches = match(found, gather_motifs(dataset.rbp, dataset.pwms), top=1)
    rows = [
        {
            "what": f"TF-MoDISco on {len(made):,} sequences of the demo",
            "figure": f"{seconds:.0f} s",
            "asked": f"<= {SECONDS} s",
            "how": f"{len(found)} patterns, {sum(len(one.seqlets) for one in found):,} seqlets; "
            f"attributions by {method} {attributed:.0f} s, {len(made) / attributed:.1f} sequences a second",
        }
    ]
    signs = {pattern.name: pattern.sign for pattern in found}
    sizes = {pattern.name: len(pattern.seqlets) for pattern in found}
    for planted in simulate.MOTIFS:
        right = 1 if planted.effect > 0 else -1
        best = matches[(matches["match"] == planted.motif) & (matches["query"].map(signs) == right)].nsmallest(1, "q")
        name = "" if best.empty else str(best["query"].iloc[0])
        q = "not found" if best.empty else f"q = {float(best['q'].iloc[0]):.2g}"
        rows.append(
            {
                "what": f"{planted.name} ({planted.motif}), planted with {planted.effect:+.2f}",
                "figure": q,
                "asked": "q < 0.05, right sign",
                "how": f"pattern {name}, {sizes[name]:,} seqlets; tomtom over 13 motifs" if name else "no such match",
            }
        )
    return rows


def trained(folder: Path) -> str:
    """Import the demo as a user would and train a cnn with default settings; gives the id of the run."""
    files = simulate.write_demo(folder / "files")
    sources = [Source(path.name, path) for path in (files.expression, files.sequences, files.rbp)]
    choices = ImportChoices(name="demo", target=TargetChoice(), simulated=True)
    dataset = datasets.freeze(pipeline.build(pipeline.understand(*sources), choices))
    return finished.trained(dataset, "cnn", {})


if __name__ == "__main__":
    for line in main():
        sys.stdout.write(" | ".join(line.values()) + "\n")
