"""Measure the shape of the code against the project's limits; print what is over.

Usage: `python scripts/check_shape.py [FOLDER]`. Files are parsed, never imported. Tests are left
out of the figures (their own rules are in the linter's settings), but not of the line ratio.

A function's length runs from `def` to its last line without the docstring; percentiles are by
nearest rank. An import cycle counts however its imports are written: at the top of a module,
inside a function, or for annotations only.
"""

import ast
import math
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

CODE: Final = (
    "contract", "desktop", "hosted", "resources", "scripts", "benchmarks", "usageflow_command.py",
    "usageflow_redirect.py",
)  # fmt: skip
FUNCTION_MEDIAN: Final = 8
FUNCTION_P95: Final = 36
FUNCTION_MAX: Final = 70
FILE_LONG: Final = 500
FILE_LONG_SHARE: Final = 0.02
FILE_MAX: Final = 700
IO_LIBRARIES: Final = frozenset(
    {"sqlite3", "sqlcipher3", "httpx", "requests", "urllib", "http", "socket", "subprocess"}
    | {"multiprocessing", "keyring", "stripe", "websockets"}
)
Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file; `imports` are dotted names, relative ones resolved."""

    path: Path
    name: str
    lines: int
    tree: ast.Module
    imports: frozenset[str]


@dataclass(slots=True)
class Findings:
    """What is over a limit, in words, and the figures for the last line."""

    problems: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)

    def limit(self, name: str, value: float, allowed: float) -> None:
        self.figures.append(f"{name} {value:g} (limit {allowed:g})")
        if value > allowed:
            self.problems.append(f"{name} is {value:g}, allowed is {allowed:g}")


def python_files(root: Path, tops: Iterable[str]) -> Iterator[Path]:
    """Yield the files of these folders and single files, in a stable order."""
    for top in tops:
        path = root / top
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path] * path.is_file()


def read_module(path: Path, root: Path) -> Module:
    """Parse one file. Raises: SyntaxError."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, str(path))
    parts = path.relative_to(root).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    package = name if is_package else name.rpartition(".")[0]
    imports = frozenset(imported_names(tree, package))
    return Module(path.relative_to(root), name, len(text.splitlines()), tree, imports)


def imported_names(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield what a module imports anywhere; `from a import b` counts as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = [*above, *filter(None, [node.module])] if node.level else [node.module or ""]
            yield from (".".join([*base, alias.name]) for alias in node.names)


def functions(module: Module) -> Iterator[Definition]:
    for node in ast.walk(module.tree):
        if isinstance(node, Definition):
            yield node


def length(function: Definition) -> int:
    """Lines of a function without its docstring."""
    end = function.end_lineno or function.lineno
    first = function.body[0]
    has_docstring = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if has_docstring else 0
    return end - function.lineno + 1 - docstring


def check_functions(modules: Sequence[Module], found: Findings) -> None:
    sized = [(length(f), f"{m.path}:{f.lineno} {f.name}") for m in modules for f in functions(m)]
    lengths = sorted(size for size, _ in sized) or [0]
    found.limit("function lines, median", statistics.median(lengths), FUNCTION_MEDIAN)
    found.limit("95th", lengths[math.ceil(0.95 * len(lengths)) - 1], FUNCTION_P95)
    found.limit("longest", lengths[-1], FUNCTION_MAX)
    found.problems += [f"{where}: {size} lines" for size, where in sized if size > FUNCTION_MAX]


def check_files(modules: Sequence[Module], found: Findings) -> None:
    long = [module for module in modules if module.lines > FILE_LONG]
    found.limit("files over 500 lines, share", len(long) / max(1, len(modules)), FILE_LONG_SHARE)
    found.limit("longest file", max((m.lines for m in modules), default=0), FILE_MAX)
    found.figures += [f"{module.path} has {module.lines} lines" for module in long]


def is_annotated(function: Definition, *, in_class: bool) -> bool:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args]
    decorators = {ast.unparse(decorator) for decorator in function.decorator_list}
    if in_class and "staticmethod" not in decorators:
        named = named[1:]
    named += [*arguments.kwonlyargs, *filter(None, [arguments.vararg, arguments.kwarg])]
    returns = function.returns is not None or function.name == "__init__"
    return returns and all(argument.annotation is not None for argument in named)


def check_annotations(modules: Sequence[Module], found: Findings) -> None:
    for module in modules:
        methods = {
            id(member)
            for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)
            for member in node.body
        }  # fmt: skip
        for function in functions(module):
            if not is_annotated(function, in_class=id(function) in methods):
                where = f"{module.path}:{function.lineno} {function.name}"
                found.problems.append(f"{where}: not fully annotated")


def internal_imports(modules: Sequence[Module]) -> dict[str, set[str]]:
    """Which of these modules each module imports: every import at its longest known prefix."""
    known = {module.name for module in modules}
    graph: dict[str, set[str]] = {}
    for module in modules:
        prefixes = (longest_known(name, known) for name in module.imports)
        graph[module.name] = {name for name in prefixes if name} - {module.name}
    return graph


def longest_known(name: str, known: set[str]) -> str:
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def check_cycles(modules: Sequence[Module], found: Findings) -> None:
    try:
        TopologicalSorter(internal_imports(modules)).prepare()
    except CycleError as error:
        found.problems.append("import cycle: " + " -> ".join(error.args[1]))


def check_widgets(modules: Sequence[Module], found: Findings) -> None:
    """Modules with widgets must not import what waits: files of databases, network, processes."""
    for module in modules:
        if any(name.startswith("PySide6.QtWidgets") for name in module.imports):
            waiting = {name.partition(".")[0] for name in module.imports} & IO_LIBRARIES
            if waiting:
                found.problems.append(f"{module.path}: widgets beside {', '.join(sorted(waiting))}")


def is_broad(handler: ast.ExceptHandler) -> bool:
    named = [handler.type] if handler.type else []
    names = [n.id for kind in named for n in ast.walk(kind) if isinstance(n, ast.Name)]
    return not names or not {"Exception", "BaseException"}.isdisjoint(names)


def check_swallowed(modules: Sequence[Module], found: Findings) -> None:
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler) and is_broad(node) and is_empty(node.body):
                found.problems.append(f"{module.path}:{node.lineno}: swallows a broad exception")
            elif is_broad_suppress(node):
                found.problems.append(f"{module.path}: suppresses a broad exception")


def is_empty(body: Sequence[ast.stmt]) -> bool:
    constants = (ast.Pass, ast.Continue)
    return all(
        isinstance(s, constants) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        for s in body
    )


def is_broad_suppress(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("suppress"):
        return False
    return any(ast.unparse(argument) in {"Exception", "BaseException"} for argument in node.args)


def measure(root: Path) -> Findings:
    """Run every check over the code below `root`."""
    found = Findings()
    modules = [read_module(path, root) for path in python_files(root, CODE)]
    for check in (
        check_functions, check_files, check_annotations, check_cycles, check_widgets,
        check_swallowed,
    ):  # fmt: skip
        check(modules, found)
    test_lines = sum(read_module(path, root).lines for path in python_files(root, ["tests"]))
    code_lines = sum(module.lines for module in modules)
    found.figures.append(f"test lines a code line {test_lines / max(1, code_lines):.2f}")
    return found


def main(arguments: Sequence[str]) -> int:
    root = Path(arguments[0]) if arguments else Path(__file__).parent.parent
    found = measure(root.resolve())
    print("; ".join(found.figures))
    print("\n".join(found.problems), file=sys.stderr, end="\n" * bool(found.problems))
    return 1 if found.problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
