"""What training DNABERT-2 costs on this machine's CPU, full, by LoRA and frozen: memory and sequences a second."""

import os
import sys

from tests.bench.training_steps import TOKENS, WAYS, Case, measured

STEPS = {110: 2, 1000: 1}


def main() -> list[dict[str, str]]:
    """Train some steps of 32 sequences on one thread, each case in a process of its own."""
    rows = []
    for length in TOKENS:
        for way in WAYS:
            cost = measured(Case(way, length, steps=STEPS[length]))
            rows.append(
                {
                    "what": f"dnabert-2, {way}, batch 32, {length:,} nt, {os.uname().machine}, 1 thread, float32",
                    "figure": f"{cost.sequences:.2f} sequences/s, {cost.memory / 1e9:.1f} GB",
                    "asked": "",
                    "how": f"{STEPS[length]} step(s) timed; {cost.trained:,} trainable; peak of the whole process",
                }
            )
    return rows


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(" | ".join(row.values()) + "\n")
