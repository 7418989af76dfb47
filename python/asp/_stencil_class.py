"""``asp.StencilKernel``: a stencil as a class, whose loops may use the object's numbers."""

from __future__ import annotations

import ast
import textwrap
import types
from collections.abc import Iterator, Mapping
from typing import Any, Self

from . import _lowering, _native
from ._source import Definition, NoSource, StaleSource, find_definition
from ._specialized import plain_parameters
from ._stencil import Stencil, names_of
from .grid import Edge

__all__ = ["StencilKernel"]

_KEPT = "_asp_stencil"  # where a class and an object keep theirs


class _OwnStencil:
    """Gives a class its stencil, and an object that its loops ask for numbers one of its own."""

    def __get__(self, instance: StencilKernel | None, owner: type[StencilKernel]) -> _Method:
        kernel = getattr(owner, "kernel", None)
        if not isinstance(kernel, types.FunctionType):
            raise TypeError(f"{owner.__qualname__}: expected a method kernel(self, ...)")
        asks = instance is not None and kernel.__code__.co_varnames[0] in names_of(kernel)
        settings = (kernel, _edge(instance if asks else owner), (instance or owner).feeds)
        kept = vars(instance if asks else owner).get(_KEPT)
        if kept is None or kept.settings != settings:
            kept = _Method(instance if asks else None, owner, settings)
            if asks:
                vars(instance)[_KEPT] = kept
            else:
                setattr(owner, _KEPT, kept)
        kept.look()
        return kept


class StencilKernel:
    """A stencil as a class: its method ``kernel(self, ...)`` has the loops, calls run it.

    The loops may use numbers of the object, ``self.c``, which are read again at each call, and call
    its other methods. Class attributes ``edge`` and ``feeds`` are the arguments of `asp.stencil`.
    """

    edge: Edge | str = "none"
    feeds: Mapping[str, str] | None = None
    stencil = _OwnStencil()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        _edge(cls)
        kernel = cls.__dict__.get("kernel")
        if isinstance(kernel, types.FunctionType):
            plain_parameters(kernel, ("specialize",))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.stencil(*args, **kwargs)

    def iterate(self, steps: int, /, *args: Any, **kwargs: Any) -> Any:
        """So many sweeps; see `Stencil.iterate`."""
        return self.stencil.iterate(steps, *args, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        """What copies and pickles take along: not the kernels."""
        return {key: value for key, value in vars(self).items() if key != _KEPT}


_Settings = tuple[types.FunctionType, Edge, Mapping[str, str] | None]


class _Method(Stencil):
    """The stencil of a class, or of an object whose numbers it reads."""

    def __init__(
        self,
        instance: StencilKernel | None,
        owner: type[StencilKernel],
        settings: _Settings,
        mode: str | None = None,
        seen: dict[str, object] | None = None,
    ) -> None:
        self.settings = settings
        self._owner = owner
        self._instance = instance
        self._object = object.__new__(owner) if instance is None else instance
        #: What stands behind "self." by name, as of the last call; shared by all modes.
        self._seen: dict[str, object] = {} if seen is None else seen
        kernel, edge, feeds = settings
        super().__init__(kernel, mode, edge, feeds)
        self.__name__ = owner.__name__

    def __reduce__(self) -> Any:
        return getattr, (self._instance or self._owner, "stencil")

    def look(self) -> None:
        """Reads the object's numbers again."""
        for path in self._seen:
            self._seen[path] = _value(self._object, path)

    def _signature(self) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        names, presets = super()._signature()
        return names[1:], presets[1:]

    def _read(self) -> tuple[_native.Source, _native.Environment, list[_lowering.Capture]]:
        _lowering.read(self.python, callbacks=False)  # complains where the file has changed
        methods = list(self._methods())
        reader = _lowering.Reader(callers=(self.python,), callbacks=False)
        own = self.python.__code__.co_varnames[0]
        pieces: list[Definition] = []
        for function, definition in methods:
            reader.collect(function)
            pieces.append(definition)
        for path, value in self._seen.items():
            reader.captures.append(_lowering.Capture(self._seen, path, value))
            if any(function is value for function, _ in methods):
                continue
            if value is _lowering.ABSENT:
                reader.environment.refuse(
                    f"{own}.{path}", f"'{own}.{path}' has no value in this object"
                )
            else:
                reader.take(f"{own}.{path}", value)
        return _as_class(self._owner.__name__, pieces), reader.environment, reader.captures

    def _methods(self) -> Iterator[tuple[types.FunctionType, Definition]]:
        """The kernel and the methods that it calls; notes all that it asks of the object."""
        waiting, done = [self.python], set()
        first: Definition | None = None
        while waiting:
            function = waiting.pop()
            if function in done:
                continue
            done.add(function)
            try:
                definition = find_definition(function)
            except StaleSource:
                raise NoSource(function.__qualname__) from None
            first = first or definition
            if not _stand_together(first, definition):
                continue  # it is refused as what it is: a function that does not belong here
            yield function, definition
            for path in _paths(definition, function.__code__.co_varnames[0]):
                value = self._seen[path] = _value(self._object, path)
                bound = getattr(self._object, path, None) if "." not in path else None
                if isinstance(bound, types.MethodType) and isinstance(value, types.FunctionType):
                    waiting.append(value)

    def _bind_runner(
        self,
        runner: _native.Stencil,
        function: _native.GridFunction,
        slots: list[tuple[str, int, bool, bool]],
        captures: list[_lowering.Capture],
    ) -> None:
        super()._bind_runner(runner, function, slots, captures)
        if self._instance is not None:
            self._owner.stencil._latest = runner  # what the class shows

    def _call_python(self, grids: list[Any]) -> Any:
        return self.python(self._object, *grids)

    def _copied(self, mode: str) -> Self:
        return type(self)(self._instance, self._owner, self.settings, mode, self._seen)


def _edge(of: object) -> Edge:
    edge: Edge | str = of.edge  # type: ignore[attr-defined]
    return edge if isinstance(edge, Edge) else Edge(edge)


def _paths(definition: Definition, own: str) -> list[str]:
    """What the text asks of ``own``, in order: "c" for self.c, "wall.c" for self.wall.c."""
    found: dict[str, None] = {}

    def visit(node: ast.AST) -> None:
        names: list[str] = []
        inner = node
        while isinstance(inner, ast.Attribute):
            names.insert(0, inner.attr)
            inner = inner.value
        if names and isinstance(inner, ast.Name) and inner.id == own:
            found[".".join(names)] = None
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(textwrap.dedent(definition.text)))
    return list(found)


def _value(of: object, path: str) -> object:
    """What stands at the path now; of a method, its function."""
    value = of
    for name in path.split("."):
        value = getattr(value, name, _lowering.ABSENT)
    own = isinstance(value, types.MethodType) and value.__self__ is of
    return value.__func__ if own and isinstance(value, types.MethodType) else value


def _indent(definition: Definition) -> int:
    return len(definition.text) - len(definition.text.lstrip())


def _stand_together(a: Definition, b: Definition) -> bool:
    """Whether they can be shown as methods of one class."""
    return a.file == b.file and _indent(a) == _indent(b)


def _as_class(name: str, methods: list[Definition]) -> _native.Source:
    """The methods' own lines, each where it stands in its file, below a line that has ``class``."""
    methods = sorted(methods, key=lambda one: one.first_line)
    first = methods[0].first_line - 1
    lines = [f"class {name}:\n"]
    for method in methods:
        lines += ["\n"] * (method.first_line - first - len(lines))
        lines += method.text.splitlines(keepends=True)
    return _native.Source(methods[0].file, "".join(lines), first)
