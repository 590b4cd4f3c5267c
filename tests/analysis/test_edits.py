"""Edits: by hand, as text and back, and what they keep."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analysis import edits
from lib.core.errors import UserError

SEQUENCE = "ACGTACGGTTAACC"


@pytest.mark.parametrize(
    ("edit", "result", "words"),
    [
        (edits.replace(0, "u"), "TCGTACGGTTAACC", "A1 to U"),
        (edits.replace(4, "TTT"), "ACGTTTTGTTAACC", "ACG at 5–7 to UUU"),
        (edits.insert(0, "GG"), "GGACGTACGGTTAACC", "GG inserted before 1"),
        (edits.insert(14, "A"), "ACGTACGGTTAACCA", "A inserted before 15"),
        (edits.delete(1, 3), "ATACGGTTAACC", "CG at 2–3 deleted"),
        (edits.delete(13, 14), "ACGTACGGTTAAC", "C at 14 deleted"),
    ],
)
def test_each_edit_by_hand(edit, result, words):
    assert edit.apply(SEQUENCE) == result
    assert edit.words(SEQUENCE, rna=True) == words
    assert edits.parse(str(edit)) == edit


def test_a_shuffled_window_keeps_its_dinucleotides_and_what_lies_outside():
    sequence = SEQUENCE * 4
    found = [edits.shuffle(10, 40, seed=seed).apply(sequence) for seed in range(6)]
    assert all(text[:10] == sequence[:10] and text[40:] == sequence[40:] for text in found)
    assert all(Counter(pairwise(text[10:40])) == Counter(pairwise(sequence[10:40])) for text in found)
    assert len(set(found)) > 1, "another seed is another shuffle"
    assert edits.shuffle(10, 40, seed=3).apply(sequence) == found[3]
    assert edits.shuffle(10, 40, seed=3).words(sequence) == "11–40 shuffled (seed 3)"


@pytest.mark.parametrize("text", ["s14.A", "s13.AA", "d3-3", "d4-2", "d0-15", "i15.A", "w0-20.1"])
def test_an_edit_outside_the_sequence_is_refused(text):
    with pytest.raises(UserError, match="does not lie within the 14 nt"):
        edits.parse(text).apply(SEQUENCE)


def test_nothing_may_not_be_left():
    with pytest.raises(UserError, match="Nothing would be left"):
        edits.delete(0, 14).apply(SEQUENCE)


@pytest.mark.parametrize("text", ["", "s3", "x3.A", "s-1.A", "i3.AXA", "d3", "w3-9", "s3.a b", "<b>"])
def test_what_is_no_edit_is_refused(text):
    with pytest.raises(UserError, match="is no edit"):
        edits.parse(text)


LETTERS = st.text(alphabet="ACGTN", min_size=1, max_size=4)


@given(st.text(alphabet="ACGT", min_size=8, max_size=20), st.data())
def test_a_link_gives_the_same_steps(sequence, data):
    made, current = [], sequence
    for _ in range(data.draw(st.integers(0, 4))):
        if len(current) < 2:
            break
        start = data.draw(st.integers(0, len(current) - 2))
        end = data.draw(st.integers(start + 1, len(current) - 1))
        room = min(4, len(current) - start)
        edit = data.draw(
            st.sampled_from(
                [
                    edits.insert(start, data.draw(LETTERS)),
                    edits.delete(start, end),
                    edits.replace(start, data.draw(LETTERS)[:room]),
                    edits.shuffle(start, end, seed=start),
                ]
            )
        )
        made.append(edit)
        current = edit.apply(current)
    again = edits.read(edits.write(made))
    assert again == made
    assert edits.steps(sequence, again)[-1] == current
