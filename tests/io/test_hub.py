"""Models of the hub, from a server on this machine that answers as the hub does: a lab's mirror, set by HF_ENDPOINT."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lib.core.errors import UserError
from lib.io import hub
from lib.tokenizers.dnabert_2 import HUB, PINNED

ROOT = Path(__file__).resolve().parents[2]
TODAY = "b" * 40
BOTH = {name: name.encode() for name in ("config.json", "model.safetensors", "pytorch_model.bin", "bert_layers.py")}
OLD = {name: name.encode() for name in ("config.json", "tokenizer.json", "pytorch_model.bin", "bert_layers.py", "x.md")}
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json")
LARGE = {name: name.encode() for name in ("config.json", *SHARDS, "pytorch_model-00001-of-00001.bin", "model.py")}
ADAPTER = {name: name.encode() for name in ("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin")}
SHELF = {
    (HUB, PINNED[HUB]): OLD,
    ("lab/both", TODAY): BOTH,
    ("lab/large", TODAY): LARGE,
    ("lab/adapter", TODAY): ADAPTER,
}
FOUND = (
    "import json, sys\n"
    "from lib.core.errors import UserError\n"
    "from lib.tokenizers.dnabert_2 import PINNED\n"
    "from lib.io import hub\n"
    "files = ('config.json', 'model.safetensors', 'pytorch_model.bin', 'tokenizer.json')\n"
    "answers = []\n"
    "for source in sys.argv[1:]:\n"
    "    try:\n"
    "        folder = hub.folder_of(source, files=files, pinned=PINNED)\n"
    "        answers.append([folder.name, {path.name: path.read_text() for path in folder.iterdir()}])\n"
    "    except UserError as error:\n"
    "        answers.append(['UserError', str(error)])\n"
    "sys.stdout.write(json.dumps(answers))\n"
)


class Answers(BaseHTTPRequestHandler):
    """Answers the questions that huggingface_hub asks."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path.split('?')[0]}")
        for (name, commit), files in SHELF.items():
            if self.path.startswith(f"/api/models/{name}/tree/{commit}"):
                return self._json([_entry(file, content) for file, content in files.items()])
            if self.path in (f"/api/models/{name}/revision/main", f"/api/models/{name}/revision/{commit}"):
                return self._json({"id": name, "sha": commit, "siblings": []})
            if self.path.startswith(f"/api/models/{name}/"):
                return self._no("RevisionNotFound")
            for file, content in files.items():
                if self.path == f"/{name}/resolve/{commit}/{file}":
                    return self._send(200, content, {"X-Repo-Commit": commit, "ETag": f'"{_oid(content)}"'})
        return self._no("RepoNotFound")

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _no(self, code: str) -> None:
        self._send(404, b"{}", {"X-Error-Code": code})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _oid(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _entry(file: str, content: bytes) -> dict[str, object]:
    return {"type": "file", "path": file, "size": len(content), "oid": _oid(content)}


@pytest.fixture
def mirror() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def found(home: Path, endpoint: str, *sources: str, **more: str) -> list[tuple[str, dict[str, str] | str]]:
    """Ask for models in a fresh Python, as its settings are read when it starts."""
    kept = {key: value for key, value in os.environ.items() if "proxy" not in key.lower() and "HF_" not in key}
    environment = {**kept, "HF_HOME": str(home), "HF_ENDPOINT": endpoint, "HF_HUB_DISABLE_TELEMETRY": "1", **more}
    done = subprocess.run(
        [sys.executable, "-c", FOUND, *sources], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [tuple(answer) for answer in json.loads(done.stdout)]


def test_several_files_and_adapters_are_fetched_without_what_lies_beside_them(tmp_path: Path, mirror) -> None:
    endpoint = f"http://127.0.0.1:{mirror.server_port}"
    large, adapter = found(tmp_path, endpoint, "lab/large", "lab/adapter")
    assert large == (TODAY, {name: name for name in ("config.json", *SHARDS)})
    assert adapter == (TODAY, {name: name for name in ("adapter_config.json", "adapter_model.safetensors")})
    assert not [asked for asked in mirror.asked if asked.endswith((".py", ".bin"))]


def test_only_what_is_needed_is_fetched_and_never_code(tmp_path: Path, mirror: ThreadingHTTPServer) -> None:
    endpoint = f"http://127.0.0.1:{mirror.server_port}"
    pinned, newer, wrong, nobody = found(tmp_path, endpoint, HUB, "lab/both", f"{HUB}@older", "lab/nobody")
    wanted = ("config.json", "tokenizer.json", "pytorch_model.bin")
    assert pinned == (PINNED[HUB], {name: name for name in wanted})
    assert newer == (TODAY, {name: name for name in ("config.json", "model.safetensors")}), "no pickle beside the other"
    assert wrong[0] == "UserError" and "has no revision older" in wrong[1]
    assert nobody[0] == "UserError" and "neither a folder nor a model lab/nobody" in nobody[1]
    assert not [asked for asked in mirror.asked if asked.endswith((".py", ".md"))]
    assert not [asked for asked in mirror.asked if "lab/both" in asked and asked.endswith(".bin")]

    mirror.asked.clear()
    again, unknown = found(tmp_path, endpoint, HUB, "lab/other", HF_HUB_OFFLINE="1")
    assert again == pinned and mirror.asked == [], "what was fetched once needs no connection"
    assert (
        unknown[0] == "UserError" and "lab/other is not on this machine and the hub could not be reached" in unknown[1]
    )


def test_a_server_that_is_away_is_a_sentence(tmp_path: Path, mirror: ThreadingHTTPServer) -> None:
    endpoint = f"http://127.0.0.1:{mirror.server_port}"
    (before,) = found(tmp_path, endpoint, "lab/both")
    mirror.shutdown()
    mirror.server_close()
    again, answer = found(tmp_path, endpoint, "lab/both", HUB)
    assert again == before and again[0] == TODAY, "what was fetched before serves on"
    assert answer[0] == "UserError"
    assert answer[1].startswith(f"{HUB} is not on this machine and the hub could not be reached.")


def test_a_folder_goes_before_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "owner" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert hub.folder_of("owner/name", files=("config.json",), pinned={}) == Path("owner/name")


@pytest.mark.parametrize("source", ["", "nowhere", "/no/such", "../up/here", "a/b/c", "https://x/y", "a/b@", "a/b@c/d"])
def test_what_is_neither_is_refused_without_asking(source: str) -> None:
    with pytest.raises(UserError, match="no folder"):
        hub.folder_of(source, files=("config.json",), pinned={})
