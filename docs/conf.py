"""Sphinx configuration: `make docs`."""

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
