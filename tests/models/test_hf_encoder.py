"""Published encoders are read as they are, or refused with the names of what does not fit; no code of theirs runs."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
import transformers

from lib.core.errors import UserError
from lib.models import MODELS
from lib.models.nets.encoder_checkpoints import limit, load, read_config
from lib.tasks.data import TrainingData
from lib.tokenizers import TOKENIZERS, fit
from lib.training import TrainingContext
from tests.models import published
from tests.models.test_every_model import made

LAYOUTS = {
    "bert": published.dnabert,
    "esm": published.nucleotide_transformer,
    "roberta": published.roberta,
    "modernbert": published.modernbert,
}
RNA = {
    "3UTRBERT": published.utrbert,
    "3'UTR-DNABERT": published.utr_dnabert,
    "SpeciesLM of nucleotides": published.specieslm_k1,
    "ModernBERT with byte pairs": published.modern_bpe,
}
IDS, MASK = torch.tensor([[3, 9, 18, 7, 5], [3, 5, 4, 1, 1]]), torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])


def states(encoder: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return encoder(input_ids=IDS, attention_mask=MASK).last_hidden_state


def numbers(folder: Path) -> dict[str, torch.Tensor]:
    return safetensors.torch.load_file(folder / "model.safetensors")


def again(folder: Path, found: dict[str, torch.Tensor]) -> Path:
    safetensors.torch.save_file(found, folder / "model.safetensors")
    return folder


def loaded(folder: Path) -> torch.nn.Module:
    return load(folder, read_config(folder))


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_states_are_those_of_transformers(tmp_path: Path, layout: str, binary: bool, capfd) -> None:
    folder = LAYOUTS[layout](tmp_path / "model", binary=binary)
    capfd.readouterr()
    encoder = loaded(folder)
    assert capfd.readouterr() == ("", ""), "transformers says nothing of its own"
    assert not encoder.training and {weights.dtype for weights in encoder.parameters()} == {torch.float32}
    heads = transformers.AutoModelForMaskedLM.from_pretrained(folder).eval()
    theirs = states(getattr(heads, heads.base_model_prefix))
    torch.testing.assert_close(states(encoder), theirs, atol=0, rtol=0)
    assert theirs.std() > 0.1
    assert not any("pooler" in name or "contact_head" in name for name in encoder.state_dict())


@pytest.mark.parametrize("layout", RNA)
def test_sequences_reach_published_models_as_their_own_tokenizers_give_them(tmp_path: Path, layout: str) -> None:
    """Ids by transformers' tokenizer and states by its model, from the same files, are ours."""
    folder = RNA[layout](tmp_path / "model")
    sequence, bert = "ACGTTGCAACGTAGGTTT", folder / "vocab.txt"
    species = "candida_glabrata" if "Species" in layout else ""
    model = MODELS.create("hf-encoder", {"weights": str(folder), "species": species})
    tokenizer = fit(model.own_tokenizer())
    encoder = model.begin(tokenizer.vocabulary)
    ids, mask = encoder.frame.batch(encoder.frame.rows(tokenizer.encode_batch([sequence])))
    k = len(max((piece for piece in tokenizer.vocabulary.pieces if not set(piece) - set("ACGT")), key=len))
    words = " ".join(sequence[start : start + k] for start in range(len(sequence) - k + 1))
    if layout == "3UTRBERT":
        words = words.replace("T", "U")
    if bert.exists():
        theirs = transformers.BertTokenizer(str(bert), do_lower_case=False)
        theirs.add_tokens(["candida_glabrata", "saccharomyces_cerevisiae"] if species else [])
        expected = theirs(f"{species} {words}".strip())["input_ids"]
    else:
        expected = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))(sequence)
        expected = expected["input_ids"]
    assert ids[0].tolist() == expected
    kind = transformers.ModernBertForMaskedLM if "Modern" in layout else transformers.BertForMaskedLM
    whole = kind.from_pretrained(folder).eval()
    with torch.no_grad():
        states = getattr(whole, whole.base_model_prefix)(input_ids=ids, attention_mask=mask).last_hidden_state
        ours = encoder.module(input_ids=ids, attention_mask=mask).last_hidden_state
    torch.testing.assert_close(ours, states, atol=1e-6, rtol=1e-6)
    assert states.std() > 0.1


@pytest.mark.parametrize("prefix", ["", "bert.", "model.", "module."])
def test_any_prefix_is_taken_off(tmp_path: Path, prefix: str) -> None:
    folder = published.dnabert(tmp_path / "model", prefix=False)
    plain = states(loaded(folder))
    again(folder, {prefix + key: value for key, value in numbers(folder).items()})
    torch.testing.assert_close(states(loaded(folder)), plain, atol=0, rtol=0)


def test_older_names_of_norms_are_understood(tmp_path: Path) -> None:
    folder = published.dnabert(tmp_path / "model")
    plain = states(loaded(folder))
    older = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    found = numbers(folder)
    for new, old in older.items():
        found = {key.replace(new, old): value for key, value in found.items()}
    assert any(key.endswith("gamma") for key in found)
    torch.testing.assert_close(states(loaded(again(folder, found))), plain, atol=0, rtol=0)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_missing_key_is_named_and_nothing_is_left_at_random(tmp_path: Path, layout: str) -> None:
    folder = LAYOUTS[layout](tmp_path / "model")
    whole = numbers(folder)
    needed = set(loaded(folder).state_dict())
    prefix = {"bert": "bert.", "esm": "esm.", "roberta": "roberta.", "modernbert": "model."}[layout]
    inside = [key for key in whole if key.removeprefix(prefix) in needed and not key.endswith("inv_freq")]
    assert len(inside) >= 14
    for key in inside[:: len(inside) // 5]:
        again(folder, {name: value for name, value in whole.items() if name != key})
        with pytest.raises(UserError) as raised:
            loaded(folder)
        assert f"The checkpoint model lacks {key.removeprefix(prefix)}. " in str(raised.value)


def test_other_shapes_and_layers_left_over_are_named(tmp_path: Path) -> None:
    folder = published.dnabert(tmp_path / "model")
    found = numbers(folder)
    found["bert.encoder.layer.1.intermediate.dense.weight"] = torch.zeros(40, 12)
    found["bert.encoder.layer.2.output.dense.bias"] = torch.zeros(12)
    with pytest.raises(UserError) as raised:
        loaded(again(folder, found))
    for words in (
        "has other shapes than config.json says in encoder.layer.1.intermediate.dense.weight",
        "40 x 12, needed 20 x 12",
        "it has encoder.layer.2.output.dense.bias, which this model has not",
    ):
        assert words in str(raised.value)


def test_a_checkpoint_without_weights_is_a_sentence(tmp_path: Path) -> None:
    folder = published.dnabert(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"neither model\.safetensors nor pytorch_model\.bin"):
        loaded(folder)


class Malicious:
    """Runs a command when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.trace}",)


def test_code_in_a_pickle_does_not_run(tmp_path: Path) -> None:
    folder = published.dnabert(tmp_path / "model", binary=True)
    torch.save({"bert.x": Malicious(tmp_path / "ran")}, folder / "pytorch_model.bin")
    model = MODELS.create("hf-encoder", {"weights": str(folder)})
    with pytest.raises(UserError, match=r"pytorch_model\.bin of model was not opened: it .* holds more than numbers"):
        model.begin(fit(model.own_tokenizer()).vocabulary)
    assert not (tmp_path / "ran").exists()


def test_code_of_a_checkpoint_does_not_run(tmp_path: Path) -> None:
    """A kind that transformers knows is computed by transformers, whatever code lies beside it."""
    folder = published.dnabert(tmp_path / "model")
    plain = states(loaded(folder))
    (folder / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Mine: pass\n")
    facts = json.loads((folder / "config.json").read_text())
    facts["auto_map"] = {"AutoConfig": "mine.Mine", "AutoModel": "mine.Mine"}
    (folder / "config.json").write_text(json.dumps(facts))
    torch.testing.assert_close(states(loaded(folder)), plain, atol=0, rtol=0)
    found = numbers(folder)
    del found["bert.encoder.layer.0.output.dense.bias"]
    with pytest.raises(UserError, match="It was made for code of its own, which is never run"):
        loaded(again(folder, found))
    assert not (tmp_path / "ran").exists()


def test_what_needs_code_of_its_own_is_refused_and_the_native_model_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"model is DNABERT-2, .* never run. Choose the model dnabert-2"):
        loaded(published.dnabert2(tmp_path / "model"))
    folder = published.dnabert(tmp_path / "other")
    whole = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**whole, "model_type": "caduceus"}))
    with pytest.raises(UserError, match=r"of the kind caduceus, which only code of its own can compute.* dnabert-2"):
        loaded(folder)
    (folder / "config.json").write_text(json.dumps({**whole, "model_type": "gpt2"}))
    with pytest.raises(UserError, match="of the kind gpt2, which is no encoder"):
        loaded(folder)
    (folder / "config.json").write_text(json.dumps(whole))
    again(folder, {"encoder.layer.0.mlp.gated_layers.weight": torch.zeros(2, 2)})
    with pytest.raises(UserError, match="holds the weights of DNABERT-2. Choose the model dnabert-2"):
        loaded(folder)


@pytest.mark.parametrize(("layout", "most"), [("bert", 48), ("esm", 48), ("roberta", 46), ("modernbert", 48)])
def test_inputs_are_as_long_as_there_are_positions(tmp_path: Path, layout: str, most: int) -> None:
    """RoBERTa counts positions from its padding token, number 1, on: two of the 48 are lost."""
    folder = LAYOUTS[layout](tmp_path)
    model = MODELS.create("hf-encoder", {"weights": str(folder)})
    tokenizer = fit(model.own_tokenizer())
    encoder = model.begin(tokenizer.vocabulary)
    assert limit(encoder.module) == encoder.frame.longest == most
    ids, _ = encoder.frame.batch(encoder.frame.rows(tokenizer.encode_batch(["ACGTTGCAGGAT" * 60])))
    assert ids.shape == (1, most)
    assert encoder.module(input_ids=ids).last_hidden_state.shape == (1, most, 12)
    shorter = MODELS.create("hf-encoder", {"weights": str(folder), "longest": 20})
    assert shorter.begin(tokenizer.vocabulary).frame.longest == 20


def test_absolute_positions_of_esm_are_counted_from_the_padding_token_too(tmp_path: Path) -> None:
    assert limit(loaded(published.nucleotide_transformer(tmp_path, rotary=False))) == 46


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    model = MODELS.create("hf-encoder", {"weights": str(published.dnabert(tmp_path))})
    with pytest.raises(UserError, match="The tokenizer has 261 tokens and the encoder knows 69"):
        model.begin(fit(TOKENIZERS.create("k-mer", {"k": 4})).vocabulary)
    pooled = MODELS.create("hf-encoder", {"weights": str(published.dnabert(tmp_path)), "pooling": "cls"})
    vocabulary = fit(pooled.own_tokenizer()).vocabulary
    pooled.begin(vocabulary)
    bare = type(vocabulary)(vocabulary.pieces, {"pad": 0, "unknown": 1})
    with pytest.raises(UserError, match="Choose mean as the pooling"):
        pooled.begin(bare)


def test_no_model_is_a_sentence() -> None:
    model = MODELS.create("hf-encoder")
    with pytest.raises(UserError, match="no published model is chosen"):
        model.parameters(1, 0)
    with pytest.raises(UserError, match="no model is chosen"):
        fit(model.own_tokenizer())


def test_a_relative_folder_is_named_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published.dnabert(tmp_path / "owner" / "name")
    monkeypatch.chdir(tmp_path)
    model = MODELS.create("hf-encoder", {"weights": "owner/name"})
    assert model.weights == str(tmp_path / "owner" / "name")
    assert MODELS.create("hf-encoder", {"weights": "owner/other@main"}).weights == "owner/other@main"


@pytest.mark.parametrize("way", ["lora", "frozen", "top layers", "full"])
def test_only_what_was_asked_for_is_learned_and_the_checkpoint_is_needed_no_more(tmp_path: Path, way: str) -> None:
    """All other weights are the same to the last bit, and what LoRA adds to a weight has its rank."""
    folder = published.nucleotide_transformer(tmp_path / "model")
    before = loaded(folder).state_dict()
    settings = {"weights": str(folder), "adaptation": way, "top_layers": 1, "lora_rank": 2, "epochs": 1}
    model = MODELS.create("hf-encoder", {**settings, "batch_size": 16, "learning_rate": 0.01})
    context = TrainingContext(tmp_path, device="cpu")
    fitted = model.fit(TrainingData.of(made(), fit(model.own_tokenizer())), context)
    fitted.save(tmp_path)
    after = fitted.module.body.encoder.state_dict()
    assert after.keys() == before.keys(), "a plain encoder is kept"
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    projections = {f"encoder.layer.{i}.attention.self.{n}.weight" for i in (0, 1) for n in ("query", "key", "value")}
    learned = {
        "lora": projections,
        "frozen": set(),
        "top layers": {
            name for name in before if name.startswith(("encoder.layer.1.", "encoder.emb_layer_norm_after"))
        },
        "full": {name for name in before if not name.endswith("inv_freq")},
    }[way]
    still = {name for name in learned if name.endswith("self.key.bias")}  # attention does not depend on it
    assert learned - still <= changed <= learned
    if way == "lora":
        for name in changed:
            assert torch.linalg.matrix_rank(after[name] - before[name], atol=1e-6) <= 2, name
    shutil.rmtree(folder)
    sequences = ["ACGTTGCAACGTAGGTTTGCA", "TTG", "NACGNN"]
    np.testing.assert_array_equal(type(model).load(tmp_path).predict(sequences), fitted.predict(sequences))
    facts = json.loads((tmp_path / "model.json").read_text())
    assert facts["encoder"]["source"] == str(folder) and facts["settings"]["adaptation"] == way
