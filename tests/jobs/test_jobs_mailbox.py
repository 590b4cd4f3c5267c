"""The queue file: JSON with the id of a run, in order, never a pickle."""

import json
import pickle
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lib.jobs.mailbox import Mailbox

ROOT = Path(__file__).resolve().parents[2]


def rows(file: Path) -> list[bytes]:
    connection = sqlite3.connect(file)
    try:
        return [bytes(row[0]) for row in connection.execute("SELECT data FROM task ORDER BY id")]
    finally:
        connection.close()


@pytest.fixture
def delivered() -> list[str]:
    return []


@pytest.fixture
def mailbox(tmp_path, delivered):
    made = Mailbox(tmp_path / "queue.db", delivered.append)
    yield made
    made.close()


def test_ids_arrive_in_the_order_in_which_they_were_sent(mailbox, delivered):
    for run_id in ("b", "a", "c"):
        mailbox.send(run_id)
    assert len(mailbox) == 3
    mailbox.receive()
    assert delivered == ["b", "a", "c"]
    assert len(mailbox) == 0


def test_a_message_is_json_that_holds_the_id_alone(mailbox, tmp_path):
    mailbox.send("a1b2")
    (row,) = rows(tmp_path / "queue.db")
    message = json.loads(row)
    assert (message["args"], message["kwargs"]) == (["a1b2"], {})


def test_another_process_can_send(mailbox, delivered, tmp_path):
    code = "import pathlib, sys; from lib.jobs.mailbox import Mailbox; Mailbox(pathlib.Path(sys.argv[1])).send('z9')"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "queue.db")], cwd=ROOT, check=True)
    mailbox.receive()
    assert delivered == ["z9"]


class Trap:
    def __reduce__(self):
        return (Path.touch, (Path("sprung"),))


@pytest.mark.parametrize(
    "data", [pickle.dumps(Trap()), b"", b"{", b"[1]", b'{"id": "x", "name": "os.system"}', b'{"y": 1}']
)
def test_what_is_no_message_of_ours_is_dropped_and_never_unpickled(mailbox, delivered, tmp_path, monkeypatch, data):
    monkeypatch.chdir(tmp_path)
    mailbox.send("before")
    connection = sqlite3.connect(tmp_path / "queue.db")
    connection.execute("INSERT INTO task (queue, data, priority) VALUES ('motiflens', ?, 0)", (data,))
    connection.commit()
    connection.close()
    mailbox.send("after")
    mailbox.receive()
    assert delivered == ["before", "after"]
    assert not (tmp_path / "sprung").exists()


def test_results_are_not_kept(mailbox, delivered, tmp_path):
    mailbox.send("a")
    mailbox.receive()
    connection = sqlite3.connect(tmp_path / "queue.db")
    assert connection.execute("SELECT count(*) FROM kv").fetchone() == (0,)
    connection.close()


def test_only_the_consumer_takes_messages_out(tmp_path, caplog):
    sender = Mailbox(tmp_path / "queue.db")
    sender.send("a")
    sender.receive()
    sender.close()
    assert "taken out of the queue by a process that is not the consumer" in caplog.text
