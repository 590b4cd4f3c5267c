"""From a click to the picture of 100,000 points, in a real Chromium: ``python -m tests.bench.bench_scatter``.

A real server of the app with a dataset and a finished run of 100,000 test sequences, made here by the app's own parts
(random sequences of 40 nt, a k-mer ridge). The Results page shows the validation part, of 100 sequences; the click is
the one on "Test". It counts until the graphics card, or what stands for it in a machine without one, has drawn the
100,000th point: a pixel is read back then, which waits for all that was asked of it. The figure of the part is made at
the first click and kept for everybody, so the first click is told apart.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, sync_playwright

from lib.datasets.draft import ImportChoices
from lib.datasets.pipeline import build, understand
from lib.datasets.splits import SplitChoice
from lib.io.files import Source
from lib.store import datasets
from tests.browser.chromium import FLAGS, find
from tests.browser.servers import Server, free_port, wait_until_idle
from tests.finished import trained, using

POINTS, LEARNED, HELD = 100_000, 200, 100
CLICKS = 9
SLOWEST_MS = 60_000

# Counts the points that are drawn, and reads a pixel back when there are as many as asked for.
COUNT = """
window.__drawn = { count: 0, wanted: Infinity, done: null };
const draw = WebGLRenderingContext.prototype.drawArrays;
WebGLRenderingContext.prototype.drawArrays = function (mode, first, count) {
  draw.call(this, mode, first, count);
  if (mode !== this.POINTS) return;
  window.__drawn.count += count;
  if (window.__drawn.count >= window.__drawn.wanted && window.__drawn.done) {
    this.readPixels(0, 0, 1, 1, this.RGBA, this.UNSIGNED_BYTE, new Uint8Array(4));
    window.__drawn.done(performance.now());
    window.__drawn.done = null;
  }
};
"""
CLICK = """
([label, wanted]) => {
  const named = (button) => button.innerText.trim() === label;
  const button = [...document.querySelectorAll('[data-testid=stMain] button')].find(named);
  return new Promise((done) => {
    const started = performance.now();
    window.__drawn = { count: 0, wanted, done: (at) => done(at - started) };
    button.click();
  });
}
"""
FEW = """
([label, title]) => {
  const named = (button) => button.innerText.trim() === label;
  const button = [...document.querySelectorAll('[data-testid=stMain] button')].find(named);
  return new Promise((done) => {
    const started = performance.now();
    const look = () => {
      const titles = [...document.querySelectorAll('.js-plotly-plot .gtitle')];
      if (!titles.some((text) => text.textContent.includes(title))) requestAnimationFrame(look);
      else requestAnimationFrame(() => done(performance.now() - started));
    };
    button.click();
    look();
  });
}
"""


def main() -> list[dict[str, str]]:
    """Measure, and give the rows of the table."""
    path = find()
    if path is None:
        return [_row("scatter of 100,000 points", "no Chromium here", "set CHROMIUM to its path")]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "home"
        run = prepared(home)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        server = Server(Path("app.py"), home, free_port()).start()
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(SLOWEST_MS)
            (first, *others), few = _clicks(page, f"{server.url}/results?run={run}&part=Validation")
        finally:
            server.stop()
            browser.close()
    load = f"{os.getloadavg()[0]:.1f} processes at work on {os.cpu_count()} cores"
    how = "click on the part to the last point drawn, software graphics in Chromium"
    return [
        _row(
            "scatter of 100,000 points: click to picture",
            f"{statistics.median(others) / 1000:.2f} s (best {min(others) / 1000:.2f} s)",
            f"{how}, median of {len(others)}; {load}",
        ),
        _row("the same, the first click ever", f"{first / 1000:.2f} s", how, asked=""),
        _row(
            f"the same with {HELD} points, for reference",
            f"{statistics.median(few) / 1000:.2f} s (best {min(few) / 1000:.2f} s)",
            "click on the part to its picture: what a rerun of the page costs at this load",
            asked="",
        ),
    ]


def prepared(home: Path) -> str:
    """Make the workspace with its dataset and its run, and give the id of the run."""
    count = POINTS + LEARNED + HELD
    rng = np.random.default_rng(0)
    letters = np.frombuffer(b"ACGT", dtype=np.uint8)[rng.integers(0, 4, (count, 40))]
    sequences = [bytes(row).decode() for row in letters]
    value = 0.2 * np.isin(letters, [ord("G"), ord("T")]).sum(axis=1) + rng.normal(size=count)
    part = np.repeat(["test", "train", "validation"], [POINTS, LEARNED, HELD])
    files = home.parent / "files"
    files.mkdir(parents=True)
    ids = [f"UTR_{number:06d}" for number in range(count)]
    pd.DataFrame({"id": ids, "2h": 0.0, "8h": value, "part": part}).to_csv(files / "expression.csv", index=False)
    pd.DataFrame({"id": ids, "sequence": sequences}).to_csv(files / "sequences.csv", index=False)
    read = understand(*(Source(name, files / name) for name in ("expression.csv", "sequences.csv")))
    with using(home), pytest.MonkeyPatch.context() as patch:
        patch.setattr("lib.training.run.REPLICATES", 20)  # its intervals are not what is measured here
        dataset = datasets.freeze(
            build(read, ImportChoices(name="Many", split=SplitChoice("column", column="part"), simulated=True))
        )
        return trained(dataset, "kmer-ridge", {"k": 2})


def _clicks(page: Page, url: str) -> tuple[list[float], list[float]]:
    """Click back and forth between the parts; give how long each picture of many and of few points took, in ms."""
    page.add_init_script(COUNT)
    page.goto(url)
    wait_until_idle(page)
    took, few = [], []
    for _ in range(CLICKS):
        took.append(float(page.evaluate(CLICK, ["Test", POINTS])))
        wait_until_idle(page)
        few.append(float(page.evaluate(FEW, ["Validation", "validation part"])))
        wait_until_idle(page)
    return took, few


def _row(what: str, figure: str, how: str, *, asked: str = "<= 1 s") -> dict[str, str]:
    return {"what": what, "figure": figure, "asked": asked, "how": how}


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(f"{row['what']}: {row['figure']} (asked {row['asked']}; {row['how']})\n")
