"""Each id is kept once, partners are found, and whoever has none is told why."""

import numpy as np
import pytest

from lib.datasets.join import all_differ, list_excluded, list_lone, match, number, tabulate_rejected, unique
from lib.io.files import Rejected


def ids(*names: str):
    return np.array(names, dtype=object)


def test_the_first_of_identical_rows_is_kept_and_none_of_conflicting_ones() -> None:
    held = ["x", "y", "x", "z", "w", "x"]
    names = ids("a", "b", "a", "b", "c", "a")
    found = unique("f", names, np.arange(2, 8), lambda at: len({held[i] for i in at}) == 1)
    assert found.kept.tolist() == [True, False, False, False, True, False]
    assert (found.identical, found.conflicting) == (2, 2)
    assert found.left_out["line"].tolist() == [3, 4, 5, 7]
    assert found.left_out["reason"].tolist()[1] == "repeats line 2, which is kept"
    assert "(lines 3, 5)" in found.left_out["reason"][0]


def test_partners_are_found() -> None:
    assert match(*number(ids("b", "x", "a"), ids("a", "b", "c", "d"))).tolist() == [1, -1, 0]
    assert match(*number(ids("b", "a"), ids("a", "c", "a"))).tolist() == [-1, 0], "of several the first"


@pytest.mark.parametrize(("ours", "theirs"), [((), ("a",)), (("a", "b"), ()), ((), ())])
def test_files_without_ids_have_no_partners(ours: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    mine, others = number(ids(*ours), ids(*theirs))
    assert (len(mine), len(others)) == (len(ours), len(theirs))
    assert match(mine, others).tolist() == [-1] * len(ours)


def test_equal_ids_have_one_number() -> None:
    numbers = number(ids("b", "a", "b"), ids("c", "a"))
    assert [one.tolist() for one in numbers] == [[0, 1, 0], [2, 1]]
    assert [all_differ(one) for one in numbers] == [False, True]


def test_a_partner_that_was_left_out_is_named() -> None:
    gone = list_excluded("g", np.array([7, 9]), ids("b", "b"), "faulty")
    found = list_lone("f", np.array([2, 3, 4]), ids("a", "b", "c"), "sequence", "g", gone)
    assert found["reason"].tolist() == [
        "no sequence with this id in g",
        "its sequence in g, line 7, could not be used",
        "no sequence with this id in g",
    ]
    assert list_lone("f", np.array([2]), ids("a"), "sequence", "g", gone[:0])["reason"].tolist() == [
        "no sequence with this id in g"
    ]


def test_faults_of_one_row_are_one_entry() -> None:
    faults = [
        Rejected("f", 3, "a", "1h", "'x'", "a number"),
        Rejected("f", 4, "b", "1h", "'x'", "a number"),
        Rejected("f", 3, "a", "2h", "inf", "a finite number"),
        Rejected("g", 3, "a", "", "2 fields", "3 fields"),
    ]
    frame = tabulate_rejected(faults)
    assert frame[["file", "line"]].to_numpy().tolist() == [["f", 3], ["f", 4], ["g", 3]]
    assert frame["reason"][0] == "column 1h: found 'x', needed a number; column 2h: found inf, needed a finite number"
    assert list(tabulate_rejected([]).columns) == ["file", "line", "id", "reason"]
