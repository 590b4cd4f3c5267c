"""Strands are paired by the ends of names, and by nothing else."""

import pytest

from lib.io.strands import groups, partner


@pytest.mark.parametrize(
    ("names", "tracks"),
    [
        (["counts"], [(0,)]),
        (["plus", "minus"], [(0, 1)]),
        (["-", "+"], [(1, 0)]),
        (["TSS_plus", "TSS_minus", "CAGE (-)", "CAGE (+)"], [(0, 1), (3, 2)]),
        (["Sense", "Antisense"], [(0, 1)]),
        (["WT", "mutant"], [(0,), (1,)]),
        (["TSS+", "other-"], [(0,), (1,)]),
        (["corpus", "surplus", "terminus"], [(0,), (1,), (2,)]),
        (["a+", "a+", "a-"], [(0,), (1,), (2,)]),
    ],
)
def test_tracks_are_paired(names, tracks) -> None:
    found = groups(names)
    assert [group.tracks for group in found] == tracks
    assert sorted(track for group in found for track in group.tracks) == list(range(len(names)))


def test_partners_are_mutual() -> None:
    names = ["WT +", "WT -", "mutant"]
    assert [partner(names, track) for track in range(3)] == [1, 0, None]
