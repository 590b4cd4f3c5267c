"""Stacked segmentations for print, the map of agreement, and the bars of motifs: what lies where, and text as text."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lib.core.errors import UserError
from lib.figures import colours
from lib.figures.agreement import agreement_map, motif_bars
from lib.figures.files import to_svg
from lib.figures.segmentation import LONGEST, MOST_LANES, Segmented, segmentation_figure

SEQUENCE = "ACGTTAGCACTTNA"  # 14 nt
WORDS = Segmented(
    "Words", [(0, 3, "ACG"), (3, 7, "TTAG"), (7, 12, "CACTT"), (12, 13, "N"), (13, 14, "A")], [0, 0, 0, 1, 0]
)
WINDOWS = Segmented("Windows", [(start, start + 4, SEQUENCE[start : start + 4]) for start in range(11)])
NASTY = "$\\frac{1}{0$ <img src=x onerror=alert(1)>"


def boxes(axes) -> list[tuple[float, float, float, str]]:
    """From, to (in letters), line and colour of each box, by line and start."""
    found = []
    for collection in axes.collections:
        faces = collection.get_facecolors()
        for place, path in enumerate(collection.get_paths()):
            low, high = path.get_extents().intervalx
            colour = "#" + "".join(f"{round(255 * share):02X}" for share in faces[place % len(faces)][:3])
            found.append((round(low + 0.46), round(high + 0.54), round(path.get_extents().y0, 2), colour))
    return sorted(found, key=lambda box: (box[2], box[0]))


def texts(axes) -> list[str]:
    """The letters, the labels, the texts in boxes."""
    letters, *boxed = (
        [word.text for word in artist.words] for artist in axes.get_children() if hasattr(artist, "words")
    )
    return [*letters, *(text.get_text() for text in axes.texts), *(text for line in boxed for text in line)]


def test_every_token_is_a_box_in_the_colour_of_its_letters():
    [axes] = segmentation_figure(SEQUENCE, [WORDS]).axes
    found = boxes(axes)
    assert [box[:2] for box in found] == [(0, 3), (3, 7), (7, 12), (12, 13), (13, 14)]
    assert len({box[2] for box in found}) == 1, "tokens that do not overlap stand in one line"
    wanted = [colours.of_token(text) for text in ("ACG", "TTAG", "CACTT")]
    assert [box[3] for box in found[:3]] == wanted
    assert found[3][3] != colours.of_token("N"), "an unknown token is grey"


def test_tokens_that_overlap_stand_in_lanes():
    [axes] = segmentation_figure(SEQUENCE, [WINDOWS]).axes
    lanes: dict[float, list[tuple[int, int]]] = {}
    for low, high, line, _ in boxes(axes):
        lanes.setdefault(line, []).append((low, high))
    assert list(lanes.values()) == [
        [(0, 4), (4, 8), (8, 12)],
        [(1, 5), (5, 9), (9, 13)],
        [(2, 6), (6, 10), (10, 14)],
        [(3, 7), (7, 11)],
    ]


def test_more_lanes_than_there_is_room_for_are_counted():
    many = [(0, 14, f"w{number}") for number in range(MOST_LANES + 3)]
    [axes] = segmentation_figure(SEQUENCE, [Segmented("Many", many)]).axes
    assert len(boxes(axes)) == MOST_LANES
    assert "Many (+3 not drawn)" in texts(axes)


def test_long_sequences_are_wrapped_and_positions_go_on():
    sequence = "ACGTA" * 9  # 45 nt
    figure = segmentation_figure(sequence, [Segmented("Long words", [(0, 18, "x"), (18, 23, "y")])], per_row=20)
    assert [axes.get_xlim() for axes in figure.axes] == [(-0.5, 19.5), (19.5, 39.5), (39.5, 44.5)]
    assert [[box[:2] for box in boxes(axes)] for axes in figure.axes] == [[(0, 18), (18, 20)], [(20, 23)], []]
    assert [tick.get_text() for tick in figure.axes[1].get_xticklabels()] == ["30", "40"]
    assert texts(figure.axes[2])[:5] == list(sequence[40:])
    widths = [axes.get_position().width / np.ptp(axes.get_xlim()) for axes in figure.axes]
    assert np.ptp(widths) < 1e-9, "letters are equally wide in all rows"


def test_a_text_stands_in_its_box_where_it_fits():
    tokens = [(0, 3, "##GTT"), (3, 4, "[UNK]"), (4, 9, "TAGCA")]
    [axes] = segmentation_figure(SEQUENCE, [Segmented("Pieces", tokens)]).axes
    assert [text for text in texts(axes) if len(text) > 1] == ["Pieces", "##GTT", "TAGCA"]


def test_texts_are_centred_in_their_boxes():
    [axes] = segmentation_figure(SEQUENCE, [WORDS]).axes
    _, boxed = (artist.words for artist in axes.get_children() if hasattr(artist, "words"))
    assert [(word.x, word.text) for word in boxed] == [
        (1, "ACG"),
        (4.5, "TTAG"),
        (9, "CACTT"),
        (12, "N"),
        (13, "A"),
    ]
    middles = {(low + high - 1) / 2 for low, high, *_ in boxes(axes)}
    assert {word.x for word in boxed} == middles


def test_u_is_drawn_for_those_who_prefer_rna():
    [axes] = segmentation_figure(SEQUENCE, [WORDS], rna=True).axes
    assert "".join(texts(axes)[:14]) == SEQUENCE.replace("T", "U")
    assert {"UUAG", "CACUU"} <= set(texts(axes))
    assert boxes(axes) == boxes(segmentation_figure(SEQUENCE, [WORDS]).axes[0]), "the colours are the same"


def test_the_picture_says_what_grey_means_where_it_is_used():
    said = "Grey with a dashed edge: not in the vocabulary"
    assert said in [text.get_text() for text in segmentation_figure(SEQUENCE, [WORDS]).texts]
    assert said not in [text.get_text() for text in segmentation_figure(SEQUENCE, [WINDOWS]).texts]


def test_a_token_without_letters_is_no_box():
    special = Segmented("Special", [(0, 0, "[CLS]"), (0, 5, "ACGTT"), (14, 14, "[SEP]")])
    [axes] = segmentation_figure(SEQUENCE, [special]).axes
    assert [box[:2] for box in boxes(axes)] == [(0, 5)]


def test_hits_stand_above_the_tokens():
    [axes] = segmentation_figure(SEQUENCE, [WORDS], hits=[(3, 7, "UUAG", 2.0), (6, 12, "GCACUU", 1.0)]).axes
    lines = {box[:2]: box[2] for box in boxes(axes)}
    assert lines[3, 7] > lines[6, 12], "tokens of the same place lie below the hits"
    assert {"RBP motifs", "UUAG", "GCACUU"} <= set(texts(axes))


def test_text_of_users_stays_text():
    figure = segmentation_figure(SEQUENCE, [Segmented(NASTY[:20], WORDS.tokens)], title=NASTY)
    assert NASTY in [text.get_text() for text in figure.texts]
    svg = to_svg(figure).decode()
    assert "<img" not in svg and "&lt;img src=x" in svg
    assert svg == to_svg(segmentation_figure(SEQUENCE, [Segmented(NASTY[:20], WORDS.tokens)], title=NASTY)).decode()
    assert plt.get_fignums() == []


@pytest.mark.parametrize("window", [(3, 3), (-1, 4), (0, 15)])
def test_a_window_outside_is_said(window):
    with pytest.raises(UserError, match="14 nt of the sequence"):
        segmentation_figure(SEQUENCE, [WORDS], window=window)


def test_too_long_for_one_picture_is_said():
    with pytest.raises(UserError, match=f"one picture holds {LONGEST}"):
        segmentation_figure("A" * (LONGEST + 1), [])


def test_the_map_of_agreement_says_every_number():
    matrix = np.array([[1.0, 0.25], [0.25, 1.0]])
    figure = agreement_map(["k-mers (k=3)", "<b>$x$</b>"], matrix, title="Agreement")
    heat = figure.data[0]
    np.testing.assert_array_equal(heat.z, matrix)
    assert list(heat.y) == ["k-mers (k=3)", "&lt;b&gt;&#36;x&#36;&lt;/b&gt;"], "names of users are no markup"
    assert (heat.zmin, heat.zmax, heat.texttemplate) == (0, 1, "%{z:.2f}")
    assert figure.layout.title.text == "Agreement"


def test_names_of_many_tokenizers_become_numbers_below_the_map():
    few = agreement_map(["a", "b (k=3, stride=3)"], np.eye(2), title="")
    assert list(few.layout.xaxis.ticktext) == ["a", "b (k=3,<br>stride=3)"]
    many = agreement_map(list("abcde"), np.eye(5), title="")
    assert list(many.layout.xaxis.ticktext) == ["1", "2", "3", "4", "5"]
    assert many.layout.yaxis.ticktext[1] == "b  <b>2</b>"


def test_the_bars_add_up_to_all_hits():
    counts = [(3, 0, 0), (1, 2, 0), (0, 1, 2)]
    figure = motif_bars(["a", "b", "c"], counts, title="Hits (n = 3)")
    assert [bar.name for bar in figure.data] == ["whole", "cut through", "left out"]
    assert [list(bar.x) for bar in figure.data] == [[3, 1, 0], [0, 2, 1], [0, 0, 2]]
    assert [list(bar.text) for bar in figure.data] == [["3", "1", ""], ["", "2", "1"], ["", "", "2"]]
    assert figure.layout.barmode == "stack"
    assert len({bar.marker.pattern.shape for bar in figure.data}) == 3, "colour is not alone"
