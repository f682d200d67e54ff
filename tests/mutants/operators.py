# SPDX-License-Identifier: BSD-2-Clause
"""What a mutant is: each way to change one token, condition or statement of a C file."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterator
from pathlib import Path

TOKEN = re.compile(
    r"""
    (?P<skip>/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
        | \#\s*(?!define\b)\w+ (?:\\\n|[^\n])* | __attribute__\s*\(\(.*?\)\)\)?)
  | (?P<number>\b(?:0[xX][0-9a-fA-F]+|\d+)(?:[uUlL]*)\b)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<op><<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=
        |[-+*/%&|^~!<>=?:;,.(){}\[\]\#\\])
    """,
    re.VERBOSE | re.DOTALL,
)

COMPARE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
LOGIC = {"&&": "||", "||": "&&"}
BITS = {"&": "|", "|": "&", "^": "&", "&=": "|=", "|=": "&="}
SHIFT = {"<<": ">>", ">>": "<<", "<<=": ">>=", ">>=": "<<="}
ARITH = {"+": "-", "-": "+", "+=": "-=", "-=": "+=", "*": "+", "++": "--"}
# After one of these an operator takes one operand, or what follows is no operator at all.
BEFORE_UNARY = set("=(,[{};?:&|^~!<>+-*/%") | {
    "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "+=", "-=", "*=", "&=", "|=", "return", "case",
}  # fmt: skip
# A statement of its own; a value that is returned; an order of bytes that is asked for.
STATEMENT = re.compile(
    r"^\t+(?!return\b|goto\b|case\b|struct\b|const\b|static\b|typedef\b)"
    r"((?:\*?[A-Za-z_][\w.>\[\]-]*\s*[-+|&^*]?=(?!=)|(?:\(void\))?[a-z_]\w*\()[^;{}#]*;)[^;\n]*$",
    re.MULTILINE,
)
RETURN = re.compile(r"\breturn (?!true;|false;|KV_\w+;|\d+;|NULL;)([^;{}]+);")
UNUSED = re.compile(r"\bsizeof [\w.]+\[$")  # which element is meant, nobody asks
GET = re.compile(r"\b([bl])e(16|32|64)_(get|put)\b")
BIG = re.compile(r"(?:\b\w+(?:\.|->))*\bbig\b(?=\s*[?)&|;,}])")
TYPES = {
    "char", "int", "unsigned", "long", "short", "void", "bool", "size_t", "off_t", "const",
    "struct", "enum", "static", "sizeof",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One change: text[start:end] of path becomes new."""

    path: str
    start: int
    end: int
    new: str
    kind: str

    def apply(self, text: str) -> str:
        """The file's text with the change made."""
        return text[: self.start] + self.new + text[self.end :]


def is_type(name: str) -> bool:
    """True for what begins or continues a declaration or a cast."""
    return name in TYPES or name.endswith("_t")


def neighbours(literal: str) -> list[str]:
    """Values one off; for a mask also one bit more and one bit less."""
    digits = literal.rstrip("uUlL")
    suffix = literal[len(digits) :]
    value = int(digits, 16 if digits[:2] in ("0x", "0X") else 8 if digits[0] == "0" else 10)
    values = {value + 1, value - 1} - {-1}
    if digits[:2] in ("0x", "0X"):
        values = {value ^ (value & -value), value ^ (1 << value.bit_length() - 1 if value else 1)}
        values |= {value | 1 << value.bit_length(), value + 1}
    shown = hex if digits[:2] in ("0x", "0X") else str
    return [shown(v) + suffix for v in sorted(values - {value})]


def conditions(text: str, code: str) -> Iterator[tuple[int, int]]:
    """Where the condition of each if stands, without its parentheses; code has no comments."""
    for match in re.finditer(r"\bif \(", code):
        depth, at = 1, match.end()
        while depth and at < len(code):
            depth += {"(": 1, ")": -1}.get(code[at], 0)
            at += 1
        if "#" not in code[match.start() : at]:
            yield match.end(), at - 1


def candidates(path: str, text: str) -> list[Mutant]:
    """Every mutant of one file."""
    found: list[Mutant] = []
    previous = ";"
    code = list(text)  # what is no code is blanked, so that positions stay
    for match in TOKEN.finditer(text):
        if match["skip"]:
            code[match.start() : match.end()] = re.sub(r"[^\n]", " ", match[0])
            continue
        token, at = match[0], (match.start(), match.end())

        def add(kind: str, *news: str) -> None:
            for new in news:
                found.append(Mutant(path, *at, new, kind))

        # An operator with one operand stands close to it; one with two stands apart.
        binary = previous not in BEFORE_UNARY and not is_type(previous) and text[at[1]].isspace()
        if match["number"] and UNUSED.search(text, 0, at[0]):
            pass
        elif match["number"]:
            add("mask" if token[:2] in ("0x", "0X") else "constant", *neighbours(token))
        elif match["name"]:
            if token in ("true", "false"):
                kind = "return" if previous == "return" else "constant"
                add(kind, {"true": "false"}.get(token, "true"))
            elif token.startswith("KV_E") and token[3:4] == "E":
                wrong = "KV_EABSENT" if token != "KV_EABSENT" else "KV_EUNMAPPED"
                add("return", wrong, *(["KV_OK"] if previous == "return" else []))
            elif token == "KV_OK":
                add("return", "KV_EFORMAT")
            elif token == "break" or token == "continue":
                add("bound", {"break": "continue"}.get(token, "break"))
        elif token in COMPARE and binary:
            add("comparison" if token in ("==", "!=") else "bound", COMPARE[token])
        elif token in LOGIC:
            add("logic", LOGIC[token])
        elif token in SHIFT:
            add("shift", SHIFT[token])
        elif token in BITS and binary:
            add("mask", BITS[token])
        elif token in ARITH and (binary or token == "++"):
            add("arithmetic", ARITH[token])
        elif token == "!":
            add("negation", "")
        elif token == "~":
            add("mask", "")
        previous = token
    bare = "".join(code)
    for match in STATEMENT.finditer(bare):
        found.append(Mutant(path, *match.span(1), ";", "statement"))
    for match in RETURN.finditer(bare):
        start, end = match.span(1)
        found.append(Mutant(path, start, end, f"!({text[start:end]})", "return"))
    for start, end in conditions(text, bare):
        whole = text[start:end]
        found += [Mutant(path, start, end, new, "condition")
                  for new in (f"!({whole})", f"false && ({whole})", f"true || ({whole})")]  # fmt: skip
    for match in GET.finditer(bare):
        other = {"b": "l", "l": "b"}[match[1]] + match[0][1:]
        found.append(Mutant(path, *match.span(), other, "byte order"))
    for match in BIG.finditer(bare):
        found.append(Mutant(path, *match.span(), f"!{match[0]}", "byte order"))
    return found


def line_of(text: str, at: int) -> str:
    """The line that holds position at, without its margin."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return text[start : end if end >= 0 else None].strip()


def name_of(mutant: Mutant, text: str) -> tuple[str, str, str]:
    """File, line before and line after: what stays when lines are moved."""
    return mutant.path, line_of(text, mutant.start), line_of(mutant.apply(text), mutant.start)


class Equivalents:
    """tests/mutants/EQUIVALENT: `path ::: line ::: mutated line ::: reason`, one a line.

    An ellipsis (U+2026) in the first three stands for anything.
    """

    def __init__(self, path: Path) -> None:
        self.rows: dict[tuple[str, str, str], int] = {}
        self.patterns: list[tuple[re.Pattern[str], tuple[str, str, str]]] = []
        for number, row in enumerate(path.read_text().splitlines(), 1):
            if not row.strip() or row.startswith("#"):
                continue
            parts = [part.strip() for part in row.split(" ::: ")]
            if len(parts) != 4 or not parts[3]:
                sys.exit(f"{path}:{number}: wanted 'path ::: line ::: mutated line ::: reason'")
            name = parts[0], parts[1], parts[2]
            self.rows[name] = number
            if "…" in row.rpartition(" ::: ")[0]:
                words = " ::: ".join(name).split("…")
                self.patterns.append((re.compile(".*".join(map(re.escape, words))), name))
        self.stale = set(self.rows)

    def knows(self, mutant: Mutant, text: str) -> bool:
        """True if this change is listed."""
        name = name_of(mutant, text)
        if name in self.rows:
            self.stale.discard(name)
            return True
        line = " ::: ".join(name)
        for pattern, row in self.patterns:
            if pattern.fullmatch(line):
                self.stale.discard(row)
                return True
        return False
