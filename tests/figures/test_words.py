"""Many short texts at once: where matplotlib's own centred texts stand, above the bars, as text in SVG."""

import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import Bbox

from lib.figures.files import to_pdf, to_png, to_svg
from lib.figures.segmentation import Word, add_words

NASTY = "$x$ <b>&"


def axes_of(width: float = 3.0) -> "tuple":
    figure = Figure(figsize=(width, 2.0), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 10)
    axes.set_ylim(4, 0)
    axes.set_axis_off()
    return figure, axes


def ink(figure: Figure) -> Bbox:
    """Where anything but white is, in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    rows, columns = np.nonzero((np.asarray(canvas.buffer_rgba())[:, :, :3] < 200).any(axis=2))
    return Bbox.from_extents(columns.min(), rows.min(), columns.max(), rows.max())


def test_they_stand_where_centred_texts_stand():
    figure, axes = axes_of()
    add_words(axes, [Word(3.0, 1.0, "TTAG", "#000000")], size=12)
    other, plain = axes_of()
    plain.text(
        3.0, 1.0, "TTAG", ha="center", va="center_baseline", fontproperties=FontProperties(family="monospace", size=12)
    )
    np.testing.assert_allclose(ink(figure).get_points(), ink(other).get_points(), atol=2)


def test_bars_do_not_hide_them():
    figure, axes = axes_of()
    add_words(axes, [Word(5.0, 2.0, "A", "#000000")], size=20)
    axes.broken_barh([(0, 10)], (0, 4), facecolors="#FFFFFF")
    assert ink(figure).width > 3


@pytest.mark.parametrize("write", [to_svg, to_pdf, to_png])
def test_every_kind_of_file_can_be_written(write):
    figure, axes = axes_of()
    add_words(axes, [Word(5.0, 2.0, NASTY, "#123456")], size=8, bold=True)
    assert write(figure)


def test_svg_holds_the_text_itself():
    figure, axes = axes_of()
    add_words(axes, [Word(5.0, 2.0, NASTY, "#123456")], size=8)
    svg = to_svg(figure).decode()
    assert "$x$ &lt;b&gt;&amp;</text>" in svg
    assert re.search(r"fill: ?#123456", svg)


def test_no_words_are_no_artist():
    _, axes = axes_of()
    before = len(axes.get_children())
    add_words(axes, [], size=8)
    assert len(axes.get_children()) == before
