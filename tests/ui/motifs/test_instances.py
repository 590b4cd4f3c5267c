"""The Motifs page shows where patterns stand, opens their sequences on the ruler, and says how far apart they are."""

import io
import zipfile

import pytest

from lib.core.errors import UserError
from lib.motifs import spacing
from lib.store import instances
from lib.ui.motifs import files
from tests import finished, motif_discovery

PAGE = "pages/explain/motifs.py"
MOTIFS = {"+1": "TTAG", "-1": "GCACTT", "-2": "TGTAHATA"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finished.make(tmp_path_factory.mktemp("instances") / "home")


@pytest.fixture(scope="module")
def job(made):
    with finished.using(made.home), pytest.MonkeyPatch.context() as patched:
        patched.setattr(spacing, "FEWEST_SEQUENCES", 8)  # few of 160 sequences have two of these
        job = motif_discovery.make(made.run, MOTIFS)
        instances.find_spacing(job)
        return job


@pytest.fixture(autouse=True)
def workspace(made):
    with finished.using(made.home):
        yield


def opened(made, view: str, **query: str):
    app = finished.open_page(PAGE, dataset=made.dataset, run=made.run, view=view, **query)
    finished.healthy(app)
    return app


def test_without_a_discovery_each_view_offers_one(made):
    for view in ("Instances", "Order and spacing"):
        assert "TF-MoDISco looks for recurring high-attribution segments" in finished.words(opened(made, view))


def test_instances_are_listed_and_the_surest_stands_on_the_ruler(made, job):
    app = opened(made, "Instances")
    called = instances.find(job)
    sure = called[called["q"] <= 0.05]
    said = finished.words(app).replace("*", "")
    assert f"{len(sure):,} instances of {sure['pattern'].nunique()} patterns" in said and "of 160 sequences" in said
    table = app.dataframe[0].value
    assert len(table) == len(sure) and (table["q"].diff().dropna() >= 0).all()
    assert {"Sequence", "Pattern", "From (nt)", "To (nt)", "Letters", "Contribution", "q", "Part"} <= set(table)
    first = table.iloc[0]
    assert f"at positions {first['From (nt)']} to {first['To (nt)']}" in said
    assert "GCACUU" in set(table["Letters"]) and (table["To (nt)"] - table["From (nt)"]).min() == 3, "counted from 1"
    assert [button.label for button in app.get("download_button")][-1] == "Instances (TSV)", "no coordinates, no BED"


def test_files_of_a_run_with_a_long_name_stay_apart():
    made = {f"{'run' * 40}-attributions{strand}.bw": strand.encode() for strand in (".plus", ".minus")}
    with zipfile.ZipFile(io.BytesIO(files.zip_files(made))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == made


def test_a_larger_rate_and_one_pattern(made, job):
    app = opened(made, "Instances", **{"instance-fdr": "0.2"})
    called = instances.find(job)
    assert len(app.dataframe[0].value) == len(called)
    app.multiselect[0].set_value(["-1"]).run()
    finished.healthy(app)
    assert len(app.dataframe[0].value) == (called["pattern"] == "-1").sum()
    app.text_input(key="instance-id").set_value("no such id").run()
    assert "No motif instances" in finished.words(app)


def test_pairs_are_a_matrix_with_the_distances_of_one(made, job):
    app = opened(made, "Order and spacing")
    tested = instances.find_spacing(job).table
    said = finished.words(app).replace("*", "")
    assert f"of {int(tested['q_spacing'].notna().sum())} pairs" in said and "preferred distance (q < 0.05)" in said
    assert "Most above chance" in said and "counts per sequence, lengths" in said
    charts = app.get("plotly_chart")
    assert len(charts) == 2
    pair = opened(made, "Order and spacing", ask="together", pair="-1,-2")
    said = finished.words(pair)
    row = tested[(tested["first"] == "-1") & (tested["second"] == "-2")].iloc[0]
    assert "unusual co-occurrence" in said
    assert f"Both in {row['n']} of 160 sequences" in said or f"Not tested: {row['n']} sequences have both" in said


def test_a_discovery_whose_attributions_are_gone_says_so(made, job, monkeypatch):
    def gone(job_id, progress=None):
        raise UserError("The attributions of job x are not there; wait until it has finished, or resume it.")

    monkeypatch.setattr(instances, "find", gone)
    finished.open_page(PAGE)  # another session
    from lib.ui.motifs import whole

    whole._instances.clear()
    app = finished.open_page(PAGE, dataset=made.dataset, run=made.run, view="Instances")
    assert not app.exception and any("are not there" in error.value for error in app.error)
    whole._instances.clear()


def test_seqlets_of_a_pattern_can_be_chosen(made, job):
    app = opened(made, "Patterns", pattern="-1")
    assert "Click a row to see its sequence with the seqlet framed" in finished.words(app)
