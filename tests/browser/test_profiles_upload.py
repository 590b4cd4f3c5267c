"""From a table of counts at each base to a frozen dataset in a real Chromium, with names that try to be markup."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.datasets import demo
from tests.browser.servers import wait_until_idle

NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """60 windows on three chromosomes; one track is called like markup, and one profile is too short."""
    folder = tmp_path_factory.mktemp("made")
    frame = pd.read_csv(demo.write_profiles(folder, n=61, length=60).profiles, sep="\t")
    frame.insert(1, "chrom", np.resize(["chrXV", "chrVII", "chrII", "chrII", "chrII"], 61))
    frame.insert(2, "start", 200 * np.arange(61))
    frame.insert(3, "end", 200 * np.arange(61) + 60)
    frame.columns = [name.replace("profile_up", f"profile_{NASTY}") for name in frame.columns]
    frame.loc[7, "profile_down_1"] = "1,2,3"
    path = folder / f"{NASTY}.tsv"
    frame.to_csv(path, sep="\t", index=False)
    return path


def test_counts_at_each_base_become_a_dataset(start_server, browser, table, picture):
    context = browser.new_context(
        viewport={"width": 1440, "height": 1000}, color_scheme="dark", reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    alerts = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.goto(f"{start_server(Path('app.py')).url}/?bring=profiles")
    page.locator("input[type=file]").set_input_files(table)
    page.get_by_role("button", name="Freeze dataset (n = 60)").wait_for()
    page.locator(".js-plotly-plot").nth(2).wait_for()
    wait_until_idle(page)
    picture(page, "upload-profiles", full_page=True)
    assert page.get_by_text("1 row is left out").is_visible()
    page.get_by_role("radio", name="By chromosome").click()
    page.get_by_text("train 35, validation 13, test 12").wait_for()
    page.get_by_role("button", name="Freeze dataset (n = 60)").click()
    page.get_by_role("heading", name="Datasets").wait_for()
    page.get_by_role("heading", name="Profiles").wait_for()
    page.get_by_text("Replicates (Pearson)").wait_for()
    wait_until_idle(page)
    assert "dataset=" in page.url
    assert alerts == []
    assert page.locator("img[src=x]").count() == 0, "markup of users came alive"
    context.close()
