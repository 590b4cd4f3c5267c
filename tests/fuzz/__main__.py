"""``python -m tests.fuzz [COUNT [SEED [FOLDER]]]``: damage files and see that none is misread."""

import sys

from tests.fuzz.harness import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
