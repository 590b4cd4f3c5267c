"""Files are written whole or not at all, and no id leads out of the workspace."""

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.store import files


def test_a_file_takes_its_place_in_one_step(tmp_path):
    target = tmp_path / "deep" / "table.txt"
    with files.replacing(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert [path.name for path in target.parent.iterdir()] == ["table.txt"]


def test_a_failure_leaves_the_old_file_as_it_was(tmp_path):
    target = tmp_path / "table.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), files.replacing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["table.txt"]


def test_a_full_disk_is_said_in_a_sentence(tmp_path):
    target = tmp_path / "table.txt"
    with pytest.raises(UserError, match=r"table\.txt could not be written .*No space left.*free some space"):
        with files.replacing(target):
            raise OSError(errno.ENOSPC, "No space left on device")


def test_a_home_that_cannot_be_made_is_said_in_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(UserError, match="cannot be made .*Set MOTIFLENS_HOME"):
        files.home()


@pytest.mark.parametrize(
    "identifier", ["../../etc/passwd", "..", "", "a/b", "<img src=x onerror=alert(1)>", "a\n", "-a"]
)
def test_an_id_that_leads_elsewhere_is_refused(home, identifier):
    with pytest.raises(UserError, match="is not an id"):
        files.folder_of("runs", identifier)


@given(st.text(max_size=70))
def test_every_accepted_id_stays_inside_its_folder(tmp_path_factory, identifier):
    base = tmp_path_factory.getbasetemp() / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTIFLENS_HOME", str(base))
        try:
            folder = files.folder_of("runs", identifier)
        except UserError:
            return
    assert folder.resolve().parent == (base / "runs").resolve()
