"""A small part of ``make fuzz``: sound files are read, damaged ones are read or refused in a sentence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.harness import READ, bring
from tests.fuzz.seeds import Seed, seeds

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.name)
def test_sound_files_are_read(seed: Seed) -> None:
    data = seed.data if seed.pack is None else seed.pack(seed.data)
    assert bring(seed, data, countable=seed.countable) == READ


def test_damaged_files_are_read_or_refused() -> None:
    """In a process of its own, whose memory is that of the readers alone."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "90", "12"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 tracebacks, 0 unaccounted, 0 hangs" in done.stdout
    assert float(re.search(r"peak memory ([\d.]+) GB", done.stdout)[1]) < 1
