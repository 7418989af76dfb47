"""From a Python function to one that kernels are made of: its text and what it captures."""

from __future__ import annotations

import builtins
import dis
import math
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import _native, _tracing
from ._callback import Callback
from ._errors import LoweringError
from ._source import NoSource, StaleSource, find_definition

__all__ = ["Capture", "LoweringError", "Text", "lower", "python_function", "read"]


class _Absent:
    """Stands for a name that has no value."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = _Absent()


@dataclass(frozen=True)
class Capture:
    """Something outside of a function that its meaning hangs on.

    While ``holder`` (a dictionary by key, a cell, or a function's attribute) has the very object
    ``value``, the function means what it meant. ``ABSENT``: while there is none.
    """

    holder: dict[str, Any] | types.CellType | types.FunctionType
    key: str
    value: object

    def holds(self) -> bool:
        return _content(self.holder, self.key) is self.value


@dataclass(frozen=True)
class Text:
    """A function's text with all that it refers to, ready for the parser.

    Attributes
    ----------
    source : file, text in its columns, and the line where it begins
    environment : captured numbers, functions and what must not be used
    parameters : names in order
    defaults : of the last parameters, where they are numbers
    captures : what has to be compared before the meaning is used again
    """

    function: types.FunctionType
    source: _native.Source
    environment: _native.Environment
    parameters: tuple[str, ...]
    defaults: dict[str, float]
    captures: tuple[Capture, ...]


@dataclass
class Reader:
    """Collects what a function captures."""

    environment: _native.Environment = field(default_factory=_native.Environment)
    captures: list[Capture] = field(default_factory=list)
    callers: tuple[types.FunctionType, ...] = ()
    callbacks: bool = True  #: whether they may be called
    taken: dict[str, object] = field(default_factory=dict)

    def collect(self, function: types.FunctionType) -> None:
        """Makes known what the function names."""
        self.captures += _attributes(function)
        for path in _outer_names(function.__code__):
            for capture, name in _steps(function, path):
                self.captures.append(capture)
                if name and capture.value is not ABSENT:
                    self.take(name, capture.value)

    def take(self, name: str, value: object) -> None:
        """Makes a captured value known to the text under its name."""
        if self.taken.setdefault(name, value) is not value:
            raise LoweringError(f"'{name}' is one thing in one method and another in the next")
        own = python_function(value)
        if isinstance(value, Callback) and not self.callbacks:
            self.environment.refuse(name, _no_callback(name))
        elif isinstance(value, Callback):
            self.environment.add_function(name, value.as_function(name))
            self.captures += _attributes(value.python)
        elif (number := _number(value)) is not None:
            self.environment.capture(name, number)
        elif (meaning := _own_name(value)) is not None:
            if meaning != name:
                self.environment.alias(name, meaning)
        elif own is None:
            self.environment.refuse(name, _reason(name, value))
        elif own is self.callers[-1] and own.__code__.co_name == name:
            pass  # the parser says that it calls itself, and where
        elif own in self.callers:
            self.environment.refuse(name, f"'{name}' calls itself; recursion is not supported here")
        else:
            function, captures = _lower(own, None, self.callers)
            if function.calls and not self.callbacks:
                self.environment.refuse(name, _no_callback(name))
            else:
                self.environment.add_function(name, function)
            self.captures += captures


def python_function(value: object) -> types.FunctionType | None:
    """The plain function behind ``value``: itself, or what ``@asp.function`` was given."""
    ours = type(value).__module__.split(".")[0] == "asp"
    inner = getattr(value, "python", None) if ours else value
    return inner if isinstance(inner, types.FunctionType) else None


def _no_callback(name: str) -> str:
    return f"'{name}' calls back into Python: only functions of asp.function can"


def read(
    function: Callable[..., Any],
    callers: tuple[types.FunctionType, ...] = (),
    *,
    callbacks: bool = True,
) -> Text:
    """The function's text and what it captures now.

    Raises
    ------
    LoweringError
        A called function cannot be lowered, or the file has changed since it was loaded.
    NoSource
        There is no text.
    """
    own = python_function(function)
    if own is None:
        raise LoweringError(f"{function!r}: expected a Python function")
    try:
        definition = find_definition(own)
    except StaleSource:
        code = own.__code__
        raise LoweringError(
            f"{code.co_filename}:{code.co_firstlineno}: the file was changed after "
            f"'{code.co_name}' was loaded from it; load it again"
        ) from None
    reader = Reader(callers=(*callers, own), callbacks=callbacks)
    try:
        reader.collect(own)
    except LoweringError as error:
        if error.captures:
            error.captures = (*reader.captures, *error.captures)
        raise
    return Text(
        own,
        _native.Source(definition.file, definition.text, definition.first_line),
        reader.environment,
        own.__code__.co_varnames[: own.__code__.co_argcount],
        _defaults(own),
        tuple(reader.captures),
    )


def lower(
    function: Callable[..., Any],
    arguments: Sequence[_native.Symbol] = (),
    *,
    callbacks: bool = False,
) -> tuple[_native.Function, list[Capture]]:
    """A Python function of numbers as a function of the core, and what its meaning hangs on.

    Parameters
    ----------
    function : a function or lambda; without a text (``exec``) it is called with symbols
    arguments : what is known of parameters beside their names: ranges, sizes of vectors
    callbacks : whether it may call what `asp.callback` marks

    Raises
    ------
    LoweringError
        Names what cannot be lowered, with file, line, caret and a suggestion.
    """
    lowered, captures = _lower(function, arguments, ())
    if lowered.calls and not callbacks:
        raise LoweringError(f"{lowered.name} calls a callback: only functions of asp.function can")
    return lowered, captures


def _lower(
    function: Callable[..., Any],
    arguments: Sequence[_native.Symbol] | None,
    callers: tuple[types.FunctionType, ...],
) -> tuple[_native.Function, list[Capture]]:
    try:
        text = read(function, callers)
    except NoSource:
        traced = python_function(function)
        assert traced is not None
        captures: list[Capture] = []
        try:
            _collect_traced(traced, captures)
            lowered = _tracing.trace(traced)
        except LoweringError as error:
            error.captures = tuple(captures)
            raise
        return _with_defaults(lowered, _defaults(traced)), captures
    for symbol in arguments or ():
        text.environment.declare(symbol)
    try:
        lowered = _native.parse_function(text.source, text.environment)
    except _native.InputError as error:
        refused = LoweringError(str(error))
        refused.captures = text.captures
        raise refused from None
    return _with_defaults(lowered, text.defaults), list(text.captures)


def _with_defaults(function: _native.Function, defaults: dict[str, float]) -> _native.Function:
    for name, value in defaults.items():
        function.preset(name, value)
    return function


def _defaults(function: types.FunctionType) -> dict[str, float]:
    values = function.__defaults__ or ()
    code = function.__code__
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    numbers = ((name, _number(value)) for name, value in zip(names, values, strict=True))
    return {name: float(value) for name, value in numbers if isinstance(value, (int, float))}


def _outer_names(code: types.CodeType) -> list[tuple[str, ...]]:
    """Names that a function takes from outside, each with the attributes that follow it."""
    local = set(code.co_cellvars) | set(code.co_varnames)
    paths: dict[tuple[str, ...], None] = {}
    for path in _loaded(code):
        if path[0] not in local:
            paths[path] = None
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            for path in _outer_names(inner):
                if path[0] not in local:
                    paths[path] = None
    return list(paths)


def _loaded(code: types.CodeType) -> Iterator[tuple[str, ...]]:
    path: list[str] = []
    for instruction in dis.get_instructions(code):
        if path and instruction.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            path.append(str(instruction.argval))
            continue
        if path:
            yield tuple(path)
        outer = instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF")
        path = [str(instruction.argval)] if outer else []
    if path:
        yield tuple(path)


def _steps(
    function: types.FunctionType, path: tuple[str, ...], *, into_own: bool = False
) -> Iterator[tuple[Capture, str]]:
    """The objects on the way to "name" or "module.name"; the last one with its whole name.

    `into_own`: also through the language's own modules, whose names the parser knows itself.
    """
    holder, key = _place(function, path[0])
    for depth in range(1, len(path) + 1):
        value = _content(holder, key)
        inside = isinstance(value, types.ModuleType) and (into_own or _own_name(value) is None)
        is_last = depth == len(path) or not inside
        yield Capture(holder, key, value), ".".join(path[:depth]) if is_last else ""
        if is_last:
            return
        holder, key = value.__dict__, path[depth]


def _place(function: types.FunctionType, name: str) -> tuple[Any, str]:
    free = function.__code__.co_freevars
    if name in free and function.__closure__ is not None:
        return function.__closure__[free.index(name)], name
    return function.__globals__, name


def _collect_traced(function: types.FunctionType, captures: list[Capture]) -> None:
    """What a function without a text hangs on, with the functions that it names.

    Raises
    ------
    LoweringError
        It captures what may change unseen, or does what is seen only once: when it is traced.
    """
    seen: set[types.FunctionType] = set()
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        captures += _attributes(one)
        place = f"{one.__code__.co_filename}:{one.__code__.co_firstlineno}: {one.__code__.co_name}"
        if (effect := _tracing.effect_of(one.__code__)) is not None:
            raise LoweringError(f"{place}: {effect}")
        for path in _outer_names(one.__code__):
            for capture, name in _steps(one, path, into_own=True):
                captures.append(capture)
                if not name or _is_known(capture.value):
                    continue
                value = capture.value
                if value is ABSENT:
                    value = vars(builtins).get(name, ABSENT)
                if value is ABSENT and "." not in name:
                    continue  # Python says so
                inner = None if _own_name(value) else python_function(value)
                if inner is not None:
                    waiting.append(inner)
                elif not _tracing.is_pure(value):
                    full = ".".join(path) if value is ABSENT else name
                    raise LoweringError(f"{place}: {_reason(full, value)}")


def _is_known(value: object) -> bool:
    return _number(value) is not None or value is _tracing.where


def _attributes(function: types.FunctionType) -> list[Capture]:
    return [Capture(function, key, getattr(function, key)) for key in ("__code__", "__defaults__")]


def _content(holder: object, key: str) -> object:
    if isinstance(holder, dict):
        return holder.get(key, ABSENT)
    if isinstance(holder, types.CellType):
        try:
            return holder.cell_contents
        except ValueError:  # not assigned yet
            return ABSENT
    return getattr(holder, key)


def _number(value: object) -> Any:
    """A constant as the parser takes it: bool, int, float, or a tuple of such; else None."""
    if isinstance(value, np.generic) and not isinstance(value, np.complexfloating):
        value = value.item()
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        elements = tuple(_number(element) for element in value)
        return None if any(element is None for element in elements) else elements
    return None


def _own_name(value: object) -> str | None:
    """What the language calls it, if it is one of its modules or functions."""
    if value is math:
        return "math"
    if value is np or (isinstance(value, types.ModuleType) and value.__name__ == "asp"):
        return "numpy"
    if value is _tracing.where:
        return "where"
    name = getattr(value, "__name__", None)
    if not isinstance(name, str):
        return None
    if isinstance(value, np.ufunc) or getattr(np, name, None) is value:
        return name
    if getattr(math, name, None) is value or getattr(builtins, name, None) is value:
        return name
    return None


def _reason(name: str, value: object) -> str:
    """Why a captured value is refused, and what to do instead."""
    if isinstance(value, np.ndarray):
        return (
            f"'{name}' is an array of shape {value.shape}, whose elements may change; "
            "pass it as an argument, or capture a tuple of numbers"
        )
    if isinstance(value, (list, dict, set)):
        return f"'{name}' is a {type(value).__name__}, which may change; capture a tuple of numbers"
    if isinstance(value, (types.ModuleType, _Absent)) or callable(value):
        return f"'{name}' is no function that kernels know; call it outside, and pass its result"
    kind = type(value).__name__
    return (
        f"'{name}' is a{'n' if kind[:1].lower() in 'aeiou' else ''} {kind}; "
        "only numbers, tuples of numbers and functions can be captured"
    )
