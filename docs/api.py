"""Pages of the API, read from the source by griffe: nothing is imported, and no module is named here."""

import re
from collections.abc import Iterator
from pathlib import Path

import griffe

WIDTH = 100
Documented = griffe.Function | griffe.Class | griffe.Attribute


def read_library(root: Path) -> list[griffe.Module]:
    """Read the source of every package of the library."""
    options = {"warnings": False}  # attributes of a class are listed as parameters here, which griffe would remark on
    library = griffe.load("lib", search_paths=[root], docstring_parser="numpy", docstring_options=options)
    assert isinstance(library, griffe.Module)
    return list(_find_packages(library))


def list_packages(packages: list[griffe.Module]) -> Iterator[str]:
    """Give a line for each package directly in the library: its name and the first paragraph of its docstring."""
    yield "| package | contents |\n|---|---|"
    for package in packages:
        if package.path.count(".") == 1:
            first = (package.docstring.value if package.docstring else "").partition("\n\n")[0]
            link = f"[`{package.path}`](/reference/generated/api/{package.path}.md)"
            yield f"| {link} | {_markdown(' '.join(first.split()))} |"


def _find_packages(module: griffe.Module) -> Iterator[griffe.Module]:
    for member in _own_members(module):
        if isinstance(member, griffe.Module) and member.is_init_module:
            yield member
            yield from _find_packages(member)


def _own_members(parent: griffe.Module | griffe.Class) -> list[griffe.Object]:
    """List the public members that are defined here and not imported from elsewhere."""
    return [
        member
        for member in parent.members.values()
        if isinstance(member, griffe.Object) and not member.name.startswith("_")
    ]


def describe_package(package: griffe.Module) -> Iterator[str]:
    """Give the page of a package: its modules, and what they define, with signatures and docstrings."""
    yield f"---\ntocdepth: 2\n---\n\n# {package.path}\n"
    yield from _describe_contents(package, "##")
    for member in sorted(_own_members(package), key=lambda member: member.name):
        if isinstance(member, griffe.Module) and not member.is_init_module:
            yield f"## {_markdown(member.name)}\n"
            yield from _describe_contents(member, "###")


def _describe_contents(module: griffe.Module, level: str) -> Iterator[str]:
    yield from _docstring(module)
    for member in _own_members(module):
        if isinstance(member, Documented) and member.docstring:
            yield from _describe(member, level)


def _describe(member: Documented, level: str) -> Iterator[str]:
    name = f"{member.parent.name}.{member.name}" if isinstance(member.parent, griffe.Class) else member.name
    yield f"{level} {_markdown(name)}\n"
    yield f"```python\n{_declaration(member)}\n```\n"
    yield from _docstring(member)
    if isinstance(member, griffe.Class):
        for method in _own_members(member):
            if isinstance(method, griffe.Function | griffe.Attribute) and method.docstring:
                yield from _describe(method, f"{level}#")


def _declaration(member: Documented) -> str:
    if isinstance(member, griffe.Function):
        return _wrap(f"def {member.signature()}")
    if isinstance(member, griffe.Class):
        head = f"class {member.name}" + (f"({', '.join(map(str, member.bases))})" if member.bases else "") + ":"
        fields = [field for field in _own_members(member) if isinstance(field, griffe.Attribute) and field.annotation]
        return "\n".join([head, *(f"    {field.name}: {field.annotation}" for field in fields)])
    annotation = f": {member.annotation}" if member.annotation else ""
    value = f" = {member.value}" if member.value is not None and len(str(member.value)) < WIDTH else ""
    return f"{member.name}{annotation}{value}"


def _wrap(signature: str) -> str:
    """Write a signature that is too long for a line with a line for each parameter."""
    if len(signature) <= WIDTH:
        return signature
    depth, pieces = 0, [""]
    for letter in signature:
        depth += (letter in "([{") - (letter in ")]}")
        opens, closes = letter == "(" and depth == 1, letter == ")" and depth == 0
        if closes:
            pieces.append("")
        pieces[-1] += letter
        if opens or (letter == "," and depth == 1):
            pieces.append("")
    return "\n".join(
        piece if number in (0, len(pieces) - 1) else f"    {piece.strip()}" for number, piece in enumerate(pieces)
    )


def _docstring(owner: griffe.Object) -> Iterator[str]:
    for section in owner.docstring.parsed if owner.docstring else ():
        if section.kind is griffe.DocstringSectionKind.text:
            yield f"{_markdown(section.value)}\n"
        elif section.kind is griffe.DocstringSectionKind.examples:
            yield from (f"```python\n{text}\n```\n" for _, text in section.value)
        elif isinstance(section.value, list):
            yield f"**{section.kind.value.capitalize()}**\n"
            for item in section.value:
                name = getattr(item, "name", "") or str(getattr(item, "annotation", "") or "")
                yield f"- `{name}`: {_markdown(' '.join(item.description.split()))}"
            yield ""


def _markdown(text: str) -> str:
    """Turn the text of a docstring into Markdown: code stays code, all other signs mean themselves."""
    blocks = re.split(r"\n{2,}", text.strip("\n"))
    return "\n\n".join(
        f"```python\n{block}\n```" if block.lstrip().startswith(">>>") else _escape(block) for block in blocks
    )


def _escape(block: str) -> str:
    pieces = re.split(r"(``.*?``|`[^`]+`)", block, flags=re.DOTALL)
    return "".join(piece if piece.startswith("`") else re.sub(r"[*_<>\[\]#|$]", r"\\\g<0>", piece) for piece in pieces)
