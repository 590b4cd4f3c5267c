"""The report: every section by its content, nothing of the user's read as markup, nothing loaded from anywhere."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import markupsafe
import pandas as pd
import pytest

from lib.cli import main
from lib.core.errors import UserError
from lib.core.registry import values_of
from lib.datasets.targets import TargetChoice
from lib.models import MODELS
from lib.motifs.match import word
from lib.motifs.pattern import Pattern
from lib.report import commands, explained, html, regression, report
from lib.report.context import gather
from lib.store import datasets, groups, patterns, runs
from lib.store.set_choice import SetChoice
from lib.tokenizers import TOKENIZERS
from tests.finished import NASTY, Finished, trained, using
from tests.finished import make as small
from tests.report.workshop import HOURS, ROWS, make

TINY = {"epochs": 1, "channels": 8, "blocks": 1}
SECTIONS = [
    "Results",
    "Figures",
    "Patterns",
    "Chosen sequences",
    "Data",
    "Target and split",
    "Settings and versions",
    "Methods, for a paper",
    "Checklist (DOME)",
    "Repeat this run",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return make(tmp_path_factory.mktemp("cnn") / "home", "cnn", TINY)


@pytest.fixture(scope="module")
def content(made: Finished, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("report") / "report.html"
    with using(made.home):
        assert main(["report", "--run", made.run, "--out", str(out), "--json"]) == 0
    return out.read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Collects what a browser would see: the tags with their attributes, and the text of each section."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: dict[str, str] = {}
        self._at = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self._at = dict(attrs)["id"]
            self.words[self._at] = ""

    def handle_data(self, data: str) -> None:
        if self._at:
            self.words[self._at] += data


@pytest.fixture(scope="module")
def seen(content: str) -> Reader:
    return Reader(content)


@pytest.fixture(scope="module")
def words(seen: Reader) -> dict[str, str]:
    return dict(zip(SECTIONS, (" ".join(text.split()) for text in seen.words.values()), strict=True))


def test_the_sections_stand_in_their_order_and_the_index_leads_to_them(seen: Reader):
    assert len(seen.words) == len(SECTIONS)
    links = [
        attributes["href"]
        for tag, attributes in seen.tags
        if tag == "a" and attributes.get("href", "").startswith("#s")
    ]
    assert links == [f"#{place}" for place in seen.words]


def test_what_users_typed_is_text(content: str, seen: Reader):
    assert NASTY not in content and "<b>expression" not in content
    assert markupsafe.escape(NASTY) in content, "the name is there, letter by letter"
    assert not {tag for tag, _ in seen.tags} & {"script", "iframe", "object", "embed", "form", "base"}
    assert not [name for _, attributes in seen.tags for name in attributes if name.startswith("on")]


def test_nothing_outside_the_file_is_named(seen: Reader):
    for tag, attributes in seen.tags:
        for name in ("src", "href", "srcset", "poster", "data", "action"):
            value = attributes.get(name, "#")
            assert value.startswith(("#", "data:")), f"<{tag} {name}={value[:80]}>"
    policy = next(attributes["content"] for tag, attributes in seen.tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'") and "img-src data:" in policy


def test_every_picture_says_what_it_shows(seen: Reader):
    pictures = [attributes for tag, attributes in seen.tags if tag == "img"]
    assert len(pictures) == 3 + 4, "scatter, residuals, learning curve and four logos"
    assert all(
        len(picture["alt"]) > 30 and picture["src"].startswith("data:image/svg+xml;base64,") for picture in pictures
    )


def test_data_with_hash_counts_and_rejected_rows(words: dict, made: Finished):
    data = words["Data"]
    for expected in (
        made.dataset,
        f"Sequences{ROWS}",
        "Rejected rows2",
        "Length (nt)37 to 37",
        "0, 2, 5, 8",
        "SHA-256",
    ):
        assert expected in data, expected
    assert "2 rows were rejected" in data, "a value that is no number, and its sequence that is left alone"
    assert "simulated" not in data


def test_target_with_unit_and_split(words: dict, made: Finished):
    text = words["Target and split"]
    with using(made.home):
        split = datasets.load(made.dataset).split_id
    assert "log2 8h - 2h (log2 fold change)" in text and "random, seed 0" in text and split in text
    assert "72 training, 9 validation, 9 test" in text


def test_settings_versions_and_seed(words: dict):
    text = words["Settings and versions"]
    assert "(channels)8default 96" in text.replace(" default", "default") and "Seed0" in text
    assert re.search(r"torch\d+\.\d+", text) and "none: the model reads nucleotides" in text


def test_metrics_with_intervals_beside_the_baselines(words: dict, made: Finished):
    text = words["Results"]
    with using(made.home):
        found = runs.metrics(made.run)
    for item in [found, *found["baselines"].values()]:
        low, high = item["intervals"]["test"]["rmse"]
        assert f"[{low:.3f}, {high:.3f}]" in text
        assert f"{item['test']['rmse']:.3f}" in text
    assert "n = 9" in text and "1,000 resamples" in text


def test_figures_come_with_their_numbers(content: str, words: dict):
    text = words["Figures"]
    assert "n = 9 test sequences" in text and "Length (nt) is 37 for all: it explains no error." in text
    assert "1 evaluations" in text and content.count("download=") == 7, "the CSV of each of seven pictures"


def test_methods_have_numbered_references(words: dict, seen: Reader):
    text = words["Methods, for a paper"]
    for expected in (
        "90 sequences were divided at random into 72",
        "10.1109/CVPR.2016.90",
        "attributed by in-silico mutagenesis",
        "10.1038/nmeth.3547",
        "Efron 1979",
    ):
        assert expected in text, expected
    cited = {attributes["href"] for tag, attributes in seen.tags if attributes.get("href", "").startswith("#r")}
    listed = {f"#{attributes['id']}" for tag, attributes in seen.tags if tag == "li" and "id" in attributes}
    assert cited == listed and len(listed) >= 6


def test_the_command_repeats_the_run(words: dict, made: Finished):
    text = words["Repeat this run"]
    assert f"motiflens train --dataset {made.dataset} --model cnn --set " in text
    assert "channels=8" in text and "--seed 0 --wait" in text and "--from 2h --to 8h" in text
    assert "--times" not in text and len(HOURS) == 4


@pytest.mark.parametrize("registry", [MODELS, TOKENIZERS], ids=["models", "tokenizers"])
def test_every_setting_can_be_given_on_the_command_line_again(registry):
    for name in registry.all():
        settings = values_of(registry.create(name))
        again = registry.create(name, {key: commands.write_value(value) for key, value in settings.items()})
        assert values_of(again) == settings, name


def test_without_a_discovery_a_sentence_says_how_to_start_one(words: dict):
    assert "No motif discovery" in words["Patterns"]


def test_patterns_of_the_newest_discovery_come_with_their_matches(tmp_path: Path):
    finished = small(tmp_path / "home")
    with using(finished.home):
        run = runs.get(finished.run)
        payload = {"set": SetChoice(finished.run, "in-silico-mutagenesis").to_json(), "discovery": {}}
        job = runs.create(spec=run.spec, kind="discover", payload=payload)
        runs.transition(job.id, runs.RUNNING)
        seqlets = pd.DataFrame({"id": ["a"] * 3, "start": 0, "end": 6, "contribution": -1.0, "reversed": False})
        found = Pattern("-1", -1, word("GCACTT"), -0.25 * word("GCACTT"), seqlets)
        patterns.keep(job.id, [found])
        runs.set_results(job.id, {"n": 160, "patterns": 1})
        runs.transition(job.id, runs.FINISHED)
        text = re.sub(r"<[^>]+>", " ", report.render_report(finished.run)[0])
    for expected in (
        "1 patterns",
        "160 sequences",
        "GCACUU",
        "lowers the prediction",
        "n = 3 seqlets",
        "-1.500",
        "GCACUU (",
    ):
        assert expected in text, expected
    assert "arXiv:1811.00416" in text and "10.1186/gb-2007-8-2-r24" in text and "the given strand only" in text


def test_telling_sequences_are_four_different_ones(made: Finished):
    with using(made.home):
        context = gather(made.run)
        chosen = explained.telling(context)
        assert len({one.row for one in chosen}) == 4
        observed = context.points.observed
        assert context.dataset.targets[chosen[0].row, 0] == observed.max()
        assert context.dataset.targets[chosen[1].row, 0] == observed.min()


def test_chosen_ids_and_method(made: Finished, tmp_path: Path):
    out = tmp_path / "chosen.html"
    with using(made.home):
        facts = report.write(made.run, out, ids=["=s5"], method="in-silico-mutagenesis")
        text = out.read_text(encoding="utf-8")
        assert facts["bytes"] == out.stat().st_size and facts["sections"] == SECTIONS
        assert "=s5 (chosen)" in text and "arXiv:1703.01365" not in text and "10.1038/nmeth.3547" in text
        with pytest.raises(UserError, match="no sequence 'nobody'"):
            report.write(made.run, out, ids=["nobody"])
        with pytest.raises(UserError, match="no attribution method"):
            report.write(made.run, out, method="guessing")


def test_several_targets_each_have_their_row_and_a_simple_model_has_no_curve(tmp_path: Path):
    finished = make(tmp_path / "home", "kmer-ridge", {"k": 3}, target=TargetChoice(kind="all"))
    with using(finished.home):
        text, _ = report.render_report(finished.run)
    plain = re.sub(r"<[^>]+>", " ", text)
    assert "Each target, test part" in plain and "log2 5h" in plain and "4 targets were predicted together" in plain
    assert "is solved in one step" in plain and "Explained is the first of 4 targets" in plain


def test_only_finished_trainings_have_a_report(made: Finished, tmp_path: Path, capsys: pytest.CaptureFixture):
    with using(made.home):
        run = runs.get(made.run)
        waiting = runs.create(spec=run.spec)
        assert main(["report", "--run", waiting.id, "--out", str(tmp_path / "r.html"), "--json"]) == 2
        assert "is queued; a report is written of a finished run" in capsys.readouterr().err
        asked = runs.create(spec=run.spec, kind="predict")
        with pytest.raises(UserError, match="kind predict"):
            gather(asked.id)
        assert not (tmp_path / "r.html").exists()
        other = trained(made.dataset, "mean", {})
        assert json.dumps(report.render_report(other)[1]) == json.dumps(SECTIONS)


def test_what_a_sweep_keeps_back_no_report_tells(made: Finished):
    with using(made.home):
        run = runs.get(made.run)
        sweep = groups.create(groups.SWEEP, name="Sweep", dataset=run.dataset, facts={"axes": []})
        member = runs.create(spec=run.spec, group=sweep.id)
        runs.transition(member.id, runs.RUNNING)
        runs.transition(member.id, runs.FINISHED)
        with pytest.raises(UserError, match="belongs to a sweep"):
            gather(member.id)


def test_a_noise_ceiling_of_zero_is_no_divisor(made):
    with using(made.home):
        context = gather(made.run)
    context.metrics["ceiling"] = {"r2": 0.0, "source": "counts"}
    context.metrics["test"]["r2"] = 0.2
    told = html.show(*regression.results(context))
    assert "noise ceiling" not in told and "0.200" in told
