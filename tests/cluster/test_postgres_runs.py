"""What the store of runs promises, on PostgreSQL: its own tests again, races of several processes among them."""

# ruff: noqa: F403

from pathlib import Path

import pytest

from tests.store.test_store_runs import *

pytestmark = pytest.mark.cluster

del test_the_workspace_may_change_within_a_process  # noqa: F821 (there the database moves along; here it does not)


@pytest.fixture
def home(store: Path) -> Path:
    """Give a workspace whose database is PostgreSQL."""
    store.mkdir(exist_ok=True)  # the first to reach a new database has made it
    return store
