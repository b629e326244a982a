"""The rules of the design: import contracts, allowed libraries, the length of modules and functions."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULE_LINES = 250  # of code
BODY_LINES = 25  # of a function, without its docstring

# The packages that a module may import, beside the standard library. An optional library, such as uvloop, is
# imported inside the function that uses it.
MAY_IMPORT = {
    "core": {"core"},
    "servers": {"core", "servers", "colorama"},
    "clients": {
        "core",
        "clients",
        "colorama",
        "prompt_toolkit",
        "textual",
        "rich",
    },  # Textual draws with Rich
}

# The packages that the modules below a folder may import, too.
MAY_IMPORT_BELOW = {
    "clients/in_browser": {"aiohttp", "textual_serve"},
    "clients/monitor": {"dpkt"},
    "core/web": {"h11"},
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def product_modules() -> Iterator[tuple[Path, ast.Module]]:
    """The path, relative to ROOT, and the syntax tree of each module in core, servers and clients."""
    for package in MAY_IMPORT:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))


def is_data(module: ast.Module) -> bool:
    """Whether the module defines only values, such as a list of quotes."""
    return not any(isinstance(node, ast.ClassDef | Function) for node in module.body)


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    """The line number and the top-level package of each import outside a function."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            yield node.lineno, node.module.partition(".")[0]
        elif not isinstance(node, Function):
            waiting += ast.iter_child_nodes(node)


def libraries(path: Path) -> set[str]:
    """The packages that the module at `path` may import, beside the standard library."""
    below = [MAY_IMPORT_BELOW.get(parent.as_posix(), set()) for parent in path.parents]
    return MAY_IMPORT[path.parts[0]].union(*below)


def body_length(function: Function) -> int:
    """The number of lines after the signature and the docstring."""
    body = function.body if ast.get_docstring(function) is None else function.body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_the_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_each_package_has_modules() -> None:
    assert {path.parts[0] for path, _ in product_modules()} == set(MAY_IMPORT)


def test_modules_import_only_the_libraries_that_their_package_may_use() -> None:
    wrong = [
        f"{path}:{line}: imports {package}"
        for path, module in product_modules()
        for line, package in imported(module)
        if package not in libraries(path) | sys.stdlib_module_names
    ]
    assert not wrong, "\n".join(wrong)


def lines_of_code(path: Path, module: ast.Module) -> int:
    """The number of lines of code without docstrings, comments and blank lines. An import is one line."""
    prose: set[int] = set()
    for node in ast.walk(module):
        match node:
            case ast.Expr(ast.Constant(str())):
                prose.update(range(node.lineno, (node.end_lineno or 0) + 1))
            case ast.ImportFrom():
                prose.update(range(node.lineno + 1, (node.end_lineno or 0) + 1))
    return sum(
        number not in prose and bool(line.strip()) and not line.lstrip().startswith("#")
        for number, line in enumerate((ROOT / path).read_text("utf-8").splitlines(), 1)
    )


def test_no_module_is_too_long() -> None:
    lengths = {path: lines_of_code(path, module) for path, module in product_modules() if not is_data(module)}
    wrong = [f"{path}: {n} lines, {MODULE_LINES} at most" for path, n in lengths.items() if n > MODULE_LINES]
    assert not wrong, "\n".join(wrong)


def test_no_function_is_too_long() -> None:
    wrong = [
        f"{path}:{node.lineno}: {node.name} has {body_length(node)} lines, {BODY_LINES} at most"
        for path, module in product_modules()
        for node in ast.walk(module)
        if isinstance(node, Function) and body_length(node) > BODY_LINES
    ]
    assert not wrong, "\n".join(wrong)
