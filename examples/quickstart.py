"""A chain from a file, the figures to 1 %, a table."""

from pathlib import Path

import ebit

chain = ebit.load(Path(__file__).with_name("delft-eindhoven-trapped-ions.toml"))
summary = ebit.estimate(chain, rel_error=0.01)
print(summary)
