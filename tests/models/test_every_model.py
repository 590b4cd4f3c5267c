"""Every model, present and future, keeps the same promises."""

import dataclasses

import numpy as np
import pytest

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback
from lib.core.registry import settings_of
from lib.datasets.dataset import Dataset
from lib.models import MODELS, Differentiable, mutants, uses_tokenizer
from lib.models.base import Sized, own_tokenizer
from lib.tasks.data import TrainingData
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer
from lib.training import TrainingContext
from tests.models import classes_made, profiles_made, published

QUICK = {
    "bpnet": {"epochs": 2, "channels": 8, "layers": 2, "batch_size": 16},
    "bert": {"size": "tiny", "epochs": 2, "batch_size": 16, "longest": 40},
    "best": {"minutes": 0.01},
    "cnn": {"epochs": 2, "channels": 8, "batch_size": 16},
    "dexter": {"bins": 3, "unequal": True, "longest": 4},
    "dnabert-2": {"epochs": 2, "batch_size": 16, "learning_rate": 3e-3},
    "hf-encoder": {"epochs": 2, "batch_size": 16, "learning_rate": 3e-3},
    "legnet": {"epochs": 2, "channels": 8, "batch_size": 16},
    "kmer-logistic": {"k": 3},
    "kmer-ridge": {"k": 3},
    "utr-lm": {"layers": 1, "width": 32, "heads": 4, "epochs": 2, "batch_size": 16},
}
TARGETS, COLUMNS = 2, 5


def two_members(folder, dataset):
    """What a job copies into the folder of an ensemble: two trained models."""
    for number, model in enumerate((MODELS.create("mean"), MODELS.create("kmer-ridge", {"k": 2})), start=1):
        place = folder / "members" / f"{number}-abc{number}"
        place.mkdir(parents=True)
        model.fit(TrainingData.of(made()), TrainingContext(place)).save(place)


PREPARE = {"ensemble": two_members}
"""What must lie in the folder before a model is fitted there, by its name: a function of the folder and the dataset."""
CHECKPOINTS = {"dnabert-2": published.dnabert2, "hf-encoder": published.nucleotide_transformer}
"""What writes a checkpoint for a model that needs one in its setting ``weights``: a function of the folder."""
LAYOUTS = {
    "LAMAR": ("hf-encoder", "weights", published.lamar),
    "3UTRBERT": ("hf-encoder", "weights", published.utrbert),
    "ModernBERT": ("hf-encoder", "weights", published.modern_bpe),
    "UTR-LM": ("utr-lm", "pretraining", published.utr_lm),
}
"""Published models in their layouts: the model that reads them, by which setting, and what writes them."""
FRESH = ["ACGTTGCAACGTAGGTTTGCA", "NNACGTNNTTGAC", "T", "GGCATGAACGTACGTTTAGCATCGATTTTTGCAGGA", "ACGTTGCAACGTAGGTTTGCC"]


def made(seed: int = 0, n: int = 90) -> Dataset:
    """Sequences of 20 to 41 nt with some N; the targets are counts of TT and GC, with noise; two values are missing."""
    rng = np.random.default_rng(seed)
    letters = [rng.choice(list("ACGTN"), p=[0.24] * 4 + [0.04], size=rng.integers(20, 42)) for _ in range(n)]
    sequences = np.array(["".join(row) for row in letters])
    counts = np.array([[sequence.count("TT"), sequence.count("GC")] for sequence in sequences], dtype=float)
    targets = counts + 0.1 * rng.normal(size=(n, TARGETS))
    values = rng.normal(size=(n, COLUMNS)) + targets[:, :1]
    values[[3, 7], [0, 4]] = np.nan
    parts = np.array(["train"] * (n - 30) + ["validation"] * 17 + ["test"] * 13)
    return Dataset(
        id="d",
        split_id="s",
        name="made",
        ids=np.array([f"r{i}" for i in range(n)]),
        sequences=sequences,
        targets=targets,
        target_names=("tt", "gc"),
        target_units=("count", "count"),
        values=values,
        times=(0.0, 1.0, 2.0, 4.0, 8.0),
        value_names=tuple("abcde"),
        parts=parts,
        task="multi_regression",
    )


def natural(model, n: int = 90) -> Dataset:
    """Data of a task that a model does: several numbers for each sequence, or classes or profiles alone."""
    if "multi_regression" in model.tasks:
        return made(n=n)
    return (classes_made if "classification" in model.tasks else profiles_made).made(n=n)


def data_for(model, dataset):
    """What a training gives a model: with a small tokenizer for one that reads tokens."""
    tokenizer = None
    if uses_tokenizer(model):
        own = own_tokenizer(model)
        corpus = Corpus.of(dataset) if len(dataset.rows("train")) else Corpus(sequences=FRESH)
        tokenizer = fit_tokenizer(own or TOKENIZERS.create("bpe", {"size": 24}), corpus)
    return TrainingData.of(dataset, tokenizer)


def fit(model, dataset, folder, seed=0, **options):
    folder.mkdir(parents=True, exist_ok=True)
    PREPARE.get(model.name, lambda *_: None)(folder, dataset)
    return model.fit(data_for(model, dataset), TrainingContext(folder, seed=seed, device="cpu", **options))


def files(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


@pytest.fixture(params=[*MODELS.all(), *LAYOUTS], scope="module")
def model(request, tmp_path_factory):
    if request.param in LAYOUTS:
        name, setting, write = LAYOUTS[request.param]
        return MODELS.create(
            name, {**QUICK[name], "epochs": 1, setting: str(write(tmp_path_factory.mktemp("checkpoint") / "published"))}
        )
    settings = dict(QUICK.get(request.param, {}))
    if request.param in CHECKPOINTS:
        settings["weights"] = str(CHECKPOINTS[request.param](tmp_path_factory.mktemp("checkpoint")))
    return MODELS.create(request.param, settings)


@pytest.fixture(scope="module")
def fitted(model, tmp_path_factory):
    return fit(model, natural(model), tmp_path_factory.mktemp("run") / "a")


def test_one_row_of_targets_for_each_sequence(model, fitted):
    predicted, targets = fitted.predict(FRESH), natural(model).targets.shape[1]
    assert predicted.shape == (len(FRESH), targets)
    assert predicted.dtype == np.float64
    assert np.isfinite(predicted).all()
    assert fitted.predict([]).shape == (0, targets)


def test_a_prediction_does_not_depend_on_its_neighbours(fitted):
    together = fitted.predict(FRESH)
    np.testing.assert_allclose(fitted.predict(FRESH[::-1])[::-1], together, atol=1e-5)
    for row, sequence in enumerate(FRESH):
        np.testing.assert_allclose(fitted.predict([sequence])[0], together[row], atol=1e-5, err_msg=sequence)


def test_saved_and_loaded_it_predicts_the_same_to_the_last_bit(model, fitted, tmp_path):
    fitted.save(tmp_path)
    again = type(model).load(tmp_path)
    np.testing.assert_array_equal(again.predict(FRESH), fitted.predict(FRESH))
    kinds = {path.suffix for path in files(tmp_path)}
    assert kinds <= {".json", ".safetensors"}, f"{kinds}: only JSON and safetensors are written"


def test_the_same_seed_gives_the_same_model(model, fitted, tmp_path):
    np.testing.assert_array_equal(fit(model, natural(model), tmp_path / "b").predict(FRESH), fitted.predict(FRESH))


def test_the_test_part_changes_nothing(model, fitted, tmp_path):
    dataset = natural(model)
    test = dataset.rows("test")
    sequences, targets, values = dataset.sequences.copy(), dataset.targets.copy(), dataset.values.copy()
    sequences[test], targets[test], values[test] = "GGGGCCCC", 1000.0, -1000.0
    changed = dataclasses.replace(dataset, sequences=sequences, targets=targets, values=values)
    np.testing.assert_array_equal(fit(model, changed, tmp_path / "c").predict(FRESH), fitted.predict(FRESH))


def test_no_pickle_is_left_behind(model, tmp_path):
    fit(model, natural(model), tmp_path).save(tmp_path)
    kinds = {path.suffix for path in files(tmp_path)}
    assert kinds <= {".json", ".safetensors", ".parquet"}


def test_it_stops_at_the_first_report_after_it_was_asked(model, tmp_path):
    reports = []
    try:
        fit(model, natural(model), tmp_path, progress=Callback(reports.append, cancelled=lambda: True))
    except Cancelled:
        assert len(reports) == 1
    else:
        assert not reports, "it went on although it was asked to stop"


def test_reports_name_a_stage_and_never_go_back(model, tmp_path):
    reports = []
    fit(model, natural(model), tmp_path, progress=Callback(reports.append))
    steps = [report.step for report in reports]
    assert steps == sorted(steps)
    assert all(report.stage and report.step <= report.total for report in reports)


def test_too_few_sequences_are_refused_in_a_sentence(model, tmp_path):
    dataset = natural(model)
    parts = np.where(np.arange(len(dataset)) == len(dataset) - 1, "validation", "test")
    with pytest.raises(UserError, match="needs at least"):
        fit(model, dataclasses.replace(dataset, parts=parts), tmp_path)


def test_forty_sequences_are_enough(model, tmp_path):
    assert np.isfinite(fit(model, natural(model, n=70), tmp_path).predict(FRESH)).all()


def test_a_missing_or_damaged_file_is_named(model, fitted, tmp_path):
    with pytest.raises(UserError, match=r"model\.json is missing"):
        type(model).load(tmp_path)
    fitted.save(tmp_path)
    for path in files(tmp_path):
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(UserError, match=path.name.replace(".", r"\.")):
            type(model).load(tmp_path)
        path.write_bytes(whole)


def test_the_model_of_another_kind_is_not_loaded(model, fitted, tmp_path):
    fitted.save(tmp_path)
    text = (tmp_path / "model.json").read_text()
    (tmp_path / "model.json").write_text(text.replace(f'"{model.name}"', '"another"'))
    with pytest.raises(UserError, match="another"):
        type(model).load(tmp_path)


def test_every_setting_explains_itself(model):
    assert model.label
    assert model.summary.endswith(".")
    assert model.typical_time
    for item in settings_of(model):
        assert item.label, item.name
        assert item.help or item.type is not bool, f"{item.name} has no help"
        assert item.check(item.default) == item.default


def test_a_differentiable_model_shows_the_network_that_predicts(fitted):
    if not isinstance(fitted, Differentiable):
        pytest.skip("no network")
    import torch

    from lib.core.alphabet import one_hot

    network = fitted.network()
    assert not network.training
    for sequence in FRESH:
        found = network(torch.from_numpy(one_hot(sequence))[None]).detach().numpy()
        np.testing.assert_allclose(found[0], fitted.predict([sequence])[0], atol=1e-5)


def test_the_effects_of_mutations_are_those_of_predicted_mutants(fitted):
    asked = [FRESH[1], FRESH[2]]
    found = {number: (value, effects) for number, value, effects in mutations(fitted, asked)}
    for number, sequence in enumerate(asked):
        value, effects = found[number]
        assert value == pytest.approx(fitted.predict([sequence])[0, 1], abs=1e-5)
        for position, channel in {(0, 3), (len(sequence) - 1, 1), (len(sequence) // 2, 0)}:
            mutant = sequence[:position] + "ACGT"[channel] + sequence[position + 1 :]
            expected = fitted.predict([mutant])[0, 1] - value
            assert effects[channel, position] == pytest.approx(expected, abs=1e-5), (sequence, position)


def mutations(fitted, sequences):
    return mutants.effects(fitted, sequences, target=1, alive=lambda: None)


def test_the_size_that_is_announced_is_positive(model):
    if not isinstance(model, Sized):
        pytest.skip("says no size")
    total = model.parameters(TARGETS, COLUMNS)
    assert total > 0
    if hasattr(model, "trainable"):
        assert 0 < model.trainable(TARGETS, COLUMNS) <= total


def test_a_model_that_reads_tokens_keeps_its_tokenizer_and_needs_one(model, fitted, tmp_path):
    if not uses_tokenizer(model):
        assert not hasattr(fitted, "tokenizer")
        pytest.skip("reads nucleotides")
    fitted.save(tmp_path)
    assert (tmp_path / "tokenizer" / "fitted.json").is_file()
    with pytest.raises(UserError, match="no tokenizer was chosen"):
        model.fit(TrainingData.of(natural(model)), TrainingContext(tmp_path, device="cpu"))
    with pytest.raises(UserError, match=r"Sequence 2 of 3 is empty, and 1 more"):
        fitted.predict(["ACGT", "", ""])
