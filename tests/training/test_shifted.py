"""Windows are moved with their reads, by chance that depends on seed, step and window alone."""

import numpy as np
import torch

from lib.core.alphabet import codes
from lib.models.nets.batches import JitteredWindows

N, TRACKS, LENGTH, SHIFT = 5, 2, 7, 3
SEQUENCES = ["ACGTACG", "TTTACGA", "CCCCCCC", "GATTACA", "ACACACA"]


def windows(seed=0):
    counts = np.arange(N * TRACKS * LENGTH, dtype=float) + 1
    labels = np.concatenate([np.full((N, TRACKS), 9.0), counts.reshape(N, -1)], axis=1)
    return JitteredWindows(SEQUENCES, labels, tracks=TRACKS, shift=SHIFT, seed=seed)


def at(step, numbers=range(N), seed=0):
    examples = windows(seed)
    examples.step = step
    return examples.collate(list(numbers))


def test_nothing_moves_before_the_training():
    batch = at(0)
    assert torch.equal(batch["sequences"][0].argmax(dim=0), torch.from_numpy(codes("ACGTACG").astype(np.int64)))
    assert torch.equal(batch["labels"], windows().labels)


def test_bases_and_reads_move_together():
    still, found = set(), at(0)
    for step in range(1, 30):
        batch = at(step)
        for row in range(N):
            before, after = (
                found["labels"][row, TRACKS : LENGTH + TRACKS].tolist(),
                batch["labels"][row, TRACKS : LENGTH + TRACKS].tolist(),
            )
            first = next(place for place, count in enumerate(after) if count)
            by = first - before.index(after[first])
            still.add(by)
            for place in range(LENGTH):
                inside = 0 <= place - by < LENGTH
                assert after[place] == (before[place - by] if inside else 0)
                expected = found["sequences"][row, :, place - by] if inside else torch.zeros(4)
                assert torch.equal(batch["sequences"][row, :, place], expected)
            assert batch["labels"][row, :TRACKS].tolist() == [9.0, 9.0]
    assert still == set(range(-SHIFT, SHIFT + 1))


def test_chance_depends_on_the_window_and_not_on_the_batch():
    together, alone = at(4), at(4, [3])
    assert torch.equal(together["sequences"][3], alone["sequences"][0])
    assert torch.equal(together["labels"][3], alone["labels"][0])
    assert not torch.equal(at(5)["labels"], together["labels"])
    assert not torch.equal(at(4, seed=1)["labels"], together["labels"])
