#!/usr/bin/env python3
"""Files and functions stay small enough to be read in one go, and every file begins with its idea.

    file      over 400 lines a warning, over 500 an error
    function  over  60 lines a warning, over  80 an error
    head      headers, scripts, and sources without a header of their own begin with a comment

tools/checks/exceptions.txt excuses an error with a reason: "PATH lines REASON" or "PATH FUNCTION REASON". An exception that
is not needed any more is itself an error.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import cpp
from sources import ROOT, Report, cpp_files, scripts

FILE_WARNING, FILE_ERROR = 400, 500
FUNCTION_WARNING, FUNCTION_ERROR = 60, 80
_EXCEPTIONS = Path(__file__).with_name("exceptions.txt")


class Exceptions:
    def __init__(self, report: Report) -> None:
        self.unused: dict[tuple[str, str], int] = {}
        for number, line in enumerate(_EXCEPTIONS.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            words = line.split(maxsplit=2)
            if len(words) == 3:
                self.unused[words[0], words[1]] = number
            else:
                report.error(_EXCEPTIONS, number, "an exception is a path, `lines` or a function, and a reason")
        self.known = set(self.unused)

    def excuse(self, path: Path, what: str) -> bool:
        key = (str(path.relative_to(ROOT)), what)
        self.unused.pop(key, None)
        return key in self.known


def python_functions(text: str) -> Iterator[cpp.Function]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield cpp.Function(node.name, node.lineno, node.end_lineno or node.lineno)


def has_head(path: Path, text: str) -> bool:
    lines = text.splitlines()
    first = next((line for line in lines if line.strip() and not line.startswith("#!")), "")
    if path.suffix == ".cc":
        own_header = path.with_name(path.name.removesuffix(".cc").removesuffix("_test") + ".h")
        return first.startswith("//") or own_header.is_file()
    if path.suffix == ".h":
        return first.startswith("//")
    if path.suffix == ".py":
        return path.name == "__init__.py" or first.startswith('"""')
    return first.startswith("#")


def main() -> None:
    report = Report("budgets")
    exceptions = Exceptions(report)
    looked_at = 0
    for path in sorted({*cpp_files(), *scripts("python3"), *scripts("bash")}):
        looked_at += 1
        text = path.read_text(encoding="utf-8")
        if not has_head(path, text):
            report.error(path, 1, "the file does not begin with a comment that tells its idea")
        lines = text.count("\n")
        if lines > FILE_WARNING:
            excused = exceptions.excuse(path, "lines")
            judge = report.error if lines > FILE_ERROR and not excused else report.warn
            judge(path, lines, f"{lines} lines; {FILE_WARNING} are wanted, {FILE_ERROR} the limit")
        found = cpp.functions(text) if path.suffix in (".h", ".cc") else ()
        if path.suffix == ".py":
            found = python_functions(text)
        for function in found:
            if function.lines > FUNCTION_WARNING:
                excused = exceptions.excuse(path, function.name)
                judge = report.error if function.lines > FUNCTION_ERROR and not excused else report.warn
                judge(path, function.first_line, f"{function.name} has {function.lines} lines; {FUNCTION_WARNING} are wanted")
    for (path_text, what), number in exceptions.unused.items():
        report.error(_EXCEPTIONS, number, f"{path_text} {what} needs no exception")
    report.end(looked_at)


if __name__ == "__main__":
    main()
