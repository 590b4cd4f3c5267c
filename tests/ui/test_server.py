"""What the server imports before the first visit exists, and brings no torch."""

import subprocess
import sys

from lib.core.errors import UserError
from lib.ui import errors
from lib.ui.server import FIRST, LATER
from lib.ui.widgets.state import ROOT


def test_the_warm_imports_exist_and_are_light():
    code = (
        "import importlib, sys\n"
        f"[importlib.import_module(name) for name in {(*FIRST, *LATER)!r}]\n"
        "assert not {'torch', 'transformers', 'captum', 'accelerate'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_fault_of_a_callback_is_calm_too(caplog):
    assert errors.uncaught(ZeroDivisionError("secret path")) is True
    assert "ZeroDivisionError" in caplog.text
    assert errors.uncaught(UserError("3 rows; bring more.")) is True
    assert "3 rows" not in caplog.text
