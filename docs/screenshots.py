"""Take the pictures of the tour from the running app: ``make screenshots``.

A workspace with the simulated demo, a trained network, a second model and a motif discovery is made by the command line
(about ten minutes on two cores). ``--home FOLDER`` keeps it, so that a second call only takes the pictures; ``--only
NAME`` takes one of them.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import FLAGS, find
from tests.browser.servers import ROOT, Server, free_port, wait_until_idle

FOLDER = ROOT / "docs" / "images"
WIDTH, HEIGHT, COLOURS = 1440, 900, 256
SEQUENCE = "SIM_00007"
PICTURES = {
    "upload": ("", {}, ()),
    "datasets": ("datasets", {}, ()),
    "segmentation": ("compare", {"run": ""}, ()),  # whose attribution would push the tokens down
    "vocabulary": ("vocabulary", {"tokenizer": "k-mer(k=6)"}, ()),
    "train": ("train", {}, ()),
    "runs": ("runs", {}, ()),
    "results": ("results", {}, ()),
    "compare-runs": ("compare_runs", {}, ()),
    "attribution": ("attribution", {}, ()),
    "motifs": ("motifs", {}, ()),
    "experiments": ("experiments", {}, ("Start experiment",)),
    "variants": ("variants", {}, ("Use an example", "Measure effects")),
    "predict": ("predict", {}, ("Use an example", "Predict")),
}
"""By the name of the picture: the page's path, what its link asks for beside dataset, run and sequence, and the buttons
that are pressed, one after the other."""


def main() -> int:
    """Make or open the workspace, serve it, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="folder of a workspace to keep or to use again")
    parser.add_argument("--only", choices=PICTURES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = (options.home or Path(temporary) / "home").resolve()
        ids = make_workspace(home)
        server = Server(ROOT / "app.py", home, free_port()).start()
        try:
            take_pictures(server.url, ids, [options.only] if options.only else list(PICTURES))
        finally:
            server.stop()
    return 0


def make_workspace(home: Path) -> dict[str, str]:
    """Make demo, runs and discovery where the folder does not hold them; give their ids."""
    note = home / "screenshots.json"
    if note.exists():
        return dict(json.loads(note.read_text(encoding="utf-8")))

    def command(*words: str) -> dict[str, str]:
        environment = {**os.environ, "MOTIFLENS_HOME": str(home), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "lib", *words, "--json"], env=environment, stdout=subprocess.PIPE, check=True
        )
        return dict(json.loads(done.stdout))

    dataset = str(command("demo")["dataset"])
    train = ("train", "--dataset", dataset, "--wait", "--model")
    run = str(command(*train, "cnn", "--name", "Network of nucleotides")["run"])
    other = str(command(*train, "kmer-ridge", "--name", "Linear model of 6-mers")["run"])
    command("discover", "--run", run)
    ids = {"dataset": dataset, "run": run, "other": other}
    note.write_text(json.dumps(ids), encoding="utf-8")
    return ids


def take_pictures(address: str, ids: dict[str, str], names: list[str]) -> None:
    """Open each page in the light theme and save what its first screen shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=list(FLAGS))
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", reduced_motion="reduce"
        )
        context.set_default_timeout(120_000)
        for name in names:
            path, more, buttons = PICTURES[name]
            query = {"dataset": ids["dataset"], "run": ids["run"], "sequence": SEQUENCE, **more}
            if name == "compare-runs":
                query["runs"] = f"{ids['run']},{ids['other']}"
            page = context.new_page()
            page.goto(f"{address}/{path}?{urlencode({key: value for key, value in query.items() if value})}")
            wait_until_drawn(page)
            for button in buttons:
                press(page, button)
            if page.get_by_test_id("stException").count() or page.get_by_test_id("stAlertContentError").count():
                raise RuntimeError(f"the page of the picture {name} shows an error")
            save(page, FOLDER / f"{name}.png")
            page.close()
        browser.close()


def press(page: Page, name: str) -> None:
    """Press a button, unless what it makes is there from an earlier call, and wait for the job that it may start."""
    button = page.get_by_role("button", name=name, exact=True)
    if not button.is_visible():
        return
    button.click()
    wait_until_drawn(page)
    while page.get_by_role("button", name="Cancel run").is_visible():
        page.wait_for_timeout(2_000)
    wait_until_drawn(page)


def wait_until_drawn(page: Page) -> None:
    """Wait until the script has ended, and two seconds more for what charts draw after it."""
    wait_until_idle(page, timeout_seconds=300)
    page.wait_for_timeout(2_000)
    wait_until_idle(page, timeout_seconds=300)


def save(page: Page, path: Path) -> None:
    """Save a picture of the window with a palette, which makes it a third of the size."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    few = picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1024:.0f} KB\n")


if __name__ == "__main__":
    sys.exit(main())
