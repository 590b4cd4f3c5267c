"""The figures of a search hold the numbers they are given."""

import numpy as np
import pytest

from lib.figures.search import draw_importance, draw_search_history


def test_the_best_so_far_never_falls_and_missing_scores_are_passed_over():
    figure = draw_search_history([None, 0.2, 0.1, None, 0.5], score="Validation R²")
    np.testing.assert_array_equal(figure.data[0].y, [np.nan, 0.2, 0.1, np.nan, 0.5])
    np.testing.assert_array_equal(figure.data[1].y, [np.nan, 0.2, 0.2, 0.2, 0.5])
    assert figure.layout.yaxis.title.text == "Validation R²"


def test_settings_are_ordered_by_what_they_matter_and_their_names_are_escaped():
    figure = draw_importance({"<b>rate": 0.7, "channels": 0.3})
    assert list(figure.data[0].y) == ["channels", "&lt;b&gt;rate"]
    assert sum(figure.data[0].x) == pytest.approx(1)
