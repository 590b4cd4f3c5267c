"""The command ``discover`` is the discovery of the Motifs page; ``instances``, ``spacing`` and ``tracks`` read it."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lib.attribution import METHODS, list_methods
from lib.cli import main
from lib.core.progress import Silent
from lib.core.registry import values_of
from lib.datasets.dataset import PARTS
from lib.jobs import attribute, discover
from lib.jobs.discover import default_method, suggest_settings
from lib.motifs.discover import Discovery
from lib.store import attribution_sets, runs
from lib.store.fitted import load_fitted
from lib.store.set_choice import SetChoice
from tests import finished, motif_discovery

MOTIFS = {"+1": "TTAG", "-1": "GCACTT"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finished.make(tmp_path_factory.mktemp("cli") / "home")


@pytest.fixture(scope="module")
def job(made):
    with finished.using(made.home):
        return motif_discovery.make(made.run, MOTIFS)


@pytest.fixture(autouse=True)
def workspace(made):
    with finished.using(made.home):
        yield


@pytest.fixture
def works_at_once(monkeypatch):
    """A runner that does a discovery in this process."""

    def submit(run_id):
        runs.transition(run_id, runs.RUNNING)
        runs.set_results(run_id, discover.discover(run_id, runs.folder(run_id), Silent()))
        runs.transition(run_id, runs.FINISHED)

    monkeypatch.setattr(attribute, "runner", lambda: SimpleNamespace(submit=submit))


def test_the_command_makes_what_the_page_makes_and_each_shows_what_the_other_made(made, works_at_once, capsys):
    assert main(["discover", "--run", made.run, "--json", "--discovery-set", "least=10"]) == 0
    told = json.loads(capsys.readouterr().out)
    kept = runs.get(told["run"])
    method = default_method(made.run)
    page = SetChoice(made.run, method, values_of(METHODS.create(method, suggest_settings(method))), PARTS, n=160)
    wanted = {"set": {**page.to_json(), "n": 0}, "discovery": values_of(Discovery(least=10))}
    assert kept.kind == "discover" and kept.payload == wanted, "160 of 160 are all"
    facts = {"name", "consensus", "seqlets", "instances", "match", "q", "badge"}
    assert told["patterns"] and facts <= set(told["patterns"][0]) and told["model"]["check"] == "Model"
    assert discover.start_discovery(page, Discovery(least=10)) == kept.id, "the page opens what the command made"
    assert main(["discover", "--run", made.run, "--discovery-set", "least=10"]) == 0
    lines = capsys.readouterr()
    assert len(lines.out.splitlines()) == len(told["patterns"]) and kept.id in lines.err
    assert [one.id for one in attribute.list_jobs(made.run, "discover") if one.payload == wanted] == [kept.id], (
        "made once"
    )
    app = finished.open_page("pages/explain/motifs.py", dataset=made.dataset, run=made.run, discovery=kept.id)
    finished.healthy(app)
    assert f"{len(told['patterns'])} patterns in 160 sequences" in finished.words(app).replace("*", "")


def test_a_discovery_whose_attributions_are_gone_is_made_again(made, job):
    choice = SetChoice(made.run, motif_discovery.MUTATIONS)
    assert (
        discover.find_discovery(choice, Discovery()).id == job
        and discover.find_discovery(choice, Discovery(least=5)) is None
    )
    path = attribution_sets.path_of(job)
    path.rename(path.with_suffix(".away"))
    assert discover.find_discovery(choice, Discovery()) is None
    path.with_suffix(".away").rename(path)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--method", "saliency"], "For motifs choose In-silico mutagenesis (in-silico-mutagenesis)."),
        (["--method", "no-such"], "There is no attribution method called 'no-such'"),
        (["--most", "19"], "There are 19 sequences; motifs are looked for in at least 20"),
        (
            ["--most", "30", "--discovery-set", "least=40"],
            "There are 30 sequences; a pattern needs at least 40 seqlets",
        ),
        (["--discovery-set", "least=2"], "at least 5"),
        (["--discovery-set", "colour=red"], "A discovery has no setting 'colour'; it has: strands, window"),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_work(made, monkeypatch, capsys, options, sentence):
    def never(*_, **__):
        raise AssertionError("work was begun")

    monkeypatch.setattr(attribute, "runner", never)
    monkeypatch.setattr(attribution_sets, "compute", never)
    before = len(runs.all())
    assert main(["discover", "--run", made.run, *options]) == 2
    assert sentence in capsys.readouterr().err and len(runs.all()) == before


def test_every_method_that_is_named_as_a_remedy_gives_hypothetical_contributions(made):
    model, sequences = load_fitted(made.run), ["ACGTTTAGACGT" * 5]
    assert list_methods(model, hypothetical=True)
    for name in list_methods(model, hypothetical=True):
        (found,) = METHODS.create(name, suggest_settings(name)).attribute(model, sequences)
        assert found.hypothetical is not None


def test_instances_and_pairs_as_tables(made, job, tmp_path, capsys):
    out = tmp_path / "instances.tsv"
    assert main(["instances", "--discovery", job, "--fdr", "0.1", "--out", str(out)]) == 0
    table = pd.read_csv(out, sep="\t", dtype={"pattern": str})
    assert list(table)[:5] == ["id", "start", "end", "strand", "pattern"] and (table["q"] <= 0.1).all()
    assert set(table["end"] - table["start"]) == {4, 6}
    capsys.readouterr()
    assert main(["instances", "--discovery", job, "--fdr", "0.1", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["instances"]) == len(table)
    assert main(["spacing", "--discovery", job, "--json"]) == 0
    pairs = json.loads(capsys.readouterr().out)["pairs"]
    assert [(one["first"], one["second"]) for one in pairs] == [("+1", "+1"), ("+1", "-1"), ("-1", "-1")]


def test_files_for_other_programs(job, tmp_path, capsys):
    assert main(["tracks", "--discovery", job, "--form", "modisco", "--out", str(tmp_path), "--json"]) == 0
    files = [one.rpartition("/")[2] for one in json.loads(capsys.readouterr().out)["files"]]
    assert {"ohe.npz", "shap.npz", "trust.tsv"} == set(files)
    assert np.load(tmp_path / "shap.npz")["arr_0"].shape == (160, 4, 110)
    assert main(["tracks", "--discovery", job, "--form", "tsv", "--out", str(tmp_path)]) == 0
    assert len(pd.read_csv(tmp_path / f"{job}-attributions.tsv", sep="\t")) == 160 * 110


def test_what_has_no_files_is_said(made, job, tmp_path, capsys):
    sizes = tmp_path / "sizes.txt"
    sizes.write_text("chr1 100\nchr2 many\n")
    for command, sentence in (
        (["instances", "--discovery", job, "--out", str(tmp_path / "made.bed")], "have no coordinates"),
        (["instances", "--discovery", job, "--fdr", "0.5"], "q values are kept up to 0.2"),
        (["instances", "--discovery", made.run], f"{made.run} is no discovery; name a finished discovery"),
        (["tracks", "--discovery", job, "--out", str(tmp_path)], r"Write a table (TSV) instead"),
        (["tracks", "--run", made.run, "--out", str(tmp_path)], "predicts one number for a sequence"),
        (["tracks", "--run", made.run, "--form", "modisco", "--out", str(tmp_path)], "name a discovery"),
        (["tracks", "--run", made.run, "--out", "x", "--chrom-sizes", str(sizes)], "line 2: found 'chr2 many'"),
    ):
        assert main(command) == 2
        assert sentence in capsys.readouterr().err
