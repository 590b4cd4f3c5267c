"""What the ruler costs at 2,000 nt with four tracks: on the server, and in a real Chromium.

Run it as ``python -m tests.bench.bench_ruler``. The page is ``tests/browser/ruler_app.py``: letters, motif hits, a
mutagenesis heat map and a line. The server part is the whole call of ``ruler()`` in a running app. The drawing is
``data-drawn-ms``, which the component writes: from the moment Streamlit hands it the data until the frame after its
first drawing. A zoom step is one press of a key until the next frame.
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


def main() -> list[dict[str, str]]:
    """Measure, and give the rows of the table."""
    path = find()
    if path is None:
        return [_row("ruler, 2,000 nt", "no Chromium here", "", "set CHROMIUM to its path")]
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path("tests/browser/ruler_app.py"), Path(folder) / "home", free_port()).start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                loads = [_load(page, f"{server.url}/?n={LENGTH}") for _ in range(RUNS + 1)][1:]
                steps = page.evaluate(ZOOM)
                browser.close()
        finally:
            server.stop()
    served, drawn = [load[0] for load in loads], [load[1] for load in loads]
    loads_of = f"of {RUNS} page loads after the first"
    return [
        _row("ruler, 2,000 nt, 4 tracks: server part", _figure(served), "<= 50 ms", f"ruler() in the app, {loads_of}"),
        _row("ruler, 2,000 nt, 4 tracks: drawn", _figure(drawn), "<= 300 ms", f"data-drawn-ms in Chromium, {loads_of}"),
        _row(
            "ruler, 2,000 nt, 4 tracks: zoom step", _figure(steps), "", f"key to the second frame, {len(steps)} steps"
        ),
    ]


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
    return f"median {statistics.median(milliseconds):.0f} ms, worst {max(milliseconds):.0f} ms"


def _row(what: str, figure: str, asked: str, how: str) -> dict[str, str]:
    return {"what": what, "figure": figure, "asked": asked, "how": how}


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(f"{row['what']}: {row['figure']} (asked {row['asked'] or 'nothing'}; {row['how']})\n")
