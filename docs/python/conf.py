"""Sphinx: `scripts/docs` builds build/docs/index.html from this folder and the docstrings."""

import asp

project = "asp"
version = release = asp.__version__
author = "the authors of asp"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
source_suffix = {".md": "markdown"}
exclude_patterns: list[str] = []
html_theme = "alabaster"
html_theme_options = {
    "description": "Python functions, stencils and solvers as kernels made on your machine",
    "fixed_sidebar": True,
}
autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
# Attribute lists name `cells` and the like, of which there are several.
suppress_warnings = ["ref.python"]
