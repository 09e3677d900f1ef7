"""`python -m desktop` opens the window."""

import sys

from desktop.app import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
