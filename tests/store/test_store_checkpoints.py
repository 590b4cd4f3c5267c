"""Published models are uploaded as zips of plain files; what else a zip holds is named, and nothing of it is kept."""

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from lib.core.errors import UserError
from lib.models import MODELS
from lib.models.nets.encoder_checkpoints import load, read_config
from lib.store import checkpoints
from tests.models import published


def zipped(files: dict[str, bytes]) -> io.BytesIO:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    folder = published.dnabert(tmp_path / "tiny")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("first", ["", "my model/"])
def test_a_zip_of_plain_files_becomes_a_folder_that_models_read(
    home: Path, files: dict[str, bytes], first: str
) -> None:
    held = zipped({"__MACOSX/._x": b"", **{first + name: content for name, content in files.items()}})
    folder = checkpoints.keep_zip("../My Model (1).zip", held)
    assert folder.parent.parent == home / "checkpoints" and folder.name == "My-Model-1"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    load(folder, read_config(folder))
    MODELS.create("hf-encoder", {"weights": str(folder)}).own_tokenizer().fit(None, None)
    assert checkpoints.keep_zip("other.zip", held) == folder, "the same bytes are kept once"
    assert checkpoints.list_checkpoints() == [folder]


def refuse(home: Path, held: io.BytesIO, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        checkpoints.keep_zip("model.zip", held)
    assert not (home / "checkpoints").exists() and not list(home.glob(".upload.*")), "nothing of it is kept"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("../../evil.json", r"holds \.\./\.\./evil\.json, which would be a link or lead out of its folder"),
        ("/etc/evil.json", r"holds /etc/evil\.json, which would be a link or lead out"),
        ("a\\..\\evil.json", "would be a link or lead out"),
        ("C:evil.json", "would be a link or lead out"),
        ("pytorch_model.bin", r"holds pytorch_model\.bin, which may contain code .*weights_only=True.*save_file"),
        ("Weights.PKL", r"holds Weights\.PKL, which may contain code"),
        ("modeling.py", r"holds modeling\.py; only \.safetensors, \.json and \.txt files are taken. Remove it"),
        ("README.md", r"holds README\.md; only"),
        ("deeper/more.json", r"holds 2 folders: \., deeper"),
        ("CONFIG.JSON", "holds a file twice"),
        ("we ird.json", r"holds we ird\.json, a name that is not plain"),
    ],
)
def test_other_entries_are_named_and_refused(home: Path, files: dict[str, bytes], name: str, sentence: str) -> None:
    refuse(home, zipped({**files, name: b"{}"}), sentence)
    assert not (home.parent / "evil.json").exists()


def test_links_and_passwords_are_refused(home: Path, files: dict[str, bytes]) -> None:
    held = zipped(files)
    with zipfile.ZipFile(held, "a") as archive:
        link = zipfile.ZipInfo("vocab2.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    refuse(home, held, r"holds vocab2\.txt, which would be a link")
    held = zipped({"model.safetensors": files["model.safetensors"]})
    data = bytearray(held.getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    refuse(home, io.BytesIO(bytes(data)), r"holds model\.safetensors behind a password")


def test_sizes_are_refused_before_anything_is_unpacked(
    home: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "LARGEST", 10_000_000)
    refuse(home, zipped({**files, "tokenizer.json": b" " * 10_000_001}), r"tokenizer\.json has more than 10 MB")
    refuse(home, zipped({**files, **{f"{i}.txt": b"" for i in range(70)}}), "a published model has at most 64")
    monkeypatch.setattr(checkpoints, "MOST_BYTES", 20_000_000)
    refuse(home, zipped({**files, "b.safetensors": b"\0" * 30_000_000}), r"would have 0\.0 GB|are the most")


def test_an_entry_that_is_longer_than_it_says_is_damaged(home: Path, files: dict[str, bytes]) -> None:
    """The size in both headers is made smaller: no more than that is read, and its checksum does not fit."""
    held = zipped({**files, "tokenizer.json": b'"' + b"a" * 100_000 + b'"'})
    data = held.getvalue().replace((100_002).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    refuse(home, io.BytesIO(data), "is not a zip, or is damaged")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("model.safetensors", b"\x80\x04.", r"model\.safetensors is damaged or no safetensors"),
        ("config.json", b"{", r"config\.json is damaged or no JSON"),
        ("config.json", b"[" * 100_000, r"config\.json is damaged or no JSON"),
        ("vocab.txt", b"\xff\xfe\x00", r"vocab\.txt is damaged or no text"),
    ],
)
def test_files_are_what_their_names_say(
    home: Path, files: dict[str, bytes], name: str, content: bytes, sentence: str
) -> None:
    refuse(home, zipped({**files, name: content}), sentence)


def test_what_is_no_zip_or_has_no_weights_is_a_sentence(home: Path, files: dict[str, bytes]) -> None:
    refuse(home, io.BytesIO(b"PK no"), "is not a zip, or is damaged")
    refuse(home, io.BytesIO(zipped(files).getvalue()[:-300]), "is not a zip, or is damaged")
    del files["model.safetensors"]
    refuse(home, zipped(files), r"holds no \.safetensors file")


def test_folders_of_the_administrator_are_listed(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, single = tmp_path / "shelf", published.dnabert(tmp_path / "single")
    first, second = published.lamar(shelf / "lamar"), published.utr_lm(shelf / "utr-lm").parent
    (shelf / "empty").mkdir()
    monkeypatch.setenv("MOTIFLENS_CHECKPOINTS", os.pathsep.join([str(shelf), str(single), str(tmp_path / "gone")]))
    assert checkpoints.list_checkpoints() == [first, second, single]


def test_on_a_server_with_users_only_shared_folders_are_read(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = tmp_path / "shelf"
    folder = published.lamar(shelf / "lamar")
    monkeypatch.setenv("MOTIFLENS_CHECKPOINTS", str(shelf))
    for given in ("", "owner/name@main", str(folder), str(home / "tokenizer-files" / "a.json"), f" {folder} "):
        checkpoints.require_shared(given)
    monkeypatch.chdir(tmp_path)
    for given in (
        "/etc",
        "~/models",
        "shelf2",
        f"{shelf}/../other",
        str(tmp_path),
        "./shelf/lamar/../..",
        f"{folder}/../lamar",
        str(home),
    ):
        with pytest.raises(UserError, match="A path of this server is not read here"):
            checkpoints.require_shared(given)
    published.dnabert(tmp_path / "owner" / "name")
    with pytest.raises(UserError, match="A path of this server"):
        checkpoints.require_shared("owner/name")
