"""What the ruler costs, on the server and in a real Chromium: 2,000 nt with four tracks, 4,000 nt with token tracks.

Run it as ``python -m tests.bench.bench_ruler``. The pages are ``tests/browser/ruler_app.py`` (letters, motif hits, a
mutagenesis heat map and a line) and ``tests/browser/ruler_tokens_app.py`` (eight tracks of overlapping 6-mers, 31,960
tokens). The server part is the whole call of ``ruler()`` in a running app. The drawing is
``data-drawn-ms``, which the component writes: from the moment Streamlit hands it the data until the frame after its
first drawing. A zoom step is one press of a key until the next frame. A hover step is one move of the pointer to
another token: the time that the page is busy with tooltip and highlight, and with the layout and the painting commands.
"""

import re
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import FLAGS, find
from tests.browser.servers import Server, free_port, wait_until_idle

LENGTH = 2000
TOKENS_LENGTH = 4000
RUNS = 12

ZOOM = """
async () => {
  const stage = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot.querySelector('.stage');
  const took = [];
  for (const key of [...'++++++++--------']) {
    const started = performance.now();
    stage.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    took.push(performance.now() - started);
  }
  return took;
}
"""


HOVER = """
async () => {
  const root = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot;
  const stage = root.querySelector('.stage');
  const row = root.querySelector('.row').getBoundingClientRect();
  const took = [];
  for (let step = 0; step < 60; step += 1) {
    const place = { clientX: row.left + 60 + step * 17, clientY: row.top + 90 + (step % 6) * 18, bubbles: true };
    const started = performance.now();
    stage.dispatchEvent(new PointerEvent('pointermove', place));
    root.querySelector('.tooltip').getBoundingClientRect();
    took.push(performance.now() - started);
    await new Promise(requestAnimationFrame);
  }
  return took;
}
"""

# One step of the wheel, or of a drag, in every frame: how many frames the browser shows in that time.
FRAMES = """
async ([kind, wide]) => {
  const root = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot;
  const stage = root.querySelector('.stage');
  const row = root.querySelector('.row').getBoundingClientRect();
  const middle = row.left + row.width / 2;
  const at = (clientX) => ({ clientX, clientY: row.top + 40, bubbles: true, button: 0, pointerId: 1 });
  const frame = () => new Promise(requestAnimationFrame);
  const wheel = (deltaY) => stage.dispatchEvent(
    new WheelEvent('wheel', { ...at(middle), deltaY, ctrlKey: true, cancelable: true }));
  const drag = (type, x) => stage.dispatchEvent(new PointerEvent(type, at(x)));
  stage.setPointerCapture = () => {};
  stage.dispatchEvent(new KeyboardEvent('keydown', { key: '0', bubbles: true }));
  if (kind === 'pan') while (Number(root.querySelector('.ruler').dataset.end)
    - Number(root.querySelector('.ruler').dataset.start) > wide) { wheel(-20); await frame(); }
  await frame();
  if (kind === 'pan') drag('pointerdown', middle);
  const started = performance.now();
  const times = [];
  const seen = new Set();
  const { dataset } = root.querySelector('.ruler');
  for (let step = 0; step < 120; step += 1) {
    if (kind === 'pan') drag('pointermove', middle + 200 * Math.sin(step / 8));
    else wheel(step % 60 < 30 ? -18 : 18);
    const before = performance.now();
    await frame();
    times.push(performance.now() - before);
    seen.add(`${dataset.start}-${dataset.end}`);
  }
  await frame();
  const took = performance.now() - started;
  if (kind === 'pan') drag('pointerup', middle);
  return [1000 * times.length / took, Math.max(...times), seen.size];
}
"""


def main() -> list[dict[str, str]]:
    """Measure, and give the rows of the table."""
    path = find()
    if path is None:
        return [_row("ruler, 2,000 nt", "no Chromium here", "", "set CHROMIUM to its path")]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        rows = _tracks(page, Path(folder) / "tracks") + _tokens(page, Path(folder) / "tokens")
        rows += _frames(page, Path(folder) / "frames")
        browser.close()
    return rows


def _tracks(page: Page, home: Path) -> list[dict[str, str]]:
    server = Server(Path("tests/browser/ruler_app.py"), home, free_port()).start()
    try:
        served, drawn = _loads(page, f"{server.url}/?n={LENGTH}")
        steps = page.evaluate(ZOOM)
    finally:
        server.stop()
    what, loads_of = "ruler, 2,000 nt, 4 tracks:", f"of {RUNS} page loads after the first"
    return [
        _row(f"{what} server part", _figure(served), "<= 50 ms", f"ruler() in the app, {loads_of}"),
        _row(f"{what} drawn", _figure(drawn), "<= 300 ms", f"data-drawn-ms in Chromium, {loads_of}"),
        _row(f"{what} zoom step", _figure(steps), "", f"key to the second frame, {len(steps)} steps"),
    ]


def _tokens(page: Page, home: Path) -> list[dict[str, str]]:
    server = Server(Path("tests/browser/ruler_tokens_app.py"), home, free_port()).start()
    try:
        served, drawn = _loads(page, f"{server.url}/?n={TOKENS_LENGTH}&dense=8")
        hovers = page.evaluate(HOVER)
        steps = page.evaluate(ZOOM)
    finally:
        server.stop()
    what, loads_of = "ruler, 4,000 nt, 8 tracks of 6-mers:", f"of {RUNS} page loads after the first"
    return [
        _row(f"{what} server part", _figure(served), "<= 50 ms", f"ruler() in the app, {loads_of}"),
        _row(f"{what} drawn", _figure(drawn), "<= 300 ms", f"data-drawn-ms in Chromium, {loads_of}"),
        _row(
            f"{what} hover step", _figure(hovers), "<= 16 ms", f"pointer to tooltip and highlight, {len(hovers)} steps"
        ),
        _row(f"{what} zoom step", _figure(steps), "", f"key to the second frame, {len(steps)} steps"),
    ]


def _frames(page: Page, home: Path) -> list[dict[str, str]]:
    server = Server(Path("tests/browser/ruler_app.py"), home, free_port()).start()
    try:
        _load(page, f"{server.url}/?n={TOKENS_LENGTH}&six=1")
        moves = {
            "zoom": ("zoom", 0),
            "pan, 3,000 nt visible": ("pan", 3000),
            "pan, 400 nt visible": ("pan", 400),
            "pan, 100 nt visible": ("pan", 100),
        }
        found = {name: page.evaluate(FRAMES, list(asked)) for name, asked in moves.items()}
    finally:
        server.stop()
    return [
        _row(
            f"ruler, 4,000 nt, 6 tracks: {name}",
            f"{rate:.0f} frames a second, longest {longest:.0f} ms, {views} views",
            ">= 30 frames a second",
            "one step in each of 120 frames, headless Chromium without a GPU",
        )
        for name, (rate, longest, views) in found.items()
    ]


def _loads(page: Page, url: str) -> tuple[list[float], list[float]]:
    """Load a page again and again, and give what each load but the first cost the server and the browser."""
    loads = [_load(page, url) for _ in range(RUNS + 1)][1:]
    return [load[0] for load in loads], [load[1] for load in loads]


def _load(page: Page, url: str) -> tuple[float, float]:
    page.goto(url)
    wait_until_idle(page)
    page.locator(".ruler[data-drawn-ms]").wait_for()
    served = re.search(r"took ([\d.]+) ms", page.get_by_text("ruler() took").inner_text())
    drawn = page.locator(".ruler").get_attribute("data-drawn-ms")
    if served is None or drawn is None:
        raise RuntimeError("the page does not say how long it took")
    return float(served.group(1)), float(drawn)


def _figure(milliseconds: list[float]) -> str:
    middle = statistics.median(milliseconds)
    return f"median {middle:.{1 if middle < 10 else 0}f} ms, worst {max(milliseconds):.0f} ms"


def _row(what: str, figure: str, asked: str, how: str) -> dict[str, str]:
    return {"what": what, "figure": figure, "asked": asked, "how": how}


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(f"{row['what']}: {row['figure']} (asked {row['asked'] or 'nothing'}; {row['how']})\n")
