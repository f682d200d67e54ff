# SPDX-License-Identifier: BSD-2-Clause
"""Mutants of Python: what mutants.py does to C, by its syntax tree."""

from __future__ import annotations

import ast
import re

from operators import Mutant, neighbours

COMPARE = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
}  # fmt: skip
BINARY = {
    ast.BitAnd: ("&", "|", "mask"), ast.BitOr: ("|", "&", "mask"), ast.BitXor: ("^", "|", "mask"),
    ast.LShift: ("<<", ">>", "shift"), ast.RShift: (">>", "<<", "shift"),
    ast.Add: ("+", "-", "arithmetic"), ast.Sub: ("-", "+", "arithmetic"),
    ast.Mult: ("*", "+", "arithmetic"), ast.FloorDiv: ("//", "*", "arithmetic"),
    ast.Mod: ("%", "//", "arithmetic"),
}  # fmt: skip


class Finder(ast.NodeVisitor):
    """Collects the mutants of one file; positions are those of its text, which is ASCII."""

    def __init__(self, path: str, text: str) -> None:
        assert text.isascii(), path
        self.path, self.text, self.found = path, text, []
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node is in the text."""
        return (self.starts[node.lineno - 1] + node.col_offset,
                self.starts[node.end_lineno - 1] + node.end_col_offset)  # fmt: skip

    def add(self, kind: str, span: tuple[int, int], new: str) -> None:
        """One mutant."""
        self.found.append(Mutant(self.path, *span, new, kind))

    def between(self, left: ast.AST, right: ast.AST, old: str, new: str, kind: str) -> None:
        """The operator between two operands; brackets and line ends may surround it."""
        start, end = self.span(left)[1], self.span(right)[0]
        match = re.search(rf"(?<![<>=!*/]){re.escape(old)}(?![<>=*/])", self.text[start:end])
        if match:
            self.add(kind, (start + match.start(), start + match.end()), new)

    # What a machine never sees: texts, types, what an error says.

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """A text; positions in it are not known before Python 3.12."""

    def visit_Raise(self, node: ast.Raise) -> None:
        """Without it a bad scenario would pass: dropped as a statement."""
        self.add("statement", self.span(node), "pass")

    def visit_arg(self, node: ast.arg) -> None:
        """A parameter's type."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Only the value: the type says nothing to Python."""
        if node.value:
            self.visit(node.value)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Only the body: decorators make classes, not tables."""
        for child in node.body:
            self.visit(child)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Defaults and the body, without the types."""
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(default)
        for child in node.body:
            self.visit(child)

    # What is changed.

    def visit_Constant(self, node: ast.Constant) -> None:
        """Numbers and truth values."""
        span = self.span(node)
        old = self.text[slice(*span)]
        if isinstance(node.value, bool):
            self.add("constant", span, str(not node.value))
        elif isinstance(node.value, int):
            digits = old.replace("_", "").lower()
            kind = "mask" if digits.startswith("0x") else "constant"
            for new in neighbours(digits):
                self.add(kind, span, new)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Each comparison of a chain."""
        sides = [node.left, *node.comparators]
        for left, op, right in zip(sides, node.ops, sides[1:]):
            old, new = COMPARE[type(op)]
            kind = "bound" if old[0] in "<>" else "comparison"
            self.between(left, right, old, new, kind)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """An operator with two operands."""
        if type(node.op) in BINARY:
            self.between(node.left, node.right, *BINARY[type(node.op)])
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """An operator that assigns, and the whole statement."""
        if type(node.op) in BINARY:
            old, new, kind = BINARY[type(node.op)]
            start, end = self.span(node.target)[1], self.span(node.value)[0]
            at = self.text.index(f"{old}=", start, end)
            self.add(kind, (at, at + len(old) + 1), f"{new}=")
        self.add("statement", self.span(node), "pass")
        self.visit(node.value)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """and, or."""
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:]):
            self.between(left, right, old, new, "logic")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """not, ~, -: dropped."""
        at = self.span(node)[0], self.span(node.operand)[0]
        kind = "mask" if isinstance(node.op, ast.Invert) else "negation"
        if "(" not in self.text[slice(*at)]:
            self.add(kind, at, "")
        self.generic_visit(node)

    def condition(self, test: ast.expr) -> None:
        """The other way round."""
        span = self.span(test)
        self.add("condition", span, f"not ({self.text[slice(*span)]})")

    def visit_If(self, node: ast.If) -> None:
        """if."""
        self.condition(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """a if b else c."""
        self.condition(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """The conditions of a list."""
        for test in node.ifs:
            self.condition(test)
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        """Nothing instead of something."""
        if node.value is not None and not isinstance(node.value, ast.Constant):
            self.add("return", self.span(node.value), "None")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """A statement left out, if it is in a function: elsewhere nothing would load."""
        if node.col_offset >= 4:
            self.add("statement", self.span(node), "pass")
        self.visit(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A call left out; documentation is none."""
        if isinstance(node.value, ast.Constant):
            return
        if not isinstance(node.value, (ast.Yield, ast.YieldFrom)) or node.col_offset:
            self.add("statement", self.span(node), "pass")
        self.generic_visit(node)

    def visit_Break(self, node: ast.Break) -> None:
        """break."""
        self.add("bound", self.span(node), "continue")

    def visit_Continue(self, node: ast.Continue) -> None:
        """continue."""
        self.add("bound", self.span(node), "break")


def candidates(path: str, text: str) -> list[Mutant]:
    """Every mutant of one file that is Python."""
    finder = Finder(path, text)
    finder.visit(ast.parse(text))
    return list(dict.fromkeys(finder.found))


def functions(text: str) -> set[int]:
    """The lines inside of functions: all others run whenever the file is loaded."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            inside.update(range(node.body[0].lineno, node.end_lineno + 1))
    return inside
