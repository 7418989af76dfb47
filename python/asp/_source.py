"""Finds the text that a Python function was made from."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Iterator
from dataclasses import dataclass


class NoSource(Exception):
    """The text is not to be had: exec, an interactive line, a file that is gone."""


class StaleSource(Exception):
    """The file was changed after the function was loaded from it."""


@dataclass(frozen=True)
class Definition:
    """A function's own text, in the columns that it has in its file.

    What is no part of a lambda's body is blank, and ``def`` stands in a line before it.
    """

    name: str
    file: str
    text: str
    first_line: int


@dataclass(frozen=True)
class _File:
    lines: list[str]
    tree: ast.Module
    codes: list[types.CodeType]  # all of its functions


_files: dict[str, _File] = {}

LAMBDA = "lambda_"


def find_definition(function: types.FunctionType) -> Definition:
    """The text of a function or lambda.

    Raises
    ------
    NoSource, StaleSource
    """
    code = function.__code__
    try:
        lines, _ = inspect.findsource(code)
    except (OSError, TypeError) as error:
        raise NoSource(str(error)) from None
    file = _read(code.co_filename, lines)
    if not any(_same(code, other) for other in file.codes):
        raise StaleSource
    if code.co_name == "<lambda>":
        return _of_lambda(_lambda_of(code, file.tree), code, lines)
    for node in ast.walk(file.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if node.name == code.co_name and first == code.co_firstlineno:
                text = "".join(lines[first - 1 : node.end_lineno])
                return Definition(node.name, code.co_filename, text, first)
    raise NoSource(code.co_name)


def _read(name: str, lines: list[str]) -> _File:
    known = _files.get(name)
    if known is not None and known.lines == lines:
        return known
    try:
        tree = ast.parse("".join(lines))
        whole = compile(tree, name, "exec", dont_inherit=True)
    except SyntaxError as error:  # a half-written file, a line of a notebook
        raise NoSource(str(error)) from None
    _files[name] = _File(list(lines), tree, list(_functions(whole)))
    return _files[name]


def _functions(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _functions(constant)


def _same(a: types.CodeType, b: types.CodeType) -> bool:
    def numbers(code: types.CodeType) -> list[str]:
        return [repr(c) for c in code.co_consts if not isinstance(c, types.CodeType)]

    return (
        a.co_name == b.co_name
        and a.co_firstlineno == b.co_firstlineno
        and a.co_code == b.co_code
        and a.co_names == b.co_names
        and a.co_varnames == b.co_varnames
        and numbers(a) == numbers(b)
    )


_Place = tuple[int, int]  # line, column in bytes


def _lambda_of(code: types.CodeType, tree: ast.Module) -> ast.Lambda:
    """The lambda that the code was compiled from: the innermost one that holds all of it."""
    found: list[tuple[_Place, _Place, ast.Lambda]] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Lambda) or node.lineno != code.co_firstlineno:
            continue
        arguments = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        if arguments != list(code.co_varnames[: code.co_argcount]):
            continue
        body = node.body
        begin = (body.lineno, body.col_offset)
        end = (body.end_lineno or body.lineno, body.end_col_offset or 0)
        if all(begin <= first and last <= end for first, last in _places(code)):
            found.append((begin, end, node))
    if not found:
        raise NoSource(code.co_name)
    # Bodies that hold the same place lie in each other: the last to begin, the first to end.
    innermost = max(found, key=lambda one: (one[0], (-one[1][0], -one[1][1])))
    if len(found) > 1 and not _places(code):  # -X no_debug_ranges
        raise NoSource(f"{len(found)} lambdas in line {code.co_firstlineno}")
    return innermost[2]


def _places(code: types.CodeType) -> list[tuple[_Place, _Place]]:
    """Where the instructions come from."""
    return [
        ((line, column), (end_line, end_column))
        for line, end_line, column, end_column in code.co_positions()
        if line is not None and column is not None
        if end_line is not None and end_column is not None and end_column > column
    ]


def _of_lambda(node: ast.Lambda, code: types.CodeType, lines: list[str]) -> Definition:
    body = node.body
    first, last = body.lineno, body.end_lineno or body.lineno
    shown = [line.encode() for line in lines[first - 1 : last]]
    shown[-1] = shown[-1][: body.end_col_offset].rstrip(b"\n") + b"\n"
    # Columns count characters; what stands before the body becomes as many spaces.
    before = len(shown[0][: body.col_offset].decode())
    shown[0] = b" " * before + shown[0][body.col_offset :]
    parameters = ", ".join(code.co_varnames[: code.co_argcount])
    text = f"def {LAMBDA}({parameters}): return (\n" + b"".join(shown).decode() + ")\n"
    return Definition(LAMBDA, code.co_filename, text, first - 1)
