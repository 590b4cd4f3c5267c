"""The command line, ``motiflens COMMAND`` or ``python -m lib COMMAND``. Everything it does, it does by lib.cli."""

import os
import sys
from pathlib import Path

from lib import cli


def main() -> int:
    """Run the command that the process was started with and give its exit status."""
    if home := os.environ.get("MOTIFLENS_HOME"):  # processes that a command starts work in the folder of the checkout
        os.environ["MOTIFLENS_HOME"] = str(Path(home).expanduser().absolute())
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
