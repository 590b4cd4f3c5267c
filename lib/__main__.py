"""The command line: ``python -m lib COMMAND``. Everything it does, it does by lib.cli."""

import sys

from lib.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
