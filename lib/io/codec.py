"""Carry results of readers from one process to another: structure as JSON, arrays and tables as files of Arrow.

Only plain values, arrays, tables and data classes of this library are known. Nothing is pickled, so that what a process
that met a strange file writes can do no more than give wrong values.
"""

import importlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from lib.core.errors import DataError, UserError
from lib.io.decisions import Undecided

MOST_IN_JSON = 200
"""Entries of a mapping of texts that are written as JSON; larger ones become two columns."""
_LIBRARY = "lib."


class Writer:
    """Writes values into a folder.

    Parameters
    ----------
    folder
        Where the files of arrays go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[int, tuple[Any, Any]] = {}

    def write(self, name: str, value: Any) -> None:
        """Write a value as ``name`` in the folder, in one step."""
        text = json.dumps(self.encode(value))
        part = self._folder / f"{name}.part"
        part.write_text(text, encoding="utf-8", errors="surrogatepass")
        part.rename(self._folder / name)

    def encode(self, value: Any) -> Any:
        """Give a value as JSON; large ones are files, of which the JSON holds the number.

        Raises
        ------
        TypeError
            If the value is of a kind that is not known.
        """
        if value is None or isinstance(value, str | bool | int) or type(value) is float:
            return value
        if isinstance(value, np.generic):
            return self.encode(value.item())
        if isinstance(value, PurePath):
            return {"path": str(Path(value).absolute())}  # the other process may work elsewhere
        if isinstance(value, bytes | np.ndarray | pd.DataFrame | pa.Array) or (
            is_dataclass(value) and not isinstance(value, type)
        ):
            return self._once(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return {
                "class": _name(type(value)),
                "fields": {name: self.encode(getattr(value, name)) for name in value._fields},
            }
        if isinstance(value, list):
            return [self.encode(item) for item in value]
        if isinstance(value, tuple | set | frozenset):
            return {type(value).__name__: [self.encode(item) for item in value]}
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, UserError):
            return _error(self, value)
        raise TypeError(f"{type(value).__qualname__} cannot be carried to another process")

    def _mapping(self, value: Mapping[Any, Any]) -> Any:
        if len(value) > MOST_IN_JSON and all(type(item) is str for pair in value.items() for item in pair):
            columns = (np.array(list(half), dtype=object) for half in (value.keys(), value.values()))
            return {"texts": [self.encode(column) for column in columns]}
        return {"dict": [[self.encode(key), self.encode(item)] for key, item in value.items()]}

    def _once(self, value: Any) -> Any:
        """Write an object once, so that what is one object stays one."""
        if id(value) in self._known:
            return {"again": self._known[id(value)][1]}
        number = len(self._known)
        self._known[id(value)] = value, number  # holds on to the value, so that its id stays its own
        return {"number": number, **self._large(value, self._folder / str(number))}

    def _large(self, value: Any, path: Path) -> dict[str, Any]:
        if isinstance(value, bytes):
            path.write_bytes(value)
            return {"bytes": path.name}
        if isinstance(value, pd.DataFrame):
            _write_arrow(pa.Table.from_pandas(value), path)
            return {"frame": path.name}
        if isinstance(value, pa.Array):
            _write_arrow(pa.table({"": value}), path)
            return {"column": path.name}
        if isinstance(value, np.ndarray) and value.dtype == object:
            if value.ndim == 1 and pd.api.types.infer_dtype(value, skipna=False) in ("string", "empty"):
                _write_arrow(pa.table({"": pa.array(value, type=pa.large_string())}), path)
                return {"texts of": path.name}
            return {"objects": [self.encode(item) for item in value.ravel()], "shape": list(value.shape)}
        if isinstance(value, np.ndarray):
            with path.open("wb") as stream:
                np.save(stream, value, allow_pickle=False)
            return {"array": path.name}
        found = {one.name: self.encode(getattr(value, one.name)) for one in fields(value) if one.init}
        return {"class": _name(type(value)), "fields": found}


class Reader:
    """Reads what a ``Writer`` wrote; arrays stay on disk until they are looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[int, Any] = {}

    def read(self, name: str) -> Any:
        """Read a value."""
        return self.decode(json.loads((self._folder / name).read_text(encoding="utf-8", errors="surrogatepass")))

    def decode(self, value: Any) -> Any:
        """Give the value of what ``Writer.encode`` made."""
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "again" in value:
            return self._known[value["again"]]
        made = self._made(value)
        if "number" in value:
            self._known[value["number"]] = made
        return made

    def _made(self, value: dict[str, Any]) -> Any:
        if "class" in value:
            return _class(value["class"])(**{name: self.decode(item) for name, item in value["fields"].items()})
        if "error" in value:
            return _make_error(self, value)
        if "objects" in value:
            made = np.empty(len(value["objects"]), dtype=object)
            made[:] = [self.decode(item) for item in value["objects"]]
            return made.reshape(value["shape"])
        if "dict" in value:
            return {self.decode(key): self.decode(item) for key, item in value["dict"]}
        if "texts" in value:
            return dict(zip(*(self.decode(column).tolist() for column in value["texts"]), strict=True))
        kind, item = next((kind, item) for kind, item in value.items() if kind != "number")
        plain = {"tuple": tuple, "set": set, "frozenset": frozenset}
        if kind in plain:
            return plain[kind](self.decode(one) for one in item)
        return Path(item) if kind == "path" else self._stored(kind, self._folder / item)

    def _stored(self, kind: str, path: Path) -> Any:
        if kind == "bytes":
            return path.read_bytes()
        if kind == "array":
            return _load_array(path)
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        if kind == "column":
            chunks = table.column(0)
            return chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()
        return table.to_pandas() if kind == "frame" else table.column(0).to_numpy()


def _load_array(path: Path) -> Any:
    """Map an array; an empty one has nothing to map."""
    stored = np.load(path, allow_pickle=False, mmap_mode="c" if path.stat().st_size > (1 << 16) else None)
    return stored.view(np.ndarray)


def _write_arrow(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _name(cls: type) -> str:
    if not cls.__module__.startswith(_LIBRARY):
        raise TypeError(f"{cls.__qualname__} cannot be carried to another process")
    return f"{cls.__module__}:{cls.__qualname__}"


def _class(name: str) -> Any:
    module, _, qualname = name.partition(":")
    cls = getattr(importlib.import_module(module), qualname) if module.startswith(_LIBRARY) else None
    if not isinstance(cls, type) or not (is_dataclass(cls) or issubclass(cls, tuple)):
        raise TypeError(f"{name} is no class of data")
    return cls


def _error(writer: Writer, error: UserError) -> dict[str, Any]:
    if isinstance(error, Undecided):
        return {"error": "undecided", "of": writer.encode(error.decisions)}
    if isinstance(error, DataError):
        return {"error": "data", "message": str(error), "of": writer.encode(error.problems)}
    return {"error": "user", "message": str(error)}


def _make_error(reader: Reader, value: dict[str, Any]) -> UserError:
    if value["error"] == "undecided":
        return Undecided(reader.decode(value["of"]))
    if value["error"] == "data":
        return DataError(value["message"], reader.decode(value["of"]))
    return UserError(value["message"])
