"""LAMAR and UTR-LM come as weights alone; what they compute is checked against code that shares nothing with ours."""

import os
from pathlib import Path

import pytest
import safetensors.torch
import torch
import transformers
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, linear

from lib.core.errors import UserError
from lib.models import MODELS
from lib.models.nets.encoder_checkpoints import load, load_head, read_config
from lib.models.nets.esm_layouts import ALPHABET, read_utr_lm
from lib.models.nets.token_network import states_of
from lib.models.utr_shape import Sizes, find_published
from lib.tokenizers import fit
from tests.models import published

SEQUENCE = "ACGTTGCNAAC"


def compute_utr_lm(found: dict[str, Tensor], ids: Tensor) -> tuple[Tensor, Tensor]:
    """Compute states and logits of letters (T, D) and (T, 10) by the formulas of ESM-2, in plain torch.

    Mask tokens are set to zero and all embeddings are scaled by the share of masks that is expected and seen.
    """
    sizes, hidden = published.UTR_LM, found["embed_tokens.weight"][ids]
    masked = ids == ALPHABET.index("<mask>")
    hidden = hidden.masked_fill(masked[:, None], 0) * (1 - 0.15 * 0.8) / (1 - masked.float().mean())
    heads, dim = sizes["heads"], sizes["width"] // sizes["heads"]
    angles = torch.outer(torch.arange(len(ids)).float(), 10000 ** (-torch.arange(0, dim, 2).float() / dim))

    def norm(x: Tensor, name: str) -> Tensor:
        return layer_norm(x, x.shape[-1:], found[f"{name}.weight"], found[f"{name}.bias"], 1e-5)

    def dense(x: Tensor, name: str) -> Tensor:
        return linear(x, found[f"{name}.weight"], found[f"{name}.bias"])

    def turn(x: Tensor) -> Tensor:
        left, right = x[..., : dim // 2], x[..., dim // 2 :]
        cos, sin = angles.cos(), angles.sin()
        return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)

    for layer in range(sizes["layers"]):
        name = f"layers.{layer}"
        inner = norm(hidden, f"{name}.self_attn_layer_norm")
        query, key, value = (
            dense(inner, f"{name}.self_attn.{part}_proj").reshape(len(ids), heads, dim).transpose(0, 1)
            for part in "qkv"
        )
        weights = (turn(query) @ turn(key).transpose(1, 2) / dim**0.5).softmax(dim=-1)
        mixed = (weights @ value).transpose(0, 1).reshape(len(ids), -1)
        hidden = hidden + dense(mixed, f"{name}.self_attn.out_proj")
        inner = norm(hidden, f"{name}.final_layer_norm")
        hidden = hidden + dense(gelu(dense(inner, f"{name}.fc1")), f"{name}.fc2")
    states = norm(hidden, "emb_layer_norm_after")
    logits = linear(norm(gelu(dense(states, "lm_head.dense")), "lm_head.layer_norm"), found["embed_tokens.weight"])
    return states, logits + found["lm_head.bias"]


@pytest.mark.parametrize("kind", ["pkl of several GPUs", "pkl", "folder", "safetensors"])
@pytest.mark.parametrize("hidden", [(), (2, 5)])
def test_utr_lm_computes_what_its_authors_code_computes(tmp_path: Path, kind: str, hidden: tuple[int, ...]) -> None:
    path = published.utr_lm(tmp_path, parallel=kind == "pkl of several GPUs")
    if kind == "safetensors":
        path.unlink()
        path = tmp_path / "model.safetensors"
        safetensors.torch.save_file({key: value.clone() for key, value in published.utr_lm_weights().items()}, path)
    model = MODELS.create("utr-lm", {"pretraining": str(tmp_path if kind == "folder" else path)})
    tokenizer = fit(model.own_tokenizer())
    encoder = model.begin(tokenizer.vocabulary)
    names = ["<cls>", *(letter if letter in "ACGT" else "<unk>" for letter in SEQUENCE), "<eos>"]
    ids, present = encoder.frame.batch(encoder.frame.rows(tokenizer.encode_batch([SEQUENCE])))
    for place in hidden:
        names[place], ids[0, place] = "<mask>", tokenizer.vocabulary.special["mask"]
    states, logits = compute_utr_lm(published.utr_lm_weights(), torch.tensor([ALPHABET.index(name) for name in names]))
    module = encoder.module.eval()
    with torch.no_grad():
        ours = states_of(module, ids, present)
        named = encoder.head.guess(ours, module.get_input_embeddings().weight)
    torch.testing.assert_close(ours[0], states, atol=2e-5, rtol=1e-4)
    letters = [ALPHABET.index(letter) for letter in "ACGT"]
    columns = [tokenizer.vocabulary.ids[letter] for letter in "ACGT"]
    torch.testing.assert_close(named[0][:, columns], logits[:, letters], atol=5e-5, rtol=1e-4)
    assert states.std() > 0.1


def test_sizes_of_utr_lm_are_those_of_its_weights(tmp_path: Path) -> None:
    path = published.utr_lm(tmp_path)
    assert read_utr_lm(path).sizes == Sizes(**published.UTR_LM)
    model = MODELS.create("utr-lm", {"pretraining": str(path), "layers": 3, "width": 64, "heads": 4})
    weights = sum(value.numel() for value in read_utr_lm(path).encoder.values())
    assert model.parameters(1, 0, vocabulary=9) == weights - 12 + 13, (
        "one token less, and a head of 12 weights and a bias"
    )


def test_files_that_are_no_weights_of_utr_lm_are_refused(tmp_path: Path) -> None:
    path = published.utr_lm(tmp_path)
    model = MODELS.create("utr-lm", {"pretraining": str(path)})
    vocabulary = fit(model.own_tokenizer()).vocabulary

    def refuse(found: object, sentence: str) -> None:
        torch.save(found, path)
        with pytest.raises(UserError, match=sentence):
            model.begin(vocabulary)

    whole = published.utr_lm_weights()
    refuse({"a": torch.zeros(2)}, r"does not hold the weights of UTR-LM: it has a, needed embed_tokens\.weight")
    refuse({**whole, "embed_tokens.weight": torch.zeros(33, 12)}, "knows 33 tokens; UTR-LM has 10")
    refuse(
        {key: value for key, value in whole.items() if "fc2.bias" not in key}, r"lacks encoder\.layer\.0\.output\.de"
    )
    refuse({**whole, "layers.1.more.weight": torch.zeros(3)}, r"has layers\.1\.more\.weight, which this model has not")
    refuse([1, 2], "is not a list of named weights")
    path.write_bytes(b"none")
    with pytest.raises(UserError, match="was not opened: it is damaged, or holds more than numbers"):
        model.begin(vocabulary)
    (tmp_path / "other.pt").write_bytes(b"")
    with pytest.raises(UserError, match="holds 2 files of weights"):
        find_published(str(tmp_path))


def test_code_in_the_weights_of_utr_lm_does_not_run(tmp_path: Path) -> None:
    class Malicious:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    path = published.utr_lm(tmp_path)
    torch.save({**published.utr_lm_weights(), "x": Malicious()}, path)
    with pytest.raises(UserError, match="holds more than numbers, such as code, which is never run"):
        read_utr_lm(path)
    assert not (tmp_path / "ran").exists()


def test_lamar_computes_what_transformers_computes(tmp_path: Path) -> None:
    folder = published.lamar(tmp_path / "lamar")
    theirs = published.lamar_module().eval()
    own = safetensors.torch.load_file(folder / "model.safetensors")
    theirs.load_state_dict({key: value for key, value in own.items() if key in theirs.state_dict()}, strict=False)
    encoder = load(folder, read_config(folder))
    tokenizer = fit(MODELS.create("hf-encoder", {"weights": str(folder)}).own_tokenizer())
    told = transformers.EsmTokenizer(str(folder / "vocab.txt"))
    ids = torch.tensor([told(SEQUENCE)["input_ids"]])
    special = tokenizer.vocabulary.special
    assert ids[0].tolist() == [special["cls"], *tokenizer.encode_batch([SEQUENCE]).ids.tolist(), special["sep"]]
    with torch.no_grad():
        expected = theirs.esm(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        logits = theirs(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        states = states_of(encoder, ids, torch.ones_like(ids))
    torch.testing.assert_close(states, expected, atol=0, rtol=0)
    head = load_head(folder, encoder)
    torch.testing.assert_close(head.guess(states, encoder.get_input_embeddings().weight), logits)
    assert (encoder.config.num_attention_heads, encoder.config.max_position_embeddings) == (2, 4098)


def test_weights_alone_that_are_not_of_lamar_ask_for_their_config(tmp_path: Path) -> None:
    folder = published.lamar(tmp_path / "lamar")
    found = safetensors.torch.load_file(folder / "model.safetensors")
    safetensors.torch.save_file({k: v for k, v in found.items() if "inv_freq" not in k}, folder / "model.safetensors")
    with pytest.raises(UserError, match=r"lamar has no config\.json"):
        read_config(folder)
    del found["esm.encoder.layer.1.output.dense.bias"]
    safetensors.torch.save_file(found, folder / "model.safetensors")
    with pytest.raises(UserError, match=r"lacks encoder\.layer\.1\.output\.dense\.bias"):
        load(folder, read_config(folder))
