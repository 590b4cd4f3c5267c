"""The gate is open without a password; with one, nothing is shown before it was given."""

import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

import lib
from lib.ui import login
from lib.ui.widgets.state import ROOT


@pytest.fixture
def app(home, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_PASSWORD", "correct horse")
    monkeypatch.setattr(login, "SECONDS_PER_ATTEMPT", 0.0)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()


def test_only_the_login_is_shown(app):
    assert [item.label for item in app.text_input] == ["Password"]
    assert not app.title and not app.file_uploader and not app.sidebar.children


def test_a_wrong_password_stays_outside(app):
    app.text_input[0].set_value("wrong")
    app.button[0].click().run()
    assert "not the password" in app.error[0].value
    assert not app.title


def test_the_password_lets_in_and_stays_valid(app):
    app.text_input[0].set_value("correct horse")
    app.button[0].click().run()
    assert app.title[0].value == "Bring your data"
    app.run()
    assert app.title[0].value == "Bring your data"


def test_without_a_password_the_gate_is_open(home, monkeypatch):
    monkeypatch.delenv("MOTIFLENS_PASSWORD", raising=False)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert at.title[0].value == "Bring your data"
    assert at.sidebar.caption[-1].value == f"MotifLens {lib.__version__}"


def test_letters_beyond_ascii_are_compared(monkeypatch):
    monkeypatch.setattr(login, "SECONDS_PER_ATTEMPT", 0.0)
    assert login.attempt("pässwörd", "pässwörd") is True
    assert login.attempt("password", "pässwörd") is False


def test_attempts_take_turns(monkeypatch):
    """Many guesses at once are no faster than one after the other: each holds the turn while it waits."""
    waiting = []
    monkeypatch.setattr(login, "SECONDS_PER_ATTEMPT", 0.01)
    monkeypatch.setattr(time, "sleep", lambda seconds: waiting.append(login._TURN.locked()))
    threads = [threading.Thread(target=login.attempt, args=("guess", "secret")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waiting == [True] * 4


def test_a_turn_that_does_not_come_is_said(monkeypatch):
    monkeypatch.setattr(login, "LONGEST_WAIT_SECONDS", 0.01)
    with login._TURN:
        assert login.attempt("secret", "secret") is None
