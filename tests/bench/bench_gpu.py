"""What training DNABERT-2 costs on a GPU: memory, sequences a second, and the share of what the GPU could do at best.

``make bench-gpu``. It needs ``lib/`` and torch with CUDA, and nothing of the pages.
"""

import sys

from tests.bench.training_steps import TOKENS, WAYS, Case, measured, peak_of

STEPS = 30
AIM = "aim: 40% of the peak"


def main() -> list[dict[str, str]]:
    """Train some steps of 32 sequences in bf16, each case in a process of its own; say so where there is no GPU."""
    import torch

    if not torch.cuda.is_available():
        return [
            {"what": "dnabert-2 on a GPU", "figure": "not measured", "asked": AIM, "how": "this machine has no GPU"}
        ]
    rows = []
    for length in TOKENS:
        for way in WAYS:
            cost = measured(Case(way, length, device="cuda", steps=STEPS))
            peak = peak_of(cost.name)
            share = f", {cost.flops / peak:.0%} of {peak / 1e12:.0f} TFLOP/s" if peak else ", peak of this GPU unknown"
            rows.append(
                {
                    "what": f"dnabert-2, {way}, batch 32, {length:,} nt, {cost.name}, bf16",
                    "figure": f"{cost.sequences:.0f} sequences/s, {cost.memory / 1e9:.1f} GB{share}",
                    "asked": AIM,
                    "how": f"median of {STEPS} steps; {cost.trained:,} trainable; operations of real tokens alone",
                }
            )
    return rows


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(" | ".join(row.values()) + "\n")
