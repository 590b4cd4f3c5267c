"""Matplotlib figures as files. No pyplot, so that any thread may write one; the same figure gives the same bytes."""

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Text stays text in SVG and PDF, to be edited and searched. The same for all threads, so it is set and never reset.
_WRITTEN: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "motiflens", "pdf.fonttype": 42}
_PIXELS = 40e6  # of a PNG at most


def to_svg(figure: "Figure") -> bytes:
    """Write a figure as SVG."""
    return _write(figure, "svg", metadata={"Date": None})


def to_pdf(figure: "Figure") -> bytes:
    """Write a figure as PDF."""
    return _write(figure, "pdf", metadata={"CreationDate": None})


def to_png(figure: "Figure", *, dpi: int = 300) -> bytes:
    """Write a figure as PNG; a very large one gets fewer dots per inch."""
    width, height = figure.get_size_inches()
    return _write(figure, "png", dpi=min(dpi, int((_PIXELS / (width * height)) ** 0.5)))


def _write(figure: "Figure", kind: str, **options: Any) -> bytes:
    import matplotlib as mpl

    mpl.rcParams.update(_WRITTEN)
    file = io.BytesIO()
    figure.savefig(file, format=kind, **options)
    return file.getvalue()
