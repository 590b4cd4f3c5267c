"""How fast DNABERT-2 encodes on one CPU thread. Run it as ``python -m tests.bench.bench_dnabert2``.

The model has the published size and random weights: speed does not depend on them.
"""

import sys
import time

import numpy as np
import torch
from torch import Tensor

from lib.models.nets.mosaic import PAD, MosaicConfig, MosaicEncoder

PUBLISHED = MosaicConfig(
    vocab_size=4096, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072
)
SEQUENCES, REFERENCE = 32, 14.5
TIMES = 3


def main() -> list[dict[str, str]]:
    """Encode 32 sequences of about 24 tokens padded and unpadded, in turns, and keep the best of each."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _measured()
    finally:
        torch.set_num_threads(before)


def _measured() -> list[dict[str, str]]:
    torch.manual_seed(0)
    encoder = MosaicEncoder(PUBLISHED).eval()
    ids, mask = _batch()
    seconds: dict[bool, list[float]] = {True: [], False: []}
    hidden: dict[bool, Tensor] = {}
    with torch.inference_mode():
        encoder(ids[:2], mask[:2])
        for _ in range(TIMES):
            for encoder.unpad in (True, False):
                began = time.perf_counter()
                hidden[encoder.unpad] = encoder(ids, mask).last_hidden_state
                seconds[encoder.unpad].append(time.perf_counter() - began)
    difference = float((hidden[True] - hidden[False]).abs().max())
    how = f"{SEQUENCES} x 110 nt, {int(mask.sum())} tokens in {mask.numel()} places, best of {TIMES}, 1 thread, float32"
    return [
        {
            "what": f"dnabert-2, full size, CPU, {name}",
            "figure": f"{SEQUENCES / min(seconds[unpad]):.1f} sequences/s",
            "asked": f">= {REFERENCE}" if unpad else "",
            "how": how if unpad else f"the same; largest difference {difference:.0e}",
        }
        for name, unpad in (("unpadded", True), ("padded", False))
    ]


def _batch() -> tuple[Tensor, Tensor]:
    """Give ids and mask with lengths like those of 110 nt: 24 tokens on average, deviation 2."""
    random = np.random.default_rng(0)
    lengths = torch.from_numpy(np.clip(random.normal(24, 2, SEQUENCES).round(), 19, 29).astype(np.int64))
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    ids = torch.from_numpy(random.integers(5, PUBLISHED.vocab_size, mask.shape))
    return torch.where(mask, ids, PAD), mask.long()


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(" | ".join(row.values()) + "\n")
