"""The hash of rows depends on what they hold, not on how it lies in memory."""

import numpy as np
import pyarrow as pa

from lib.core.arrays import as_arrow
from lib.datasets import identity
from lib.datasets.identity import hash_rows

NAMES = ["a", "bcd", "", "ef", "g"]


def test_texts_hash_alike_as_strings_and_in_one_buffer() -> None:
    plain = hash_rows([np.array(NAMES, dtype=object)]).hexdigest()
    assert hash_rows([as_arrow(NAMES)]).hexdigest() == plain
    assert hash_rows([as_arrow(["before", *NAMES, "behind"]).slice(1, 5)]).hexdigest() == plain
    assert hash_rows([as_arrow(NAMES[::-1]).take(pa.array([4, 3, 2, 1, 0]))]).hexdigest() == plain
    assert hash_rows([np.array(NAMES, dtype=np.str_)]).hexdigest() == plain
    assert hash_rows([as_arrow(["ab", "cd", "", "ef", "g"])]).hexdigest() != plain


def test_numbers_hash_alike_in_blocks_and_in_any_order_in_memory(monkeypatch) -> None:
    numbers = np.arange(21.0).reshape(7, 3)
    numbers[2, 1] = np.nan
    whole = hash_rows([], [numbers]).hexdigest()
    monkeypatch.setattr(identity, "BLOCK", 3)
    assert hash_rows([], [np.asfortranarray(numbers)]).hexdigest() == whole
    signed = numbers.copy()
    signed[0, 0] = -0.0
    assert hash_rows([], [signed]).hexdigest() == whole
    assert hash_rows([], [numbers.reshape(3, 7)]).hexdigest() != whole
