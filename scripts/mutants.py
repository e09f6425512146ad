"""Mutants of a Python source: each is one small edit of its text, such as `<` for `<=`.

What is mutated, inside functions only: comparisons, arithmetic, `and` and `or`, `not`, numbers and
truth values, `min` and `max`, conditions, `break` and `continue`, assignments and calls that are
left out. What is not: docstrings, annotations, decorators, defaults, messages and what tells of
progress, errors that are raised, checks of types.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from difflib import unified_diff
from hashlib import sha256

COMPARISONS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
}  # fmt: skip
ARITHMETIC: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "//"), ast.FloorDiv: ("//", "*"),
    ast.Div: ("/", "*"), ast.Mod: ("%", "//"), ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"),
    ast.LShift: ("<<", ">>"), ast.RShift: (">>", "<<"),
}  # fmt: skip
CALLS = {
    "min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum",
    "maximum": "minimum", "argmin": "argmax", "argmax": "argmin", "floor": "ceil", "ceil": "floor",
}  # fmt: skip
# Calls that only tell something, and names that hold texts.
TELLING = {"tell", "told", "info", "debug", "warning", "warn", "report"}
TEXTS = {"msg", "message"}
SKIPPED = (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Mutant:
    """
    One edit of a source.

    Parameters
    ----------
    file
        Path within the project.
    line
        Number of the line, from 1.
    text
        That line, without the space around it.
    mutation
        The edit in words: "`<` -> `<=`".
    start, end
        What is replaced, as offsets into the source (characters).
    new
        What stands there instead.
    """

    file: str
    line: int
    text: str
    mutation: str
    start: int
    end: int
    new: str

    @property
    def key(self) -> str:
        """Return a name that stays the same while the file does not change before the edit."""
        told = f"{self.file}:{self.start}:{self.text}:{self.mutation}"
        return sha256(told.encode()).hexdigest()[:12]

    def applied(self, source: str) -> str:
        """Return the source with the edit."""
        return source[: self.start] + self.new + source[self.end :]

    def diff(self, source: str) -> str:
        """Return the edit as a diff with two lines around it."""
        before, after = source.splitlines(), self.applied(source).splitlines()
        return "\n".join(unified_diff(before, after, self.file, self.file, n=2, lineterm=""))


def mutants_of(source: str, file: str) -> list[Mutant]:
    """
    Return every mutant of a source, in the order of the text.

    Parameters
    ----------
    source
        Text of a Python file.
    file
        Path within the project.
    """
    found = _Finder(source, file)
    found.visit(ast.parse(source))
    return sorted(found.mutants, key=lambda mutant: (mutant.start, mutant.mutation))


class _Finder(ast.NodeVisitor):
    """Walks through a source and gathers its mutants."""

    def __init__(self, source: str, file: str) -> None:
        self.source, self.file = source, file
        self.lines = source.splitlines(keepends=True)
        self.begins = [0]
        for line in self.lines:
            self.begins.append(self.begins[-1] + len(line))
        self.mutants: list[Mutant] = []
        self.bound: list[set[str]] = []

    # --- what is walked through ---

    def generic_visit(self, node: ast.AST) -> None:
        """Visit what is inside a node, unless it is of a kind that is not mutated."""
        if isinstance(node, SKIPPED):
            return
        super().generic_visit(node)

    def visit_Module(self, node: ast.Module) -> None:
        """Visit functions and classes alone."""
        for part in node.body:
            if isinstance(part, (ast.FunctionDef, ast.ClassDef)):
                self.visit(part)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Visit the methods alone."""
        for part in node.body:
            if isinstance(part, ast.FunctionDef):
                self.visit(part)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Visit the body; remember which names have a value."""
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        self.bound.append({argument.arg for argument in every})
        for part in node.body:
            self.visit(part)
        self.bound.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Visit the value, not the annotation."""
        if node.value is not None:
            self.visit(node.value)
        self._bind(node.target)

    def visit_For(self, node: ast.For) -> None:
        """Visit the loop; its names have a value."""
        self._bind(node.target)
        self.generic_visit(node)

    # --- what is mutated ---

    def visit_Compare(self, node: ast.Compare) -> None:
        """Swap each comparison."""
        operands = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
            self._swap(*COMPARISONS[type(operator)], self._end(left), self._start(right))
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Swap the operator, unless texts are joined."""
        texts = any(
            isinstance(side, ast.JoinedStr)
            or (isinstance(side, ast.Constant) and isinstance(side.value, str))
            for side in (node.left, node.right)
        )
        if type(node.op) in ARITHMETIC and not texts:
            self._swap(*ARITHMETIC[type(node.op)], self._end(node.left), self._start(node.right))
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Swap each `and`, each `or`."""
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._swap(*words, self._end(left), self._start(right))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Leave out `not` and `-`."""
        sign = {ast.Not: r"not\s*", ast.USub: r"-\s*"}.get(type(node.op))
        if sign is not None:
            self._swap(sign, "", self._start(node), self._start(node.operand), is_pattern=True)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Make a number one more, and one less; swap a truth value."""
        if isinstance(node.value, bool):
            self._replace(node, str(not node.value))
        elif isinstance(node.value, int):
            self._replace(node, str(node.value + 1))
            self._replace(node, str(node.value - 1) if node.value else "(-1)")
        elif isinstance(node.value, float):
            self._replace(node, str(node.value + 1))

    def visit_Call(self, node: ast.Call) -> None:
        """Call the opposite function."""
        name = _called(node)
        if name == "isinstance" or name in TELLING:
            return
        if name in CALLS:
            end = self._end(node.func)
            self._add(end - len(name), end, CALLS[name], f"`{name}` -> `{CALLS[name]}`")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """Take the other branch."""
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """Take the other value."""
        self._negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """Take what is left out."""
        for test in node.ifs:
            self._negate(test)
        self.generic_visit(node)

    def visit_Break(self, node: ast.Break) -> None:
        """Go on in place of stopping."""
        self._replace(node, "continue")

    def visit_Continue(self, node: ast.Continue) -> None:
        """Stop in place of going on."""
        self._replace(node, "break")

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Swap the operator; leave the statement out."""
        if type(node.op) in ARITHMETIC:
            old, new = ARITHMETIC[type(node.op)]
            self._swap(old + "=", new + "=", self._end(node.target), self._start(node.value))
        self._leave_out(node)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Leave the statement out where what it changes has a value before."""
        names = [part for target in node.targets for part in ast.walk(target)]
        fresh = {part.id for part in names if isinstance(part, ast.Name)} - self.bound[-1]
        if TEXTS & {part.id for part in names if isinstance(part, ast.Name)}:
            return
        if not fresh:
            self._leave_out(node)
        for target in node.targets:
            self._bind(target)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Leave a call out, unless it only tells something."""
        if isinstance(node.value, ast.Call):
            if _called(node.value) in TELLING:
                return
            self._leave_out(node)
        self.generic_visit(node)

    # --- how ---

    def _bind(self, target: ast.expr) -> None:
        names = (part for part in ast.walk(target) if isinstance(part, ast.Name))
        self.bound[-1].update(name.id for name in names if isinstance(name.ctx, ast.Store))

    def _start(self, node: ast.expr | ast.stmt) -> int:
        return self._offset(node.lineno, node.col_offset)

    def _end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        """Return the offset (characters) of a column, which counts bytes."""
        text = self.lines[line - 1].encode()[:column].decode()
        return self.begins[line - 1] + len(text)

    def _swap(
        self, old: str, new: str, start: int, end: int, *, is_pattern: bool = False
    ) -> None:  # fmt: skip
        """Replace the operator that stands between two places."""
        pattern = old if is_pattern else re.escape(old).replace(r"\ ", r"\s+")
        match = re.search(pattern, self.source[start:end])
        assert match is not None, (self.file, self.source[start:end], old)
        where = start + match.start()
        told = match.group().strip()
        self._add(where, start + match.end(), new, f"`{told}` -> `{new}`")

    def _replace(self, node: ast.expr | ast.stmt, new: str) -> None:
        start, end = self._start(node), self._end(node)
        self._add(start, end, new, f"`{self.source[start:end]}` -> `{new}`")

    def _negate(self, test: ast.expr) -> None:
        start, end = self._start(test), self._end(test)
        self._add(start, end, f"(not ({self.source[start:end]}))", "condition negated")

    def _leave_out(self, node: ast.stmt) -> None:
        self._add(self._start(node), self._end(node), "pass", "statement left out")

    def _add(self, start: int, end: int, new: str, mutation: str) -> None:
        line = self.source.count("\n", 0, start) + 1
        text = self.lines[line - 1].strip()
        self.mutants.append(Mutant(self.file, line, text, mutation, start, end, new))


def _called(node: ast.Call) -> str:
    """Return the last part of the name that is called; empty where there is none."""
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""
