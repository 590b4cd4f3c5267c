"""The documentation site: Sphinx with the theme Furo, pages in Markdown.

Sphinx is maintained, whereas Material for MkDocs, the other candidate, has announced its end of life. Its search works
without a server, and nothing is loaded from the network (no web fonts, no scripts from elsewhere), so the built folder
can be opened from a disk.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

project = "MotifLens"
author = "the MotifLens authors"
extensions = ["myst_parser", "sphinx_copybutton", "generated"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = "MotifLens"
html_logo = "../assets/wordmark.svg"
html_favicon = "../assets/logo.svg"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    "sidebar_hide_name": True,
    "light_css_variables": {"color-brand-primary": "#0B6E75", "color-brand-content": "#0B6E75"},
    "dark_css_variables": {"color-brand-primary": "#35B5BE", "color-brand-content": "#4CC3CB"},
}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"
