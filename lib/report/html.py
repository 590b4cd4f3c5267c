"""HTML from the templates of ``templates/``. What comes from data is escaped, and nothing that is written loads."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lib.views.blocks import Block


@cache
def environment() -> Environment:
    """Give the environment of the templates; every value is escaped, and a name that is not given is an error."""
    loader = PackageLoader(__package__)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals["show"] = show
    return made


def show(*blocks: Block) -> Markup:
    """Draw blocks, each by the macro of ``blocks.html`` that has the name of its class in lower case."""
    macros = environment().get_template("blocks.html").module
    return Markup("").join(getattr(macros, type(block).__name__.lower())(block) for block in blocks)


def render(template: str, **values: object) -> str:
    """Fill in a template of ``templates/``."""
    return environment().get_template(template).render(**values)


def style(sheet: str) -> str:
    """Give a style sheet of ``templates/`` as an element, for a page that shows blocks on its own."""
    return f"<style>{render(sheet)}</style>"
