"""What a page hands to Streamlit as Markdown, and which of it would load an address.

A name such as ``![z](http://127.0.0.1:9/x)`` is an image in Markdown, and a browser that draws it asks that address.
"""

import json
from collections.abc import Iterator

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

IMAGE = "![z](http://127.0.0.1:9/x)"
"""A name that is an image in Markdown."""
TEXT_ONLY = {
    ("Selectbox", "options"),
    ("Selectbox", "raw_value"),
    ("Selectbox", "placeholder"),
    ("MultiSelect", "options"),
    ("MultiSelect", "raw_values"),
    ("MultiSelect", "placeholder"),
    ("TextInput", "default"),
    ("TextInput", "value"),
    ("TextInput", "placeholder"),
    ("TextArea", "default"),
    ("TextArea", "value"),
    ("TextArea", "placeholder"),
    ("Html", "body"),
    ("Json", "body"),
    ("Code", "code_text"),
    ("Text", "body"),
    ("PlotlyChart", "spec"),
    ("PlotlyChart", "config"),
    ("PageLink", "query_string"),
    ("DownloadButton", "url"),
    ("Image", "alt"),
    ("ImageList", "alt"),
}
"""Fields that are shown letter by letter, or not at all, by message and name."""
ANYWHERE = {"id", "key", "form_id", "element_id", "alt", "url", "query_string", "json_args", "json", "columns"}
"""Fields of any message that are no Markdown; ``columns`` is looked into by ``_columns``."""


def loading(app: AppTest) -> list[str]:
    """List what a page shows as Markdown in which a name of a user is still an image or a link."""
    return [f"{where}: {text[:160]}" for where, text in _texts(app) if "](http" in text.replace("\\\\", "")]


def _texts(app: AppTest) -> Iterator[tuple[str, str]]:
    for root in app._tree.children.values():
        for node in _nodes(root):
            proto = getattr(node, "proto", None)
            if isinstance(proto, Message):
                yield from _strings(proto, type(proto).__name__)


def _nodes(node: object) -> Iterator[object]:
    yield node
    for child in getattr(node, "children", {}).values():
        yield from _nodes(child)


def _strings(message: Message, path: str) -> Iterator[tuple[str, str]]:
    kind = type(message).__name__
    for field, value in message.ListFields():
        if (kind, field.name) in TEXT_ONLY or field.name in ANYWHERE - {"columns"}:
            continue
        where = f"{path}.{field.name}"
        if field.name == "columns" and isinstance(value, str):
            yield from _columns(where, value)
        elif isinstance(value, Message):
            yield from _strings(value, where)
        elif isinstance(value, str):
            yield where, value
        elif not isinstance(value, bytes | int | float | bool):
            for item in value:
                if isinstance(item, Message):
                    yield from _strings(item, where)
                elif isinstance(item, str):
                    yield where, item


def _columns(where: str, text: str) -> Iterator[tuple[str, str]]:
    """Give the help of the columns of a table, which is Markdown; labels are shown as they are."""
    for name, column in json.loads(text).items():
        if isinstance(column, dict) and column.get("help"):
            yield f"{where}.{name[:20]}.help", str(column["help"])
