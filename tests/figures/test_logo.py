"""Logos: letters as tall as their scores, user text as text, and nothing in pyplot's global list."""

import io
import threading
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.patches import PathPatch

from lib.attribution import Attribution
from lib.attribution.checks import Check, Verdict
from lib.attribution.trust import judge
from lib.core.errors import UserError
from lib.figures import colours
from lib.figures.logo import caption, logo_figure, to_pdf, to_png, to_svg

SEQUENCE = "ACGTNTGACCATT"
SCORES = np.array([0.5, -0.25, 0.0, 1.0, 0.1, -2.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])


def made(sequence=SEQUENCE, scores=SCORES, *, effects=False) -> Attribution:
    matrix = np.random.default_rng(0).normal(size=(4, len(sequence))) if effects else None
    return Attribution(
        sequence=sequence,
        scores=scores,
        hypothetical=None,
        effects=matrix,
        method="Integrated gradients",
        reference="all zeros",
        rule="",
        target="log2 8h - 2h",
        prediction=-1.25,
        reference_prediction=0.75,
        delta=0.01,
    )


def draw(item, trust=None, **options):
    return logo_figure(item, trust or judge(item, "No test part."), **options)


def letters(axes) -> list[PathPatch]:
    return [patch for patch in axes.patches if isinstance(patch, PathPatch)]


def test_letters_are_as_tall_as_their_scores_and_coloured_by_base():
    [axes] = draw(made()).axes
    drawn = {round(np.mean(patch.get_path().get_extents().intervalx)): patch for patch in letters(axes)}
    assert sorted(drawn) == [i for i, score in enumerate(SCORES) if score], "a zero has no letter"
    for position, patch in drawn.items():
        box = patch.get_path().get_extents()
        low, high = sorted((0.0, SCORES[position]))
        assert (box.y0, box.y1) == pytest.approx((low, high), abs=1e-6), position
        rgb = [int(colours.NUCLEOTIDES[SEQUENCE[position]][i : i + 2], 16) / 255 for i in (1, 3, 5)]
        assert patch.get_facecolor()[:3] == pytest.approx(rgb)


def test_long_sequences_are_wrapped_and_positions_go_on():
    figure = draw(made("ACGTTGCA" * 5 + "ACG", np.ones(43)), per_row=20)
    assert [axes.get_xlim() for axes in figure.axes] == [(-0.5, 19.5), (19.5, 39.5), (39.5, 42.5)]
    assert [len(letters(axes)) for axes in figure.axes] == [20, 20, 3]
    assert [t.get_text() for t in figure.axes[1].get_xticklabels()] == ["30", "40"]
    assert len({axes.get_ylim() for axes in figure.axes}) == 1, "rows can be compared"
    widths = [axes.get_position().width / np.ptp(axes.get_xlim()) for axes in figure.axes]
    assert np.ptp(widths) < 1e-9, "letters are equally wide in all rows"


def test_a_window_shows_that_part_only():
    [axes] = draw(made(), window=(3, 6)).axes
    assert axes.get_xlim() == (2.5, 5.5) and len(letters(axes)) == 3


def test_mutagenesis_has_a_heat_map_with_the_bases_that_stand_there():
    item = made(effects=True)
    figure = draw(item, unit="log2 fold change", rna=True)
    logo, heat, bar = figure.axes
    np.testing.assert_array_equal(heat.images[0].get_array(), item.effects)
    assert [text.get_text() for text in heat.get_yticklabels()] == ["A", "C", "G", "U"]
    low, high = heat.images[0].get_clim()
    assert low == -high == -np.abs(item.effects).max(), "neutral is no effect"
    offsets = heat.collections[0].get_offsets()
    assert [tuple(map(int, spot)) for spot in offsets[:4]] == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert len(offsets) == len(SEQUENCE) - 1, "no dot at the unknown letter"
    assert "log2 fold change" in bar.get_ylabel() and "log2 fold change" in logo.get_ylabel()
    assert heat.get_xlabel() == "Position (nt)"


def test_text_of_users_stays_text():
    name = "$\\frac{1}{0$ <img src=x onerror=alert(1)> -- ]]>"
    figure = draw(made(), title=name, unit="$x_", hits=[(1, 7, "$^", 1.0)])
    assert name in [text.get_text() for text in figure.texts]
    svg = to_svg(figure).decode()
    assert "<img" not in svg and "&lt;img src=x" in svg
    assert to_pdf(figure).startswith(b"%PDF")


def test_hits_are_boxes_with_names_cut_to_their_room():
    hits, logo = draw(made(), hits=[(1, 7, "UUAG", 2.0), (4, 6, "HNRNPA2B1", 1.0)]).axes
    assert [(box.get_x(), box.get_width()) for box in hits.patches] == [(0.5, 6), (3.5, 2)]
    assert [text.get_text() for text in hits.texts] == ["UUAG", "HNR…"]
    assert hits.get_xlim() == logo.get_xlim()


def test_u_or_t_as_preferred_changes_nothing_else():
    dna, rna = (to_svg(draw(made(), rna=rna)) for rna in (False, True))
    assert dna != rna and dna == to_svg(draw(made())), "the same picture has the same bytes"


def test_caption_says_method_and_reference():
    text = caption(made())
    assert text == (
        "Integrated gradients of log2 8h - 2h; reference: all zeros; prediction -1.25, of the reference 0.75"
    )


def test_threads_draw_at_the_same_time_and_pyplot_knows_nothing():
    before = plt.get_fignums()
    results = []
    threads = [threading.Thread(target=lambda: results.append(to_png(draw(made())))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4 and len(set(results)) == 1
    assert plt.get_fignums() == before == []


def test_a_png_of_a_very_large_figure_has_fewer_dots(monkeypatch):
    monkeypatch.setattr("lib.figures.files._PIXELS", 1e6)
    height, width, _ = imread(io.BytesIO(to_png(draw(made())))).shape
    assert 0.5e6 < height * width <= 1e6


@pytest.mark.parametrize("window", [(3, 3), (-1, 4), (0, 14)])
def test_a_window_outside_is_said(window):
    with pytest.raises(UserError, match="13 nt of the sequence"):
        draw(made(), window=window)


def test_too_long_for_one_picture_is_said():
    with pytest.raises(UserError, match="3001 nt; one picture holds 3000"):
        draw(made("A" * 3001, np.ones(3001)))


def test_all_zero_and_single_letter_can_be_drawn():
    assert to_svg(draw(made("A", np.zeros(1), effects=True)))
    assert to_svg(draw(made("NN", np.zeros(2), effects=True)))


def test_the_badge_stands_below_every_logo_and_long_ones_are_wrapped():
    item = made()
    trust = replace(
        judge(item, "No test part."), model=Check("Model", Verdict.FAIL, "It predicts nothing. " * 12, "Train.")
    )
    figure = draw(item, trust)
    texts = {text.get_text(): text for text in figure.texts}
    below = [text for text in texts if text.startswith("Do not interpret: It predicts nothing.")]
    assert len(below) == 1 and "convergence delta 0.5%" in " ".join(reversed(texts))
    assert texts[below[0]].get_color() == "#B42318"
    figure.draw_without_rendering()
    edges = [text.get_window_extent() for text in figure.texts]
    assert max(edge.x1 for edge in edges) <= figure.bbox.x1, "no line leaves the picture"
    assert figure.get_size_inches()[1] > draw(item).get_size_inches()[1], "lines have room of their own"
    lowest = min(axes.get_tightbbox().y0 for axes in figure.axes)
    assert max(texts[text].get_window_extent().y1 for text in below) < lowest


def test_whiskers_reach_one_standard_error_to_either_side():
    errors = np.linspace(0.1, 0.7, 13)
    item = replace(made(), standard_errors=errors)
    assert not draw(item).axes[0].collections, "only on demand"
    [axes] = draw(item, whiskers=True).axes
    bars = axes.collections[0].get_segments()
    np.testing.assert_allclose([bar[:, 1] for bar in bars], np.stack([SCORES - errors, SCORES + errors], axis=1))
    low, high = axes.get_ylim()
    assert low < (SCORES - errors).min() and high > (SCORES + errors).max()
