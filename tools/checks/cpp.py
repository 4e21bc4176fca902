"""As much C++ as the checks must understand: text without comments and literals, and where functions begin and end.

This is no parser. It follows braces, and takes a brace for a function's when the words before it end in a parameter list.
Code that clang-format has set is regular enough for that; tests/checks shows what it understands.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|(?:u8|[uUL])?R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
_FUNCTION_END = re.compile(
    r"\)(?:\s*(?:const|noexcept(?:\s*\([^()]*\))?|override|final|mutable|&&|&|->\s*[\w:<>,&*\s]+|requires\b[^{]*))*\s*$"
)


class Function(NamedTuple):
    name: str
    first_line: int
    last_line: int

    @property
    def lines(self) -> int:
        return self.last_line - self.first_line + 1


def blank(text: str) -> str:
    """Comments and the insides of literals become spaces; every line stays where it is."""

    def spaces(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    return _TOKEN.sub(spaces, text)


def functions(text: str) -> Iterator[Function]:
    """Functions with a body, in order. What is nested in one (lambdas, local classes) belongs to it."""
    code = re.sub(r"(?m)^\s*#(?:.*\\\n)*.*$", lambda m: re.sub(r"[^\n]", " ", m.group()), blank(text))
    depth_of_scopes = [0]  # brace depths at which declarations stand
    depth = 0
    begin = 0  # of the declaration being read
    open_function: tuple[str, int, int] | None = None
    for match in re.finditer(r"[{};]", code):
        sign, at = match.group(), match.start()
        if sign == "{":
            depth += 1
            if open_function is None and depth_of_scopes[-1] == depth - 1:
                words = code[begin:at]
                if _is_function(words):
                    open_function = (_name(words), code.count("\n", 0, begin + _leading(words)) + 1, depth)
                elif _SCOPE.search(words) or not words.strip():
                    depth_of_scopes.append(depth)
                    begin = at + 1
        elif sign == "}":
            if open_function and open_function[2] == depth:
                yield Function(open_function[0], open_function[1], code.count("\n", 0, at) + 1)
                open_function = None
                begin = at + 1
            if depth_of_scopes[-1] == depth:
                depth_of_scopes.pop()
                begin = at + 1
            depth -= 1
        elif open_function is None and depth_of_scopes[-1] == depth:
            begin = at + 1


def _leading(words: str) -> int:
    return len(words) - len(words.lstrip())


def _is_function(words: str) -> bool:
    head = re.sub(r"\boperator\s*\(\)", "operator_call", words)
    if re.search(r"\b(class|struct|union|enum)\s+[\w:]+(\s+final)?(\s*:[^()]*)?\s*$", head):
        return False
    if "=" in _without_brackets(re.sub(r"operator\s*[=!<>+*/|&^%-]*=", "operator", head)):
        return False  # an initializer
    # A constructor's initialiser list ends in a name or a brace, its parameter list stands before the colon.
    return bool(_FUNCTION_END.search(head)) or bool(re.search(r"\)\s*(noexcept\s*)?:\s*[\w:<>]+\s*[({]?[^;]*$", head))


def _without_brackets(text: str) -> str:
    """The text outside of (), [] and <>, where a "=" is no default argument, capture or comparison."""
    count = 1
    while count:
        text, count = re.subn(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>", "", text)
    return text


def _name(words: str) -> str:
    match = re.search(r"([~\w:]+(?:\s*operator\S+)?|operator\S+)\s*\(", words)
    if match and match.group(1) == "TEST":
        inner = re.search(r"TEST\(([^)]*)\)", words)
        return inner.group(1).replace(", ", ".") if inner else "TEST"
    return match.group(1) if match else "?"
