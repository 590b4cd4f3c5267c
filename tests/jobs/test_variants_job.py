"""Effects of variants as a job and from the command line: they are those of the predictions, and files hold them."""

import json

import numpy as np
import pandas as pd
import pytest

from lib.cli import main
from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback, Silent
from lib.jobs import variants as job
from lib.store import datasets, runs, variants
from lib.store.fitted import load_fitted
from lib.store.variants import Asked
from lib.views import variants as views
from tests import finished
from tests.variant_examples import Nobody, some


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    workspace = finished.make(tmp_path_factory.mktemp("variants") / "home", settings={"k": 3})
    with finished.using(workspace.home), pytest.MonkeyPatch.context() as patch:
        patch.setattr("lib.jobs.variants.runner", Nobody)
        yield workspace


def asked(made, runs_=None, **options):
    found, known = some(made)
    chosen = runs_ or (made.run,)
    return Asked(chosen, (0,) * len(chosen), found, known, **options)


def test_effects_are_differences_of_predictions(made):
    run = job.start_variants(asked(made, random=25))
    assert runs.get(run).payload["about"][made.run]["target"] == datasets.load(made.dataset).target_names[0]
    results = job.variants(run, runs.folder(run), Silent())
    assert results == {"n": 7, "notes": []}
    kept, known = variants.of(run)
    assert list(kept) == some(made)[0]
    table = variants.effects(run)[made.run]
    model = load_fitted(made.run)
    for one, row in zip(kept, table.itertuples(), strict=True):
        before, after = model.predict([known[one.sequence], one.apply(known[one.sequence])])[:, 0]
        assert row.effect == pytest.approx(after - before, abs=1e-9), one.name
        assert (row.n, row.compared) == (1, 25)
        assert 0 <= row.percentile <= 1
    assert "probability_before" not in table
    assert job.variants(run, runs.folder(run), Silent()) == results, "done again from the folder alone"


def test_seeds_of_a_training_are_queued_and_known_as_such(made):
    new = job.train_other_seeds(made.run, 2)
    assert sorted(runs.get(run).spec.seed for run in new) == [1, 2]
    assert {run.id for run in job.find_replicates(runs.get(made.run))} == {made.run, *new}
    assert [runs.get(run).spec.seed for run in job.train_other_seeds(made.run, 1)] == [3]


def test_it_can_be_cancelled_and_bad_questions_are_refused(made):
    def stop(report):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        job.measure(asked(made), Callback(stop))
    with pytest.raises(UserError, match="Found 0 runs to ask"):
        job.start_variants(Asked((), (), some(made)[0], some(made)[1]))
    with pytest.raises(UserError, match="There is no variant"):
        job.start_variants(Asked((made.run,), (0,), ()))


class OneLength:
    """Reads 110 nt only."""

    def predict(self, sequences, *, progress=None):
        if any(len(sequence) != 110 for sequence in sequences):
            raise UserError("110 nt only.")
        return np.array([[float(sequence.count("A"))] for sequence in sequences])


def test_a_model_of_one_length_is_not_asked_about_indels(made, monkeypatch):
    monkeypatch.setattr("lib.jobs.variants.fitted.load_fitted", lambda run: OneLength())
    tables, notes = job.measure(asked(made, random=4), Silent())
    table = tables[made.run]
    assert notes == [job.OTHER_LENGTHS.format(name=runs.get(made.run).name)]
    assert table["effect"].isna().tolist() == [False] * 5 + [True] * 2
    assert table["percentile"].isna().tolist() == [False] * 5 + [True] * 2


def test_files_hold_every_run(made):
    found, known = some(made)
    tables, _ = job.measure(asked(made, random=10), Silent())
    both = {**tables, "other": tables[made.run].assign(low=-1.0, high=1.0)}
    frame = views.tabulate_effects(found, known, both, {made.run: "First", "other": "Second"})
    assert frame["position"].tolist() == [21, 22, 23, 24, 25, 4, 4]
    assert frame.loc[5, ["ref", "alt", "kind"]].tolist() == ["-", "TTAG", "insertion"]
    np.testing.assert_array_equal(frame["effect, First"], tables[made.run]["effect"])
    text = views.write_vcf(found, known, both, {made.run: "First", "other": "Second"})
    assert text.count("##INFO=") == 4 + 6, "effect, percentile, before and after of both; an interval of one"
    assert (text.count("##contig="), len(text.splitlines())) == (5, 2 + 10 + 5 + 1 + 7)
    assert "EFFECT_1=" in text and "LOW_2=-1" in text and "LOW_1" not in text


def test_the_command_line_writes_tables_and_vcf(made, tmp_path, capsys):
    found, _ = some(made)
    lines = [f"{one.sequence},{one.position + 1},{one.ref or '-'},{one.alt or '-'}" for one in found]
    (tmp_path / "v.csv").write_text("\n".join(["id,pos,ref,alt", *lines, "nobody,1,A,C"]) + "\n")
    command = ["variants", "--run", made.run, "--variants", str(tmp_path / "v.csv"), "--random", "5"]
    assert main([*command, "--out", str(tmp_path / "out.tsv")]) == 2
    assert "Choose --insertions before (before position 4: " in capsys.readouterr().err
    assert not (tmp_path / "out.tsv").exists()
    command += ["--insertions", "before"]
    excluded = ["--excluded", str(tmp_path / "excluded.csv")]
    assert main([*command, *excluded, "--out", str(tmp_path / "out.tsv")]) == 0
    said = capsys.readouterr()
    assert "v.csv: Columns: sequence: id, position: pos, ref: ref, alt: alt. Found by name." in said.err
    assert (
        "1 of 8 variants excluded:\n  1 with ID of no known sequence: v.csv, line 9, column 'id': found 'nobody'"
        in said.err
    )
    assert (tmp_path / "excluded.csv").read_text().splitlines()[1].startswith("v.csv,9,nobody:1 A>C,id,'nobody',")
    frame = pd.read_csv(tmp_path / "out.tsv", sep="\t")
    tables, _ = job.measure(asked(made, random=5), Silent())
    np.testing.assert_allclose(frame["effect"], tables[made.run]["effect"])
    assert main([*command, "--out", str(tmp_path / "out.vcf"), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["variant"] for row in rows][-1] == frame["variant"].iloc[-1]
    assert (tmp_path / "out.vcf").read_text().startswith("##fileformat=VCFv4.3")
    name = found[0].sequence
    (tmp_path / "s.fa").write_text(f">{name}\n{'ACGT' * 30}\n")
    (tmp_path / "alt.fa").write_text(f">{name}\n{'ACGT' * 10}{'ACGA'}{'ACGT' * 19}\n")
    pairs = ["--sequences", str(tmp_path / "s.fa"), "--variants", str(tmp_path / "alt.fa")]
    assert main(["variants", "--run", made.run, *pairs, "--random", "0", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["position"], row["ref"], row["alt"], row["percentile"]) == (44, "T", "A", None)
    assert main(["variants", "--run", made.run, "--variants", str(tmp_path / "no.csv")]) == 2


@pytest.mark.parametrize("ending", ["tsv", "csv", "xlsx", "vcf"])
def test_what_is_written_is_read_again_with_the_same_effects(made, tmp_path, capsys, ending):
    found, _ = some(made)
    lines = [f"{one.sequence},{one.position + 1},{one.ref or '-'},{one.alt or '-'}" for one in found]
    (tmp_path / "v.csv").write_text("\n".join(["id,pos,ref,alt", *lines]) + "\n")
    command = ["variants", "--run", made.run, "--random", "0"]
    out = tmp_path / f"out.{ending}"
    given = ["--variants", str(tmp_path / "v.csv"), "--insertions", "before"]
    assert main([*command, *given, "--out", str(out), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert main([*command, "--variants", str(out), "--json"]) == 0, capsys.readouterr().err
    said = capsys.readouterr()
    again = {row["variant"]: row for row in json.loads(said.out)}
    assert len(again) == len(first) == 7 and "excluded" not in said.err
    for row in first:
        mine = again[row["variant"]]
        assert mine["effect"] == row["effect"] and mine["sequence"] == row["sequence"]
        if ending != "vcf":  # which writes an indel with the base before it
            assert [mine[name] for name in ("position", "ref", "alt")] == [
                row[name] for name in ("position", "ref", "alt")
            ]


def test_open_decisions_stop_the_command_line_and_name_the_options(made, tmp_path, capsys):
    dataset = datasets.load(made.dataset)
    rows = [(str(name), str(text)) for name, text in zip(dataset.ids[:8], dataset.sequences[:8], strict=True)]
    other = dict(zip("ACGT", "CATG", strict=True))
    zero = "".join(f"{name}\t{at}\t{text[at]}\t{other[text[at]]}\n" for name, text in rows for at in (5, 20, 41))
    (tmp_path / "zero.tsv").write_text(f"chrom\tstart\tref\talt\n{zero}")
    command = ["variants", "--run", made.run, "--random", "0", "--json", "--variants", str(tmp_path / "zero.tsv")]
    assert main(command) == 2
    said = capsys.readouterr()
    assert said.out == "" and "counted from 0, 24 of 24. Choose --coordinates 0 (counted from 0)" in said.err
    assert main([*command, "--coordinates", "0"]) == 0
    assert [row["position"] for row in json.loads(capsys.readouterr().out)][:3] == [6, 21, 42]
    assert main([*command, "--coordinates", "1"]) == 2
    assert "does not fit the sequences" in capsys.readouterr().err


def measured_table(made, path):
    """A table of the SNVs with two columns: one that follows the prediction, and one of zeros."""
    found, _ = some(made)
    tables, _ = job.measure(asked(made, random=0), Silent())
    rows = ["id\tpos\tref\talt\tK562\tflat"]
    for one, effect in zip(found[:5], tables[made.run]["effect"], strict=False):
        rows.append(f"{one.sequence}\t{one.position + 1}\t{one.ref}\t{one.alt}\t{2 * effect - 1:.12f}\t0")
    path.write_text("\n".join(rows) + "\n")
    return path


def test_measured_effects_stand_beside_predicted_ones(made, tmp_path, capsys):
    path = measured_table(made, tmp_path / "v.tsv")
    command = ["variants", "--run", made.run, "--random", "0", "--variants", str(path)]
    assert main([*command, "--measured", "K562,flat", "--json", "--out", str(tmp_path / "out.csv")]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert [row["measured K562"] for row in found["variants"]] == pytest.approx(
        [2 * row["effect"] - 1 for row in found["variants"]]
    )
    first, second = found["measured"]
    assert (first["measured"], first["n"], first["pearson"]) == ("K562", 5, pytest.approx(1.0))
    assert first["spearman_low"] <= first["spearman"] <= first["spearman_high"]
    assert second["pearson"] is None and second["why"].startswith("All 5 measured effects are 0")
    assert "K562 against " in said.err and "(n = 5): pearson 1.000 [" in said.err
    assert pd.read_csv(tmp_path / "out.csv")["measured flat"].tolist() == [0.0] * 5
    table = tmp_path / "m.tsv"
    table.write_text(
        "variant\tskew\n" + "".join(f"{row['variant']}\t{number}\n" for number, row in enumerate(found["variants"]))
    )
    assert main([*command, "--measured-table", str(table), "--json"]) == 0
    assert [row["measured skew"] for row in json.loads(capsys.readouterr().out)["variants"]] == [0, 1, 2, 3, 4]
    assert main([*command, "--measured", "nothing"]) == 2
    assert "has no column 'nothing'" in capsys.readouterr().err


def test_measured_effects_are_kept_and_what_was_kept_before_has_none(made, tmp_path):
    found, known = some(made)
    wanted = Asked((made.run,), (0,), found, known, random=0, measured={"K562": np.array([1.0, np.nan, *[0.5] * 5])})
    run = job.start_variants(wanted)
    job.variants(run, runs.folder(run), Silent())
    np.testing.assert_array_equal(variants.read_measured(run)["K562"], wanted.measured["K562"])
    assert variants.of(run)[0] == tuple(found)
    assert runs.get(run).payload["measured"] == ["K562"]
    before = job.start_variants(asked(made, random=0))
    job.variants(before, runs.folder(before), Silent())
    assert variants.read_measured(before) == {}
