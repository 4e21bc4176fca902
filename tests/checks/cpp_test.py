"""What tools/checks understands of C++."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/checks"))

import cpp  # noqa: E402


def found(text: str) -> list[tuple[str, int]]:
    return [(function.name, function.lines) for function in cpp.functions(text)]


class Functions(unittest.TestCase):
    def test_are_measured_from_signature_to_brace(self) -> None:
        self.assertEqual(found("namespace a {\nint f(int x,\n      int y) {\n  return 1;\n}\n}\n"), [("f", 4)])

    def test_own_what_is_nested_in_them(self) -> None:
        text = "void f() {\n  auto g = [](int x) {\n    if (x) {\n    }\n  };\n  struct S { void h() {} };\n}\nint k() { return 0; }\n"
        self.assertEqual(found(text), [("f", 7), ("k", 1)])

    def test_are_found_in_classes_with_their_qualifiers(self) -> None:
        text = "class A : public B {\n public:\n  A() : x_(1) {}\n  int x() const noexcept { return x_; }\n  int x_ = 0;\n};\nint A::y() const& {\n}\n"
        self.assertEqual([name for name, _ in found(text)], ["A", "x", "A::y"])

    def test_are_not_confused_by_braces_in_comments_and_literals(self) -> None:
        text = 'void f() {\n  // }\n  call("}", \'}\', R"x(})x");\n  /* } */\n}\nvoid g() {}\n'
        self.assertEqual(found(text), [("f", 5), ("g", 1)])

    def test_are_not_confused_by_tables(self) -> None:
        text = "constexpr int kTable[] = {1, 2};\nconst Group kGroup = {.run = f(1), .names = {1}};\nvoid f() {}\n"
        self.assertEqual(found(text), [("f", 1)])

    def test_are_found_after_a_lambda_in_an_initialiser_list(self) -> None:
        text = "A::A(int x)\n    : b_(x, [c = d]() { go(); }) {}\n\nA::~A() {\n  stop();\n}\n"
        self.assertIn(("A::~A", 3), found(text))


class Blank(unittest.TestCase):
    def test_keeps_every_line_where_it_is(self) -> None:
        text = 'a /* x\n y */ b "getenv" // getenv\nR"(\n)" c\n'
        blank = cpp.blank(text)
        self.assertEqual(blank.count("\n"), text.count("\n"))
        self.assertNotIn("getenv", blank)
        self.assertEqual(blank.split(), ["a", "b", "c"])


if __name__ == "__main__":
    unittest.main()
