"""The walls of the house: who may import whom, and where pages may lie."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "lib"
COMPOSITION = {
    "lib.jobs.worker",
    "lib.jobs.train",
    "lib.jobs.predict",
    "lib.jobs.ranks",
    "lib.jobs.launch",
    "lib.__main__",
    "lib.cli",
}

# Each part may import itself and the parts to its right; what stands in one tuple lies on one floor.
FLOORS = (
    ("ui", "cli"),
    ("report",),
    ("store", "jobs", "figures"),
    ("training", "analysis", "attribution", "motifs", "models", "tokenizers"),
    ("datasets",),
    ("io",),
    ("core",),
)
TORCH = {"models", "training", "attribution"}
HEAVY = {"torch", "transformers", "captum", "accelerate"}


def modules() -> list[Path]:
    return sorted(LIBRARY.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, *, lazy: bool = True) -> set[str]:
    """Modules that a file imports; without ``lazy`` only those imported as soon as the file is."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(node) for function in ast.walk(tree) if _is_lazy(function) for node in ast.walk(function)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if not lazy and id(node) in inside:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} uses a relative import"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _is_lazy(node: ast.AST) -> bool:
    typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return typing_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def part(module: str) -> str | None:
    pieces = module.split(".")
    return pieces[1] if pieces[0] == "lib" and len(pieces) > 1 else None


def floor(part_name: str) -> int:
    return next(number for number, parts in enumerate(FLOORS) if part_name in parts)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_only_point_down(path: Path) -> None:
    name = name_of(path)
    if any(name == root or name.startswith(f"{root}.") for root in COMPOSITION) or part(name) is None:
        return
    for module in imports(path):
        assert not module.startswith(("pages", "app")), f"{name} imports {module}: nothing imports pages"
        other = part(module)
        if other and other != "__version__":
            assert floor(other) >= floor(part(name) or ""), f"{name} imports {module}, which lies above it"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_only_ui_imports_streamlit(path: Path) -> None:
    if part(name_of(path)) != "ui":
        assert not {module.split(".")[0] for module in imports(path)} & {"streamlit"}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_torch_stays_with_the_models(path: Path) -> None:
    """Outside models, training and attribution torch may be named only by the composition roots, inside functions."""
    name = name_of(path)
    if part(name) in TORCH:
        return
    lazily = name.startswith(tuple(COMPOSITION))
    found = {module.split(".")[0] for module in imports(path, lazy=not lazily)} & HEAVY
    assert not found, f"{name} imports {found}"


def test_no_page_lies_directly_in_pages() -> None:
    """Streamlit serves such a file without running app.py, and so without the login gate."""
    assert sorted((ROOT / "pages").glob("*.py")) == []


def test_no_module_is_too_long() -> None:
    long = {name_of(path): count for path in modules() if (count := len(path.read_text().splitlines())) > 300}
    assert not long, f"modules of over 300 lines: {long}"


def test_nothing_is_unpickled_and_no_remote_code_runs() -> None:
    for path in [*modules(), ROOT / "app.py", *(ROOT / "pages").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in {"trust_remote_code", "allow_pickle"}:
                assert isinstance(node.value, ast.Constant) and node.value.value is False, f"{path} sets {node.arg}"
            if isinstance(node, ast.keyword) and node.arg == "weights_only":
                assert isinstance(node.value, ast.Constant) and node.value.value is True, f"{path} sets {node.arg}"
        assert not {"pickle", "joblib", "dill"} & {module.split(".")[0] for module in imports(path)}, path


LIGHT = ("lib.io", "lib.datasets", "lib.tokenizers", "lib.store", "lib.figures", "lib.motifs", "lib.analysis")


@pytest.mark.parametrize("package", LIGHT)
def test_data_and_tokens_need_no_torch(package: str) -> None:
    """Importing every module of a package in a fresh Python brings neither torch nor transformers."""
    code = (
        "import importlib, pkgutil, sys\n"
        f"package = importlib.import_module({package!r})\n"
        "for module in pkgutil.iter_modules(package.__path__):\n"
        f"    importlib.import_module({package!r} + '.' + module.name)\n"
        f"assert not {HEAVY!r} & set(sys.modules), {HEAVY!r} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
