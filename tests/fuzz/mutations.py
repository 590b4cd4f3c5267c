"""Damage to files: of bytes, lines, fields, encodings and headers."""

from collections.abc import Callable
from random import Random

Change = Callable[[bytes, Random], bytes]
# ruff: noqa: RUF005 - lists of damage
HUGE = (
    b"1e308",
    b"-1e-320",
    b"9" * 400,
    b"1e999",
    b"NaN",
    b"inf",
    b"-0",
    b"0x1F",
    b"1,234,567",
    b"1.234,5",
    b"2-Sep",
    b"=1+1",
    b"#REF!",
    b"\xe2\x88\x925",
    b"\xef\xbb\xbf",
    b"\xc2\xa0",
    b"TRUE",
    b"",
    b"'",
    b'"',
)


def _lines(data: bytes) -> list[bytes]:
    return data.split(b"\n")


def flip_bytes(data: bytes, random: Random) -> bytes:
    made = bytearray(data)
    for _ in range(random.randint(1, 8)):
        if made:
            made[random.randrange(len(made))] = random.randrange(256)
    return bytes(made)


def truncate(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def cut_out(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start + random.randint(1, 200) :]


def repeat_lines(data: bytes, random: Random) -> bytes:
    lines = _lines(data)
    at = random.randrange(len(lines))
    return b"\n".join(lines[:at] + lines[at : at + random.randint(1, 5)] * random.randint(1, 3) + lines[at:])


def drop_lines(data: bytes, random: Random) -> bytes:
    lines = _lines(data)
    at = random.randrange(len(lines))
    return b"\n".join(lines[:at] + lines[at + random.randint(1, 5) :])


def drop_rows(data: bytes, random: Random) -> bytes:
    first, *rest = _lines(data)
    return b"\n".join([first, drop_lines(b"\n".join(rest), random)])


def repeat_rows(data: bytes, random: Random) -> bytes:
    first, *rest = _lines(data)
    return b"\n".join([first, repeat_lines(b"\n".join(rest), random)])


def blank_rows(data: bytes, random: Random) -> bytes:
    first, *rest = _lines(data)
    for _ in range(random.randint(1, 4)):
        rest.insert(random.randrange(len(rest) + 1), random.choice([b"", b"  ", b"\t"]))
    return b"\n".join([first, *rest])


def swap_lines(data: bytes, random: Random) -> bytes:
    lines = _lines(data)
    for _ in range(3):
        a, b = random.randrange(len(lines)), random.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def _mark(line: bytes) -> bytes:
    return max((b"\t", b",", b";", b" "), key=line.count)


def _fields(data: bytes, random: Random, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    lines = _lines(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(lines))
        mark = _mark(lines[at])
        lines[at] = mark.join(change(lines[at].split(mark)))
    return b"\n".join(lines)


def drop_field(data: bytes, random: Random) -> bytes:
    return _fields(data, random, lambda cells: cells[: (at := random.randrange(len(cells)))] + cells[at + 1 :])


def repeat_field(data: bytes, random: Random) -> bytes:
    return _fields(data, random, lambda cells: cells[: (at := random.randrange(len(cells)))] + [cells[at]] + cells[at:])


def strange_field(data: bytes, random: Random) -> bytes:
    def change(cells: list[bytes]) -> list[bytes]:
        cells[random.randrange(len(cells))] = random.choice(HUGE)
        return cells

    return _fields(data, random, change)


def repeat_id(data: bytes, random: Random) -> bytes:
    lines = _lines(data)
    a, b = random.randrange(len(lines)), random.randrange(len(lines))
    mark = _mark(lines[a])
    lines[a] = mark.join([lines[b].split(mark)[0], *lines[a].split(mark)[1:]])
    return b"\n".join(lines)


def damage_header(data: bytes, random: Random) -> bytes:
    lines = _lines(data)
    at = random.randrange(min(3, len(lines)))
    lines[at] = random.choice(
        [
            b"",
            lines[at].upper(),
            lines[at][::-1],
            lines[at].replace(b"h", b""),
            b"x",
            lines[at] + lines[at],
            lines[at].replace(b"2", b"8"),
            b"id",
            lines[at].strip() + b"\t",
        ]
    )
    return b"\n".join(lines)


def drop_header(data: bytes, random: Random) -> bytes:
    return b"\n".join(_lines(data)[random.randint(1, 2) :])


def insert(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    piece = random.choice(
        [
            b'"',
            b"\0",
            b"'",
            b"\r",
            b"\x1a",
            b",,,",
            b"\t",
            b";",
            b"\xff\xfe",
            b"\xe4",
            b"#",
            b">",
            b"\n\n",
            b"\x0c",
            b"A" * 5000,
            b"\xf0\x9f\x98\x80",
            b"\\N",
        ]
    )
    return data[:at] + piece + data[at:]


def quote_cells(data: bytes, random: Random) -> bytes:
    return _fields(data, random, lambda cells: [b'"' + cell + b'"' * random.randint(0, 2) for cell in cells])


def line_ends(data: bytes, random: Random) -> bytes:
    return data.replace(b"\n", random.choice([b"\r\n", b"\r", b"\n\r", b"\n\n"]))


def encode_again(data: bytes, random: Random) -> bytes:
    coding = random.choice(["utf-16", "utf-16-be", "utf-8-sig", "cp1252", "utf-32", "utf-7"])
    return data.decode("utf-8", "replace").encode(coding, "replace")


def change_separator(data: bytes, random: Random) -> bytes:
    lines = _lines(data)
    mark = random.choice([b",", b";", b"\t", b"|", b" "])
    some = range(len(lines)) if random.random() < 0.5 else [random.randrange(len(lines))]
    for at in some:
        lines[at] = lines[at].replace(_mark(lines[at]), mark)
    return b"\n".join(lines)


ROWS: tuple[Change, ...] = (drop_rows, repeat_rows, blank_rows, repeat_id)
"""Damage that leaves the header line and keeps one row a line."""
ALL: tuple[Change, ...] = (
    flip_bytes,
    truncate,
    cut_out,
    repeat_lines,
    drop_lines,
    *ROWS,
    swap_lines,
    drop_field,
    repeat_field,
    strange_field,
    damage_header,
    drop_header,
    insert,
    quote_cells,
    line_ends,
    encode_again,
    change_separator,
)
