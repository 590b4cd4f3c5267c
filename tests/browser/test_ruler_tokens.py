"""Token tracks of the ruler in a real Chromium: boxes, highlight, legend, reading and selection."""

import itertools
import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lib.figures.colours import of_token
from tests.browser.servers import wait_until_idle
from tests.browser.token_cuts import Tokens, blocks, pieces, sequence_of, species, windows, words

APP = Path("tests/browser/ruler_tokens_app.py")
GUTTER, MARGIN = 48, 8
ROW, LANE, CHIPS = 24, 18, 20

TOP_OF = """
(label) => {
  const root = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot;
  const titles = [...root.querySelectorAll('.caption')];
  return titles.find((title) => title.querySelector('.name').textContent === label).offsetTop + 24;
}
"""
PIXEL = """
([over, x, y, right, down]) => {
  const root = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot;
  const canvas = root.querySelector(over ? 'canvas.over' : '.row canvas');
  return [...canvas.getContext('2d').getImageData(Math.round(x) + right, Math.round(y) + down, 1, 1).data];
}
"""
WRITTEN = """
window.written = [];
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (...values) {
  window.written.push([values[0], this.font, this.canvas.className]);
  write.apply(this, values);
};
"""


class Tracks:
    """A ruler of token tracks, as a person sees and handles it."""

    def __init__(self, page: Page, url: str) -> None:
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(url)
        wait_until_idle(page)
        self.page = page
        self.root = page.locator(".ruler")
        self.stage = page.locator(".stage")
        self.row = page.locator(".row").first
        self.legend = page.get_by_role("toolbar", name="Tokens in view")
        self.tooltip = page.locator(".tooltip")
        expect(self.root).to_have_attribute("data-drawn-ms", re.compile(r"^[\d.]+$"))

    def spot(self, label: str, position: float, *, lane: int = 0, chips: bool = False) -> tuple[float, float]:
        """Where the middle of a position of a track is in the drawing."""
        start, end = (int(self.root.get_attribute(f"data-{name}") or 0) for name in ("start", "end"))
        scale = (self.row.bounding_box()["width"] - GUTTER - MARGIN) / (end - start)
        y = self.page.evaluate(TOP_OF, label) + (CHIPS + lane * LANE + LANE / 2 if chips else ROW / 2)
        return GUTTER + (position - start + 0.5) * scale, y

    def point(self, label: str, position: float, **place: object) -> tuple[float, float]:
        """Where that is on the screen."""
        box = self.row.bounding_box()
        x, y = self.spot(label, position, **place)
        return box["x"] + x, box["y"] + y

    def hover(self, label: str, position: float, **place: object) -> None:
        self.page.mouse.move(*self.point(label, position, **place))

    def pixel(
        self, label: str, position: float, *, right: int = 0, down: int = 0, over: bool = False, **place: object
    ) -> list[int]:
        """Red, green, blue and alpha of the drawing, or of the highlight over it."""
        x, y = self.spot(label, position, **place)
        return self.page.evaluate(PIXEL, [over, x, y, right, down])

    def highlighted(self, letters: str) -> None:
        expect(self.root).to_have_attribute("data-highlight", letters)

    def python_sees(self, text: str) -> None:
        expect(self.page.get_by_text(f"Python sees: {text}", exact=True)).to_be_visible()


@pytest.fixture
def opened(serve, page):
    def opened(query: str = "") -> Tracks:
        return Tracks(page, f"{serve(APP, None)}/?{query}")

    return opened


@pytest.fixture
def sequence() -> str:
    return sequence_of(110)


def rgb(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def at(tokens: Tokens, position: int) -> Tokens:
    return [token for token in tokens if token[0] <= position < token[1]]


# drawing


def test_every_token_is_a_box_in_the_colour_of_its_letters(opened, sequence) -> None:
    tracks = opened("n=110")
    for label, tokens in (("Blocks", blocks(sequence)), ("Pieces", pieces(sequence))):
        for start, end, text in tokens:
            if text == "N":
                continue
            colour = of_token(sequence[start:end])
            red, green, blue, alpha = tracks.pixel(label, (start + end - 1) / 2, down=8)
            assert 90 < alpha < 120, f"{label} {text} at {start} is tinted, its text stays readable"
            assert [red, green, blue] == pytest.approx(rgb(colour), abs=3), f"{label} {text} at {start}"
        for (start, *_), (_, end, _) in itertools.pairwise(reversed(tokens)):
            assert end == start
            assert tracks.pixel(label, start - 0.5, down=8, right=-1)[3] == 0, "a gap parts neighbours"
    assert tracks.faults == []


def test_letters_that_a_tokenizer_leaves_out_stay_blank(opened, sequence) -> None:
    tracks = opened("n=110")
    found = words(sequence, "T[AT]{2,}A")
    assert len(found) > 1
    for position in range(110):
        drawn = tracks.pixel("Sliding window", position, down=8)[3] > 0
        assert drawn == bool(at(found, position)), position


def test_overlapping_tokens_lie_in_lanes_each_of_them_seen(opened, sequence) -> None:
    tracks = opened("n=110")
    for start, end, text in windows(sequence, 6):
        pixel = tracks.pixel("Species and 6-mers", start - 0.1, lane=start % 6, chips=True)
        assert pixel[:3] == pytest.approx(rgb(of_token(text)), abs=3), f"{text} at {start}-{end}"


def test_what_finds_no_lane_is_counted(serve, page) -> None:
    page.add_init_script(WRITTEN)
    Tracks(page, f"{serve(APP, None)}/?n=110&deep=1")
    texts = [text for text, *_ in page.evaluate("() => window.written")]
    assert "No token in this sequence" in texts
    assert "+18 more" in texts, "of the 96 15-mers, three of each fifteen find none of the twelve lanes"


def test_unknown_and_special_tokens_look_different_and_say_it(serve, page, sequence) -> None:
    page.add_init_script(WRITTEN)
    page.set_viewport_size({"width": 1900, "height": 900})
    tracks = Tracks(page, f"{serve(APP, None)}/?n=110&rna=1")
    texts = {text for text, *_ in page.evaluate("() => window.written")}
    assert {"[CLS]", "danio_rerio", "[SEP]"} <= texts, "special tokens are chips"
    assert any(text.startswith("##") for text in texts)
    assert not any("T" in text for text in texts - {"[CLS]", "[SEP]"}), "RNA is read with U"
    red, green, blue, _ = tracks.pixel("Blocks", 42, down=8)
    assert max(red, green, blue) - min(red, green, blue) < 40, "unknown letters are grey"
    tracks.hover("Blocks", 42)
    expect(tracks.tooltip).to_contain_text("N, unknown · 43")
    expect(tracks.legend).to_contain_text("hatched: not in the vocabulary")
    tracks.hover("Species and 6-mers", 0, chips=True)
    expect(tracks.tooltip).to_contain_text("danio_rerio")
    tracks.hover("Species and 6-mers", 109, lane=(109 - 5) % 6, chips=True)
    expect(tracks.tooltip).to_contain_text(re.compile(r"after the end\s*\[SEP\]"))


CONTRAST = """
() => {
  const root = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot;
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (colour) => {
    probe.fillStyle = colour; probe.fillRect(0, 0, 1, 1); return [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const style = (item, name) => rgb(getComputedStyle(item)[name]);
  const page = style(document.querySelector('[data-testid=stApp]'), 'backgroundColor');
  const swatches = [...root.querySelectorAll('.swatch')].map((item) => ({
    text: style(item, 'color'), back: style(item, 'backgroundColor'),
  }));
  return { page, text: style(root.querySelector('.ruler'), 'color'), swatches };
}
"""


def luminance(colour: list[float]) -> float:
    """Relative luminance of WCAG 2."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_on_tokens_has_contrast_and_size(serve, page, sequence, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.add_init_script(WRITTEN)
    tracks = Tracks(page, f"{serve(APP, None)}/?n=110")
    shades = page.evaluate(CONTRAST)
    seen = set()
    for start, _, text in windows(sequence, 6):
        place = {"lane": start % 6, "chips": True}
        tracks.hover("Species and 6-mers", start + 2.5, **place)
        tracks.highlighted(text)
        usual, lit = (tracks.pixel("Species and 6-mers", start - 0.1, over=over, **place) for over in (False, True))
        for red, green, blue, alpha in (usual, lit):
            share = alpha / 255
            back = [
                share * own + (1 - share) * page for own, page in zip((red, green, blue), shades["page"], strict=True)
            ]
            assert contrast(shades["text"], back) >= 4.5, (text, back)
        seen.add(of_token(text))
    assert len(seen) == 12, "every colour of the palette was looked at"
    for swatch in shades["swatches"]:
        assert contrast(swatch["text"], swatch["back"]) >= 4.5, swatch
    fonts = {font for _, font, _ in page.evaluate("() => window.written")}
    assert min(float(re.search(r"([\d.]+)px", font).group(1)) for font in fonts) >= 11, fonts


# reading


def test_the_tooltip_names_the_token_of_each_track(opened, sequence) -> None:
    tracks = opened("n=110&scores=1")
    start, end, text = next(token for token in pieces(sequence) if token[0] > 30 and token[1] - token[0] == 3)
    tracks.hover("Pieces", start + 1)
    expect(tracks.tooltip).to_be_visible()
    told = tracks.tooltip.inner_text()
    assert re.match(rf"{sequence[start + 1]} at position {start + 2}\n", told)
    assert "Attribution" in told
    assert re.search(rf"Nucleotides\n{sequence[start + 1]} · {start + 2}\n", told)
    assert f"Pieces\n{text.upper()} · {start + 1}–{end} · 3 nt" in told
    ((block_start, block_end, block),) = at(blocks(sequence), start + 1)
    assert f"Blocks\n{block} · {block_start + 1}" in told
    assert ("Sliding window\nleft out" in told) == (not at(words(sequence, "T[AT]{2,}A"), start + 1))
    first, *_ = at(windows(sequence, 6), start + 1)
    assert f"{first[2]} · {first[0] + 1}–{first[1]} · 6 nt" in told
    assert "+2 more" in told, "six 6-mers, four of them named"
    assert block_end > block_start


def test_pointing_at_a_token_highlights_its_letters_in_every_track(opened, sequence) -> None:
    tracks = opened("n=110")
    counts = Counter(sequence[start:end] for start, end, _ in pieces(sequence) if end - start == 2)
    letters = next(
        text for text, count in counts.most_common() if count > 1 and any(text == b for *_, b in blocks(sequence))
    )
    places = [start for start, end, _ in pieces(sequence) if sequence[start:end] == letters]
    tracks.hover("Pieces", places[0] + 0.5)
    tracks.highlighted(letters)
    for label, tokens in (("Pieces", pieces(sequence)), ("Blocks", blocks(sequence))):
        for start, end, _ in tokens:
            pixel = tracks.pixel(label, (start + end - 1) / 2, down=7, over=True)
            if sequence[start:end] == letters:
                assert pixel[3] == 255, f"{label} at {start} is lit"
            else:
                assert 60 < pixel[3] < 128, f"{label} at {start} steps back and can still be read"
    tracks.page.mouse.move(5, 5)
    tracks.highlighted("")
    assert tracks.page.evaluate(
        "() => document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot"
        ".querySelector('canvas.over').width === 0"
    )


def test_pointing_at_one_of_many_overlapping_tokens_marks_that_one(opened, sequence) -> None:
    tracks = opened("n=110")
    text = sequence[24:30]
    tracks.hover("Species and 6-mers", 28, lane=24 % 6, chips=True)
    tracks.highlighted(text)
    expect(tracks.tooltip.locator(".own")).to_have_text(f"{text} · 25–30 · 6 nt")


def test_the_keyboard_reads_tokens_too(opened, sequence) -> None:
    tracks = opened("n=110")
    press = tracks.page.keyboard.press
    live = tracks.page.locator(".live")
    tracks.stage.focus()
    press("Home")
    tracks.highlighted(sequence[0])
    press("ArrowDown")
    first = blocks(sequence)[0]
    tracks.highlighted(first[2])
    expect(live).to_contain_text(f"Blocks: {first[2]} · 1")
    press("ArrowDown")
    tracks.highlighted(sequence[: pieces(sequence)[0][1]])
    press("ArrowUp")
    press("Enter")
    tracks.python_sees(f"{first[0]} to {first[1]}")
    expect(tracks.page.locator("#hint")).to_contain_text("Track: ↑ ↓")


def test_the_cursor_selects_a_token_and_then_its_letter(opened, sequence) -> None:
    tracks = opened("n=110")
    start, end, letters = next(token for token in blocks(sequence) if token[1] - token[0] > 2)
    tracks.stage.focus()
    for key in ("Home", "ArrowDown", *["ArrowRight"] * (start + 1)):
        tracks.page.keyboard.press(key)
    tracks.highlighted(letters)
    tracks.page.keyboard.press("Enter")
    tracks.python_sees(f"{start} to {end}")
    tracks.page.keyboard.press("Enter")
    tracks.python_sees(f"{start + 1} to {start + 2}")


def test_a_click_selects_the_range_of_a_token(opened, sequence) -> None:
    tracks = opened("n=110")
    start, end, _ = max(blocks(sequence), key=lambda token: token[1] - token[0])
    tracks.page.mouse.click(*tracks.point("Blocks", start + 1))
    tracks.python_sees(f"{start} to {end}")
    tracks.page.mouse.click(*tracks.point("Species and 6-mers", 64, lane=62 % 6, chips=True))
    tracks.python_sees("62 to 68")
    wait_until_idle(tracks.page)
    tracks.highlighted(sequence[62:68])
    gap = next(position for position in range(60, 110) if not at(words(sequence, "T[AT]{2,}A"), position))
    tracks.page.mouse.click(*tracks.point("Sliding window", gap))
    tracks.python_sees(f"{gap} to {gap + 1}")


def test_the_table_has_a_column_for_each_tokenizer(opened, sequence) -> None:
    tracks = opened("n=110")
    table = tracks.page.get_by_role("region", name="Visible positions")
    heads = table.locator("thead th").all_inner_texts()
    assert heads == ["Position", "Base", "Nucleotides", "Blocks", "Pieces", "Sliding window", "Species and 6-mers"]
    cells = table.locator("tbody tr").nth(20).locator("td").all_inner_texts()
    assert cells[:3] == [sequence[20], sequence[20], at(blocks(sequence), 20)[0][2]]
    piece = at(pieces(sequence), 20)[0][2]
    assert cells[3] == piece.upper()
    assert cells[5] == ", ".join(text for *_, text in at(windows(sequence, 6), 20))
    assert table.locator("tbody tr").first.locator("td").last.inner_text().startswith("[CLS], danio_rerio, ")


def test_text_of_users_stays_text(opened) -> None:
    tracks = opened("n=110&nasty=1")
    dialogs: list[str] = []
    tracks.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    tracks.hover("<img src=x onerror=alert(1)>", 1, chips=True)
    expect(tracks.tooltip).to_contain_text("onerror")
    assert tracks.page.locator(".ruler img").count() == 0
    assert dialogs == []


# the legend


def expected_legend(sequence: str, first: int, last: int) -> Counter[str]:
    cuts = [windows(sequence, 1), blocks(sequence), pieces(sequence), words(sequence, "T[AT]{2,}A"), species(sequence)]
    return Counter(
        sequence[start:end]
        for tokens in cuts
        for start, end, _ in tokens
        if start < end and end > first and start < last
    )


def legend_of(tracks: Tracks) -> dict[str, int]:
    texts = tracks.legend.locator("button").evaluate_all(
        "(all) => all.map((one) => [one.children[0].textContent, one.children[1].textContent])"
    )
    return {text: int(count.replace(",", "")) for text, count in texts}


def test_the_legend_counts_the_tokens_in_view(opened, sequence) -> None:
    tracks = opened("n=110")
    counts = expected_legend(sequence, 0, 110)
    shown = legend_of(tracks)
    assert list(shown.values()) == [count for _, count in counts.most_common(14)]
    assert all(counts[text] == count for text, count in shown.items())
    expect(tracks.legend).to_contain_text(f"{len(counts)} different")
    expect(tracks.legend).to_contain_text(f"+{len(counts) - 14} more")
    tracks.stage.focus()
    for key in ("+", "+", "+"):
        tracks.page.keyboard.press(key)
    start, end = (int(tracks.root.get_attribute(f"data-{name}")) for name in ("start", "end"))
    counts = expected_legend(sequence, start, end)
    expect(tracks.legend).to_contain_text(f"{len(counts)} different")
    assert list(legend_of(tracks).values()) == [count for _, count in counts.most_common(14)]


def test_an_entry_of_the_legend_highlights_its_token_and_can_keep_it(opened, sequence) -> None:
    tracks = opened("n=110")
    entry = tracks.legend.get_by_role("button", name=re.compile("^TT "))
    count = expected_legend(sequence, 0, 110)["TT"]
    assert entry.get_attribute("aria-label") == f"TT {count} in view: highlight"
    swatch = entry.locator(".swatch")
    assert swatch.evaluate("(item) => getComputedStyle(item).getPropertyValue('--token').trim()") == of_token("TT")
    entry.hover()
    tracks.highlighted("TT")
    tracks.page.mouse.move(5, 5)
    tracks.highlighted("")
    entry.click()
    tracks.page.mouse.move(5, 5)
    tracks.highlighted("TT")
    assert entry.get_attribute("aria-pressed") == "true"
    tracks.stage.focus()
    tracks.page.keyboard.press("Escape")
    tracks.highlighted("")
    assert entry.get_attribute("aria-pressed") == "false"


def test_the_legend_is_one_stop_of_the_tab_key(opened) -> None:
    tracks = opened("n=110")
    tracks.stage.focus()
    press = tracks.page.keyboard.press
    press("Tab")
    entries = tracks.legend.locator("button")
    expect(entries.first).to_be_focused()
    tracks.highlighted(next(iter(legend_of(tracks))))
    press("ArrowRight")
    press("ArrowRight")
    expect(entries.nth(2)).to_be_focused()
    tracks.highlighted(list(legend_of(tracks))[2])
    press("Enter")
    press("Tab")
    assert entries.nth(2).get_attribute("aria-pressed") == "true"
    press("Shift+Tab")
    expect(entries.nth(2)).to_be_focused()


# other views


def test_the_wrapped_view_shows_and_highlights_every_row(opened, sequence) -> None:
    tracks = opened("n=110")
    tracks.page.set_viewport_size({"width": 700, "height": 1400})
    tracks.page.get_by_role("button", name="Wrapped").click()
    expect(tracks.root).to_have_attribute("data-mode", "wrapped")
    rows = tracks.page.locator(".row")
    assert rows.count() == 3
    tracks.legend.get_by_role("button", name=re.compile("^A ")).hover()
    tracks.highlighted("A")
    for number in range(3):
        canvas, over = (rows.nth(number).locator(name) for name in ("canvas:not(.over)", "canvas.over"))
        assert canvas.bounding_box() == over.bounding_box(), "a highlight lies where its row lies"
        assert over.evaluate("(canvas) => canvas.width") > 0
    scale = int(rows.first.bounding_box()["width"] - GUTTER - MARGIN) / 50
    first = sequence_of(110)[50]
    rows.nth(1).locator("canvas").first.click(position={"x": GUTTER + scale / 2, "y": 40 + 12 + ROW / 2})
    tracks.python_sees("50 to 51")
    expect(tracks.tooltip).to_contain_text(f"{first} at position 51")
    assert tracks.faults == []


@pytest.mark.parametrize("width", [320, 420, 800])
def test_narrow_screens_lose_nothing(serve, page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    tracks = Tracks(page, f"{serve(APP, None)}/?n=110&scores=1")
    assert tracks.root.evaluate("(root) => root.scrollWidth <= root.clientWidth + 1")
    for entry in tracks.legend.locator("button").all():
        box = entry.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 24, "large enough for a finger"
    assert tracks.faults == []


def test_four_thousand_nucleotides_with_eight_tracks(opened) -> None:
    tracks = opened("n=4000&dense=8")
    expect(tracks.page.locator(".mini")).to_be_visible()
    assert tracks.pixel("6-mers 0", 2000)[3] > 0, "zoomed out there are strips"
    tracks.hover("6-mers 2", 2000)
    expect(tracks.tooltip).to_contain_text("6-mers 7")
    expect(tracks.legend).to_contain_text("more")
    tracks.stage.focus()
    for key in ["Home", *["+"] * 9]:
        tracks.page.keyboard.press(key)
    text = sequence_of(4000)[0:6]
    tracks.page.keyboard.press("ArrowLeft")
    tracks.highlighted(text)
    assert tracks.faults == []


def test_the_mini_map_shows_tokens_and_where_the_highlighted_one_stands(opened) -> None:
    tracks = opened("n=600")
    mini = tracks.page.locator(".mini")
    ink = """
    (canvas) => {
      const data = canvas.getContext('2d').getImageData(48, canvas.height - 8, canvas.width - 56, 1).data;
      let dark = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] > 200 && data[i] + data[i + 1] + data[i + 2] < 260) dark += 1;
      }
      return dark;
    }
    """
    before = mini.evaluate(ink)
    tracks.legend.locator("button").last.hover()
    tracks.highlighted(list(legend_of(tracks))[-1])
    assert mini.evaluate(ink) > before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures(serve, page, picture, scheme: str) -> None:
    """Pictures to look at; the ruler must draw without an error in each setting."""
    page.emulate_media(color_scheme=scheme)
    tracks = Tracks(page, f"{serve(APP, None)}/?n=110&rna=1&scores=1")
    for width in (1440, 800):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(150)
        tracks.hover("Pieces", 33)
        picture(page, f"ruler-tokens-{scheme}-{width}")
    assert tracks.faults == []
