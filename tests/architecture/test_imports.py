"""Who may import whom: the rules of the house, read from the code itself."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("dags", "transforms", "insight", "dashboards", "warehouse")
MAY_IMPORT = {
    "dags": {"transforms", "insight", "dashboards", "warehouse"},
    "transforms": {"warehouse"},
    "insight": {"warehouse"},
    "dashboards": {"warehouse"},
    "warehouse": set(),
}
HEAVY = {
    "airflow", "bertopic", "great_expectations", "hdbscan", "jieba", "matplotlib", "numba", "pandas", "rjieba",
    "sklearn", "snownlp", "streamlit", "umap",
}  # fmt: skip


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    """Top-level names of the modules that a file imports; imports for type checkers do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            stack.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
        elif top_level_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        stack.extend(ast.iter_child_nodes(node))
    return found


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_what_they_may(package):
    allowed = MAY_IMPORT[package] | {package}
    for path in modules(package):
        strangers = (imports(path) & set(PACKAGES)) - allowed
        assert not strangers, f"{path.relative_to(ROOT)} imports {sorted(strangers)}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_modules(package):
    assert modules(package), f"{package} is empty: the rules above would hold for nothing"


def test_heavy_libraries_are_imported_inside_functions():
    """`voc --help` and the parsing of DAGs must not pay for them; DAG files and what they share import airflow."""
    for package in PACKAGES:
        for path in modules(package):
            heavy = imports(path, top_level_only=True) & HEAVY
            if package == "dags" and (path.name.startswith("voc_") or path.name == "runs.py"):
                heavy -= {"airflow"}
            if package == "dashboards" and "pages" in path.parts:
                heavy -= {"streamlit"}
            if path.stem.endswith("_kernels"):
                heavy -= {"numba"}  # imported on first use: see the next test
            assert not heavy, f"{path.relative_to(ROOT)} imports {sorted(heavy)} at its top"


def test_kernels_are_imported_on_first_use():
    """Modules that compile import numba at their top, so nobody may import them at his."""
    compiling = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in PACKAGES
        for path in modules(package)
        if "numba" in imports(path, top_level_only=True)
    }
    assert compiling
    for package in PACKAGES:
        for path in modules(package):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    named = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                    assert not named & compiling, f"{path.relative_to(ROOT)} imports {named & compiling}"


def test_no_wall_clock_below_dags():
    """A day run next year gives today's numbers: time comes in as an argument."""
    clocks = {
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
    }
    for package in ("transforms", "insight", "dashboards", "warehouse"):
        for path in modules(package):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    used = (node.value.id, node.attr)
                    assert used not in clocks, f"{path.relative_to(ROOT)}:{node.lineno} reads the clock"


def test_marts_read_no_clock():
    words = ("current_date", "current_timestamp", "now()", "today()", "get_current_time")
    found = list((ROOT / "warehouse" / "sql").rglob("*.sql"))
    assert found
    for path in found:
        text = path.read_text(encoding="utf-8").lower()
        assert not [word for word in words if word in text], f"{path.relative_to(ROOT)} reads the clock"
