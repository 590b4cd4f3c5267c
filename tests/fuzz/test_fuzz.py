"""A small part of ``make fuzz``: sound files are read, damaged ones are read or refused in a sentence."""

import pytest

from tests.fuzz.harness import READ, bring, run
from tests.fuzz.seeds import Seed, seeds


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.name)
def test_sound_files_are_read(seed: Seed) -> None:
    data = seed.data if seed.pack is None else seed.pack(seed.data)
    assert bring(seed, data, countable=seed.countable) == READ


def test_damaged_files_are_read_or_refused() -> None:
    tally = run(90, seed=12)
    assert not tally.faults, tally.faults
    assert tally.peak < 1e9
