"""The architecture of lib, one test a rule, from the syntax trees of all files, each parsed once.

What breaks a rule today stands in ``KNOWN``. Nothing may be added there, and a line that is no longer needed fails.
"""

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEVELS = (
    ("ui",),
    ("report", "cli"),
    ("views",),
    ("figures",),
    ("jobs", "store"),
    ("analysis", "attribution", "training"),
    ("models",),
    ("tasks",),
    ("motifs", "tokenizers"),
    ("datasets",),
    ("io",),
    ("core",),
)
"""Each package may import itself and those below it; two of one level may import each other in one direction."""
TORCH = {"models", "training", "attribution"}
"""Packages that may import torch when they are imported."""
LATE_TORCH = ("lib.jobs.worker", "lib.jobs.train", "lib.jobs.predict", "lib.jobs.distributed")
LATE_TORCH = (*LATE_TORCH, "lib.__main__", "lib.cli", "lib.tasks")
"""Modules, and those below them, that may import torch inside functions."""
HEAVY = {"torch", "transformers", "captum", "accelerate"}
OPENED_WITHOUT_TORCH = ("lib.ui.upload", "lib.ui.datasets", "lib.ui.segmentation", "lib.ui.vocabulary", "lib.ui.rbp")
MIGRATIONS = "lib.store.migrations.env"
"""Run by Alembic, and cannot be imported."""
WITHOUT_TORCH = ("io", "tasks", "datasets", "tokenizers", "store", "figures", "motifs", "analysis")
MOST_LINES = 300
MOST_PARAMETERS = 7

KNOWN: dict[str, set[str]] = {
    "direction": set(),
    "pairs": set(),
    "circles": set(),
    "lines": set(),
    "parameters": {
        "lib.core.registry.setting",
        "lib.datasets.repeats.resolve",
        "lib.figures.attribution_agreement.stack_logos",
        "lib.figures.logo.logo_figure",
        "lib.figures.pattern_logos.align_logos",
        "lib.models.nets.residual.__init__",
        "lib.tokenizers._unigram_em._expect",
        "lib.tokenizers._unigram_em._losses",
        "lib.ui.segmentation.reading._reading",
    },
    "families": {
        "lib/ui/widgets/run_*",
    },
}


@dataclass(frozen=True)
class Module:
    """A file of lib, and the modules that it imports: at once, and at all (inside functions and for types too)."""

    name: str
    path: Path
    tree: ast.Module
    at_once: frozenset[str]
    imports: frozenset[str]

    @property
    def package(self) -> str:
        """The package of lib that it belongs to, or nothing for lib itself and ``lib.__main__``."""
        return package_of(self.name)


@cache
def modules() -> dict[str, Module]:
    """Parse every file of lib, by dotted name."""
    return {name_of(path): _parse(path) for path in files()}


@cache
def files() -> tuple[Path, ...]:
    return tuple(sorted((ROOT / "lib").rglob("*.py")))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package_of(name: str) -> str:
    root, _, rest = name.partition(".")
    return rest.split(".")[0] if root == "lib" and not rest.startswith("__") else ""


def _parse(path: Path) -> Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(_imports(tree))
    at_once = [name for node, late in nodes if not late for name in _imported(node)]
    everything = [name for node, _ in nodes for name in _imported(node)]
    return Module(name_of(path), path, tree, frozenset(at_once), frozenset(everything))


def _imports(node: ast.AST, late: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Give each import, and whether it happens later than that of its file: in a function, or for types only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, late
        elif isinstance(child, ast.stmt | ast.ExceptHandler):
            yield from _imports(child, late or _is_late(child))


def _is_late(node: ast.AST) -> bool:
    typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return typing_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """List the modules that an import names; ``from package import module`` names the module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    module = "." * node.level + (node.module or "")
    inside = [f"{module}.{alias.name}" for alias in node.names]
    return [name if name in _names() else module for name in inside]


@cache
def _names() -> frozenset[str]:
    return frozenset(map(name_of, files()))


def hold(found: set[str], rule: str, known: str = "") -> None:
    """Assert that a rule holds but for what is known, and that all that is known is still needed."""
    exceptions = KNOWN[known] if known else set()
    assert not found - exceptions, "\n  ".join([rule, *sorted(found - exceptions)])
    gone = exceptions - found
    assert not gone, "\n  ".join([f"mended, so take out of KNOWN[{known!r}]:", *sorted(gone)])


def test_imports_point_down() -> None:
    level = {package: number for number, packages in enumerate(LEVELS) for package in packages}
    strange = {module.package for module in modules().values()} - set(level) - {""}
    assert not strange, f"packages without a level: {strange}"
    found = {
        f"{module.name} -> lib.{package_of(other)}"
        for module in modules().values()
        for other in module.imports
        if module.package and level.get(package_of(other), len(LEVELS)) < level[module.package]
    }
    hold(found, "these import a package that lies above them:", "direction")


def test_nothing_is_imported_from_pages_and_all_imports_are_absolute() -> None:
    found = {
        f"{module.name} imports {other}"
        for module in modules().values()
        for other in module.imports
        if other.split(".")[0] in {"pages", "app", ""}
    }
    hold(found, "pages or the app, or a relative import:")


def test_no_two_packages_import_each_other() -> None:
    edges = {(one.package, package_of(other)) for one in modules().values() for other in one.imports}
    found = {f"{a} <-> {b}" for a, b in edges if a < b and a and b and (b, a) in edges}
    hold(found, "these packages import each other:", "pairs")


def test_no_files_import_each_other_in_a_circle() -> None:
    circles = _circles({module.name: module.imports & set(modules()) for module in modules().values()})
    hold({" <-> ".join(sorted(circle)) for circle in circles}, "these files import each other:", "circles")


def _circles(graph: dict[str, frozenset[str]]) -> list[set[str]]:
    """Find groups of nodes that all reach each other."""
    reach = {node: _reached(graph, node) for node in graph}
    groups = {frozenset({node} | {other for other in reach[node] if node in reach[other]}) for node in graph}
    return [set(group) for group in groups if len(group) > 1]


def _reached(graph: dict[str, frozenset[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen


def test_only_ui_imports_streamlit() -> None:
    found = {
        module.name
        for module in modules().values()
        if module.package != "ui" and any(name.split(".")[0] == "streamlit" for name in module.imports)
    }
    hold(found, "these import streamlit:")


def test_torch_is_imported_by_models_training_and_attribution() -> None:
    found = {
        module.name
        for module in modules().values()
        if module.package not in TORCH
        and {name.split(".")[0] for name in (module.at_once if _may_be_late(module.name) else module.imports)} & HEAVY
    }
    hold(found, f"these import one of {sorted(HEAVY)}:")


def _may_be_late(name: str) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in LATE_TORCH)


def test_data_and_tokens_need_no_torch() -> None:
    """In a fresh Python, importing every module of these packages brings neither torch nor transformers."""
    names = [name for name in modules() if package_of(name) in WITHOUT_TORCH or name.startswith(OPENED_WITHOUT_TORCH)]
    code = (
        "import importlib, sys\n"
        f"for name in {[name for name in names if name != MIGRATIONS]!r}:\n"
        "    importlib.import_module(name)\n"
        f"    assert not {HEAVY!r} & set(sys.modules), (name, {HEAVY!r} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_page_lies_directly_in_pages() -> None:
    """Streamlit serves such a file without running app.py, and so without the login."""
    assert sorted((ROOT / "pages").glob("*.py")) == []


def test_no_file_is_too_long() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _shipped()}
    found = {str(path.relative_to(ROOT)) for path, count in lines.items() if count > MOST_LINES}
    hold(found, f"files of more than {MOST_LINES} lines:", "lines")


def test_no_function_has_too_many_parameters() -> None:
    found = {
        f"{module.name}.{node.name}"
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _parameters(node.args) > MOST_PARAMETERS
    }
    hold(found, f"functions of more than {MOST_PARAMETERS} parameters:", "parameters")


def _parameters(arguments: ast.arguments) -> int:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len(named) - (bool(named) and named[0].arg in {"self", "cls"})


def test_ui_has_packages_and_no_families_of_prefixes() -> None:
    """Three files of a folder that begin with the same word are a folder of their own."""
    words: dict[Path, Counter[str]] = defaultdict(Counter)
    for module in modules().values():
        if module.package == "ui" and module.path.name != "__init__.py":
            words[module.path.parent][module.path.stem.split("_")[0]] += 1
    found = {
        f"{folder.relative_to(ROOT)}/{word}_*"
        for folder, counts in words.items()
        for word, count in counts.items()
        if word and count >= 3
    }
    hold(found, "these files of a prefix belong in a folder:", "families")


def test_nothing_is_unpickled_and_no_remote_code_runs() -> None:
    only = {"trust_remote_code": False, "allow_pickle": False, "weights_only": True}
    found = set()
    for path in _shipped():
        module = modules().get(name_of(path)) or _parse(path)
        if {"pickle", "joblib", "dill"} & {name.split(".")[0] for name in module.imports}:
            found.add(f"{module.name} imports a reader of pickles")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.keyword) and node.arg in only:
                if not (isinstance(node.value, ast.Constant) and node.value.value is only[node.arg]):
                    found.add(f"{module.name} sets {node.arg}={ast.unparse(node.value)}")
    hold(found, "unsafe loading:")


def _shipped() -> list[Path]:
    return [*files(), ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
