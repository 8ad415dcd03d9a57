"""How Sphinx builds the pages: `make docs`. Nothing is fetched, neither by the build nor by who reads the pages."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent / "sphinx_extensions"))

from imagetasks._version import __version__

project = "imagetasks"
author = "The imagetasks developers"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "plain_docstrings", "elsewhere"]  # fmt: skip
exclude_patterns = ["sphinx_extensions/*"]
html_static_path = ["_static"]

html_theme = "furo"
html_title = f"imagetasks {version}"
html_copy_source = html_show_sourcelink = False


# An anchor of a heading is what GitHub makes of it.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

autoclass_content = "both"
autodoc_class_signature = "separated"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88


def setup(app: Sphinx) -> None:
    app.add_css_file("site.css")
