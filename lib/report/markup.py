"""HTML of a report. Everything that comes from data goes through ``text``; nothing that is written loads anything."""

import base64
import html
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from lib.analysis import scorecard
from lib.io.export import to_csv

if TYPE_CHECKING:
    import pandas as pd

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What the browser may load for a report: pictures and styles that stand in it, nothing else."""

_STYLE = """
:root {color-scheme: light dark; --edge: light-dark(#d5dee2, #3a4653); --wash: light-dark(#f3f6f7, #1a212b);
  --dim: light-dark(#4a5863, #b9c4ce); --link: light-dark(#0b6e75, #4cc3cb)}
* {box-sizing: border-box}
body {font: 15px/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1.5rem 1.25rem 4rem;
  background: light-dark(#fff, #0e1117); color: light-dark(#17242b, #e6ebef); overflow-wrap: anywhere}
h1 {font-size: 1.7rem; line-height: 1.25; margin: 0.5rem 0 0.25rem}
h2 {font-size: 1.2rem; margin: 2.2rem 0 0.5rem; padding-top: 0.6rem; border-top: 1px solid var(--edge)}
h3 {font-size: 1rem; margin: 1.2rem 0 0.4rem}
a {color: var(--link)}
p {margin: 0.4rem 0 0.8rem}
.lead {font-size: 1.1rem}
.dim, figcaption, caption {color: var(--dim)}
.simulated {display: inline-block; padding: 0 0.5em; border: 1px solid currentColor; border-radius: 0.4em;
  font-size: 0.85rem; font-weight: 600; background: repeating-linear-gradient(-45deg, transparent 0 4px,
  rgba(128, 128, 128, 0.28) 4px 7px)}
.check {padding: 0.5rem 0.8rem; border-left: 0.3rem solid var(--edge); background: var(--wash)}
.check.fail {border-color: light-dark(#b42318, #f97066)} .check.care {border-color: light-dark(#b54708, #fdb022)}
nav ul {list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; padding: 0; margin: 0.75rem 0}
table {border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums}
caption {text-align: left; padding: 0.3rem 0; font-weight: 600}
th, td {text-align: left; vertical-align: top; padding: 0.3rem 0.6rem 0.3rem 0; border-bottom: 1px solid var(--edge)}
th {overflow-wrap: normal}
th[scope=row] {font-weight: 500; width: 15rem; overflow-wrap: anywhere}
.scroll {overflow-x: auto}
figure {margin: 1rem 0 1.4rem}
figure img {display: block; max-width: 100%; height: auto; background: #fff; border-radius: 0.4rem}
figcaption {font-size: 0.9rem; margin-top: 0.4rem}
.pair {display: flex; flex-wrap: wrap; gap: 0 1.5rem}
.pair > * {flex: 1 1 20rem; min-width: 0}
.many {display: flex; flex-wrap: wrap; gap: 0 1.5rem}
.many > * {flex: 0 1 17rem; min-width: 0}
pre {background: var(--wash); border: 1px solid var(--edge); border-radius: 0.4rem; padding: 0.7rem 0.9rem;
  white-space: pre-wrap; font-size: 0.85rem}
details {margin: 0.4rem 0}
summary {cursor: pointer; color: var(--link)}
footer {margin-top: 3rem; font-size: 0.85rem; color: var(--dim)}
@media print {
  body {max-width: none; padding: 0; background: #fff; color: #000; font-size: 10.5pt}
  nav, details:not([open]) {display: none}
  h2 {break-after: avoid} figure, tr {break-inside: avoid}
  a {color: inherit; text-decoration: none}
}
"""


def text(value: object) -> str:
    """Write anything as text of a page: every letter is shown, none is markup.

    >>> text('<img src="x">')
    '&lt;img src=&quot;x&quot;&gt;'
    """
    return html.escape(str(value), quote=True)


def facts(pairs: Mapping[str, object]) -> str:
    """Write names and values as a table with a row for each; values that are None or empty are left out."""
    rows = [
        f"<tr><th scope='row'>{text(name)}</th><td>{text(value)}</td></tr>"
        for name, value in pairs.items()
        if value not in (None, "")
    ]
    return f"<div class='scroll'><table><tbody>{''.join(rows)}</tbody></table></div>"


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> str:
    """Write rows under the names of their columns."""
    heads = "".join(f"<th scope='col'>{text(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    title = f"<caption>{text(caption)}</caption>" if caption else ""
    return f"<div class='scroll'><table>{title}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"


def figure(svg: bytes, *, alt: str, caption: str, below: str = "") -> str:
    """Put a picture on the page, in it and not beside it; ``below`` is HTML, such as the table of its numbers."""
    shown = f"<img alt='{text(alt)}' src='data:image/svg+xml;base64,{base64.b64encode(svg).decode()}'>"
    return f"<figure>{shown}<figcaption>{text(caption)}</figcaption>{below}</figure>"


def numbers(frame: "pd.DataFrame", name: str, *, shown: int = 0) -> str:
    """Offer the numbers of a figure: a table to open (the first ``shown`` rows), and all of them as CSV.

    Parameters
    ----------
    frame
        The numbers.
    name
        File name of the CSV.
    shown
        Rows of the table at most; 0 for no table.
    """
    coded = base64.b64encode(to_csv(frame)).decode()
    link = f"<a download='{text(name)}' href='data:text/csv;base64,{coded}'>Numbers (CSV, {len(frame):,} rows)</a>"
    if not shown:
        return f"<p>{link}</p>"
    rows = [[_cell(value) for value in row] for row in frame.head(shown).itertuples(index=False, name=None)]
    return f"<details><summary>Numbers as a table</summary>{table(list(frame.columns), rows)}</details><p>{link}</p>"


def _cell(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value


def page(title: str, head: str, sections: Mapping[str, str], foot: str) -> str:
    """Write the whole file.

    Parameters
    ----------
    title
        Of the window, as plain text.
    head, foot
        HTML above and below the sections.
    sections
        HTML of each section by its heading, in their order.
    """
    names = {name: f"s{number}" for number, name in enumerate(sections, start=1)}
    index = "".join(f"<li><a href='#{place}'>{text(name)}</a></li>" for name, place in names.items())
    body = "".join(
        f"<section id='{names[name]}' aria-labelledby='{names[name]}h'><h2 id='{names[name]}h'>{text(name)}</h2>"
        f"{content}</section>"
        for name, content in sections.items()
    )
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<meta http-equiv='Content-Security-Policy' content=\"{POLICY}\">"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='referrer' content='no-referrer'>"
        f"<link rel='icon' href='data:,'><title>{text(title)}</title><style>{_STYLE}</style>{scorecard.STYLE}</head>"
        f"<body><header>{head}</header><nav aria-label='Sections'><ul>{index}</ul></nav><main>{body}</main>"
        f"<footer>{foot}</footer></body></html>\n"
    )
