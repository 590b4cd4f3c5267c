"""What Morfessor learns from, what it keeps, and what it says."""

import json
import random

import pandas as pd
import pytest

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback, Report
from lib.tokenizers import TOKENIZERS, Corpus, Token, estimate_seconds, fit, from_json, to_json
from lib.tokenizers._morfessor_training import motif_words, sequence_words, sigmoid_count
from tests.tokenizers.corpora import corpus, rbp, sequences

PUBLISHED = {"scale": 5.0, "midpoint": 3.188, "steepness": 1.0}


def create(**values):
    return TOKENIZERS.create("morfessor", values)


def table(rows: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"motif": list(rows), "mean_rbp": list(rows.values())})


@pytest.mark.parametrize(
    ("mean_rbp", "count"),
    [
        (3.188, 3),
        (2.33, 1),
        (2.35, 2),
        (4.03, 3),
        (4.04, 4),
        (5.38, 4),
        (5.39, 5),
        (400.0, 5),
        (1.0, 1),
        (-50.0, 1),
        (-1e9, 1),
        (1e9, 5),
    ],
)
def test_a_count_is_the_published_sigmoid_rounded_and_at_least_one(mean_rbp, count):
    """At the midpoint it is 2.5; it passes 1.5, 3.5 and 4.5 at ln(3/7), ln(7/3) and ln 9 from there."""
    assert sigmoid_count(mean_rbp, **PUBLISHED) == count


def test_iupac_motifs_are_written_out_and_the_strongest_counts():
    words = motif_words(table({"TRN": 9.0, "TAC": -9.0, "TGTA": 3.188}), **PUBLISHED, label="Morfessor")
    assert words == {**{f"T{purine}{base}": 5 for purine in "AG" for base in "ACGT"}, "TGTA": 3}
    assert list(words) == sorted(words)


def test_motifs_of_many_n_are_refused():
    with pytest.raises(UserError, match="TNNNNNNNNNA alone for 262,144; at most 250,000"):
        motif_words(table({"ACGT": 1.0, "TNNNNNNNNNA": 1.0}), **PUBLISHED, label="Morfessor")


def test_sequences_are_taken_apart_at_other_letters():
    assert sequence_words(["ACNNGT", "N", "", "AC"], most=9, seed=0, label="") == {"AC": 2, "GT": 1}
    with pytest.raises(UserError, match="the 2 training sequences have none"):
        sequence_words(["NN", "RY"], most=9, seed=0, label="Morfessor")


def test_some_sequences_are_drawn_by_the_seed():
    texts = sequences(50)
    drawn = [sequence_words(texts, most=7, seed=seed, label="") for seed in (1, 1, 2)]
    assert sum(drawn[0].values()) == 7
    assert drawn[0] == drawn[1] != drawn[2]
    assert set(drawn[2]) < set(texts)


def test_the_vocabulary_holds_the_morphs_most_frequent_first():
    fitted = fit(create(source="sequences", most=100), corpus())
    words, counts = fitted.vocabulary.pieces[5:], fitted.state()["counts"]
    assert len(words) == len(counts) > 10
    assert [(-count, word) for count, word in zip(counts, words, strict=True)] == sorted(
        (-count, word) for count, word in zip(counts, words, strict=True)
    )


@pytest.mark.parametrize("source", ["rbp", "sequences"])
@pytest.mark.parametrize("longest", [1, 4, 7])
def test_no_morph_and_no_token_is_longer_than_the_maximum(source, longest):
    fitted = fit(create(source=source, max_length=longest, most=60), corpus())
    assert max(map(len, fitted.vocabulary.pieces[5:])) <= longest
    assert all(token.end - token.start <= longest for text in sequences(30) for token in fitted.tokens(text))


def test_what_no_morph_describes_is_unknown_with_its_letters():
    fitted = fit(create(smoothing=0), Corpus((), table({"TTTTTTT": 5.0, "GCACTTA": 5.0})))
    assert fitted.tokens("gcacuuaNC") == [Token("gcacuua", 0, 7), Token("N", 7, 8), Token("C", 8, 9)]
    assert fitted.encode_batch(["gcacuuaNC", "", "TTTTTTT"]).ids.tolist() == [5, 1, 1, 6]
    assert fitted.vocabulary.pieces[5:] == ("GCACTTA", "TTTTTTT")


def test_the_state_is_counts_and_comes_back():
    fitted = fit(create(source="sequences", most=80, corpus_weight=1.7), corpus())
    text = to_json(fitted)
    again = from_json(text)
    assert to_json(again) == text
    state = json.loads(text)["state"]
    assert set(state) == {"counts", "boundaries"} and state["boundaries"] == 80
    for sequence in sequences(25, seed=9):
        assert again.tokens(sequence) == fitted.tokens(sequence)


@pytest.mark.parametrize(
    "damage",
    [
        lambda facts: facts["state"]["counts"].pop(),
        lambda facts: facts["state"].update(boundaries=0),
        lambda facts: facts["state"]["counts"].__setitem__(0, 0),
        lambda facts: facts["vocabulary"]["pieces"].__setitem__(5, "NNN"),
        lambda facts: facts["vocabulary"]["pieces"].__setitem__(5, ""),
        lambda facts: facts["vocabulary"]["pieces"].__setitem__(5, facts["vocabulary"]["pieces"][6]),
        lambda facts: facts.update(state={}),
    ],
)
def test_a_damaged_state_is_a_sentence(damage):
    facts = json.loads(to_json(fit(create(), corpus())))
    damage(facts)
    with pytest.raises(UserError, match="cannot be read back"):
        from_json(json.dumps(facts))


def test_the_global_random_numbers_are_left_alone():
    random.seed(5)
    before = random.getstate()
    first = to_json(fit(create(source="sequences", most=40, seed=2), corpus()))
    assert random.getstate() == before
    random.seed(6)
    assert to_json(fit(create(source="sequences", most=40, seed=2), corpus())) == first
    assert to_json(fit(create(source="sequences", most=40, seed=3), corpus())) != first


def test_training_says_how_far_it_is_and_prints_nothing(capfd):
    reports: list[Report] = []
    fit(create(source="sequences", most=120), corpus(), progress=Callback(reports.append))
    assert {report.total for report in reports} == {120}
    assert [report.step for report in reports[:3]] == [0, 67, 0], "every 4,000 letters: 67 words of 60"
    assert reports[0].stage == "Learning morphs, pass 1" and reports[2].stage == "Learning morphs, pass 2"
    assert reports[-1].step == 120
    assert capfd.readouterr() == ("", "")


def test_training_can_be_cancelled_within_a_pass():
    seen: list[Report] = []
    listener = Callback(seen.append, lambda: len(seen) == 2)
    with pytest.raises(Cancelled):
        fit(create(source="sequences", most=120), corpus(), progress=listener)
    assert [report.step for report in seen] == [0, 67]


def test_what_is_missing_is_said():
    with pytest.raises(UserError, match="Morfessor needs an RBP table.*Or choose to learn from sequences"):
        fit(create(), Corpus(tuple(sequences()), None))
    with pytest.raises(UserError, match="Morfessor learns its tokens from sequences"):
        fit(create(source="sequences"), Corpus((), rbp()))


def test_the_expected_time_grows_with_what_is_learned_from():
    small, large = Corpus(tuple(sequences(50)), rbp()), Corpus(tuple(sequences(300)), rbp())
    learning = create(source="sequences")
    assert estimate_seconds(learning, large) == pytest.approx(6 * estimate_seconds(learning, small))
    assert estimate_seconds(create(source="sequences", most=30), large) < estimate_seconds(learning, small)
    assert 0 < estimate_seconds(create(), small) < 1
    assert estimate_seconds(create(), Corpus()) == estimate_seconds(learning, Corpus()) == 0
