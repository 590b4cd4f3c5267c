"""Language-model heads: those of checkpoints and pretrainings are kept, and they guess as transformers does."""

import numpy as np
import pytest
import torch
import transformers

from lib.core.errors import UserError
from lib.models.base import MODELS
from lib.models.bert import BertModel
from lib.models.language_model import language_model, load_pretrained, refusal
from lib.models.nets import checkpoints, encoder_checkpoints
from lib.models.utr_lm import UtrLmModel
from lib.models.utr_pretraining import UtrPretraining
from lib.motifs.folding import fold
from lib.tasks.data import TrainingData
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer
from lib.training import TrainingContext
from tests.attribution.explained import OneHot, Small, bert, both
from tests.models import published
from tests.models.test_bert_pretraining import MODEL, data
from tests.models.test_every_model import made

LAYOUTS = {
    "dnabert": transformers.BertForMaskedLM,
    "nucleotide_transformer": transformers.EsmForMaskedLM,
    "roberta": transformers.RobertaForMaskedLM,
    "modernbert": transformers.ModernBertForMaskedLM,
}
PROBE = ["ACGTTGCATTTACGACGTTGCA", "TTTTGGGACC"]
IDS = torch.tensor([[5, 9, 11, 4, 7, 20], [8, 6, 6, 10, 13, 5]])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_published_head_guesses_as_transformers_does(tmp_path, layout):
    folder = getattr(published, layout)(tmp_path / "model")
    config = encoder_checkpoints.read_config(folder)
    encoder = encoder_checkpoints.load(folder, config)
    head = encoder_checkpoints.load_head(folder, encoder)
    theirs = LAYOUTS[layout].from_pretrained(folder).eval()
    states = encoder(input_ids=IDS, attention_mask=torch.ones_like(IDS)).last_hidden_state
    found = head.guess(states, encoder.get_input_embeddings().weight)
    torch.testing.assert_close(found, theirs(input_ids=IDS, attention_mask=torch.ones_like(IDS)).logits)


def test_a_checkpoint_without_a_head_has_none(tmp_path):
    folder = published.dnabert(tmp_path / "model", prefix=False)
    encoder = encoder_checkpoints.load(folder, encoder_checkpoints.read_config(folder))
    assert encoder_checkpoints.load_head(folder, encoder) is None


def trained(settings, name="hf-encoder", folder=None):
    """Train one epoch, save, and give the model as it was and as it is read back."""
    model = MODELS.create(name, {"epochs": 1, "batch_size": 16, **settings})
    tokenizer = fit_tokenizer(model.own_tokenizer(), Corpus())
    first = model.fit(TrainingData.of(made(seed=2, n=60), tokenizer), TrainingContext(folder, device="cpu"))
    folder.mkdir(exist_ok=True)
    first.save(folder)
    return first, type(model).load(folder)


def guesses(fitted):
    model = language_model(fitted)
    return [model.logits(row.ids[None]) for row in model.read(PROBE)]


@pytest.mark.parametrize("way", ["frozen", "lora", "full"])
def test_a_fine_tuned_run_keeps_the_head_it_began_with_and_says_so(tmp_path, way):
    folder = published.dnabert(tmp_path / "model")
    first, again = trained({"weights": str(folder), "adaptation": way}, folder=tmp_path)
    for one, other in zip(guesses(first), guesses(again), strict=True):
        np.testing.assert_array_equal(one, other)
    theirs = transformers.BertForMaskedLM.from_pretrained(folder).eval()
    row = language_model(again).read(PROBE)[0]
    expected = theirs(input_ids=torch.from_numpy(row.ids)[None]).logits.detach().numpy()
    said = language_model(again).origin
    assert str(folder) in said
    if way == "frozen":
        np.testing.assert_allclose(guesses(again)[0], expected, atol=1e-5)
        assert "the encoder is unchanged by this run" in said
    else:
        assert np.abs(guesses(again)[0] - expected).max() > 1e-4
        assert "the encoder was trained further on the target of this run" in said
    own = encoder_checkpoints.load_head(folder, encoder_checkpoints.load(folder, theirs.config))
    for name, value in own.state_dict().items():
        assert torch.equal(value, again.language_head.state_dict()[name]), name


def test_dnabert2_keeps_its_head(tmp_path):
    folder = published.dnabert2(tmp_path / "bare")
    first, _ = trained({"weights": str(folder), "adaptation": "frozen"}, "dnabert-2", tmp_path / "a")
    assert "no language-model head" in refusal(first)
    import safetensors.torch

    numbers = safetensors.torch.load_file(folder / "model.safetensors")
    table = numbers["bert.embeddings.word_embeddings.weight"]
    drawn = torch.Generator().manual_seed(3)
    head = {"transform.dense.weight": (12, 12), "transform.dense.bias": (12,), "transform.LayerNorm.weight": (12,)}
    head |= {"transform.LayerNorm.bias": (12,), "decoder.bias": (len(table),)}
    numbers |= {f"cls.predictions.{name}": torch.randn(shape, generator=drawn) for name, shape in head.items()}
    safetensors.torch.save_file(numbers, folder / "model.safetensors")
    _, again = trained({"weights": str(folder), "adaptation": "frozen"}, "dnabert-2", tmp_path / "b")
    encoder = checkpoints.load_encoder(folder)
    row = language_model(again).read(PROBE)[0]
    states = encoder(torch.from_numpy(row.ids)[None]).last_hidden_state
    expected = checkpoints.load_head(folder, encoder).guess(states, encoder.get_input_embeddings().weight)
    np.testing.assert_allclose(guesses(again)[0], expected.detach().numpy(), atol=1e-5)


def test_bert_keeps_the_head_of_its_own_pretraining(tmp_path):
    first = MODEL.fit(data(), TrainingContext(tmp_path, device="cpu"))
    first.save(tmp_path)
    again = BertModel.load(tmp_path)
    for one, other in zip(guesses(first), guesses(again), strict=True):
        np.testing.assert_array_equal(one, other)
    assert "the pretraining of this run" in language_model(again).origin


def test_utr_lm_keeps_the_head_of_its_pretraining_which_is_a_language_model_itself(tmp_path):
    (tmp_path / "pretraining").mkdir()
    settings = UtrPretraining(layers=1, width=16, heads=2, epochs=1, batch_size=16, longest=40)
    read = settings.cut(made(seed=3, n=80).sequences)
    settings.fit(read, [fold(sequence) for sequence in read], TrainingContext(tmp_path / "pretraining", device="cpu"))
    itself = load_pretrained(tmp_path / "pretraining")
    model = UtrLmModel(pretraining=str(tmp_path / "pretraining"))
    tokenizer = fit_tokenizer(TOKENIZERS.create("nucleotide"), Corpus())
    begun = model.begin(tokenizer.vocabulary)
    row = itself.read(PROBE)[0]
    states = begun.module.eval()(input_ids=torch.from_numpy(row.ids)[None]).last_hidden_state
    expected = begun.head.guess(states, begun.module.get_input_embeddings().weight).detach().numpy()
    np.testing.assert_allclose(itself.logits(row.ids[None]), expected, atol=1e-6)
    _, again = trained({"pretraining": str(tmp_path / "pretraining")}, "utr-lm", tmp_path)
    assert f"the pretraining {tmp_path / 'pretraining'}" in language_model(again).origin


def test_models_without_a_language_model_are_refused_in_a_sentence():
    for model, words in (
        (OneHot(Small()), "no encoder of tokens"),
        (bert(), "never learned to guess hidden tokens"),
        (both(OneHot(Small()), bert()), "a language model for each of its members"),
    ):
        assert words in refusal(model)
        with pytest.raises(UserError, match=words):
            language_model(model)
