"""Weights in one file or in several, of any wrapping, are the same; a file that is missing is named."""

import json
import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch

from lib.core.errors import UserError
from lib.models.nets import checkpoints
from lib.models.nets.checkpoint_files import read_numbers
from tests.models import published
from tests.models.test_hf_encoder import loaded, numbers, states

KINDS = {"safetensors": ("model", "safetensors"), "bin": ("pytorch_model", "bin")}


def sharded(folder: Path, kind: str = "safetensors", *, files: int = 3) -> Path:
    """Cut the weights of a checkpoint into several files with an index, as transformers does."""
    stem, ending = KINDS[kind]
    found = numbers(folder)
    (folder / "model.safetensors").unlink()
    where = {}
    for number in range(files):
        file = f"{stem}-{number + 1:05}-of-{files:05}.{ending}"
        part = {key: found[key] for key in sorted(found)[number::files]}
        torch.save(part, folder / file) if kind == "bin" else safetensors.torch.save_file(part, folder / file)
        where |= dict.fromkeys(part, file)
    index = {"metadata": {"total_size": 1}, "weight_map": where}
    (folder / f"{stem}.{ending}.index.json").write_text(json.dumps(index))
    return folder


def indexed(folder: Path, **changed: str) -> Path:
    """Change the index: the files of some weights."""
    path = folder / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    path.write_text(json.dumps({**index, "weight_map": {**index["weight_map"], **changed}}))
    return folder


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", [published.dnabert, published.nucleotide_transformer, published.modernbert])
def test_several_files_are_one_checkpoint(tmp_path: Path, layout, kind: str) -> None:
    folder = layout(tmp_path / "model")
    whole = states(loaded(folder))
    torch.testing.assert_close(states(loaded(sharded(folder, kind))), whole, atol=0, rtol=0)


def test_dnabert2_comes_in_several_files_too(tmp_path: Path) -> None:
    folder = published.dnabert2(tmp_path / "model")
    before = checkpoints.load_encoder(folder).state_dict()
    after = checkpoints.load_encoder(sharded(folder)).state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[key], after[key]) for key in before)


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    folder = sharded(published.dnabert(tmp_path / "model"), files=4)
    (folder / "model-00002-of-00004.safetensors").unlink()
    with pytest.raises(UserError, match=r"model lacks 1 of the 4 files .*: model-00002-of-00004\.safetensors\. Downlo"):
        read_numbers(folder)
    (folder / "model-00004-of-00004.safetensors").unlink()
    with pytest.raises(UserError, match=r"lacks 2 of the 4 files .*00002-of-00004.*00004-of-00004.* Download them too"):
        read_numbers(folder)
    (folder / "model.safetensors.index.json").unlink()
    with pytest.raises(UserError, match=r"model-00003-of-00004\.safetensors, but not model\.safetensors\.index\.json"):
        read_numbers(folder)


@pytest.mark.parametrize(
    "file", ["../model.safetensors", "/etc/passwd", "sub/model.safetensors", "a\\b.safetensors", "model.bin", "..", ""]
)
def test_an_index_names_files_of_its_folder_alone(tmp_path: Path, file: str) -> None:
    folder = published.dnabert(tmp_path / "model")
    shutil.copy(folder / "model.safetensors", tmp_path)
    indexed(sharded(folder), **{"bert.embeddings.word_embeddings.weight": file})
    with pytest.raises(UserError, match=r"index\.json of model names .*needed are files of this folder that end in"):
        read_numbers(folder)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"weight_map": {}}', '{"weight_map": {"a": 1}}', "[" * 100_000])
def test_an_index_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    folder = sharded(published.dnabert(tmp_path / "model"))
    (folder / "model.safetensors.index.json").write_text(text)
    with pytest.raises(UserError, match=r"model\.safetensors\.index\.json of model .* again"):
        read_numbers(folder)


def test_a_weight_that_its_file_lacks_is_named(tmp_path: Path) -> None:
    folder = indexed(sharded(published.dnabert(tmp_path / "model")), more="model-00001-of-00003.safetensors")
    with pytest.raises(UserError, match=r"model lacks more, which model\.safetensors\.index\.json names"):
        read_numbers(folder)


def test_code_in_one_of_several_files_is_never_run(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    folder = sharded(published.dnabert(tmp_path / "model"), "bin")
    torch.save({"a": Harmful()}, folder / "pytorch_model-00002-of-00003.bin")
    with pytest.raises(UserError, match=r"pytorch_model-00002-of-00003\.bin of model was not opened"):
        read_numbers(folder)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "wrapped",
    [
        "_orig_mod.{}",
        "module.{}",
        "module._orig_mod.{}",
        "_orig_mod.module.{}",
        "module.module.{}",
        "_fsdp_wrapped_module.{}",
    ],
)
@pytest.mark.parametrize("layout", [published.dnabert, published.dnabert2])
def test_what_compiling_and_several_gpus_add_is_taken_out(tmp_path: Path, layout, wrapped: str) -> None:
    folder = layout(tmp_path / "model")
    before = read_numbers(folder)
    found = {wrapped.format(key): value for key, value in numbers(folder).items()}
    safetensors.torch.save_file(found, folder / "model.safetensors")
    after = read_numbers(folder)
    assert before.keys() == after.keys() and all(torch.equal(before[key], after[key]) for key in before)
    if layout is published.dnabert:
        loaded(folder)
    else:
        checkpoints.load_encoder(folder)


def test_parts_that_were_compiled_are_read_too(tmp_path: Path) -> None:
    folder = published.dnabert(tmp_path / "model")
    before = states(loaded(folder))
    found = {key.replace("encoder.layer.", "encoder._orig_mod.layer."): value for key, value in numbers(folder).items()}
    safetensors.torch.save_file(found, folder / "model.safetensors")
    torch.testing.assert_close(states(loaded(folder)), before, atol=0, rtol=0)


@pytest.mark.parametrize("wrapper", ["_orig_mod.", "module."])
def test_a_weight_with_and_without_wrapping_is_refused(tmp_path: Path, wrapper: str) -> None:
    folder = published.dnabert(tmp_path / "model")
    found = numbers(folder)
    key = "bert.embeddings.word_embeddings.weight"
    safetensors.torch.save_file({**found, wrapper + key: found[key] + 1}, folder / "model.safetensors")
    with pytest.raises(UserError, match=rf"{key} both with and without"):
        read_numbers(folder)


def test_the_folder_of_an_adapter_alone_says_so(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(UserError, match=r"is an adapter and has no config\.json"):
        checkpoints.load_encoder(tmp_path)
