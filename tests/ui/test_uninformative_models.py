"""A model that predicts nothing is never shown without a red badge: on every page, in every file, in the report."""

import base64
import json
import re

import numpy as np
import pandas as pd
import pytest

from lib.attribution import METHODS
from lib.attribution.checks import Check, Verdict, check_model
from lib.attribution.trust import Trust
from lib.cli import main
from lib.io.meme import read_meme
from lib.motifs.pattern import Pattern
from lib.store import attribution_sets, datasets, instances, patterns, runs
from lib.store.set_files import SetTrust
from lib.store.skills import skill_of
from lib.ui.attribution import checks, provenance
from lib.ui.attribution import files as attribution_files
from lib.ui.attribution import view as attribution_view
from lib.ui.attribution.data import Subject
from lib.ui.motifs import files as discovery_files
from lib.ui.widgets.state import ATTRIBUTION
from lib.views import patterns as views
from lib.views.patterns import PatternView
from tests import motif_discovery
from tests.finished import healthy, open_page, words
from tests.uninformative_models import make

NOTHING = "The model does not predict held-out sequences better than the mean or chance"
KINDS = ("fail", "care")
RED, AMBER = ":red-badge[:material/error: Do not interpret]", ":orange-badge[:material/warning: Interpret with care]"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("worthless") / "home")


@pytest.fixture
def noise(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made[0].home))
    return made[0]


@pytest.fixture
def beaten(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made[1].home))
    return made[1]


def badges(app):
    labels = [block.proto.popover.label for block in app.get("popover")]
    return [label for label in labels if "-badge[" in label]


def subject_of(finished):
    dataset = datasets.load(finished.dataset)
    row = int(dataset.rows("test")[0])
    name, sequence = str(dataset.ids[row]), str(dataset.sequences[row])
    return Subject(runs.get(finished.run), dataset, name, sequence, row, 0)


def test_the_interval_of_the_worthless_model_touches_zero_and_kmers_beat_the_other(noise, beaten):
    worthless, second = skill_of(noise.run), skill_of(beaten.run)
    assert worthless.interval[0] <= 0 and check_model(worthless).verdict is Verdict.FAIL
    assert second.interval[0] > 0.5 and second.better.label == "k-mer ridge"
    assert check_model(second).verdict is Verdict.CARE


@pytest.mark.parametrize("view", ["Explain", "Side by side", "What if"])
def test_every_view_of_the_page_is_red(noise, view):
    app = open_page(ATTRIBUTION, run=noise.run, sequence=subject_of(noise).name, view=view)
    healthy(app)
    assert badges(app) and all(RED in badge for badge in badges(app))
    assert NOTHING in words(app)


def test_a_model_below_a_kmer_model_is_amber(beaten):
    app = open_page(ATTRIBUTION, run=beaten.run, sequence=subject_of(beaten).name)
    healthy(app)
    assert badges(app) == [AMBER]
    assert "The model predicts no better than a baseline model: k-mer ridge reaches test R² 1.00" in words(app)


def test_every_file_of_the_page_says_do_not_interpret(noise):
    subject, method = subject_of(noise), METHODS.create("in-silico-mutagenesis")
    explained = provenance.explain(subject, method)
    trust = checks.run_quick_checks(subject, method, explained)
    wanted = attribution_view.Options(rna=False, mutagenesis=True, hits=())
    offers = attribution_files.list_downloads(subject, explained, explained, wanted, trust=lambda: trust)
    files = {offer.ending: offer.make() for offer in offers}
    assert b"Do not interpret: The model does not predict" in files[".svg"]
    for ending in (".csv", ".tsv", "-mutations.tsv"):
        assert all(line.endswith("Do not interpret") for line in files[ending].decode().splitlines()[1:]), ending


def test_the_command_line_says_it_in_its_table_its_json_and_on_stderr(noise, tmp_path, capsys):
    fasta = tmp_path / "new.fasta"
    fasta.write_text(f">one\n{subject_of(noise).sequence}\n")
    asked = ["attribute", "--run", noise.run, "--method", "integrated-gradients", "--sequences", str(fasta)]
    assert main([*asked, "--json"]) == 0
    told = capsys.readouterr()
    one = json.loads(told.out)["sequences"][0]
    assert one["badge"] == "Do not interpret" and one["checks"][3]["verdict"] == "fail"
    assert NOTHING in one["checks"][3]["finding"] and f"Do not interpret: {NOTHING}" in told.err
    assert len(one["attributions"]) == 31
    assert one["standard_errors"] is None or np.isfinite(one["standard_errors"]).all()
    assert "not been checked" in one["checks"][1]["finding"]
    assert main([*asked, "--check", "--json"]) == 0
    checked = json.loads(capsys.readouterr().out)["sequences"][0]["checks"]
    assert [check["verdict"] for check in checked].count("not checked") == 0
    assert main(asked) == 0
    header, *rows = (line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert header[-1] == "badge" and {row[-1] for row in rows} == {"Do not interpret"}


@pytest.mark.parametrize(("number", "said"), [(0, "Do not interpret"), (1, "Interpret with care")])
def test_every_file_of_a_discovery_says_it(made, monkeypatch, tmp_path, capsys, number, said):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made[number].home))
    job = runs.get(discovered(made[number].run))
    dataset = datasets.load(made[number].dataset)
    view = PatternView(runs.get(made[number].run), dataset, job, tuple(patterns.load(job.id)), rna=True)
    assert (
        set(views.tabulate_patterns(view)["Badge"])
        == set(views.tabulate_seqlets(view, view.patterns[0])["Badge"])
        == {said}
    )
    remarks = [line for line in discovery_files._meme(view).splitlines() if line.startswith("#")]
    assert remarks[0] == f"# Trust badge of the attributions: {said}" and f"# Model: {KINDS[number]}. The" in remarks[1]
    assert remarks[2].startswith("# Reproducibility: pass (300). This method is deterministic")
    assert list(read_meme(discovery_files._meme(view))) == ["pattern_+1"]
    for command in ("instances", "spacing"):
        out = tmp_path / f"{command}.tsv"
        assert main([command, "--discovery", job.id, "--out", str(out)]) == 0
        table = pd.read_csv(out, sep="\t")
        assert len(table) and set(table["badge"]) == {said}, command
        assert capsys.readouterr().err.startswith(f"{said}: The model")


def discovered(run_id):
    """Keep a finished discovery with one pattern and its instances, cut from the attributions of thirty sequences."""
    job = motif_discovery.start(run_id)
    made = attribution_sets.load(job)
    chosen, start, end = np.arange(30), 3, 9
    cut = (made.one_hot * made.require_hypothetical())[chosen, :, start:end]
    seqlets = pd.DataFrame({"id": made.ids[chosen].astype(object), "start": start, "end": end, "reversed": False})
    seqlets["contribution"] = cut.sum(axis=(1, 2))
    letters = made.one_hot[chosen, :, start:end].mean(axis=0)
    patterns.keep(job, [Pattern("+1", 1, letters, cut.mean(axis=0), seqlets)])
    found = seqlets.drop(columns="reversed").assign(row=chosen, strand="+", pattern="+1", score=1.0, similarity=0.9)
    found.assign(q=0.01).to_parquet(runs.folder(job) / instances.INSTANCES)
    runs.transition(job, runs.FINISHED)
    return job


def test_badges_that_differ_are_counted_and_without_attributions_the_model_speaks(noise):
    passed, cared = (Check("Reproducibility", verdict, "found.") for verdict in (Verdict.PASS, Verdict.CARE))
    judged = {
        name: Trust(passed, passed, check, passed)
        for name, check in (("a", cared), ("b", passed), ("c", passed), ("d", passed))
    }
    trust = SetTrust(passed, judged)
    assert trust.write() == "Interpret with care (1), Passes 4 of 4 checks (3)"
    assert trust.write(["b", "b", "gone"]) == "Passes 4 of 4 checks"
    assert trust.list_remarks()[2] == "Reproducibility: care (1), pass (3). found."
    failed = Check("Model", Verdict.FAIL, "It does\nnot predict.", "Train.")
    assert SetTrust(failed, {}).write() == "Do not interpret"
    assert SetTrust(failed, {}).list_remarks()[1:] == ["Model: fail. It does not predict. Train."]


@pytest.mark.parametrize(("number", "said"), [(0, "Do not interpret"), (1, "Interpret with care")])
def test_the_report_says_it_above_all_logos_and_below_each(made, monkeypatch, tmp_path, number, said):
    from lib.report import report

    finished = made[number]
    monkeypatch.setenv("MOTIFLENS_HOME", str(finished.home))
    out = tmp_path / "report.html"
    report.write(finished.run, out)
    content = out.read_text(encoding="utf-8")
    kind = "fail" if number == 0 else "care"
    assert f'<p class="check {kind}"><b>{said}.</b>' in content
    logos = re.findall(r"<figcaption>([^<]*\): observed [^<]*)</figcaption>", content)
    assert len(logos) == 4 and all(f" {said}: " in caption for caption in logos)
    table = re.search(r'download="attribution-\d+\.csv" href="data:text/csv;base64,([^"]*)"', content)
    header, *rows = base64.b64decode(table[1]).decode().splitlines()
    assert header.endswith(",badge") and all(row.endswith(f",{said}") for row in rows)
