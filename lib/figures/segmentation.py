"""How tokenizers cut a sequence, as a picture for print: the letters, and below them the tokens of each as boxes.

The sequence is wrapped in rows. Tokens that overlap stand in lanes below each other. Figures are made without pyplot,
whose list of figures is shared by all threads. Positions on the axis count from 1; ranges in the code are half-open and
0-based.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from lib.core.alphabet import in_alphabet, to_dna
from lib.figures import colours
from lib.figures.lanes import lanes as hit_lanes
from lib.figures.lanes import require_window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ADVANCE, _MIDDLE = 0.602, 0.36
"""Width of a character, and the middle of a capital letter above the baseline, in sizes of the font."""


class Word(NamedTuple):
    """A text centred at a place of the axes."""

    x: float
    y: float
    text: str
    colour: str


def add_words(axes: "Axes", words: Sequence[Word], *, size: float, bold: bool = False) -> None:
    """Write texts on axes, in points of ``size``; they are centred, and never read as mathematics."""
    from matplotlib.artist import Artist
    from matplotlib.font_manager import FontProperties

    font = FontProperties(family="monospace", size=size, weight="bold" if bold else "normal")

    class Words(Artist):
        words: Sequence[Word]
        zorder = 3.0  # above bars and lines, as texts are

        def draw(self, renderer: Any) -> None:
            context = renderer.new_gc()
            unit = renderer.points_to_pixels(size)
            places = axes.transData.transform([(word.x, word.y) for word in self.words])
            high = renderer.get_canvas_width_height()[1] if renderer.flipy() else None
            for word, (x, y) in zip(self.words, places, strict=True):
                base = y - _MIDDLE * unit
                context.set_foreground(word.colour)
                left = x - _ADVANCE * unit * len(word.text) / 2
                renderer.draw_text(context, left, base if high is None else high - base, word.text, font, 0)
            context.restore()

    if words:
        artist = Words()
        artist.words = tuple(words)
        axes.add_artist(artist)


if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LONGEST = 5000
"""Nucleotides that one picture holds at most."""
PER_ROW = 100
MOST_LANES = 12
"""Lanes of one tokenizer at most; tokens that find no place are left out and counted in its name."""

_LEFT, _RIGHT, _LETTER, _LANE = 1.55, 0.2, 0.094, 0.15  # inches: beside the rows, one letter, one lane
_APART = 0.3  # lanes between two tracks
_TOP, _GAP, _BOTTOM = 0.42, 0.42, 0.3
_CHARACTER = 0.048  # inches of a character in a box
_LABEL = 26  # characters of a label that fit on the left
_UNKNOWN, _HIT, _EDGE = "#D0D5DD", "#E4E7EC", "#475467"


@dataclass(frozen=True)
class Segmented:
    """The tokens of one tokenizer.

    Parameters
    ----------
    label
        Name of the tokenizer, with what tells it from the others.
    tokens
        (start, end, what people read) of each token, half-open.
    unknown
        For each token whether it is the unknown one; all known where empty.
    """

    label: str
    tokens: Sequence[tuple[int, int, str]]
    unknown: Sequence[bool] = ()


@dataclass(frozen=True)
class _Box:
    start: int
    end: int
    text: str
    colour: str
    dashed: bool = False


@dataclass(frozen=True)
class _Track:
    """Boxes by lane under one label."""

    label: str
    lanes: tuple[tuple[_Box, ...], ...]


def segmentation_figure(
    sequence: str,
    segmented: Sequence[Segmented],
    *,
    title: str = "",
    rna: bool = False,
    hits: Sequence[tuple[int, int, str, float]] = (),
    window: tuple[int, int] | None = None,
    per_row: int = PER_ROW,
) -> "Figure":
    """Draw a sequence with the tokens of several tokenizers stacked below it.

    Parameters
    ----------
    sequence
        Stored DNA of L letters.
    segmented
        The tokens of each tokenizer, from top to bottom.
    title
        Title, such as the id of the sequence.
    rna
        Show T as U.
    hits
        (start, end, name, value) of motifs, drawn above the tokens; the largest values find a place first.
    window
        Half-open range to draw; None for the whole sequence.
    per_row
        Nucleotides of one row.

    Raises
    ------
    UserError
        If the window is empty, leaves the sequence, or is too long for one picture.
    """
    from matplotlib.figure import Figure

    start, end = require_window(window, len(sequence), most=LONGEST)
    width = min(per_row, end - start)
    edges = [*range(start, end, width), end]
    tracks = [_track(item, sequence, start, end, rna=rna) for item in segmented]
    if hits:
        tracks.insert(0, _hits(hits, start, end))
    lines = _lines(tracks)
    height = _LANE * lines + _GAP
    size = (_LEFT + _LETTER * max(width, 40) + _RIGHT, _TOP + height * (len(edges) - 1) + _BOTTOM)
    figure = Figure(figsize=size, facecolor="white")
    for number, (low, high) in enumerate(pairwise(edges)):
        bottom = size[1] - _TOP - number * height - _LANE * lines
        box = (_LEFT / size[0], bottom / size[1], (high - low) * _LETTER / size[0], _LANE * lines / size[1])
        axes = figure.add_axes(box)
        _row(axes, in_alphabet(sequence, rna=rna), tracks, (low, high))
        if high == end:
            axes.set_xlabel("Position (nt)", fontsize=7, loc="left")
    figure.text(0.1 / size[0], 1 - 0.2 / size[1], title, fontsize=10, va="center", parse_math=False)
    if any(any(item.unknown) for item in segmented):
        said = "Grey with a dashed edge: not in the vocabulary"
        figure.text(0.1 / size[0], 0.12 / size[1], said, fontsize=6.5, va="center")
    return figure


def _track(item: Segmented, sequence: str, start: int, end: int, *, rna: bool) -> _Track:
    """Put tokens into as few lanes as hold them without overlap, from left to right."""
    unknown = item.unknown or [False] * len(item.tokens)
    ordered = sorted(zip(item.tokens, unknown, strict=True), key=lambda pair: pair[0][:2])
    found: list[list[_Box]] = [[]]
    missing = 0
    for (first, last, text), strange in ordered:
        if first == last or last <= start or first >= end:
            continue
        lane = next((lane for lane in found if not lane or lane[-1].end <= first), None)
        if lane is None and len(found) < MOST_LANES:
            found.append(lane := [])
        if lane is None:
            missing += 1
            continue
        colour = _UNKNOWN if strange else colours.of_token(to_dna(sequence[first:last]))
        lane.append(_Box(first, last, text if strange else in_alphabet(text, rna=rna), colour, bool(strange)))
    more = f" (+{missing:,} not drawn)" if missing else ""
    return _Track(item.label + more, tuple(map(tuple, found)))


def _hits(hits: Sequence[tuple[int, int, str, float]], start: int, end: int) -> _Track:
    placed = hit_lanes(hits, start, end)
    count = max((lane + 1 for lane, _ in placed), default=1)
    boxes = [
        tuple(_Box(hit.start, hit.end, hit.name, _HIT) for at, hit in placed if at == lane) for lane in range(count)
    ]
    return _Track("RBP motifs", tuple(boxes))


def _lines(tracks: Sequence[_Track]) -> float:
    return 1 + sum(len(track.lanes) + _APART for track in tracks)


def _row(axes: "Axes", letters: str, tracks: Sequence[_Track], window: tuple[int, int]) -> None:
    low, high = window
    axes.set_xlim(low - 0.5, high - 0.5)
    axes.set_ylim(_lines(tracks), 0)
    inks = {letter: colours.NUCLEOTIDES.get(letter, colours.NUCLEOTIDES["N"]) for letter in set(letters[low:high])}
    written = [Word(place, 0.5, letters[place], inks[letters[place]]) for place in range(low, high)]
    add_words(axes, written, size=6.5, bold=True)
    boxed: list[Word] = []
    at = 1.0
    for track in tracks:
        name = track.label if len(track.label) <= _LABEL else f"{track.label[: _LABEL - 1]}…"
        axes.annotate(
            name,
            (0, at + len(track.lanes) / 2),
            xycoords=("axes fraction", "data"),
            xytext=(-6, 0),
            ha="right",
            va="center",
            textcoords="offset points",
            fontsize=6.5,
            parse_math=False,
            annotation_clip=False,
        )
        for lane in track.lanes:
            boxed += _lane(axes, [box for box in lane if box.start < high and box.end > low], at, window)
            at += 1
        at += _APART
    add_words(axes, boxed, size=5.2)
    axes.set_yticks([])
    first = -(-(low + 1) // 10) * 10 - 1
    ticks = list(range(first, high, 10)) or [low]
    axes.set_xticks(ticks, [f"{tick + 1:,}" for tick in ticks])
    axes.tick_params(labelsize=6, length=2)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _lane(axes: "Axes", boxes: Sequence[_Box], at: float, window: tuple[int, int]) -> list[Word]:
    """Draw the boxes of one lane and give the texts that fit into them."""
    spans = [(max(box.start, window[0]), min(box.end, window[1])) for box in boxes]
    for dashed in (False, True):
        drawn = [(box, span) for box, span in zip(boxes, spans, strict=True) if box.dashed is dashed]
        if drawn:
            axes.broken_barh(
                [(low - 0.46, high - low - 0.08) for _, (low, high) in drawn],
                (at + 0.08, 0.84),
                facecolors=[box.colour for box, _ in drawn],
                edgecolors=_EDGE,
                linewidth=0.3,
                linestyle="dashed" if dashed else "solid",
            )
    return [
        Word((low + high - 1) / 2, at + 0.5, box.text, _ink(box.colour))
        for box, (low, high) in zip(boxes, spans, strict=True)
        if len(box.text) * _CHARACTER <= (high - low) * _LETTER
    ]


@functools.cache
def _ink(colour: str) -> str:
    """Choose black or white, whichever is easier to read on a colour (the luminance of WCAG 2)."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#FFFFFF"
