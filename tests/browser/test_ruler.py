"""The ruler in a real Chromium: keyboard, wheel, drag, touch, selection, reading, and text of users."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.servers import wait_until_idle

APP = Path("tests/browser/ruler_app.py")
GUTTER, MARGIN = 48, 8
AXIS_Y, BASES_Y = 8, 30


class Ruler:
    """One ruler on a page, as a person sees and handles it."""

    def __init__(self, page: Page, url: str) -> None:
        page.goto(url)
        wait_until_idle(page)
        self.page = page
        self.root = page.locator(".ruler")
        self.stage = page.locator(".stage")
        self.rows = page.locator(".row")
        expect(self.root).to_have_attribute("data-drawn-ms", re.compile(r"^[\d.]+$"))

    def number(self, name: str) -> int:
        """Read start, end, length or cursor."""
        return int(self.root.get_attribute(f"data-{name}") or -1)

    @property
    def view(self) -> tuple[int, int]:
        """The visible positions."""
        self.page.evaluate("() => new Promise(requestAnimationFrame)")
        return self.number("start"), self.number("end")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def point(self, position: int, y: float = BASES_Y) -> tuple[float, float]:
        """Where the middle of a position is on the screen."""
        box = self.rows.first.bounding_box()
        start, end = self.view
        scale = (box["width"] - GUTTER - MARGIN) / (end - start)
        return box["x"] + GUTTER + (position - start + 0.5) * scale, box["y"] + y

    def python_sees(self, text: str) -> None:
        expect(self.page.get_by_text(f"Python sees: {text}", exact=True)).to_be_visible()


@pytest.fixture
def opened(serve, page):
    def opened(query: str = "") -> Ruler:
        return Ruler(page, f"{serve(APP, None)}/?{query}")

    return opened


# keyboard


def test_the_keyboard_reaches_zooms_and_moves(opened) -> None:
    ruler = opened("n=110")
    assert ruler.view == (0, 110)
    ruler.page.get_by_role("button", name="Table").focus()
    ruler.press("Tab")
    expect(ruler.stage).to_be_focused()

    ruler.press("+", "+")
    start, end = ruler.view
    assert 0 < start < 55 < end < 110, "two steps in, around the middle"
    assert 40 <= end - start <= 46

    ruler.press("ArrowRight", "ArrowRight", "ArrowRight")
    assert ruler.number("start") in (start + 2, start + 3), "the view moves with the cursor"
    assert start < ruler.number("cursor") < end + 3
    ruler.press("ArrowLeft")
    moved = ruler.view

    ruler.press("End")
    assert ruler.view[1] == 110
    assert ruler.number("cursor") == 109
    ruler.press("ArrowRight")
    assert ruler.number("cursor") == 109, "there is nothing beyond the end"
    ruler.press("Home")
    assert (ruler.view[0], ruler.number("cursor")) == (0, 0)
    assert ruler.view[1] - ruler.view[0] == pytest.approx(moved[1] - moved[0], abs=1), "moving does not zoom"

    ruler.press("-", "-", "-")
    assert ruler.view == (0, 110), "zooming out ends at the whole sequence"
    ruler.press(*["+"] * 12)
    assert ruler.view[1] - ruler.view[0] <= 11, "zooming in ends at 10 nt"


def test_enter_selects_shift_extends_escape_clears(opened) -> None:
    ruler = opened("n=110")
    ruler.python_sees("nothing")
    ruler.stage.focus()
    ruler.press("Home", "ArrowRight", "ArrowRight", "Enter")
    assert ruler.root.get_attribute("data-selected") == "2-3"
    ruler.python_sees("2 to 3")
    ruler.press("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight")
    ruler.python_sees("2 to 6")
    ruler.press("Shift+ArrowLeft")
    ruler.python_sees("2 to 5")
    ruler.press("Escape")
    ruler.python_sees("nothing")
    assert ruler.root.get_attribute("data-selected") == ""


def test_a_screen_reader_hears_the_position_under_the_cursor(opened) -> None:
    ruler = opened("n=110&rna=1")
    live = ruler.page.locator(".live")
    assert live.get_attribute("aria-live") == "polite"
    ruler.stage.focus()
    ruler.press("Home")
    expect(live).to_have_text(re.compile(r"^Position 1, [ACGU]; Attribution [+−]0\.\d+; Mean of 9 nt "))
    assert ruler.stage.get_attribute("role") == "application"
    assert ruler.stage.get_attribute("aria-label") == "Sequence of 110 nucleotides with 4 tracks"
    assert "Enter" in ruler.page.locator("#hint").inner_text()


def test_every_button_has_a_name_and_works_by_keyboard(opened) -> None:
    ruler = opened("n=110")
    for name in ("Zoom in", "Zoom out", "Show the whole sequence", "Wrapped view", "Table of what is visible"):
        assert ruler.page.get_by_role("button", name=name).is_visible()
    ruler.page.get_by_role("button", name="Zoom in").focus()
    ruler.press("Enter", "Enter", "Enter")
    assert ruler.view[1] - ruler.view[0] < 40
    ruler.page.get_by_role("button", name="Show the whole sequence").press("Enter")
    assert ruler.view == (0, 110)


# wheel, drag, touch


def test_the_wheel_scrolls_the_page_until_asked_to_zoom(opened) -> None:
    ruler = opened("n=110")
    ruler.page.set_viewport_size({"width": 1280, "height": 420})
    ruler.page.mouse.move(*ruler.point(40))
    ruler.page.mouse.wheel(0, -200)
    assert ruler.view == (0, 110), "a wheel over an unfocused ruler belongs to the page"

    ruler.page.keyboard.down("Control")
    ruler.page.mouse.wheel(0, -200)
    ruler.page.keyboard.up("Control")
    start, end = ruler.view
    assert end - start < 90
    assert start < 40 < end
    assert (40 - start) / (end - start) == pytest.approx(40 / 110, abs=0.04), "the nucleotide under the pointer stays"

    ruler.stage.focus()
    ruler.page.mouse.wheel(0, -200)
    assert ruler.view[1] - ruler.view[0] < end - start, "a focused ruler zooms by the plain wheel"


def test_dragging_moves_the_sequence(opened) -> None:
    ruler = opened("n=110")
    ruler.stage.focus()
    ruler.press("+", "+", "+")
    start, _ = ruler.view
    x, y = ruler.point(start + 5)
    scale = ruler.point(start + 6)[0] - x
    ruler.page.mouse.move(x, y)
    ruler.page.mouse.down()
    ruler.page.mouse.move(x - 10 * scale, y, steps=5)
    ruler.page.mouse.up()
    assert ruler.view[0] in (start + 9, start + 10, start + 11)
    assert ruler.root.get_attribute("data-selected") == "", "a drag is no click"


def test_pinching_zooms_and_a_tap_selects(browser: Browser, serve) -> None:
    context = browser.new_context(viewport={"width": 420, "height": 900}, has_touch=True)
    ruler = Ruler(context.new_page(), f"{serve(APP, None)}/?n=110")
    x, y = ruler.point(55)
    touch = context.new_cdp_session(ruler.page)

    def fingers(kind: str, *places: float) -> None:
        points = [{"x": x + offset, "y": y, "id": number} for number, offset in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", -20.0)
    fingers("touchStart", -20.0, 20.0)
    for spread in (30.0, 45.0, 60.0):
        fingers("touchMove", -spread, spread)
    fingers("touchEnd")
    start, end = ruler.view
    assert end - start == pytest.approx(110 / 3, abs=4), "fingers three times as far apart show a third"
    assert start < 55 < end

    ruler.page.touchscreen.tap(*ruler.point(start + 10))
    expect(ruler.root).to_have_attribute("data-selected", f"{start + 10}-{start + 11}")
    context.close()


def test_clicks_select_a_position_a_range_and_a_hit(opened) -> None:
    ruler = opened("n=110")
    ruler.page.mouse.click(*ruler.point(20))
    ruler.python_sees("20 to 21")
    ruler.page.keyboard.down("Shift")
    ruler.page.mouse.click(*ruler.point(29))
    ruler.python_sees("20 to 30")
    ruler.page.mouse.move(*ruler.point(60))
    ruler.page.mouse.down()
    ruler.page.mouse.move(*ruler.point(52), steps=6)
    ruler.page.mouse.up()
    ruler.page.keyboard.up("Shift")
    ruler.python_sees("52 to 61")
    ruler.page.get_by_role("button", name="Clear the selection").click()
    ruler.python_sees("nothing")

    place = ruler.page.evaluate(
        "() => document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot"
        ".querySelectorAll('.caption')[1].offsetTop"
    )
    row = ruler.page.get_by_role("region", name="Visible positions").locator("tr", has_text="UGUAHAUA").first
    first = int(row.locator("th").inner_text()) - 1
    ruler.page.mouse.click(*ruler.point(first + 2, place + 20 + 9))
    ruler.python_sees(f"{first} to {first + 8}")
    assert "(8 nt)" in ruler.page.locator(".chosen").inner_text()


# the view lasts


def test_new_scores_keep_zoom_cursor_and_selection(opened) -> None:
    ruler = opened("n=110")
    ruler.stage.focus()
    ruler.press("+", "+", "ArrowRight", "Enter")
    before = (ruler.view, ruler.number("cursor"), ruler.root.get_attribute("data-selected"))
    cell = ruler.page.locator("#table tbody tr").first
    old = cell.inner_text()
    ruler.page.get_by_role("slider").press("ArrowRight")
    expect(cell).not_to_have_text(old)
    assert (ruler.view, ruler.number("cursor"), ruler.root.get_attribute("data-selected")) == before
    start, end = before[2].split("-")
    ruler.python_sees(f"{start} to {end}")


def test_an_address_selects(opened) -> None:
    ruler = opened("n=110&selected=10-16")
    ruler.python_sees("10 to 16")
    assert ruler.root.get_attribute("data-selected") == "10-16"
    ruler.stage.focus()
    ruler.press("Escape")
    ruler.python_sees("nothing")


HIDE_AND_CHOOSE = """
import streamlit as st
from lib.ui.ruler import LettersTrack, ruler

wanted = st.radio("Motif", ["none", "first", "second"], horizontal=True)
if st.toggle("Show", value=True):
    places = {"first": (3, 9), "second": (90, 96)}
    selection = ruler("ACGTA" * 20, [LettersTrack("Score", [0.5] * 100)], key="ruler", selected=places.get(wanted))
    st.write(f"Python sees: {selection.start} to {selection.end}" if selection else "Python sees: nothing")
"""


def test_a_ruler_that_was_away_comes_back_as_it_was(serve, page, tmp_path) -> None:
    script = tmp_path / "hide.py"
    script.write_text(HIDE_AND_CHOOSE)
    ruler = Ruler(page, serve(script, None))
    ruler.stage.focus()
    ruler.press("+", "+", "ArrowRight")
    before = ruler.view
    page.get_by_text("Show", exact=True).click()
    expect(ruler.root).to_have_count(0)
    page.get_by_text("Show", exact=True).click()
    expect(ruler.root).to_have_attribute("data-start", str(before[0]))
    assert ruler.view == before


ANOTHER = """
import streamlit as st
from lib.ui.ruler import LettersTrack, ruler

first = "ACGTA" * 20
sequence = {"first": first, "mutated": "G" + first[1:], "other": "TTGCC" * 20, "longer": first * 2}[
    st.radio("Sequence", ["first", "mutated", "other", "longer"], horizontal=True)
]
selection = ruler(sequence, [LettersTrack("Score", [0.5] * len(sequence))], key="ruler")
st.write(f"Python sees: {selection.start} to {selection.end}" if selection else "Python sees: nothing")
"""


def test_a_selection_survives_a_mutation_but_not_another_sequence(serve, page, tmp_path) -> None:
    script = tmp_path / "another.py"
    script.write_text(ANOTHER)
    ruler = Ruler(page, serve(script, None))
    ruler.stage.focus()
    ruler.press("+", "ArrowRight", "ArrowRight", "Enter")
    before = ruler.view
    selected = ruler.root.get_attribute("data-selected")
    ruler.python_sees(selected.replace("-", " to "))
    page.get_by_text("mutated", exact=True).click()
    wait_until_idle(page)
    ruler.python_sees(selected.replace("-", " to "))
    assert ruler.root.get_attribute("data-selected") == selected
    page.get_by_text("other", exact=True).click()
    ruler.python_sees("nothing")
    assert ruler.root.get_attribute("data-selected") == ""
    assert ruler.view == before, "zoom stays while the length does"
    page.get_by_text("longer", exact=True).click()
    expect(ruler.root).to_have_attribute("data-length", "200")
    assert ruler.view == (0, 200)


def test_a_page_can_select_and_a_person_still_can(serve, page, tmp_path) -> None:
    script = tmp_path / "choose.py"
    script.write_text(HIDE_AND_CHOOSE)
    ruler = Ruler(page, serve(script, None))
    ruler.stage.focus()
    ruler.press("Home", "+", "+", "+")
    page.get_by_text("second", exact=True).click()
    ruler.python_sees("90 to 96")
    assert ruler.root.get_attribute("data-selected") == "90-96"
    assert ruler.view[0] <= 90 < ruler.view[1], "what a page selects comes into view"
    page.mouse.click(*ruler.point(ruler.view[0] + 2))
    chosen = ruler.view[0] + 2
    ruler.python_sees(f"{chosen} to {chosen + 1}")
    page.get_by_text("first", exact=True).click()
    ruler.python_sees("3 to 9")
    page.get_by_text("none", exact=True).click()
    ruler.python_sees("nothing")


def test_long_sequences_get_a_map(opened) -> None:
    ruler = opened("n=2000")
    mini = ruler.page.locator(".mini")
    expect(mini).to_be_visible()
    ruler.stage.focus()
    ruler.press(*["+"] * 6)
    start, end = ruler.view
    box = mini.bounding_box()
    ruler.page.mouse.click(box["x"] + GUTTER + 0.1 * (box["width"] - GUTTER - MARGIN), box["y"] + 15)
    moved = ruler.view
    assert sum(moved) / 2 == pytest.approx(200, abs=4), "a click on the map goes there"
    assert moved[1] - moved[0] == pytest.approx(end - start, abs=1)
    assert ruler.root.get_attribute("data-selected") == ""


def test_short_sequences_need_no_map(opened) -> None:
    ruler = opened("n=110")
    expect(ruler.page.locator(".mini")).to_be_hidden()


@pytest.mark.parametrize("length", [1, 3, 9, 200, 201])
def test_any_length_is_drawn(opened, length: int) -> None:
    ruler = opened(f"n={length}")
    assert ruler.view == (0, length)
    ruler.stage.focus()
    ruler.press("+", "+", "End", "ArrowRight", "Home", "-", "-", "-", "Enter")
    ruler.python_sees("0 to 1")


# reading


def test_hovering_tells_all_tracks_at_once(opened) -> None:
    ruler = opened("n=110&rna=1")
    tooltip = ruler.page.locator(".tooltip")
    expect(tooltip).to_be_hidden()
    ruler.page.mouse.move(*ruler.point(33))
    expect(tooltip).to_be_visible()
    text = tooltip.inner_text()
    assert re.match(r"[ACGU] at position 34\n", text)
    for part in ("Attribution", "Mean of 9 nt", "RBP motifs", "Effect of each mutation"):
        assert part in text
    expect(ruler.page.locator(".hover")).to_be_visible()
    ruler.page.mouse.move(5, 5)
    expect(tooltip).to_be_hidden()


def test_the_table_has_what_is_visible(opened) -> None:
    ruler = opened("n=2000")
    table = ruler.page.get_by_role("region", name="Visible positions")
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(200)
    assert table.bounding_box()["width"] <= 1, "for screen readers it is always there, for eyes when asked"
    button = ruler.page.get_by_role("button", name="Table")
    assert button.get_attribute("aria-expanded") == "false"
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    assert table.bounding_box()["width"] > 600
    assert "the first 200 of 2,000 visible, zoom in" in table.locator("caption").inner_text()
    ruler.stage.focus()
    ruler.press(*["+"] * 9)
    start, end = ruler.view
    expect(rows).to_have_count(end - start)
    assert rows.first.locator("th").inner_text() == f"{start + 1:,}"
    heads = table.locator("thead th").all_inner_texts()
    assert heads[:4] == ["Position", "Base", "Attribution (log2 fold change)", "RBP motifs"]
    assert heads[4:8] == [f"Effect of each mutation, {base}" for base in "ACGT"]


def test_the_wrapped_view_shows_everything_and_comes_back(opened) -> None:
    ruler = opened("n=2000")
    ruler.stage.focus()
    ruler.press(*["+"] * 5)
    before = ruler.view
    button = ruler.page.get_by_role("button", name="Wrapped")
    button.click()
    expect(ruler.root).to_have_attribute("data-mode", "wrapped")
    assert button.get_attribute("aria-pressed") == "true"
    assert ruler.view == (0, 2000)
    per_row = int((ruler.rows.first.bounding_box()["width"] - GUTTER - MARGIN) / 12) // 10 * 10
    assert ruler.rows.count() == -(-2000 // per_row)
    drawn = (
        "() => [...document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot"
        ".querySelectorAll('.row canvas')].filter((canvas) => canvas.width > 0).length"
    )
    assert 0 < ruler.page.evaluate(drawn) < 12, "only rows near the screen hold memory"
    ruler.page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert ruler.page.evaluate(drawn) == ruler.rows.count(), "paper shows every row"
    ruler.page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    ruler.rows.nth(2).locator("canvas").click(position={"x": GUTTER + 3, "y": BASES_Y})
    ruler.python_sees(f"{2 * per_row} to {2 * per_row + 1}")
    ruler.press("ArrowRight", "Enter")
    ruler.python_sees(f"{2 * per_row + 1} to {2 * per_row + 2}")
    button.click()
    assert ruler.view == before


def test_text_of_users_stays_text(opened) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    dialogs: list[str] = []
    ruler = opened("n=110&label=" + nasty.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20"))
    ruler.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    row = ruler.page.locator("#table tbody tr", has_text=nasty).first
    position = int(row.locator("th").inner_text()) - 1
    ruler.page.mouse.move(*ruler.point(position))
    expect(ruler.page.locator(".tooltip")).to_contain_text(nasty)
    expect(ruler.page.locator(".caption .name").last).to_have_text(nasty)
    assert ruler.page.locator(".ruler img").count() == 0
    assert dialogs == []


# drawing

RECORD = """
window.fonts = new Set();
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (...values) {
  window.fonts.add(this.font);
  write.apply(this, values);
};
"""

SHADES = """
() => {
  const root = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot;
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (colour) => {
    probe.fillStyle = colour; probe.fillRect(0, 0, 1, 1); return [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const page = rgb(getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor);
  const texts = '.status, .caption span, .hint, .tooltip dt, .tooltip dd, .tooltip dd span, .bar button';
  return [...root.querySelectorAll(texts)]
    .filter((item) => item.textContent.trim() && item.getAttribute('aria-disabled') !== 'true')
    .map((item) => {
      const style = getComputedStyle(item);
      return { text: item.textContent, size: parseFloat(style.fontSize), colour: rgb(style.color), page };
    });
}
"""


def luminance(colour: list[int]) -> float:
    """Relative luminance of WCAG 2."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_large_enough_and_has_contrast(serve, page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.add_init_script(RECORD)
    ruler = Ruler(page, f"{serve(APP, None)}/?n=110&crowded=1")
    page.mouse.move(*ruler.point(33))
    expect(page.locator(".tooltip")).to_be_visible()
    assert ("dark" in ruler.root.get_attribute("class").split()) == (scheme == "dark")
    sizes = {float(re.search(r"([\d.]+)px", font).group(1)) for font in page.evaluate("() => [...window.fonts]")}
    assert min(sizes) >= 11, sizes
    shades = page.evaluate(SHADES)
    assert len(shades) > 20
    for shade in shades:
        assert shade["size"] >= 11, shade
        low, high = sorted([luminance(shade["colour"]), luminance(shade["page"])])
        assert (high + 0.05) / (low + 0.05) >= 4.5, shade


def test_the_drawing_is_crisp_on_dense_screens(browser: Browser, serve) -> None:
    context = browser.new_context(viewport={"width": 1000, "height": 800}, device_scale_factor=2)
    ruler = Ruler(context.new_page(), f"{serve(APP, None)}/?n=110")
    canvas = ruler.rows.first.locator("canvas")
    assert canvas.evaluate("(canvas) => canvas.width") == 2 * int(canvas.bounding_box()["width"])
    context.close()


UPSIDE_DOWN = """
import streamlit as st
from lib.ui.ruler import LettersTrack, ruler
ruler("AAAAAAAAAA", [LettersTrack("Score", [1, -1, 1, -1, 1, -1, 1, -1, 1, -1])], key="ruler")
"""

INK = """
(canvas, { left, top, width, height }) => {
  const dpr = window.devicePixelRatio;
  const data = canvas.getContext('2d').getImageData(left * dpr, top * dpr, width * dpr, height * dpr).data;
  let ink = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 128 && data[i + 1] > data[i] + 40) ink += 1;
  return ink;
}
"""


def test_negative_letters_stand_on_their_heads_below_the_axis(serve, page, tmp_path) -> None:
    script = tmp_path / "letters.py"
    script.write_text(UPSIDE_DOWN)
    ruler = Ruler(page, serve(script, None))
    canvas = ruler.rows.first.locator("canvas")
    scale = (canvas.bounding_box()["width"] - GUTTER - MARGIN) / 10
    top = 40 + 10 + 20  # axis and bases, gap, caption

    def ink(position: int, y: float) -> int:
        area = {"left": GUTTER + position * scale, "top": top + y, "width": scale, "height": 8}
        return canvas.evaluate(INK, area)

    apex, foot = ink(0, 4), ink(0, 56)
    assert 0 < apex < foot, "an A is narrow at its top and wide at its foot"
    assert ink(0, 110) == 0, "and lies above the axis"
    assert ink(1, 10) == 0, "a negative one lies below"
    assert 0 < ink(1, 120) < ink(1, 68), "with its narrow top pointing down"


@pytest.mark.parametrize("width", [320, 420])
def test_narrow_screens_lose_nothing(serve, page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    ruler = Ruler(page, f"{serve(APP, None)}/?n=110&rna=1")
    assert ruler.root.evaluate("(root) => root.scrollWidth <= root.clientWidth + 1")
    page.mouse.move(*ruler.point(100))
    box = page.locator(".tooltip").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_a_height_is_kept(opened) -> None:
    ruler = opened("n=110&height=520")
    assert ruler.stage.bounding_box()["height"] == pytest.approx(520, abs=8)


@pytest.mark.parametrize("length", [110, 2000])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures(serve, page, picture, length: int, scheme: str) -> None:
    """Pictures to look at; the ruler must draw without an error in each setting."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.emulate_media(color_scheme=scheme)
    ruler = Ruler(page, f"{serve(APP, None)}/?n={length}&rna=1")
    wrapped = page.get_by_role("button", name="Wrapped")
    for width in (1280, 420):
        page.set_viewport_size({"width": width, "height": 900})
        name = f"ruler-{length}-{scheme}-{width}"
        page.wait_for_timeout(100)
        picture(page, name)
        wrapped.click()
        page.wait_for_timeout(100)
        picture(page, f"{name}-wrapped")
        wrapped.click()
        ruler.stage.focus()
        ruler.press(*["+"] * (3 if length == 110 else 8), "ArrowRight")
        picture(page, f"{name}-zoomed")
        ruler.press("0", "Escape")
        assert ruler.view == (0, length)
    assert faults == []
