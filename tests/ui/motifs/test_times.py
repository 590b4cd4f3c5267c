"""Motifs by time: the association of every dataset with times, the model's effect where it predicts the time points."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from lib.datasets import simulate
from lib.datasets.targets import TargetChoice
from tests.finished import Finished, healthy, make, open_page, using, words


@pytest.fixture(scope="module")
def times(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return make(tmp_path_factory.mktemp("times") / "home", settings={"k": 3}, target=TargetChoice(kind="all"))


def view(run: str, dataset: str) -> None:
    """Draw the view as the Motifs page does; what it needs is imported here, for a test runs this as a script."""
    from lib.store import datasets, runs
    from lib.ui.motifs import by_time

    by_time.draw(runs.find(run), datasets.load(dataset))


def opened(made: Finished, run: str | None = None) -> AppTest:
    app = AppTest.from_function(view, kwargs={"run": made.run if run is None else run, "dataset": made.dataset})
    app.default_timeout = 60
    return app.run()


def test_both_heat_maps_of_a_run_that_predicts_the_time_points(times: Finished):
    with using(times.home):
        app = opened(times)
        healthy(app)
        text = words(app)
        assert "In the data" in text and "since 0 h" in text and "n = 128 training sequences" in text
        assert len(app.get("plotly_chart")) == 1 and "12 motifs and 9 time points" not in text
        app.button(key="time-ask").click().run()
        healthy(app)
        assert len(app.get("plotly_chart")) == 2
        assert "Student's t over sequences" in words(app)
        again = opened(times)
        assert len(again.get("plotly_chart")) == 2, "the answer is kept"


def test_planted_motifs_lead_in_the_right_direction(times: Finished):
    from lib.store import datasets
    from lib.ui.motifs import by_time, time_numbers

    with using(times.home):
        table, n = time_numbers.associate_times(datasets.load(times.dataset), 0.0)
    assert n == 128
    last = table[table["hours"] == 10.0].set_index("motif")["effect"]
    found = {motif.name: last[motif.motif] for motif in simulate.MOTIFS if abs(motif.effect) >= 0.24}
    assert all(effect < 0 for effect in found.values()), found
    named = by_time.numbers(table, 0.0)
    assert {"effect since 0 h (log2)", "time (h)", "half of its effect by (h)"} <= set(named.columns)
    assert isinstance(named, pd.DataFrame) and len(named) == len(table)
    timed = set(named.loc[named["half of its effect by (h)"].notna(), "motif"])
    assert "TTTTTTT" in timed and timed < set(named["motif"]), "no hour where the largest effect could be chance"


def test_the_order_and_the_base_can_be_chosen(times: Finished):
    with using(times.home):
        app = opened(times)
        app.selectbox(key="time-base").select(2.0).run()
        healthy(app)
        assert "since 2 h" in words(app)
        app.button_group(key="time-order").set_value([by_strength()]).run()
        healthy(app)


def headline(rows: list[tuple[str, float, float, float]]) -> None:
    """Write the headline of a table alone; what it needs is imported here, for a test runs this as a script."""
    import pandas as pd

    from lib.ui.motifs import by_time

    table = pd.DataFrame(rows, columns=["motif", "hours", "effect", "q"])
    motifs = by_time._sort(table, 0.0, by_time.EARLY)
    by_time._words(table, motifs, {motif: motif for motif in motifs}, 0.0)


STAR = [("AGAAGA", 1.0, -0.03, 0.02), ("AGAAGA", 4.0, -0.3, 0.6)]
"""A motif with a star at one hour, where next to nothing happens."""
EARLY = [("TATTTA", 1.0, -0.9, 0.001), ("TATTTA", 4.0, -1.0, 0.001)]
LATE = [("TTAG", 1.0, 0.0, 0.9), ("TTAG", 4.0, 2.0, 0.001)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (STAR, "No motif goes with a change of expression after 0 h (largest effect with q below 0.05)."),
        (STAR + EARLY, "**1 motif goes with a change of expression**: 0 with a higher, 1 with a lower one."),
        (
            STAR + LATE + EARLY,
            "**2 motifs go with a change of expression**: 1 with a higher, 1 with a lower one. Half of the largest "
            "effect is reached first by **TATTTA** (0.6 h), last by **TTAG** (2.5 h).",
        ),
        (
            [("A", 4.0, -1.0, 0.01), ("B", 4.0, -2.0, 0.01)],
            "**2 motifs go with a change of expression**: 0 with a higher, 2 with a lower one. All reach half of their "
            "largest effect at about the same time, 2.0 h.",
        ),
    ],
)
def test_the_headline_counts_only_motifs_whose_largest_effect_is_sure(rows, said):
    app = AppTest.from_function(headline, kwargs={"rows": rows}).run()
    assert not app.exception
    assert [item.value for item in app.markdown] == [said]


def by_strength() -> str:
    from lib.ui.motifs import by_time

    return by_time.STRONG


def test_a_run_of_one_number_is_told_what_to_do_on_the_motifs_page(tmp_path: Path):
    made = make(tmp_path / "home", model="mean")
    with using(made.home):
        app = open_page("pages/explain/motifs.py", dataset=made.dataset, run=made.run, view="By time")
        healthy(app)
        text = words(app)
        assert "since 2 h" in text, "the base of the target 8h - 2h"
        assert "predicts log2 8h - 2h, not the time points" in text and "All time points" in text
