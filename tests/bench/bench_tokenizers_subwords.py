"""How fast subwords are learned and cut, beside Hugging Face tokenizers in the same run.

Run it as ``python -m tests.bench.bench_tokenizers_subwords``. The reference cuts a share of the same sequences, for it
takes minutes for all of them; both figures are a second of wall time on all processors that each of the two uses (ours
uses one, the reference all).
"""

import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pandas as pd
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from lib.tokenizers import TOKENIZERS, Corpus, FittedTokenizer, estimate_seconds, fit
from lib.tokenizers.bpe import MergingTokenizer
from lib.tokenizers.morph import FittedMorph
from lib.tokenizers.token import SPECIAL
from lib.tokenizers.unigram import UnigramPieces

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
MANY, SHARE, SIZE = 100_000, 5_000, 4096
T = TypeVar("T")
Row = list[tuple[int, tuple[int, int]]]
"""Ids with their offsets."""


def main(*, many: int = MANY, share: int = SHARE) -> list[dict[str, str]]:
    """Measure each once, compiled beforehand."""
    draw = random.Random(0)
    texts = ["".join(draw.choices("ACGT", k=110)) for _ in range(many)]
    learned = texts[:9_858]
    if SHARED.is_dir():
        assay = pd.read_csv(SHARED / "utr-seq" / "reporter_seq.txt", sep="\t", header=None)
        learned = assay[1].str.upper().tolist()[:9_858]
    corpus = Corpus(tuple(learned), _table(draw))
    rows = []
    for name in ("bpe", "wordpiece", "unigram", "morph", "dnabert-2"):
        if name == "dnabert-2" and not SHARED.is_dir():
            continue
        values = (
            {"path": str(SHARED / "dnabert2")} if name == "dnabert-2" else {"size": 256 if name == "morph" else SIZE}
        )
        tokenizer = TOKENIZERS.create(name, values)
        began = time.perf_counter()
        fitted = fit(tokenizer, corpus)
        rows.append(
            {
                "what": f"{name}: fit of {len(fitted.vocabulary):,} tokens on {len(learned):,} x 110 nt",
                "figure": f"{time.perf_counter() - began:.1f} s",
                "asked": "",
                "how": f"expected {estimate_seconds(tokenizer, corpus):.1f} s, with compiling where nothing is cached",
            }
        )
        rows.append(_cut(name, fitted, texts, share))
    return rows


def _cut(name: str, fitted: FittedTokenizer, texts: Sequence[str], share: int) -> dict[str, str]:
    fitted.encode_batch(texts[:2])
    seconds, ours = _timed(lambda: fitted.encode_batch(texts))
    theirs, rows = _timed(lambda: reference(fitted)(texts[:share]))
    found = [number for row in rows for number, _ in row]
    tokens, rate, other = len(ours.ids), len(texts) / seconds, share / theirs
    same = "identical" if found == ours.rows(0, share).ids.tolist() else "DIFFER"
    slower = f"{len(found) / theirs / 1e6:.2f} M tokens/s, {other:,.0f} sequences/s; ids of {share:,} {same}"
    return {
        "what": f"{name}: {len(texts):,} x 110 nt",
        "figure": f"{seconds:.2f} s ({tokens / seconds / 1e6:.1f} M tokens/s, {rate:,.0f} sequences/s)",
        "asked": "<= 5 s",
        "how": f"{rate / other:.0f} times the reference ({slower})",
    }


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def reference(fitted: FittedTokenizer) -> Callable[[Sequence[str]], list[Row]]:
    """Cut by the library and read ids and offsets, as whoever uses them must."""
    cutter = fitted._cutter if isinstance(fitted, FittedMorph) else fitted
    ids, unknown = dict(cutter.vocabulary.ids), "[UNK]"
    if isinstance(cutter, MergingTokenizer):
        made = Tokenizer(models.BPE(ids, list(cutter.merges), unk_token=unknown))
    elif isinstance(cutter, UnigramPieces):
        scores = [0.0] * len(SPECIAL) + list(cutter.scores)
        made = Tokenizer(models.Unigram(list(zip(cutter.vocabulary.pieces, scores, strict=True)), unk_id=1))
    else:
        made = Tokenizer(models.WordPiece(ids, unk_token=unknown, max_input_chars_per_word=10**9))
    if isinstance(fitted, FittedMorph):
        made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        words, width = set(fitted.words), len(fitted.words[0])
    else:
        made.pre_tokenizer = pre_tokenizers.Split(Regex("[^ACGT]"), "isolated")

    def cut(texts: Sequence[str]) -> list[Row]:
        if isinstance(fitted, FittedMorph):
            windows = ((text[start : start + width] for start in range(len(text) - width + 1)) for text in texts)
            texts = [" ".join(word.lower() for word in row if word in words) for row in windows]
        encodings = made.encode_batch(list(texts), add_special_tokens=False)
        return [list(zip(encoding.ids, encoding.offsets, strict=True)) for encoding in encodings]

    return cut


def _table(draw: random.Random) -> pd.DataFrame:
    """Make a table of 4,096 7-mers, of which the default keeps half."""
    motifs = sorted({"".join(draw.choices("ACGT", k=7)) for _ in range(5_000)})[:4096]
    return pd.DataFrame({"motif": motifs, "mean_rbp": [draw.gauss(1.0, 1.0) for _ in motifs]})


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(" | ".join(row.values()) + "\n")
