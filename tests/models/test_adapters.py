"""Adapters of LoRA give the states of peft, on the base model that they were made for, or say what is missing."""

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import safetensors.torch
import torch
import transformers

from lib.core.errors import UserError
from lib.models import MODELS
from lib.tokenizers import fit
from tests.models import published
from tests.models.test_hf_encoder import IDS, MASK, states

QUERIES = ["query", "value"]


def published_adapter(
    folder: Path, base: Path, *, kind: Any = transformers.AutoModel, named: str = "base", **settings: Any
) -> torch.Tensor:
    """Write an adapter of random matrices as peft does, and give the states of its encoder by peft."""
    torch.manual_seed(3)
    model = kind.from_pretrained(base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an older name
        adapted = peft.get_peft_model(model, peft.LoraConfig(init_lora_weights=False, **settings))
    with torch.no_grad():
        for name, weights in adapted.named_parameters():
            if weights.requires_grad and "lora_" not in name:
                weights.add_(torch.randn_like(weights) * 0.1)  # biases and heads that were learned
    adapted.save_pretrained(folder)
    facts = json.loads((folder / "adapter_config.json").read_text())
    # Written to the disk, random matrices are those of a trained adapter: they began as usual.
    facts |= {"base_model_name_or_path": named, "init_lora_weights": True}
    (folder / "adapter_config.json").write_text(json.dumps(facts))
    merged = adapted.merge_and_unload().eval()
    return states(getattr(merged, merged.base_model_prefix, merged))


def begun(folder: Path, **settings: Any) -> torch.nn.Module:
    model = MODELS.create("hf-encoder", {"weights": str(folder), **settings})
    return model.begin(fit(model.own_tokenizer()).vocabulary).module


def change(folder: Path, **facts: Any) -> Path:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))
    return folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return published.dnabert(tmp_path / "base", k=2)


CLASSIFIER = transformers.AutoModelForSequenceClassification
ADAPTERS = {
    "plain": {"r": 3, "lora_alpha": 7, "target_modules": QUERIES},
    "of a masked language model": {"kind": transformers.AutoModelForMaskedLM, "r": 2, "target_modules": QUERIES},
    "of a classifier": {"kind": CLASSIFIER, "r": 2, "target_modules": QUERIES, "task_type": "SEQ_CLS"},
    "all linear layers, heads too": {"kind": CLASSIFIER, "r": 2, "target_modules": "all-linear"},
    "a pattern of names": {"r": 2, "target_modules": r".*layer\.1\..*(query|key)"},
    "of several ranks": {
        "r": 2,
        "target_modules": QUERIES,
        "rank_pattern": {"layer.1.attention.self.query": 5},
        "alpha_pattern": {"layer.1.attention.self.query": 11, "value": 3},
    },
    "rank-stabilised": {"r": 4, "lora_alpha": 3, "use_rslora": True, "target_modules": QUERIES},
    "DoRA": {"r": 2, "use_dora": True, "target_modules": QUERIES},
    "with biases": {"r": 2, "bias": "all", "target_modules": QUERIES},
    "of words": {"r": 2, "target_modules": ["word_embeddings", "query"]},
    "a norm learned whole": {"r": 2, "target_modules": QUERIES, "modules_to_save": ["LayerNorm"]},
}


@pytest.mark.parametrize("which", ADAPTERS)
def test_states_are_those_of_peft(tmp_path: Path, base: Path, which: str) -> None:
    folder = tmp_path / "adapter"
    theirs = published_adapter(folder, base, **ADAPTERS[which])
    ours = begun(folder, base=str(base))
    torch.testing.assert_close(states(ours), theirs, atol=1e-5, rtol=1e-5)
    assert (theirs - states(begun(base))).abs().max() > 1e-3, "the adapter changes something"
    assert not [name for name, _ in ours.named_parameters() if "lora" in name], "a plain encoder is left"


def test_dnabert2_takes_adapters_too(tmp_path: Path) -> None:
    """By hand: W + alpha / r * B A, here 6 / 2."""
    base = published.dnabert2(tmp_path / "base")
    folder = tmp_path / "adapter"
    folder.mkdir()
    first, second = torch.randn(2, 12), torch.randn(36, 2)
    place = "base_model.model.bert.encoder.layer.1.attention.self.Wqkv"
    found = {f"{place}.lora_A.weight": first, f"{place}.lora_B.weight": second}
    safetensors.torch.save_file(found, folder / "adapter_model.safetensors")
    facts = {"peft_type": "LORA", "base_model_name_or_path": str(base), "r": 2, "lora_alpha": 6}
    (folder / "adapter_config.json").write_text(json.dumps(facts))
    model = MODELS.create("dnabert-2", {"weights": str(folder)})
    made = model.begin(fit(model.own_tokenizer()).vocabulary)
    before = MODELS.create("dnabert-2", {"weights": str(base)}).begin(fit(model.own_tokenizer()).vocabulary)
    name = "encoder.layer.1.attention.self.Wqkv.weight"
    old, new = before.module.state_dict()[name], made.module.state_dict()[name]
    torch.testing.assert_close(new, old + 3 * second @ first)
    assert made.facts["base"] == str(base) and made.facts["source"] == str(folder)


@pytest.mark.parametrize("adaptation", ["lora", "full", "frozen"])
def test_an_adapted_encoder_is_adapted_again(tmp_path: Path, base: Path, adaptation: str) -> None:
    folder = tmp_path / "adapter"
    published_adapter(folder, base, r=2, target_modules=QUERIES)
    encoder = begun(folder, base=str(base))
    before = states(encoder)
    model = MODELS.create("hf-encoder", {"weights": str(folder), "base": str(base), "adaptation": adaptation})
    model.adapt(encoder)
    learned = [name for name, weights in encoder.named_parameters() if weights.requires_grad]
    assert bool(learned) == (adaptation != "frozen") and all("lora" in name for name in learned) == (
        adaptation != "full"
    )
    torch.testing.assert_close(states(encoder), before, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("named", ["base", "./base", "../base"])
def test_the_base_beside_an_adapter_is_found_and_its_tokens_are_taken(tmp_path: Path, base: Path, named: str) -> None:
    folder = tmp_path / "adapter"
    theirs = published_adapter(folder, base, r=2, target_modules=QUERIES, named=named)
    torch.testing.assert_close(states(begun(folder)), theirs, atol=1e-5, rtol=1e-5)
    assert Path(MODELS.create("hf-encoder", {"weights": str(folder)}).own_tokenizer().path).samefile(base)
    shutil.copy(base / "vocab.txt", folder)
    assert MODELS.create("hf-encoder", {"weights": str(folder)}).own_tokenizer().path == str(folder)
    outlined = MODELS.create("hf-encoder", {"weights": str(folder)}).outline(21)
    assert outlined.config.vocab_size == 21


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("/home/somebody/models/DNABERT", "its base model is /home/somebody/models/DNABERT, and there is no folder"),
        ("", "its base model is not named in it. Choose the folder"),
        ("no such/thing/at all", "its base model is no such/thing/at all, and there is no folder"),
        ("x" * 5000, "its base model is xxx"),
    ],
)
def test_a_base_that_is_not_here_is_named_with_the_remedy(tmp_path: Path, base: Path, named: str, said: str) -> None:
    folder = tmp_path / "adapter"
    published_adapter(folder, base, r=2, target_modules=QUERIES, named=named)
    shutil.copy(base / "vocab.txt", folder)
    with pytest.raises(UserError, match=r"by the setting base; or merge the adapter into its base") as error:
        begun(folder)
    assert str(error.value).startswith("adapter is an adapter of LoRA and not a whole model; ")
    assert said in str(error.value)


def test_a_base_on_the_hub_that_cannot_be_had_is_named(tmp_path: Path, base: Path, monkeypatch) -> None:
    from lib.io import hub

    asked = []

    def away(source: str, **_: Any) -> Path:
        asked.append(source)
        raise UserError("The hub could not be reached.")

    folder = tmp_path / "adapter"
    published_adapter(folder, base, r=2, target_modules=QUERIES, named="lab/dnabert")
    change(folder, revision="v2")
    shutil.copy(base / "vocab.txt", folder)
    vocabulary = fit(MODELS.create("hf-encoder", {"weights": str(folder)}).own_tokenizer()).vocabulary
    original = hub.folder_of
    monkeypatch.setattr(
        hub, "folder_of", lambda source, **more: original(source, **more) if source == str(folder) else away(source)
    )
    with pytest.raises(
        UserError, match=r"base model is lab/dnabert@v2\. The hub could not be reached\. Choose the fol"
    ):
        MODELS.create("hf-encoder", {"weights": str(folder)}).begin(vocabulary)
    assert asked == ["lab/dnabert@v2"]


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "another kind": (lambda folder: change(folder, peft_type="IA3"), "an adapter of the kind IA3, not LoRA"),
    "pissa": (lambda folder: change(folder, init_lora_weights="pissa"), "began with changed weights"),
    "odd": (lambda folder: change(folder, init_lora_weights=["x"]), "began with changed weights"),
    "replicated": (lambda folder: change(folder, layer_replication=[[0, 2]]), "says layer_replication, unknown here"),
    "infinite": (lambda folder: change(folder, lora_alpha=float("inf")), "lora_alpha .* is no number"),
    "text": (lambda folder: change(folder, lora_alpha="16"), "lora_alpha .* is no number"),
    "a regular expression": (lambda folder: change(folder, alpha_pattern={"(a+)+$": 2}), "by patterns of names"),
    "not JSON": (lambda folder: (folder / "adapter_config.json").write_text("{"), "cannot be read"),
    "no weights": (lambda folder: (folder / "adapter_model.safetensors").unlink(), "neither adapter_model.safetensors"),
    "damaged": (lambda folder: (folder / "adapter_model.safetensors").write_bytes(b"x" * 99), "cannot be read"),
    "code": (
        lambda folder: (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin"),
        "damaged, or holds more than numbers",
    ),
    "two models": (
        lambda folder: (folder / "model.safetensors").write_bytes(b""),
        "holds a whole model .model.safetensors. and an adapter",
    ),
}


@pytest.mark.parametrize("which", REFUSED)
def test_what_cannot_be_added_is_refused(tmp_path: Path, base: Path, which: str) -> None:
    folder = tmp_path / "adapter"
    published_adapter(folder, base, r=2, target_modules=QUERIES)
    shutil.copy(base / "vocab.txt", folder)
    spoil, said = REFUSED[which]
    spoil(folder)
    with pytest.raises(UserError, match=said):
        begun(folder)


def weights_of(folder: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    path = folder / "adapter_model.safetensors"
    safetensors.torch.save_file(change(safetensors.torch.load_file(path)), path)


LAYER = "base_model.model.encoder.layer.0.attention.self.query"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda found: {**found, f"{LAYER}.lora_A.weight": torch.ones(2, 13)},
            "does not fit its base in encoder.layer",
        ),
        (lambda found: {key: value for key, value in found.items() if "lora_B" not in key}, "does not fit its base"),
        (lambda found: {key: value for key, value in found.items() if "lora_A" not in key}, "does not fit its base"),
        (lambda found: {**found, f"{LAYER}.lora_A.weight": torch.tensor(1.0)}, "does not fit its base"),
        (lambda found: {**found, "base_model.model.encoder.lost": torch.ones(2)}, "in encoder.lost; it was made for"),
        (lambda found: {**found, "classifier.weight": torch.ones(2)}, "holds classifier.weight, no weights of peft"),
        (lambda found: {key.replace("encoder", "tower"): value for key, value in found.items()}, "changes none of the"),
    ],
)
def test_matrices_must_fit_the_base(tmp_path: Path, base: Path, spoil, said: str) -> None:
    folder = tmp_path / "adapter"
    published_adapter(folder, base, r=2, target_modules=QUERIES)
    weights_of(folder, spoil)
    with pytest.raises(UserError, match=said):
        begun(folder, base=str(base))


def test_what_several_gpus_and_compiling_add_is_taken_out(tmp_path: Path, base: Path) -> None:
    folder = tmp_path / "adapter"
    theirs = published_adapter(folder, base, r=2, target_modules=QUERIES)
    weights_of(folder, lambda found: {f"module._orig_mod.{key}": value for key, value in found.items()})
    torch.testing.assert_close(states(begun(folder, base=str(base))), theirs, atol=1e-5, rtol=1e-5)


def test_a_whole_model_needs_no_base_and_an_adapter_no_adapter(tmp_path: Path, base: Path) -> None:
    with pytest.raises(UserError, match="base is a whole model and no adapter. Leave the setting base empty"):
        begun(base, base=str(base))
    folder = tmp_path / "adapter"
    published_adapter(folder, base, r=2, target_modules=QUERIES)
    shutil.copy(base / "vocab.txt", folder)
    with pytest.raises(UserError, match="is an adapter itself"):
        begun(folder, base=str(folder))
    assert IDS.shape == MASK.shape
