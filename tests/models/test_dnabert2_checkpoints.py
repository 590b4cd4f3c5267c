"""Checkpoints in the published layout are read as they are, or refused with the names of what does not fit."""

import dataclasses
import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from lib.core.errors import UserError
from lib.models.dnabert2 import load_encoder
from lib.models.nets.checkpoints import load_head
from lib.models.nets.mosaic import MosaicConfig, MosaicEncoder

SIZES = MosaicConfig(vocab_size=31, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=17)
IDS, MASK = torch.tensor([[1, 9, 30, 2, 3], [1, 5, 2, 3, 3]]), torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0]])


def weights(*, prefix: str = "", head: bool = False, pooler: bool = True) -> dict[str, Tensor]:
    """Give random weights in the published layout."""
    torch.manual_seed(0)
    encoder = MosaicEncoder(SIZES, pooler=pooler)
    found = {prefix + key: torch.randn_like(value) for key, value in encoder.state_dict().items()}
    if head:
        found["cls.predictions.transform.dense.weight"] = torch.randn(12, 12)
        found["cls.predictions.transform.dense.bias"] = torch.randn(12)
        found["cls.predictions.transform.LayerNorm.weight"] = torch.randn(12)
        found["cls.predictions.transform.LayerNorm.bias"] = torch.randn(12)
        found["cls.predictions.decoder.weight"] = found[f"{prefix}embeddings.word_embeddings.weight"]
        found["cls.predictions.decoder.bias"] = torch.randn(31)
    return found


def checkpoint(folder: Path, found: dict[str, Tensor], *, binary: bool = False, **facts: object) -> Path:
    """Write a checkpoint; config.json names no pad id, as the published one."""
    folder.mkdir(exist_ok=True)
    told = {**dataclasses.asdict(SIZES), "hidden_act": "gelu", "auto_map": {"AutoModel": "bert_layers.BertModel"}}
    del told["pad_token_id"]
    (folder / "config.json").write_text(json.dumps({**told, **facts}))
    if binary:
        torch.save(found, folder / "pytorch_model.bin")
    else:
        safetensors.torch.save_file({key: value.clone() for key, value in found.items()}, folder / "model.safetensors")
    return folder


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("prefix", ["", "bert."])
@pytest.mark.parametrize("head", [False, True])
def test_both_formats_with_and_without_prefix_and_head(tmp_path: Path, binary: bool, prefix: str, head: bool) -> None:
    found = weights(prefix=prefix, head=head)
    encoder = load_encoder(checkpoint(tmp_path / "model", found, binary=binary))
    assert not encoder.training
    state = encoder.state_dict()
    assert {prefix + key for key in state} == {key for key in found if not key.startswith("cls.")}
    assert all(torch.equal(value, found[prefix + key]) for key, value in state.items())
    encoded = encoder(input_ids=IDS, attention_mask=MASK)
    assert encoded.last_hidden_state.shape == (2, 5, 12) and encoded.pooler_output.shape == (2, 12)
    assert (encoded.last_hidden_state[MASK == 0] == 0).all()
    again = load_encoder(checkpoint(tmp_path / "again", state, binary=not binary))
    torch.testing.assert_close(again(IDS, MASK), encoded, rtol=0, atol=0)
    assert all(value.requires_grad for value in again.parameters())


def test_half_precision_is_computed_in_float32(tmp_path: Path) -> None:
    found = {key: value.half() for key, value in weights().items()}
    encoder = load_encoder(checkpoint(tmp_path / "model", found, binary=True))
    assert {value.dtype for value in encoder.parameters()} == {torch.float32}
    assert encoder(IDS, MASK).last_hidden_state.dtype == torch.float32


def test_safetensors_go_before_the_older_format(tmp_path: Path) -> None:
    checkpoint(tmp_path / "model", {"nothing": torch.zeros(1)}, binary=True)
    load_encoder(checkpoint(tmp_path / "model", weights()))


def test_without_a_pooler_there_is_no_pooled_state(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "model", weights(prefix="bert.", head=True, pooler=False))
    encoded = load_encoder(folder)(IDS, MASK)
    assert encoded.pooler_output is None and encoded.last_hidden_state.shape == (2, 5, 12)
    with pytest.raises(UserError, match=r"lacks pooler\.dense\.weight, pooler\.dense\.bias\. "):
        load_encoder(folder, pooler=True)


def test_half_a_pooler_is_no_pooler(tmp_path: Path) -> None:
    found = weights()
    del found["pooler.dense.bias"]
    with pytest.raises(UserError, match=r"lacks pooler\.dense\.bias\. "):
        load_encoder(checkpoint(tmp_path / "model", found))


@pytest.mark.parametrize("key", sorted(weights(pooler=False)))
def test_every_missing_key_is_named(tmp_path: Path, key: str) -> None:
    found = weights(prefix="bert.")
    del found[f"bert.{key}"]
    with pytest.raises(UserError) as raised:
        load_encoder(checkpoint(tmp_path / "model", found))
    assert f"The checkpoint model lacks {key}. " in str(raised.value)


def test_many_keys_are_counted(tmp_path: Path) -> None:
    found = {key: value for key, value in weights().items() if ".1." not in key}
    with pytest.raises(UserError, match=r"lacks encoder\.layer\.1\..* and 7 more \(11 in all\)"):
        load_encoder(checkpoint(tmp_path / "model", found))


def test_all_kinds_of_faults_are_told_together(tmp_path: Path) -> None:
    found = weights()
    del found["embeddings.LayerNorm.bias"]
    found["encoder.layer.2.mlp.wo.bias"] = torch.zeros(12)
    found["encoder.layer.0.mlp.wo.weight"] = torch.zeros(12, 16)
    found["encoder.layer.1.mlp.wo.weight"] = torch.zeros(12, 17, dtype=torch.long)
    with pytest.raises(UserError) as raised:
        load_encoder(checkpoint(tmp_path / "model", found))
    for words in (
        "lacks embeddings.LayerNorm.bias;",
        "has encoder.layer.2.mlp.wo.bias, which this model has not;",
        "encoder.layer.0.mlp.wo.weight is 12 x 16, needed 12 x 17",
        "something else than plain decimal numbers in encoder.layer.1.mlp.wo.weight",
    ):
        assert words in str(raised.value)


def test_a_key_twice_is_refused(tmp_path: Path) -> None:
    found = {**weights(prefix="bert."), "pooler.dense.bias": torch.zeros(12)}
    with pytest.raises(UserError, match=r"holds pooler\.dense\.bias both with and without 'bert\.'"):
        load_encoder(checkpoint(tmp_path / "model", found))


class Malicious:
    """Runs a command when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.trace}",)


@pytest.mark.parametrize("older", [False, True])
def test_code_in_a_pickle_does_not_run(tmp_path: Path, older: bool) -> None:
    trace = tmp_path / "ran"
    folder = checkpoint(tmp_path / "model", weights(), binary=True)
    evil = {**weights(), "extra": Malicious(trace)}
    torch.save(evil, folder / "pytorch_model.bin", _use_new_zipfile_serialization=not older)
    with pytest.raises(UserError, match=r"pytorch_model\.bin of model was not opened: .* code, which is never run"):
        load_encoder(folder)
    assert not trace.exists()
    torch.load(folder / "pytorch_model.bin", weights_only=False)
    assert trace.exists(), "this file would run code if it were unpickled"


def test_no_code_of_the_folder_is_imported(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "model", weights())
    (folder / "bert_layers.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    load_encoder(folder)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"\x80\x02}", b"no checkpoint", b"PK\x03\x04 cut short", b"\x80\x02N."])
@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors"])
def test_damaged_weights_are_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    folder = checkpoint(tmp_path / "model", {}, binary=name.endswith("bin"))
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name} of model"):
        load_encoder(folder)


def test_weights_cut_short(tmp_path: Path) -> None:
    for binary in (True, False):
        folder = checkpoint(tmp_path / f"model{binary}", weights(), binary=binary)
        path = folder / ("pytorch_model.bin" if binary else "model.safetensors")
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(UserError, match=path.name):
            load_encoder(folder)


def test_other_things_in_a_pickle_or_archive(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "model", weights(), binary=True)
    for thing in ([torch.zeros(2)], {"state_dict": weights()}, {"step": 3}, {1: torch.zeros(2)}):
        torch.save(thing, folder / "pytorch_model.bin")
        with pytest.raises(UserError, match="not a list of named weights"):
            load_encoder(folder)
    with zipfile.ZipFile(folder / "pytorch_model.bin", "w") as archive:
        archive.writestr("model/constants.pkl", b"")
    with pytest.raises(UserError, match="was not opened"):
        load_encoder(folder)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no folder"):
        load_encoder(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"model has no config\.json"):
        (tmp_path / "model").mkdir()
        load_encoder(tmp_path / "model")
    folder = checkpoint(tmp_path / "model", weights())
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"neither model\.safetensors nor pytorch_model\.bin"):
        load_encoder(folder)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"hidden_size": None}, "hidden_size is None, needed a whole number"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers is 1000000000"),
        ({"num_attention_heads": True}, "num_attention_heads is True"),
        ({"num_attention_heads": 5}, "5 heads do not divide 12"),
        ({"hidden_act": "relu"}, "hidden_act is relu, needed 'gelu'"),
        ({"type_vocab_size": 0}, "type_vocab_size is 0"),
        ({"hidden_dropout_prob": 1.5}, "hidden_dropout_prob is 1.5"),
        ({"vocab_size": 32}, "embeddings.word_embeddings.weight is 31 x 12, needed 32 x 12"),
        ({"intermediate_size": 10**6}, "needed 2000000 x 12"),
    ],
)
def test_a_config_that_does_not_fit(tmp_path: Path, facts: dict[str, object], words: str) -> None:
    with pytest.raises(UserError) as raised:
        load_encoder(checkpoint(tmp_path / "model", weights(), **facts))
    assert words in str(raised.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00", "[" * 100_000])
def test_a_damaged_config(tmp_path: Path, text: str) -> None:
    folder = checkpoint(tmp_path / "model", weights())
    (folder / "config.json").write_text(text)
    with pytest.raises(UserError, match=r"config\.json of model"):
        load_encoder(folder)


def test_settings_of_the_config_are_used(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "model", weights(), hidden_dropout_prob=0.25, layer_norm_eps=1e-5)
    encoder = load_encoder(folder)
    assert encoder.embeddings.dropout.p == encoder.encoder.layer[1].mlp.dropout.p == 0.25
    assert encoder.embeddings.LayerNorm.eps == encoder.encoder.layer[0].mlp.layernorm.eps == 1e-5


@pytest.mark.parametrize("told", [None, 0])
def test_the_pad_id_is_never_that_of_the_unknown_token(tmp_path: Path, told: int | None) -> None:
    encoder = load_encoder(checkpoint(tmp_path / "model", weights(), pad_token_id=told))
    assert encoder.config.pad_token_id == 3


def test_the_pad_id_is_that_of_the_tokenizer(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "model", weights())
    ids = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[MASK]": 3, "[PAD]": 4, "A": 5, "C": 6, "G": 7, "T": 8}
    model = {"type": "BPE", "vocab": ids, "merges": [], "unk_token": "[UNK]"}
    (folder / "tokenizer.json").write_text(json.dumps({"model": model}))
    assert load_encoder(folder).config.pad_token_id == 4


def test_the_published_tokenizer_pads_with_3(tmp_path: Path, shared: Path) -> None:
    folder = checkpoint(tmp_path / "model", weights())
    shutil.copy(shared / "dnabert2" / "tokenizer.json", folder)
    with pytest.raises(UserError, match=r"vocab_size is 31, but tokenizer\.json has 4,096 tokens"):
        load_encoder(folder)
    small = shutil.copytree(shared / "dnabert2" / "fixture_small", tmp_path / "small")
    shutil.copy(shared / "dnabert2" / "tokenizer.json", small)
    assert load_encoder(small).config.pad_token_id == 3


@pytest.mark.parametrize("number", range(5))
def test_guesses_of_masked_tokens_equal_those_of_the_reference(shared: Path, number: int) -> None:
    folder = shared / "dnabert2" / "fixture_small"
    with np.load(folder / "fixture.npz") as arrays:
        ids, mask, logits = (arrays[f"b{number}.{name}"] for name in ("input_ids", "attention_mask", "logits"))
    with torch.inference_mode():
        found = guessed(folder, torch.from_numpy(ids), torch.from_numpy(mask))
    np.testing.assert_allclose(found[:, :8].numpy(), logits, rtol=0, atol=1e-4)


def guessed(folder: Path, ids: Tensor = IDS, mask: Tensor = MASK) -> Tensor:
    """Give the logits of the language model in a checkpoint."""
    encoder = load_encoder(folder)
    head = load_head(folder, encoder)
    assert head is not None
    return head.guess(encoder(ids, mask).last_hidden_state, encoder.get_input_embeddings().weight)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("prefix", ["", "bert."])
def test_the_decoder_is_tied_or_its_own(tmp_path: Path, binary: bool, prefix: str) -> None:
    found = weights(prefix=prefix, head=True)
    logits = guessed(checkpoint(tmp_path / "model", found, binary=binary))
    assert logits.shape == (2, 5, 31)
    own = found["cls.predictions.decoder.weight"]
    del found["cls.predictions.decoder.weight"]
    again = guessed(checkpoint(tmp_path / "model", found, binary=binary))
    assert torch.equal(again, logits), "a checkpoint may leave out what is tied"
    found["cls.predictions.decoder.weight"] = 2 * own
    bias = found["cls.predictions.decoder.bias"]
    twice = guessed(checkpoint(tmp_path / "model", found, binary=binary))
    torch.testing.assert_close(twice - bias, 2 * (logits - bias))


@pytest.mark.parametrize("lost", ["transform.dense.weight", "transform.LayerNorm.weight", "decoder.bias"])
def test_without_the_whole_head_there_is_none(tmp_path: Path, lost: str) -> None:
    found = weights(prefix="bert.", head=True)
    del found[f"cls.predictions.{lost}"]
    for numbers in (found, weights(prefix="bert.")):
        folder = checkpoint(tmp_path / "model", numbers)
        assert load_head(folder, load_encoder(folder)) is None
