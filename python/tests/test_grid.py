"""Grids in plain Python: what every kernel is compared with."""

import numpy as np
import pytest

from asp.grid import Edge, Grid, Point, dirichlet


def test_points_interior_and_border_split_the_grid() -> None:
    grid = Grid(np.zeros((4, 5)))
    inside, around = set(grid.interior((1, 2))), set(grid.border((1, 2)))
    assert inside == {(1, 2), (2, 2)}
    assert inside.isdisjoint(around)
    assert inside | around == set(grid.points())
    assert list(grid.points()) == sorted(grid.points())


def test_an_offset_moves_a_point() -> None:
    assert Point((3, 4)) + (0, -1) == Point((3, 3))
    assert Point((3, 4)) - (1, 0) == Point((2, 4))
    assert Point((3,)) + 1 == Point((4,)) == 1 + Point((3,))
    with pytest.raises(ValueError, match=r"offset \(1,\): expected 2 whole numbers"):
        Point((3, 4)) + (1,)


def test_neighbors_lie_within_a_number_of_steps() -> None:
    grid = Grid(np.zeros((9, 9)))
    assert grid.neighbors(Point((4, 4))) == [(3, 4), (4, 3), (4, 5), (5, 4)]
    assert len(grid.neighbors(Point((4, 4)), 2)) == 12
    assert len(Grid(np.zeros((9, 9, 9))).neighbors(Point((4, 4, 4)))) == 6


@pytest.mark.parametrize(
    ("edge", "mode"), [(Edge("periodic"), "wrap"), (Edge("neumann"), "symmetric")]
)
def test_values_outside_are_those_of_numpys_padding(edge: Edge, mode: str) -> None:
    values = np.arange(4.0)
    padded = np.pad(values, 9, mode=mode)  # type: ignore[call-overload]
    grid = Grid(values, edge)
    assert [grid[i] for i in range(-9, 13)] == list(padded)


def test_outside_a_dirichlet_edge_is_its_value() -> None:
    grid = Grid(np.ones((2, 2)), dirichlet(7))
    assert grid[Point((-1, 0))] == grid[Point((0, 2))] == 7.0
    assert grid[Point((1, 1))] == 1.0


def test_without_an_edge_nothing_is_outside() -> None:
    with pytest.raises(IndexError, match="index -1 is outside a grid of 3"):
        Grid(np.zeros(3))[-1]


def test_an_unknown_edge_is_refused() -> None:
    with pytest.raises(ValueError, match="edge = 'wrap': expected one of 'none', 'periodic'"):
        Edge("wrap")


def test_a_grid_shares_its_array_and_a_like_one_does_not() -> None:
    values = np.zeros(3)
    grid = Grid(values)
    grid[Point((1,))] = 5.0
    assert values[1] == 5.0
    assert np.isnan(grid.like().values).all()
