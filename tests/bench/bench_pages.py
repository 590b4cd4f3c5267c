"""How fast the pages are, in a real Chromium, with utr-seq loaded: ``python -m tests.bench.bench_pages [RERUNS]``.

First page: from the first healthy answer of a fresh server to the painted title, in a Chromium that already runs.
Warm rerun: from a press of the rerun key to the script's end as the browser sees it, on a page that was drawn before.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from lib.cli import main as command
from lib.store import datasets, runs
from tests.browser.chromium import FLAGS, find
from tests.browser.servers import Server, free_port, wait_until_idle

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "utr-seq"
HOURS = "0,1,2,3,4,5,6,7,8,10,12"
PAGES = ("upload", "datasets", "train", "runs", "results", "predict", "attribution")
FIRST_SECONDS, RERUN_MS = 2.0, 300

# Resolves with the milliseconds from the key press until the script has run and ended.
_RERUN = """
() => new Promise(resolve => {
  const app = document.querySelector('[data-testid="stApp"]');
  const began = performance.now();
  let ran = false;
  const watch = new MutationObserver(() => {
    const state = app.getAttribute('data-test-script-state');
    if (state !== 'notRunning') ran = true;
    else if (ran) { watch.disconnect(); resolve(performance.now() - began); }
  });
  watch.observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
  document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'r', code: 'KeyR', keyCode: 82, bubbles: true}));
  setTimeout(() => { watch.disconnect(); resolve(NaN); }, 10000);
})
"""


def prepare(home: Path) -> tuple[str, str]:
    """Import utr-seq and train the quickest model on it; gives the ids of dataset and run."""
    os.environ["MOTIFLENS_HOME"] = str(home)
    files = ["--expression", str(DATA / "reporter_counts.txt"), "--sequences", str(DATA / "reporter_seq.txt")]
    command(["import", "--name", "UTR-Seq", *files, "--counts", "--times", HOURS])
    dataset = datasets.all()[0].id
    command(["train", "--dataset", dataset, "--model", "kmer-ridge", "--wait"])
    return dataset, runs.all()[0].id


def first_page(browser: Browser, home: Path) -> float:
    """Start a server and give the seconds from its first healthy answer to the painted title."""
    server = Server(Path.cwd() / "app.py", home, free_port())
    page = browser.new_page()
    try:
        server.start()
        began = time.perf_counter()
        page.goto(server.url, wait_until="commit")
        page.get_by_role("heading", level=1).wait_for()
        return time.perf_counter() - began
    finally:
        page.close()
        server.stop()


def reruns(page: Page, count: int) -> list[float]:
    """Rerun a drawn page again and again; milliseconds each."""
    wait_until_idle(page)
    found = []
    for _ in range(count + 2):
        found.append(page.evaluate(_RERUN))
        wait_until_idle(page)
    return found[2:]


def main(count: int = 20) -> list[dict[str, str]]:
    """Measure every page."""
    path = find()
    if path is None or not DATA.is_dir():
        missing = "no Chromium" if path is None else "utr-seq is not there"
        return [{"what": "pages", "figure": missing, "asked": "", "how": "python -m tests.bench pages"}]
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "home"
        dataset, run = prepare(home)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        browser.new_page().goto("about:blank")
        first = [first_page(browser, home) for _ in range(3)]
        rows.append(
            {
                "what": "first page painted after server start",
                "figure": f"{statistics.median(first):.1f} s (of {', '.join(f'{value:.1f}' for value in first)})",
                "asked": f"<= {FIRST_SECONDS:g} s",
                "how": "median of 3 fresh servers, title on the screen, from the first healthy answer",
            }
        )
        server = Server(Path.cwd() / "app.py", home, free_port()).start()
        try:
            for name in PAGES:
                page = browser.new_page()
                page.goto(f"{server.url}/{'' if name == 'upload' else name}?dataset={dataset}&run={run}")
                times = sorted(reruns(page, count))
                page.close()
                rank = max(round(0.95 * len(times)) - 1, 0)
                rows.append(
                    {
                        "what": f"warm rerun of {name}, utr-seq loaded",
                        "figure": f"{times[rank]:.0f} ms (median {statistics.median(times):.0f} ms)",
                        "asked": f"<= {RERUN_MS} ms",
                        "how": f"95th percentile of {count} in Chromium",
                    }
                )
        finally:
            server.stop()
            browser.close()
    return rows


if __name__ == "__main__":
    for row in main(*map(int, sys.argv[1:])):
        sys.stdout.write(f"{row['what']}: {row['figure']} (asked: {row['asked']}; {row['how']})\n")
