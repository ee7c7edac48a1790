"""``python -m ebit`` is the command line."""

import sys

from ebit.cli import main

if __name__ == "__main__":
    sys.exit(main())
