"""``python -m ebit`` is the command line."""

import sys

from ebit.cli import main

sys.exit(main())
