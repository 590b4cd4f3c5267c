"""What the ruler sends to the browser, and what it believes from there."""

import base64
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from lib.ui.ruler import HeatTrack, Hit, HitsTrack, LettersTrack, LineTrack, Selection, component, payload

SEQUENCE = "ACGTNTTACGT"  # 11 nt: no axis of a test is 4


def decoded(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f4")


def test_every_kind_of_track_becomes_json() -> None:
    scores = np.linspace(-1, 1, 11)
    matrix = np.arange(44.0).reshape(4, 11)
    line = np.where(np.arange(11) == 5, np.nan, 0.25)
    hits = HitsTrack("RBP motifs", [(0, 4, "ACGU", 1.5), (4, 7, "NUU", -2.5)], "mean RBP", lanes=3)
    tracks = [
        LettersTrack("Attribution", scores, "log2"),
        HeatTrack("Mutations", matrix),
        LineTrack("Mean", line),
        hits,
    ]

    sent = json.loads(json.dumps(payload(SEQUENCE, tracks), allow_nan=False))

    assert (sent["sequence"], sent["bases"]) == (SEQUENCE, "ACGT")
    letters, heat, mean, motifs = sent["tracks"]
    assert (letters["kind"], letters["label"], letters["unit"]) == ("letters", "Attribution", "log2")
    np.testing.assert_allclose(decoded(letters["values"]), scores, rtol=1e-6)
    np.testing.assert_array_equal(decoded(heat["values"]), np.arange(44.0), err_msg="row after row: A, C, G, T")
    assert np.isnan(decoded(mean["values"])[5]), "NaN must arrive, it is drawn as a gap"
    assert motifs["names"] == ["NUU", "ACGU"], "the largest value gets a lane first, whatever its sign"
    assert (motifs["starts"], motifs["ends"], motifs["lanes"]) == ([4, 0], [7, 4], 3)
    np.testing.assert_array_equal(decoded(motifs["values"]), [-2.5, 1.5])


def test_letters_may_share_a_scale() -> None:
    own, shared = LettersTrack("A", np.zeros(11)), LettersTrack("A", np.zeros(11), limits=(-1, 2.5))
    assert "limits" not in own.payload(SEQUENCE)
    assert shared.payload(SEQUENCE)["limits"] == [-1.0, 2.5]


def test_letters_may_have_standard_errors_which_are_drawn_on_demand() -> None:
    errors = np.linspace(0, 1, 11)
    bare, whiskers = (LettersTrack("A", np.zeros(11), errors=errors, whiskers=drawn) for drawn in (False, True))
    assert "errors" not in LettersTrack("A", np.zeros(11)).payload(SEQUENCE)
    np.testing.assert_allclose(decoded(bare.payload(SEQUENCE)["errors"]), errors, rtol=1e-6)
    assert not bare.payload(SEQUENCE)["whiskers"] and whiskers.payload(SEQUENCE)["whiskers"]
    with pytest.raises(ValueError, match="standard errors: the values have shape"):
        LettersTrack("A", np.zeros(11), errors=errors[:9]).payload(SEQUENCE)


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (None, []),
        ([[3, "s1.A"], [2, "u"], [1, "d0-1"]], [(2, "u"), (3, "s1.A")]),
        ([["3", "s1.A"], [True, "u"], [4, 5], "x", [5]], []),
    ],
)
def test_typed_edits_come_in_their_order_and_only_once(monkeypatch, sent, found) -> None:
    monkeypatch.setattr(component.st, "session_state", {"ruler": {"typed": sent}})
    assert component.read_typed("ruler", 1) == found


def test_rna_is_shown_with_u() -> None:
    sent = payload(SEQUENCE, [], rna=True)
    assert (sent["sequence"], sent["bases"]) == ("ACGUNUUACGU", "ACGU")


def test_hits_without_a_value_come_last() -> None:
    sent = HitsTrack("Motifs", [Hit(1, 3, "none"), Hit(5, 7, "weak", 0.1)]).payload(SEQUENCE)
    assert sent["names"] == ["weak", "none"]


def test_a_motif_has_the_same_colour_as_rna_and_as_dna() -> None:
    sent = HitsTrack("Motifs", [Hit(1, 5, "UUAG", 1.0), Hit(5, 9, "TTAG", 0.5)]).payload(SEQUENCE)
    assert sent["colours"]["UUAG"] == sent["colours"]["TTAG"]


@pytest.mark.parametrize(
    ("track", "words"),
    [
        (LettersTrack("Attribution", np.zeros(12)), r"Attribution: .*\(12,\).*\(11,\)"),
        (HeatTrack("Mutations", np.zeros((11, 4))), r"Mutations: .*\(11, 4\).*\(4, 11\)"),
        (LineTrack("Mean", np.zeros((1, 11))), r"Mean: .*\(1, 11\).*\(11,\)"),
        (HitsTrack("Motifs", [(8, 12, "CGUU", 1.0)]), r"Motifs: the hit 'CGUU' lies at \[8, 12\), the sequence has 11"),
        (HitsTrack("Motifs", [(3, 3, "", 1.0)]), r"lies at \[3, 3\)"),
    ],
)
def test_a_track_that_does_not_fit_says_both_sides(track: LettersTrack, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        payload(SEQUENCE, [track])


def test_no_sequence_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 1 nt"):
        payload("", [])


def test_two_thousand_nucleotides_stay_small() -> None:
    random = np.random.default_rng(0)
    sequence = "ACGT" * 500
    sent = payload(
        sequence, [LettersTrack("a", random.normal(size=2000)), HeatTrack("m", random.normal(size=(4, 2000)))]
    )
    assert len(json.dumps(sent)) < 60_000, "5 x 2,000 numbers of 4 bytes in base64, and the sequence"


@pytest.mark.parametrize(
    "value",
    [
        None,
        "3-4",
        [3, 4],
        {"start": 3},
        {"start": 4, "end": 4},
        {"start": -1, "end": 2},
        {"start": 0, "end": 12},
        {"start": 1.0, "end": 2},
        {"start": True, "end": 2},
        {"start": "1", "end": "2"},
    ],
)
def test_nothing_but_a_range_of_the_sequence_is_a_selection(value: object) -> None:
    assert Selection.parse(value, 11) is None


@given(start=st.integers(-3, 30), end=st.integers(-3, 30), length=st.integers(1, 25))
def test_a_selection_lies_within_the_sequence(start: int, end: int, length: int) -> None:
    selection = Selection.parse({"start": start, "end": end}, length)
    fits = 0 <= start < end <= length
    assert selection == ((start, end) if fits else None)


def _page() -> None:
    import streamlit as st

    from lib.ui.ruler import LettersTrack, ruler

    selection = ruler("ACGTA", [LettersTrack("Attribution", [0.1, -0.2, 0.3, 0.0, 1.0])], key="ruler", selected=(1, 4))
    st.write(f"selected: {selection.start}-{selection.end}" if selection else "selected: nothing")


def test_what_the_page_selects_is_selected_at_once() -> None:
    app = AppTest.from_function(_page).run()
    assert not app.exception
    assert app.markdown[-1].value == "selected: 1-4"
