"""How fast pages are with utr-seq loaded, in a real Chromium: ``python -m tests.bench.bench_pages``.

First page: from the moment a fresh server answers its health check until the title of the first page is painted, a
browser with an empty cache included. Warm rerun: a click on the link of the page that is open, which runs its whole
script again, until Streamlit says that the script has ended and nothing on the page is stale.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import FLAGS, find
from tests.browser.servers import ROOT, Server, free_port, wait_until_idle

SHARED = ROOT.parent / "shared" / "data" / "utr-seq"
STARTS = 5
RERUNS = 20
PAGES = ("Upload", "Datasets", "Compare", "Vocabulary", "Train", "Runs", "Results", "Predict", "Attribution")

RERUN = """
async (name) => {
  const app = document.querySelector('[data-testid=stApp]');
  const links = [...document.querySelectorAll('[data-testid=stSidebar] a')];
  const link = links.find((a) => a.innerText.trim().endsWith(name));
  const idle = () => app.getAttribute('data-test-script-state') === 'notRunning';
  const started = performance.now();
  let ran = false;
  return new Promise((done) => {
    const observer = new MutationObserver(() => {
      if (!idle()) ran = true;
      else if (ran) {
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - started)));
      }
    });
    observer.observe(app, { attributes: true, attributeFilter: ['data-test-script-state'] });
    link.click();
  });
}
"""


def main() -> list[dict[str, str]]:
    """Measure, and give the rows of the table."""
    path = find()
    if path is None or not SHARED.is_dir():
        missing = (
            "no Chromium: set CHROMIUM to its path" if path is None else "the real data are not beside the checkout"
        )
        return [_row("pages", missing, "", "")]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "home"
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        first = [_first(browser, home) for _ in range(STARTS)]
        dataset, run = _prepared(home)
        rows = [
            _row("first page after server start", f"{statistics.median(first):.2f} s", "<= 2 s", f"median of {STARTS}")
        ]
        rows += _reruns(browser, home, f"dataset={dataset}&run={run}")
        browser.close()
    return rows


def _first(browser: Browser, home: Path) -> float:
    server = Server(Path("app.py"), home, free_port()).start()
    context = browser.new_context()
    try:
        page = context.new_page()
        started = time.perf_counter()
        page.goto(server.url)
        page.get_by_role("heading", name="Bring your data").wait_for(timeout=60_000)
        return time.perf_counter() - started
    finally:
        context.close()
        server.stop()


def _prepared(home: Path) -> tuple[str, str]:
    """Import utr-seq and train a k-mer ridge on it, by the command line."""
    files = ["--expression", str(SHARED / "reporter_counts.txt"), "--sequences", str(SHARED / "reporter_seq.txt")]
    times = ["--times", "0,1,2,3,4,5,6,7,8,10,12", "--counts"]
    dataset = _lib(home, "import", "--name", "UTR-Seq", *files, *times)["dataset"]
    return dataset, _lib(home, "train", "--dataset", dataset, "--model", "kmer-ridge", "--wait")["run"]


def _lib(home: Path, *arguments: str) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "lib", *arguments, "--json"],
        cwd=ROOT,
        env={**os.environ, "MOTIFLENS_HOME": str(home)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout))


def _reruns(browser: Browser, home: Path, query: str) -> list[dict[str, str]]:
    server = Server(Path("app.py"), home, free_port()).start()
    rows = []
    try:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{server.url}/datasets?{query}")
        wait_until_idle(page)
        for name in PAGES:
            page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
            wait_until_idle(page)
            if name == "Train":  # what a training costs is measured once, in a process that takes both cores
                page.get_by_text("Duration", exact=True).wait_for(timeout=120_000)
                wait_until_idle(page)
            if name == "Upload":
                for place, file in enumerate(("reporter_counts.txt", "reporter_seq.txt")):
                    page.locator("input[type=file]").nth(place).set_input_files(str(SHARED / file))
                    page.get_by_text(("Next: drop the sequences", "How the files join")[place]).wait_for()
                wait_until_idle(page)
            took = sorted(float(page.evaluate(RERUN, name)) for _ in range(RERUNS + 1))[:-1]
            high = statistics.quantiles(took, n=20)[-1]
            figure = f"{high:.0f} ms (median {statistics.median(took):.0f})"
            rows.append(_row(f"warm rerun: {name}", figure, "<= 300 ms", f"95th percentile of {RERUNS}, in Chromium"))
    finally:
        server.stop()
    return rows


def _row(what: str, figure: str, asked: str, how: str) -> dict[str, str]:
    return {"what": what, "figure": figure, "asked": asked, "how": how}


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(f"{row['what']}: {row['figure']} (asked {row['asked']}; {row['how']})\n")
