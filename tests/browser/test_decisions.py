"""What files leave open is asked first on Upload, and nothing can be saved before; what was found is told."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.servers import wait_until_idle

ROWS = 73
RNG = np.random.default_rng(7)
SEQUENCES = ["".join(RNG.choice(list("ACGT"), size=41)) for _ in range(ROWS)]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Files that can be read in two ways, and sequences whose IDs carry a version."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "s.fa").write_text("".join(f">g{i}.4\n{text}\n" for i, text in enumerate(SEQUENCES)))
    names = "\t".join(["id", "ctrl_2h", "ctrl_8h", "drug_2h", "drug_8h"])
    values = ["\t".join([f"g{i}", "1.5", f"{i / 2}", f"{i / 4}", f"{i}"]) for i in range(ROWS)]
    (folder / "conditions.tsv").write_text("\n".join([names, *values]) + "\n")
    rows = [f"g{i},{kind},{SEQUENCES[i]},{i + len(kind)}.5" for i in range(ROWS) for kind in ("hela", "k5")]
    rows += [f"bad{i},hela,{SEQUENCES[i]},high" for i in range(50)]
    (folder / "repeated.csv").write_text("\n".join(["gene,cell,coding,rate", *rows]) + "\n")
    return folder


def upload(page, *files: Path) -> None:
    for place, file in enumerate(files):
        page.locator("input[type=file]").nth(place).set_input_files(file)
        page.wait_for_timeout(300)
        wait_until_idle(page)


def test_conditions_are_asked_and_the_rule_for_ids_is_told(serve, page, made, picture) -> None:
    page.goto(serve(Path("app.py"), None))
    wait_until_idle(page)
    upload(page, made / "conditions.tsv", made / "s.fa")
    expect(page.get_by_text("Columns of one time differ by ctrl, drug")).to_be_visible()
    expect(page.get_by_role("radio", checked=True).and_(page.get_by_label("ctrl only"))).to_have_count(0)
    expect(page.get_by_role("button", name="Freeze dataset")).to_have_count(0)
    picture(page, "decisions-asked")
    page.get_by_text("drug minus ctrl (log2)").click()
    wait_until_idle(page)
    expect(page.get_by_text(f"{ROWS} usable rows")).to_be_visible()
    expect(page.get_by_role("button", name=f"Freeze dataset (n = {ROWS})")).to_be_visible()
    expect(page.get_by_text("How the files were read")).to_be_visible()
    picture(page, "decisions-told")


def test_repeated_ids_are_asked_and_losing_rows_needs_consent(serve, page, made) -> None:
    page.goto(serve(Path("app.py"), None))
    wait_until_idle(page)
    upload(page, made / "repeated.csv")
    expect(page.get_by_text("rows share an ID with others and hold different values")).to_be_visible()
    page.get_by_text("average the values of each ID").click()
    wait_until_idle(page)
    expect(page.get_by_text("50 of 196 rows (26%) are excluded")).to_be_visible()
    expect(page.get_by_role("button", name="Freeze dataset")).to_have_count(0)
    page.get_by_text("Continue without these rows").click()
    wait_until_idle(page)
    expect(page.get_by_role("button", name=f"Freeze dataset (n = {ROWS})")).to_be_visible()
