"""What the buttons on a plotly chart do."""

from typing import Any


def buttons(name: str) -> dict[str, Any]:
    """Configure the buttons of a plotly chart: it downloads as SVG under this name, and shows no advertisement."""
    return {
        "displaylogo": False,
        "toImageButtonOptions": {"format": "svg", "filename": name},
        "modeBarButtonsToRemove": ["autoScale2d"],
    }
