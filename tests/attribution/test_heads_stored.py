"""The head that is explained reaches stored attributions, sets and jobs, and both heads are kept apart."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from lib.attribution import METHODS
from lib.attribution.profile_heads import COUNTS, PROFILE
from lib.cli import main
from lib.core.errors import UserError
from lib.store import attribution_sets, attributions, datasets
from lib.store.set_choice import SetChoice
from tests import finished

SETTINGS = {"epochs": 2, "channels": 6, "layers": 2, "batch_size": 20}
NAME = "profile, {}"
METHOD = METHODS.create("input-x-gradient")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    home = tmp_path_factory.mktemp("heads") / "home"
    with finished.using(home):
        kept = finished.freeze_profiles(home.parent / "files", n=70, length=40)
        run = finished.trained(kept, "bpnet", SETTINGS)
        yield datasets.load(kept), run


def test_attributions_of_both_heads_are_kept_apart(workspace):
    dataset, run = workspace
    sequences = dataset.sequences[:2].tolist()
    counts = attributions.attribute(run, METHOD, sequences, target=1)
    profile = attributions.attribute(run, METHOD, sequences, target=1, head=PROFILE)
    assert [item.target for item in counts] == [dataset.target_names[1]] * 2
    assert [item.target for item in profile] == [NAME.format(dataset.tracks[1])] * 2
    assert not np.allclose(counts[0].scores, profile[0].scores)
    again = attributions.find_attribution(run, METHOD, sequences[0], target=1, head=PROFILE)
    np.testing.assert_array_equal(again.scores, profile[0].scores)
    np.testing.assert_array_equal(
        attributions.find_attribution(run, METHOD, sequences[0], target=1).scores, counts[0].scores
    )


def test_a_set_explains_the_head_that_was_chosen(workspace):
    dataset, run = workspace
    choice = SetChoice(run, "input-x-gradient", {}, ("test",), target=1, head=PROFILE)
    assert SetChoice.from_json(choice.to_json()) == choice
    made = attribution_sets.compute(choice)
    rows = dataset.rows("test")
    assert made.facts["target"] == NAME.format(dataset.tracks[1])
    expected = attributions.attribute(run, METHOD, [str(dataset.sequences[rows[0]])], target=1, head=PROFILE)[0]
    np.testing.assert_allclose(made.attributions[0], expected.scores, rtol=1e-4, atol=1e-6)
    other = dataclasses.replace(choice, head=COUNTS)
    assert attribution_sets.find(other) is None
    assert "head" not in other.to_json()  # as the choices of runs that were made before there were heads


def test_a_head_that_is_not_there_is_refused(workspace):
    dataset, run = workspace
    with pytest.raises(UserError, match="no head 'shape'"):
        attributions.attribute(run, METHOD, dataset.sequences[:1].tolist(), head="shape")


def test_the_command_line_explains_the_head_that_is_asked_for(workspace, tmp_path, capsys):
    dataset, run = workspace
    fasta = tmp_path / "windows.fa"
    fasta.write_text(f">one\n{dataset.sequences[0]}\n")
    asked = ["attribute", "--run", run, "--sequences", str(fasta), "--method", "input-x-gradient", "--head", PROFILE]
    target = ["--target", dataset.target_names[1], "--json"]
    assert main([*asked, *target, "--out", str(tmp_path / "found.tsv")]) == 0
    assert json.loads(capsys.readouterr().out)["target"] == NAME.format(dataset.tracks[1])
    found = pd.read_csv(tmp_path / "found.tsv", sep="\t")["attribution"].to_numpy()
    expected = attributions.find_attribution(run, METHOD, str(dataset.sequences[0]), target=1, head=PROFILE)
    np.testing.assert_allclose(found, expected.scores, rtol=1e-6)
