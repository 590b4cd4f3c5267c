"""Every chart of the app is drawn in one place, which gives it SVG, PNG and CSV."""

import ast
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[3]


def _script():
    import plotly.graph_objects as go
    from matplotlib.figure import Figure

    from lib.ui.widgets import charts

    def make():
        figure = Figure()
        figure.subplots().plot([1, 2])
        return figure

    def numbers():
        import pandas as pd

        return pd.DataFrame({"x": [1]})

    charts.draw(lambda: go.Figure(go.Scatter(x=[1], y=[2])), name="a b", key="one", alt="One point")
    charts.picture(make, name="logo", key="two", alt="A line", numbers=numbers)


def test_every_chart_offers_its_files(tmp_path, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path))
    app = AppTest.from_function(_script, default_timeout=30).run()
    assert not app.exception, app.exception
    buttons = [(item.proto.label, item.proto.id) for item in app.get("download_button")]
    assert [label for label, _ in buttons] == ["CSV", "Excel", "SVG", "PNG", "CSV", "Excel"]
    assert len(app.get("bidi_component")) == 1, "the buttons for the pictures of the plotly chart"


def test_no_other_place_draws_charts():
    """A chart drawn elsewhere would lack its files."""
    drawn = {"plotly_chart", "pyplot", "altair_chart", "vega_lite_chart", "line_chart", "bar_chart", "scatter_chart"}
    for path in [*(ROOT / "lib" / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        if path.name == "charts.py" and path.parent.name == "widgets":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in drawn:
                raise AssertionError(
                    f"{path.relative_to(ROOT)}:{node.lineno} draws with st.{node.attr}; use charts.draw"
                )
