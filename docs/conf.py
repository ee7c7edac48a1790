"""Sphinx configuration: `make docs`."""

import contextlib
import io
import re
from pathlib import Path

import ebit

project = "ebit"
author = "The ebit developers"
version = release = ebit.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.mathjax"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "groupwise"
autodoc_typehints = "none"
default_role = "literal"
numpydoc_show_class_members = False

html_theme = "furo"
html_title = f"ebit {release}"


def draw_pictures(folder: Path) -> None:
    """Run the examples of a folder's pages in that folder: they save the pictures that the pages show."""
    for page in sorted(folder.glob("*.md")):
        blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
            exec(compile("\n".join(blocks), page.name, "exec"), {})


def setup(app) -> None:
    """Draw before anything is read; no picture is committed."""
    app.connect("builder-inited", lambda app: draw_pictures(Path(app.srcdir) / "protocols"))
