"""What a stencil's text means in plain Python: grids, points, regions, edges.

A stencil that runs with ``specialize="off"`` gets its arrays as `Grid` objects. The compiled
kernels mean the same, so that this module is both their specification and their oracle.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import SupportsIndex, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["Edge", "Grid", "Point", "dirichlet"]

Array = NDArray[np.float64]


class Edge:
    """What reading outside a grid means: "none", "periodic", "neumann" or "dirichlet"."""

    kinds = ("none", "periodic", "neumann", "dirichlet")

    def __init__(self, kind: str, value: float = 0.0) -> None:
        if kind not in self.kinds:
            raise ValueError(f"edge = {kind!r}: expected one of {', '.join(map(repr, self.kinds))}")
        self.kind = kind
        self.value = value

    def __repr__(self) -> str:
        return f"dirichlet({self.value!r})" if self.kind == "dirichlet" else self.kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Edge) and (self.kind, self.value) == (other.kind, other.value)

    def __hash__(self) -> int:
        return hash((self.kind, self.value))

    def inside(self, index: int, size: int) -> int | None:
        """The index whose value stands for `index`; None where a constant does.

        "neumann" mirrors about the edge: -1 is 0, -2 is 1.
        """
        if 0 <= index < size:
            return index
        if self.kind == "periodic":
            return index % size
        if self.kind == "neumann":
            folded = index % (2 * size)
            return folded if folded < size else 2 * size - 1 - folded
        if self.kind == "dirichlet":
            return None
        raise IndexError(f"index {index} is outside a grid of {size}, and the stencil has no edge")


def dirichlet(value: float = 0.0) -> Edge:
    """Outside the grid stands a constant."""
    return Edge("dirichlet", float(value))


class Point(tuple[int, ...]):
    """Indices of a grid's point. Adding an offset gives a neighbour: ``p + (0, 1)``, ``p - 1``."""

    __slots__ = ()

    def _moved(self, offset: object, sign: int) -> Point:
        steps = offset if isinstance(offset, tuple) else (cast(int, offset),)
        if len(steps) != len(self):
            raise ValueError(f"offset {offset!r}: expected {len(self)} whole numbers")
        return Point(i + sign * step for i, step in zip(self, steps))

    def __add__(self, offset: object) -> Point:
        return self._moved(offset, 1)

    def __sub__(self, offset: object) -> Point:
        return self._moved(offset, -1)

    __radd__ = __add__


Width = int | tuple[int, ...]


class Grid:
    """A field on a grid of one to three dimensions, read and written point by point.

    Parameters
    ----------
    values : ndarray of float64, shape (n,), (n0, n1) or (n0, n1, n2)
        Seen, not copied.
    edge : Edge
        What reading outside means.
    """

    def __init__(self, values: Array, edge: Edge | None = None) -> None:
        self.values = values
        self.edge = edge or Edge("none")

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, point: SupportsIndex | tuple[int, ...]) -> float:
        indices = point if isinstance(point, tuple) else (int(point),)
        at = []
        for index, size in zip(indices, self.shape, strict=True):
            inside = self.edge.inside(index, size)
            if inside is None:
                return self.edge.value
            at.append(inside)
        return float(self.values[tuple(at)])

    def __setitem__(self, point: SupportsIndex | tuple[int, ...], value: float) -> None:
        self.values[point] = value

    def like(self) -> Grid:
        """Another grid of this shape, for values in between; NaN until written."""
        return Grid(np.full(self.shape, np.nan), self.edge)

    def points(self) -> Iterator[Point]:
        """All points, in order."""
        return self.interior(0)

    def interior(self, width: Width = 1) -> Iterator[Point]:
        """The points at least `width` away from every edge, in order."""
        ranges = [range(w, n - w) for w, n in zip(self._widths(width), self.shape)]
        return map(Point, itertools.product(*ranges))

    def border(self, width: Width = 1) -> Iterator[Point]:
        """The points that are not in the interior of this width, in order."""
        widths = self._widths(width)
        for p in self.points():
            if any(not w <= i < n - w for i, w, n in zip(p, widths, self.shape)):
                yield p

    def neighbors(self, point: Point, radius: int = 1) -> list[Point]:
        """The points at most `radius` steps along the axes away, without `point`, in order."""
        offsets = itertools.product(range(-radius, radius + 1), repeat=len(self.shape))
        return [point + o for o in offsets if 0 < sum(map(abs, o)) <= radius]

    def _widths(self, width: Width) -> tuple[int, ...]:
        return width if isinstance(width, tuple) else (width,) * len(self.shape)
