"""Where friction in a pipe is what it is: Colebrook's equation for many pipes at once.

The equation has no solution in closed form:
1/sqrt(f) = -2 log10(roughness/3.7 + 2.51/(Re sqrt(f))).
Beside it a second unknown, the flow's velocity u under a given loss of head, since Re hangs on u.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from timing import has_numba, seconds, show

import asp

GRAVITY, VISCOSITY = 9.81, 1.0e-6  # [m/s^2], [m^2/s]


def pipe(x: float, u: float, slope: float, diameter: float, roughness: float) -> tuple[float, ...]:
    """x = 1/sqrt(f) and the velocity u [m/s] under a loss of head per length, `slope`."""
    reynolds = u * diameter / VISCOSITY
    friction = x + 2 * math.log10(roughness / 3.7 + 2.51 * x / reynolds)
    head = u * u - 2 * GRAVITY * slope * diameter * x * x  # f u^2/(2 g D) = slope
    return friction, head


solve = asp.newton(pipe, unknowns=("x", "u"), bounds={"x": (0, math.inf), "u": (0, math.inf)})


def numba_solver() -> Any:
    """The same by hand: derivatives, Cramer's rule, undamped steps, a loop over pipes."""
    import numba

    @numba.njit(fastmath=True)
    def run(guess: Any, slope: Any, diameter: Any, roughness: Any) -> Any:
        x, u = guess[0].copy(), guess[1].copy()
        for i in range(x.size):
            for _ in range(50):
                per_re = 2.51 * VISCOSITY / (u[i] * diameter[i])
                inside = roughness[i] / 3.7 + per_re * x[i]
                f = x[i] + 2 * math.log10(inside)
                k = 2 * GRAVITY * slope[i] * diameter[i]
                g = u[i] * u[i] - k * x[i] * x[i]
                d = 2 / (math.log(10.0) * inside)
                fx, fu = 1 + d * per_re, -d * per_re * x[i] / u[i]
                gx, gu = -2 * k * x[i], 2 * u[i]
                det = fx * gu - fu * gx
                dx, du = (f * gu - fu * g) / det, (fx * g - f * gx) / det
                x[i] -= dx
                u[i] -= du
                if abs(dx) <= 1e-8 * abs(x[i]) and abs(du) <= 1e-8 * abs(u[i]):
                    break
        return x, u

    return run


def main(systems: int = 100_000) -> None:
    random = np.random.default_rng(1)
    slope = random.uniform(1e-3, 5e-2, systems)
    diameter, roughness = random.uniform(0.02, 0.5, systems), random.uniform(1e-6, 1e-3, systems)
    x = np.full(systems, 7.0)
    guess = np.vstack([x, x * np.sqrt(2 * GRAVITY * slope * diameter)])
    parameters = (slope, diameter, roughness)

    result = solve(guess, *parameters)
    solve.wait()  # from here on native
    result = solve(guess, *parameters)
    assert result.converged
    print(f"{systems} pipes, {result.iterations.mean():.1f} steps each; the first one:")
    print(f"  friction factor {result.x[0, 0] ** -2:.5f}, velocity {result.x[1, 0]:.4f} m/s")
    print(solve.explain())

    few = [np.ascontiguousarray(p[:200]) for p in parameters]
    python = seconds(lambda: solve(guess[:, :200].copy(), *few, specialize="off"), 1) / 200
    show("pure Python", python, python)
    ours = seconds(lambda: solve(guess, *parameters, out=result)) / systems
    show("asp.newton", ours, python)
    ten = [np.ascontiguousarray(p[:10]) for p in parameters]
    start, small = guess[:, :10].copy(), solve(guess[:, :10].copy(), *ten)
    call = seconds(lambda: [solve(start, *ten, out=small) for _ in range(1000)]) / 1000
    show("asp.newton, 10 at a time", call / 10, python)
    if has_numba():
        numba_run = numba_solver()
        x, u = numba_run(guess, *parameters)
        np.testing.assert_allclose(u, result.x[1], rtol=1e-10)
        numba_time = seconds(lambda: numba_run(guess, *parameters)) / systems
        show("Numba, derivatives by hand", numba_time, python)


if __name__ == "__main__":
    main()
