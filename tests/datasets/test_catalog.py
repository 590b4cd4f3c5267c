"""Downloads from a real server on this machine: right, wrong, missing, cut short and none."""

import hashlib
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback, Report
from lib.datasets import catalog
from lib.datasets.catalog import CatalogFile, Entry

COUNTS = b"id\t0h\t1h\n" + b"r1\t5\t3\n" * 30000
SEQUENCES = b"r1\tACGU\n" * 7


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


ENTRY = Entry(
    "tiny",
    "Tiny",
    "Two files.",
    "nobody",
    "MIT",
    "https://example.org",
    (
        CatalogFile("expression", "a/b/c0ffee/counts.txt", sha(COUNTS), len(COUNTS)),
        CatalogFile("sequences", "a/b/c0ffee/seq.txt", sha(SEQUENCES), len(SEQUENCES)),
    ),
)


class Server:
    def __init__(self) -> None:
        self.files = {"/a/b/c0ffee/counts.txt": COUNTS, "/a/b/c0ffee/seq.txt": SEQUENCES}
        self.asked: list[str] = []
        self.cut = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                data = outer.files.get(self.path)
                self.send_response(404 if data is None else 200)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write((data or b"")[: 1000 if outer.cut else None])

            def log_message(self, *arguments: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    running = Server()
    monkeypatch.setenv("MOTIFLENS_CATALOG_BASE", running.url + "/")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield running
    running.stop()


def left_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_arrive_whole_with_progress_and_only_once(server: Server, tmp_path: Path) -> None:
    heard: list[Report] = []
    paths = catalog.fetch(ENTRY, tmp_path, Callback(heard.append))
    assert paths["expression"].read_bytes() == COUNTS
    assert paths["sequences"] == tmp_path / "tiny" / "seq.txt"
    steps = [report.step for report in heard]
    assert steps == sorted(steps)
    assert (heard[-1].step, heard[-1].total) == (len(COUNTS) + len(SEQUENCES),) * 2
    assert len(steps) > 4
    again = catalog.fetch(ENTRY, tmp_path)
    assert again == paths
    assert len(server.asked) == 2


def test_a_damaged_copy_is_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "counts.txt").write_bytes(COUNTS[:99])
    assert catalog.fetch(ENTRY, tmp_path)["expression"].read_bytes() == COUNTS


def test_another_file_is_refused_and_thrown_away(server: Server, tmp_path: Path) -> None:
    server.files["/a/b/c0ffee/counts.txt"] = COUNTS.replace(b"5", b"6")
    with pytest.raises(UserError, match=r"counts\.txt of the public Tiny data .* SHA-256 differs"):
        catalog.fetch(ENTRY, tmp_path)
    assert left_in(tmp_path) == []


def test_a_missing_file_is_said(server: Server, tmp_path: Path) -> None:
    del server.files["/a/b/c0ffee/seq.txt"]
    with pytest.raises(UserError, match=r"answered 404 for seq\.txt"):
        catalog.fetch(ENTRY, tmp_path)
    assert left_in(tmp_path) == ["tiny/counts.txt"]


def test_a_connection_cut_short_leaves_nothing(server: Server, tmp_path: Path) -> None:
    server.cut = True
    with pytest.raises(UserError, match=r"counts\.txt"):
        catalog.fetch(ENTRY, tmp_path)
    assert left_in(tmp_path) == []


def test_offline_is_one_clear_sentence(server: Server, tmp_path: Path) -> None:
    server.stop()
    with pytest.raises(UserError, match=r"no connection to 127\.0\.0\.1.* upload your own files"):
        catalog.fetch(ENTRY, tmp_path)
    assert left_in(tmp_path) == []


def test_cancelling_leaves_nothing(server: Server, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        catalog.fetch(ENTRY, tmp_path, Callback(lambda report: None, lambda: True))
    assert left_in(tmp_path) == []


def test_a_folder_that_is_a_file_is_said(server: Server, tmp_path: Path) -> None:
    (tmp_path / "tiny").write_text("in the way")
    with pytest.raises(UserError, match="could not be written"):
        catalog.fetch(ENTRY, tmp_path)


def test_a_bad_mirror_address_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOTIFLENS_CATALOG_BASE", "nonsense")
    with pytest.raises(UserError, match="MOTIFLENS_CATALOG_BASE"):
        catalog.fetch(ENTRY, tmp_path)


def test_names_are_known_or_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'utr'; choose one of utr-seq"):
        catalog.fetch("utr", tmp_path)


def test_the_entries_are_pinned_and_are_the_files_we_know(server: Server, shared: Path, tmp_path: Path) -> None:
    for name, entry in catalog.ENTRIES.items():
        assert entry.name == name
        for file in entry.files:
            assert len(file.path.split("/")[2]) == 40, "the address names a commit"
            known = shared / name / file.name
            assert (known.stat().st_size, sha(known.read_bytes())) == (file.size, file.sha256)
            server.files[f"/{file.path}"] = known.read_bytes()
        assert set(catalog.fetch(name, tmp_path)) == {file.kind for file in entry.files}
        shutil.rmtree(tmp_path / name)
        wrong = replace(entry, files=tuple(replace(file, sha256="0" * 64) for file in entry.files))
        with pytest.raises(UserError, match="SHA-256"):
            catalog.fetch(wrong, tmp_path)


def test_the_public_data_are_cited_as_they_were_published():
    """Mol Cell 2017, 68(6):1083-1094; whoever names the study elsewhere names the same year."""
    cited = "Rabani et al., Mol Cell 2017, 68(6):1083-1094, doi:10.1016/j.molcel.2017.11.014"
    assert catalog.ENTRIES["utr-seq"].reference == cited
    root = Path(__file__).resolve().parents[2]
    pages = [
        root / "README.md",
        *(root / "docs").glob("*.md"),
        *(root / "lib").rglob("*.py"),
        *(root / "tests").rglob("*.py"),
    ]
    others = [
        f"{page.relative_to(root)}: {line.strip()[:80]}"
        for page in pages
        for line in page.read_text(encoding="utf-8").splitlines()
        if (re.search(r"Rabani et al", line) and "2017" not in line)
        or (re.search(r"molcel\.20\d\d\.\d\d\.\d+", line) and "molcel.2017.11.014" not in line)
    ]
    assert others == []
