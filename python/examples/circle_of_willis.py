"""The arteries from the heart to the brain, with the Circle of Willis, as a Python program.

Solves what the program ``bloodflow`` solves, by its scheme on its mesh: a stencil advances the
cells of all vessels (slopes, fluxes, both stages of Heun's method, in one pass), residuals say what
holds where vessels meet and end. With ``--specialize off`` the same text runs as Python.

    python circle_of_willis.py configs/willis.yaml --steps 2000

A vessel's cells stand between two more points, which hold the states at its ends. r is A^(1/2).
"""

import argparse
import math
import time

import numpy as np

import asp

def riemann(S, r, u, r_ahead, u_ahead):
    """(r, u) between the two waves of a face, linearized about the mean: c = (S r)^(1/2)."""
    mean = 0.5 * (r + r_ahead)
    by_c, du = 1.0 / math.sqrt(S * mean), u_ahead - u
    return mean - 0.25 * mean * by_c * du, 0.5 * (u + u_ahead) - S * by_c * (r_ahead - r)


def slope(before, here, after, end_before, end_here, end_after, smooth):
    """From a cell's centre to its face: van Leer's MC limiter, none below `smooth` (Shu 1987).

    Towards an end (1; cells: 0) its face stands in for the neighbour, at half the distance.
    """
    behind, ahead = (1.0 + end_before) * (here - before), (1.0 + end_after) * (after - here)
    low, high = min(max(behind, ahead), -smooth), max(min(behind, ahead), smooth)
    return (1.0 - end_here) * min(max(0.25 * (behind + ahead), low), high)


def flux(end, end_ahead, S, alpha, r, u, r_ahead, u_ahead, dr, du, dr_ahead, du_ahead):
    """Q and alpha Q^2/A + P through the face ahead; at a vessel's end those of the end's state."""
    r_face, u_face = riemann(S, r + dr, u + du, r_ahead - dr_ahead, u_ahead - du_ahead)
    if end > 0.0:
        r_face, u_face = r, u
    elif end_ahead > 0.0:
        r_face, u_face = r_ahead, u_ahead
    A = r_face * r_face
    return A * u_face, alpha * A * u_face * u_face + 2.0 / 3.0 * S * A * r_face


@asp.stencil(edge="neumann")
def advance(r_new, u_new, r, u, r_end, u_end, end, S, per_dx, dt, alpha, K, smooth_r, smooth_u):
    """One step of Heun's method, friction K u by the trapezoidal rule.

    The ends' states are (r, u) at the beginning of the step and (r_end, u_end) at its end.
    """
    dr, du, mass, momentum, r_1, u_1 = (r.like() for _ in range(6))
    for p in r.points():
        a, b = p - 1, p + 1
        dr[p] = slope(r[a], r[p], r[b], end[a], end[p], end[b], smooth_r * r[p])
        du[p] = slope(u[a], u[p], u[b], end[a], end[p], end[b], smooth_u)
    for p in r.points():
        b = p + 1
        mass[p], momentum[p] = flux(
            end[p], end[b], S[p], alpha, r[p], u[p], r[b], u[b], dr[p], du[p], dr[b], du[b]
        )
    for p in r.points():
        a, rate = p - 1, dt * per_dx[p]
        A_1 = r[p] * r[p] - rate * (mass[p] - mass[a])
        Q_1 = r[p] * r[p] * u[p] - rate * (momentum[p] - momentum[a])
        r_1[p] = r_end[p] if end[p] > 0.0 else math.sqrt(A_1)
        u_1[p] = u_end[p] if end[p] > 0.0 else (Q_1 - 0.5 * dt * K * u[p]) / (A_1 + 0.5 * dt * K)

    dr_1, du_1, mass_1, momentum_1 = (r.like() for _ in range(4))
    for p in r.points():
        a, b = p - 1, p + 1
        dr_1[p] = slope(r_1[a], r_1[p], r_1[b], end[a], end[p], end[b], smooth_r * r_1[p])
        du_1[p] = slope(u_1[a], u_1[p], u_1[b], end[a], end[p], end[b], smooth_u)
    for p in r.points():
        b = p + 1
        mass_1[p], momentum_1[p] = flux(
            end[p], end[b], S[p], alpha,
            r_1[p], u_1[p], r_1[b], u_1[b], dr_1[p], du_1[p], dr_1[b], du_1[b],
        )
    for p in r.points():
        a, rate = p - 1, 0.5 * dt * per_dx[p]
        A_2 = r[p] * r[p] - rate * (mass[p] - mass[a] + mass_1[p] - mass_1[a])
        gain = momentum[p] - momentum[a] + momentum_1[p] - momentum_1[a]
        Q_2 = r[p] * r[p] * u[p] - rate * gain
        r_new[p] = r_end[p] if end[p] > 0.0 else math.sqrt(A_2)
        u_new[p] = u_end[p] if end[p] > 0.0 else (Q_2 - 0.5 * dt * K * u[p]) / (A_2 + 0.5 * dt * K)


@asp.function
def arrival(r, r_inner, u, u_inner, outward, S, dx, dt, alpha, K):
    """What the characteristic that leaves a vessel brings to its end: u = w - k A^(1/4), outward.

    Followed back from the end of the step to the two cells next to it.
    """
    u_0, u_1 = outward * u, outward * u_inner
    excess = alpha * (alpha - 1.0)
    weight = 0.5 - dt / dx * (alpha * u_0 + math.sqrt(S * r + excess * u_0 * u_0))
    r_foot = r + weight * (r - r_inner)
    u_foot = u_0 + weight * (u_0 - u_1)
    u_there = u_foot - dt * K * u_foot / (r * r + dt * K)
    c = math.sqrt(S * r_foot)
    slope = math.sqrt(1.0 + excess * (u_there / c) ** 2) - (alpha - 1.0) * u_there / c
    return u_there + 4.0 * slope * c, 4.0 * slope * math.sqrt(S)


def head(x, w, k, S, rest):
    """Total pressure over density, x = A^(1/4)."""
    u = w - k * x
    return 2.0 * S * (x * x - rest) + 0.5 * u * u


def bifurcation(x, w, k, S, rest):
    """Where three vessels meet total pressure is continuous, and what flows in flows out."""
    heads = [head(x[i], w[i], k[i], S[i], rest[i]) for i in range(3)]
    flows = [x[i] ** 4 * (w[i] - k[i] * x[i]) for i in range(3)]
    return heads[1] - heads[0], heads[2] - heads[0], sum(flows)


def terminal(x, w, k, S, rest, resistance, back, open, source):
    """Where one ends: resistance * flow = potential - back; or, not open, the flow is given."""
    return resistance * (source + x**4 * (w - k * x)) - open * (2.0 * S * (x * x - rest) - back)


solve_bifurcations = asp.newton(
    bifurcation, unknowns="x", sizes={"x": 3, "w": 3, "k": 3, "S": 3, "rest": 3}
)
solve_terminals = asp.newton(terminal, unknowns="x")


@asp.function
def end_state(x, w, k, outward):
    return x * x, outward * (w - k * x)


@asp.function
def windkessel(p, Q, R1, R2, C, dt):
    """(R, p_0, dp/dQ): after a step p = p_0 + R Q at the outlet, by the trapezoidal rule."""
    share = 0.5 * dt / C
    leak = share / R2
    charge = share / (1.0 + leak)
    return R1 + charge, ((1.0 - leak) * p + share * Q) / (1.0 + leak), charge


class Circle:
    """The network of a run file and its state. Ends are ordered by node: the inlet, the outlets,
    then the first, the second and the third ones of bifurcations."""

    def __init__(self, config: str) -> None:
        self.case = case = asp.bloodflow.load(config, set={"numerics.local_time_stepping": False})
        blood = case.network.blood
        self.rho, self.alpha, self.K = blood.density, blood.momentum_correction, blood.friction
        self.smooth = case.numerics.smooth_fraction, case.numerics.smooth_velocity
        self.place_cells(case)
        self.place_ends(case)
        start = case.start()
        self.time, self.p, self.Q = start.time, start.terminal_state, 0.0 * self.C
        self.state[0, self.cells], self.state[1, self.cells] = np.sqrt(start.area), start.velocity
        self.x = np.sqrt(self.state[0, self.near[0]])
        self.meet(0.0)
        self.state[:, self.ends] = self.at_end[:, self.ends]

    def place_cells(self, case) -> None:
        """Vessel after vessel: its inlet, its cells, its outlet."""
        vessels = case.network.vessels
        owner = np.repeat(np.arange(len(vessels)), [v.cells + 2 for v in vessels])
        self.first = np.flatnonzero(np.diff(owner, prepend=-1))
        self.last = np.flatnonzero(np.diff(owner, append=len(vessels)))
        self.end = np.zeros(len(owner))
        self.end[self.first] = self.end[self.last] = 1.0
        self.cells = np.flatnonzero(self.end == 0.0)
        of = np.array([v.first_cell for v in vessels])[owner]
        self.S = case.cells.stiffness[of] / (2.0 * self.rho)
        self.rest = np.sqrt(case.cells.reference_area[of])
        self.dx = np.array([v.cell_length for v in vessels])[owner]
        self.state, self.new, self.at_end = np.ones((3, 2, len(owner)))

    def place_ends(self, case) -> None:
        at_node = [[] for _ in case.network.nodes]
        for v, vessel in enumerate(case.network.vessels):
            at_node[vessel.start].append((self.first[v], -1))
            at_node[vessel.end].append((self.last[v], 1))
        terminals = case.network.terminals
        alone = [case.inlets[0].node, *(t.node for t in terminals)]
        threes = [ends for ends in at_node if len(ends) == 3]
        order = [at_node[n][0] for n in alone] + [e[k] for k in range(3) for e in threes]
        self.ends, outward = np.array(order).T
        self.near = np.stack([self.ends - outward, self.ends - 2 * outward])
        self.outward = outward.astype(float)
        self.R1 = np.array([t.proximal_resistance for t in terminals])
        self.R2 = np.array([t.distal_resistance for t in terminals])
        self.C = np.array([t.compliance for t in terminals])
        n = self.n = len(alone)
        self.known = np.stack([row[self.ends] for row in (self.S, self.rest, self.dx)])
        self.arrived = np.empty((2, len(order)))
        rows = [*self.arrived, *self.known[:2]]
        self.closure = np.ones((4, n))  # R, p_0, whether it is an outlet, source
        self.closure[2:, 0], self.closure[3, 1:] = 0.0, 0.0
        self.of_terminals = [*(row[:n] for row in rows), *self.closure]
        self.of_bifurcations = [row[n:].reshape(3, -1) for row in rows]

    def meet(self, dt: float) -> None:
        """The ends' states at the end of a step, from the cells' at its beginning."""
        n, x, (w, k), (S, _, dx) = self.n, self.x, self.arrived, self.known
        (r, r_inner), (u, u_inner) = np.take(self.state, self.near, axis=1)
        arrival(r, r_inner, u, u_inner, self.outward, S, dx, dt, self.alpha, self.K, out=(w, k))
        R, p, charge = windkessel(self.p, self.Q, self.R1, self.R2, self.C, dt)
        self.closure[0, 1:], self.closure[1, 1:] = R / self.rho, p / self.rho
        self.closure[3, 0] = self.case.inlets[0](self.time + dt)
        x[:n] = solve_terminals(x[:n], *self.of_terminals).x
        x[n:] = solve_bifurcations(x[n:].reshape(3, -1), *self.of_bifurcations).x.ravel()
        r, u = end_state(x, w, k, self.outward)
        self.at_end[0, self.ends], self.at_end[1, self.ends] = r, u
        self.Q = r[1:n] ** 2 * (u * self.outward)[1:n]
        self.p = p + charge * self.Q

    def step(self, dt: float) -> None:
        self.meet(dt)
        walls = self.end, self.S, 1.0 / self.dx
        blood = self.alpha, self.K, *self.smooth
        advance(*self.new, *self.state, *self.at_end, *walls, dt, *blood)
        self.state, self.new = self.new, self.state
        self.time += dt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", nargs="?", default="configs/willis.yaml")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--specialize", default="sync", help="auto, sync, interpret or off")
    arguments = parser.parse_args()
    asp.specialize(arguments.specialize)
    circle = Circle(arguments.config)
    solver = circle.case.solver(specialize="sync")
    dt, seconds = 0.5 * solver.stable_step(), []
    for step in (circle.step, solver.advance):
        step(dt)  # what has to be compiled is compiled here
        start = time.perf_counter()
        for _ in range(arguments.steps - 1):
            step(dt)
        seconds.append((time.perf_counter() - start) / max(1, arguments.steps - 1))
    off = circle.state[0, circle.cells] ** 2 / solver.state.area - 1.0
    print(f"{arguments.steps} steps of {1e6 * dt:.3g} us on {len(off)} cells")
    print("this program {:.4g} us a step, bloodflow {:.4g} us".format(*(1e6 * s for s in seconds)))
    print(f"areas differ by {np.abs(off).max():.1e} of themselves at most")


if __name__ == "__main__":
    main()
