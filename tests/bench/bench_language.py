"""What dependency maps cost, and whether attention finds what attributions find.

Run it as ``python -m tests.bench.bench_language``. The maps are of encoders of random weights, for their time does not
depend on what was learned. Attention is judged on the simulated demo as attributions are: the area under the
precision-recall curve (average precision) over planted positions, and deletion curves.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from lib.attribution import METHODS
from lib.attribution.attention import READERS, attention
from lib.attribution.dependency_map import dependency_map
from lib.attribution.faithfulness import compute_deletion_curve
from lib.core.arrays import FloatArray
from lib.models.base import Fitted
from lib.models.language_model import language_model
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer
from tests.attribution.explained import encoder
from tests.attribution.language_models import headed
from tests.bench.bench_attribution import demo, train

LENGTH, ASKED = 300, 60
ENCODERS = {
    "utr-lm, 3 layers of 64": ("utr-lm", {"layers": 3, "width": 64, "heads": 4}, None),
    "utr-lm, published size": ("utr-lm", {}, None),
    "bert tiny, 3-mers": ("bert", {"size": "tiny"}, ("k-mer", {"k": 3})),
    "bert small, 3-mers": ("bert", {"size": "small"}, ("k-mer", {"k": 3})),
}
SEQUENCES, CURVES = 40, 15
"""Test sequences whose planted positions are looked for, and of these how many get deletion curves."""
METHODS_TOO = ("integrated-gradients", "deep-lift", "in-silico-mutagenesis")


def map_seconds(name: str) -> dict[str, str]:
    """Time the dependency map of 300 nt."""
    model, settings, tokenizer = ENCODERS[name]
    corpus = Corpus(sequences=("ACGT" * 40, "TTGCA" * 30))
    made = fit_tokenizer(TOKENIZERS.create(*tokenizer), corpus) if tokenizer else None
    guesser = language_model(headed(encoder(model, settings, made)))
    sequence = "".join(np.random.default_rng(0).choice(list("ACGT"), LENGTH))
    dependency_map(guesser, sequence[:20])
    wall, work = time.perf_counter(), time.process_time()
    dependency_map(guesser, sequence)
    wall, work = time.perf_counter() - wall, time.process_time() - work
    asked = f"<= {ASKED} s on 2 cores" if name.startswith("utr-lm, 3") else ""
    return {
        "what": f"dependency map of {LENGTH} nt, {name}",
        "figure": f"{wall:.1f} s",
        "asked": asked,
        "how": f"{3 * LENGTH + 1} passes in batches, {work:.1f} s of processor time",
    }


def explained(fitted: Fitted, sequences: list[str]) -> dict[str, list[FloatArray]]:
    """Give the scores of each method and kind of attention for N sequences."""
    found: dict[str, list[FloatArray]] = {}
    for name in METHODS_TOO:
        made = METHODS.create(name).attribute(fitted, sequences)
        found[METHODS.get(name).label] = [item.scores for item in made]
    weights = [attention(fitted, sequence) for sequence in sequences]
    for reader in READERS:
        found[f"attention of {reader}, mean of all heads"] = [one.scores(reader=reader).scores for one in weights]
    layers, heads = weights[0].weights.shape[:2]
    for layer in range(layers):
        for head in range(heads):
            scores = [one.scores(layer=layer, head=head).scores for one in weights]
            found[f"attention of cls, layer {layer + 1}, head {head + 1}"] = scores
    return found


def main() -> list[dict[str, str]]:
    """Give one row for each map, and one for each method and kind of attention."""
    table = [map_seconds(name) for name in ENCODERS]
    with tempfile.TemporaryDirectory() as folder:
        dataset, planted = demo(Path(folder))
        fitted, about = train("bert", dataset, Path(folder))
    rows = dataset.rows("test")[:SEQUENCES]
    ids, sequences = dataset.ids[rows].tolist(), dataset.sequences[rows].tolist()
    truth = np.concatenate([planted[identifier] for identifier in ids])

    def predict(texts: list[str]) -> FloatArray:
        return fitted.predict(texts)[:, 0]

    for name, scores in explained(fitted, sequences).items():
        area = average_precision_score(truth, np.concatenate([np.abs(one) for one in scores]))
        curves = [
            compute_deletion_curve(predict, text, one) for text, one in zip(sequences[:CURVES], scores, strict=False)
        ]
        better = sum(curve.beats_chance for curve in curves)
        table.append(
            {
                "what": f"simulated demo, bert: {name}",
                "figure": f"AUPRC {area:.3f}, deletion area {np.mean([curve.area for curve in curves]):+.2f}",
                "asked": "",
                "how": f"{about}; {len(rows)} test sequences, chance {truth.mean():.2f}; curves of {CURVES}, "
                f"{better} beat 95% of random orders",
            }
        )
    return table


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(f"{row['what']}: {row['figure']} ({row['asked']}) {row['how']}\n")
