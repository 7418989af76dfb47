"""Functions without a text are called with symbols that write down what is done to them."""

from __future__ import annotations

import builtins
import dis
import math
import types
from typing import Any, NoReturn

import numpy as np

from . import _native
from ._errors import LoweringError

_UNARY = {
    np.negative: "negate",
    np.absolute: "absolute",
    np.fabs: "absolute",
    np.sqrt: "square_root",
    np.cbrt: "cube_root",
    np.exp: "exponential",
    np.log: "logarithm",
    np.sin: "sine",
    np.cos: "cosine",
    np.tan: "tangent",
    np.arcsin: "arc_sine",
    np.arccos: "arc_cosine",
    np.arctan: "arc_tangent",
    np.sinh: "hyperbolic_sine",
    np.cosh: "hyperbolic_cosine",
    np.tanh: "hyperbolic_tangent",
    np.floor: "round_down",
    np.logical_not: "logical_not",
}
_BINARY = {
    np.add: "add",
    np.subtract: "subtract",
    np.multiply: "multiply",
    np.divide: "divide",
    np.power: "power",
    np.float_power: "power",
    np.minimum: "minimum",
    np.fmin: "minimum",
    np.maximum: "maximum",
    np.fmax: "maximum",
    np.arctan2: "arc_tangent_2",
    np.less: "less",
    np.less_equal: "less_equal",
    np.equal: "equal",
    np.not_equal: "not_equal",
    np.logical_and: "logical_and",
    np.logical_or: "logical_or",
    np.bitwise_and: "logical_and",
    np.bitwise_or: "logical_or",
}
_SWAPPED = {np.greater: "less", np.greater_equal: "less_equal"}


_PURE = (
    "abs bool divmod enumerate float int isinstance len list map max min pow range reversed round "
    "sorted sum tuple zip"
).split()
_EFFECTS = {
    "STORE_GLOBAL": "it assigns to the global '{}'",
    "DELETE_GLOBAL": "it deletes the global '{}'",
    "STORE_ATTR": "it assigns to the attribute '{}'",
    "DELETE_ATTR": "it deletes the attribute '{}'",
    "IMPORT_NAME": "it imports '{}'",
}


class Symbol:
    """A value that is not known yet. Operators and NumPy's functions build the arithmetic."""

    __slots__ = ("_graph", "_node")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, graph: _native.Graph, node: _native.Expression) -> None:
        self._graph = graph
        self._node = node

    def _apply(self, name: str, *operands: object) -> Symbol:
        nodes = [_node(self._graph, operand) for operand in operands]
        conditions = [node.is_condition for node in nodes]
        if name == "select":
            fits = conditions[0] and conditions[1] == conditions[2]
        else:
            fits = conditions == [name.startswith("logical")] * len(nodes)
        if not fits:
            raise LoweringError(
                "numbers and conditions are not mixed; write asp.where(condition, 1.0, 0.0)"
            )
        return Symbol(self._graph, self._graph.apply(name, nodes))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Symbol:
        if method == "__call__" and not options:
            if ufunc in _UNARY:
                return self._apply(_UNARY[ufunc], *inputs)
            if ufunc in _BINARY:
                return self._apply(_BINARY[ufunc], *inputs)
            if ufunc in _SWAPPED:
                return self._apply(_SWAPPED[ufunc], *reversed(inputs))
            if ufunc is np.square:
                return self._apply("multiply", inputs[0], inputs[0])
            if ufunc is np.positive:
                return self
        raise LoweringError(f"np.{ufunc.__name__} cannot be lowered here")

    def __neg__(self) -> Symbol:
        return self._apply("negate", self)

    def __pos__(self) -> Symbol:
        return self

    def __abs__(self) -> Symbol:
        return self._apply("absolute", self)

    def __add__(self, other: object) -> Symbol:
        return self._apply("add", self, other)

    def __radd__(self, other: object) -> Symbol:
        return self._apply("add", other, self)

    def __sub__(self, other: object) -> Symbol:
        return self._apply("subtract", self, other)

    def __rsub__(self, other: object) -> Symbol:
        return self._apply("subtract", other, self)

    def __mul__(self, other: object) -> Symbol:
        return self._apply("multiply", self, other)

    def __rmul__(self, other: object) -> Symbol:
        return self._apply("multiply", other, self)

    def __truediv__(self, other: object) -> Symbol:
        return self._apply("divide", self, other)

    def __rtruediv__(self, other: object) -> Symbol:
        return self._apply("divide", other, self)

    def __pow__(self, other: object) -> Symbol:
        return self._apply("power", self, other)

    def __rpow__(self, other: object) -> Symbol:
        return self._apply("power", other, self)

    def __lt__(self, other: object) -> Symbol:
        return self._apply("less", self, other)

    def __le__(self, other: object) -> Symbol:
        return self._apply("less_equal", self, other)

    def __gt__(self, other: object) -> Symbol:
        return self._apply("less", other, self)

    def __ge__(self, other: object) -> Symbol:
        return self._apply("less_equal", other, self)

    def __eq__(self, other: object) -> Symbol:  # type: ignore[override]
        return self._apply("equal", self, other)

    def __ne__(self, other: object) -> Symbol:  # type: ignore[override]
        return self._apply("not_equal", self, other)

    def __and__(self, other: object) -> Symbol:
        return self._apply("logical_and", self, other)

    def __or__(self, other: object) -> Symbol:
        return self._apply("logical_or", self, other)

    def __invert__(self) -> Symbol:
        return self._apply("logical_not", self)

    def __bool__(self) -> NoReturn:
        raise LoweringError(
            "a function without a source text cannot branch on its arguments ('if', 'and', 'min'); "
            "write asp.where(condition, a, b), np.minimum, np.maximum"
        )

    def __float__(self) -> NoReturn:
        raise LoweringError(
            "a function without a source text cannot use functions of 'math' on its arguments; "
            "write asp.sqrt or np.sqrt instead of math.sqrt"
        )

    __int__ = __index__ = __float__


def _node(graph: _native.Graph, value: object) -> _native.Expression:
    if isinstance(value, Symbol):
        return value._node
    if isinstance(value, (bool, np.bool_)):
        return graph.boolean(bool(value))
    if isinstance(value, (int, float, np.integer, np.floating)):
        return graph.constant(float(value))
    raise LoweringError(f"a {type(value).__name__} is no number: {value!r}")


def where(condition: Any, a: Any, b: Any) -> Any:
    """``a`` where the condition holds, else ``b``: elementwise, of numbers, arrays or symbols.

    Both are computed, as in `numpy.where`; inside of `asp.function` it is the same as
    ``a if condition else b``.
    """
    for value in (condition, a, b):
        if isinstance(value, Symbol):
            return value._apply("select", condition, a, b)
    chosen = np.where(condition, a, b)
    return chosen if chosen.ndim else chosen[()]


def trace(function: types.FunctionType) -> _native.Function:
    """Calls the function with symbols for its parameters, all of them numbers.

    Raises
    ------
    LoweringError
        What it does to its arguments cannot be written down.
    """
    code = function.__code__
    place = f"{code.co_filename}:{code.co_firstlineno}: {code.co_name}"
    names = list(code.co_varnames[: code.co_argcount])
    if code.co_kwonlyargcount or code.co_flags & 0x0C:  # *args, **kwargs
        raise LoweringError(f"{place}: only plain parameters can be lowered")
    graph = _native.Graph()
    symbols = [Symbol(graph, graph.argument(i)) for i in range(len(names))]
    try:
        returned = function(*symbols)
        results = list(returned) if isinstance(returned, (tuple, list)) else [returned]
        nodes = [_real(graph, result) for result in results]
    except LoweringError as error:
        raise LoweringError(f"{place}: {error}") from error
    except Exception as error:
        raise LoweringError(f"{place}: {type(error).__name__}: {error}") from error
    if not nodes:
        raise LoweringError(f"{place}: there is nothing in what is returned")
    name = code.co_name if code.co_name.isidentifier() else "lambda_"
    return graph.function(name, names, nodes)


def is_pure(value: object) -> bool:
    """Whether a call while tracing stands for all calls: it gives the same each time.

    An exception is as good: tracing meets it, too.
    """
    name = str(getattr(value, "__name__", ""))
    if isinstance(value, np.ufunc):
        return getattr(np, name, None) is value
    if isinstance(value, type) and issubclass(value, (np.number, np.bool_, BaseException)):
        return True
    of_math = name in vars(math) and vars(math)[name] is value
    return of_math or (name in _PURE and vars(builtins)[name] is value)


def effect_of(code: types.CodeType) -> str | None:
    """What it does beside computing, which a kernel would not do; None: nothing."""
    outer = set(code.co_freevars)
    for step in dis.get_instructions(code):
        said = _EFFECTS.get(step.opname)
        if step.opname in ("STORE_DEREF", "DELETE_DEREF") and step.argval in outer:
            said = "it assigns to the variable '{}' of an outer function"
        if said is not None:
            return said.format(step.argval) + "; kernels only compute: return the value instead"
    inner = (effect_of(one) for one in code.co_consts if isinstance(one, types.CodeType))
    return next((effect for effect in inner if effect is not None), None)


def _real(graph: _native.Graph, value: object) -> _native.Expression:
    node = _node(graph, value)
    if not node.is_condition:
        return node
    return graph.apply("select", [node, graph.constant(1.0), graph.constant(0.0)])
