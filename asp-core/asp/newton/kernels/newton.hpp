#pragma once
#include "asp/newton/kernels/chunk.hpp"

namespace asp::newton {

template <int lanes>
ASP_FN void measure_residual(long n, Chunk<lanes>& c) {
    ASP_SIMD_FOR(l, 0, lanes) c.square[l] = 0.0;
    for (long i = 0; i < n; ++i) {
        ASP_SIMD_FOR(l, 0, lanes) {
            const double scaled = c.weight[i][l] * c.f[i][l];
            c.square[l] += scaled * scaled;  // NaN and infinity stay
        }
    }
}

template <int lanes>
ASP_FN bool any_running(const Chunk<lanes>& c) {
    long any = 0;
    ASP_SIMD_OR_FOR(any, l, 0, lanes) any |= c.status[l] == running;
    return any != 0;
}

template <int lanes, class System>
ASP_OUT_OF_LINE void evaluate_matrix(const System& system, Chunk<lanes>& c) {
    system.evaluate_matrix(c);
}

/// Each equation's weight, 1 / sum |J_ij| size_j; 1 where that is 0 or not a number.
template <int lanes, class System>
ASP_FN void weigh(const System& system, Chunk<lanes>& c) {
    evaluate_matrix(system, c);
    for (long i = 0; i < system.unknowns; ++i) {
        ASP_SIMD_FOR(l, 0, lanes) c.square[l] = 0.0;
        for (long j = 0; j < system.unknowns; ++j) {
            ASP_SIMD_FOR(l, 0, lanes)
            c.square[l] += asp::abs(c.matrix[i * system.unknowns + j][l]) * c.size[j][l];
        }
        ASP_SIMD_FOR(l, 0, lanes)
        c.weight[i][l] = c.square[l] > 0.0 ? 1.0 / c.square[l] : 1.0;
    }
}

/// Sizes, weights and a first state from the guess.
template <int lanes, class System>
ASP_FN void begin(const System& system, const Batch& batch, Chunk<lanes>& c) {
    for (long j = 0; j < system.unknowns; ++j) {
        const double typical = batch.typical[j];
        ASP_SIMD_FOR(l, 0, lanes)
        c.size[j][l] = c.x[j][l] == 0.0 ? typical : asp::abs(c.x[j][l]);
    }
    system.prepare(c);
    weigh(system, c);
    ASP_SIMD_FOR(l, 0, lanes) {
        c.status[l] = running;
        c.iterations[l] = 0.0;
        c.merit[l] = asp::infinity<double>;  // so that any finite residual at the guess is better
    }
    for (long j = 0; j < system.unknowns; ++j) {
        const double low = system.low(j), high = system.high(j);
        ASP_SIMD_FOR(l, 0, lanes) {
            c.base[j][l] = c.x[j][l];
            c.direction[j][l] = 0.0;
            const bool within = low < c.x[j][l] && c.x[j][l] < high;
            c.status[l] = within || c.x[j][l] != c.x[j][l] ? c.status[l] : outside;
        }
    }
    ASP_SIMD_FOR(l, 0, lanes) c.damping[l] = c.status[l] == running ? 1.0 : 0.0;
}

template <int lanes>
ASP_FN void count_open(long n, double tolerance, Chunk<lanes>& c) {
    ASP_SIMD_FOR(l, 0, lanes) c.open[l] = 0.0;
    for (long j = 0; j < n; ++j) {
        ASP_SIMD_FOR(l, 0, lanes) {
            const double scale = asp::max(asp::abs(c.x[j][l]), c.size[j][l]);
            c.open[l] += asp::abs(c.step[j][l]) <= tolerance * scale ? 0.0 : 1.0;
        }
    }
}

/// Steps by elimination with pivoting in the lanes that are weak; the others keep theirs.
template <int lanes, class System>
ASP_OUT_OF_LINE void find_step_with_pivots(const System& system, double tolerance,
                                           Chunk<lanes>& c) {
    alignas(64) double square[lanes], open[lanes];
    ASP_SIMD_FOR(l, 0, lanes) {
        square[l] = c.square[l];
        open[l] = c.open[l];
    }
    evaluate_matrix(system, c);
    eliminate(system.unknowns, c.matrix, c.f, c.weight, c.size, c.weak, c.step, c.flaw);
    measure_residual(system.unknowns, c);
    count_open(system.unknowns, tolerance, c);
    ASP_SIMD_FOR(l, 0, lanes) {
        c.square[l] = c.weak[l] != 0.0 ? c.square[l] : square[l];
        c.open[l] = c.weak[l] != 0.0 ? c.open[l] : open[l];
    }
}

/// The Newton step at x, and what is to be known of x: by the straight line of operations that was
/// generated for the Jacobian's pattern; where one of its pivots is tiny, with pivoting.
template <int lanes, class System>
ASP_FN void find_step(const System& system, double tolerance, Chunk<lanes>& c) {
    if (system.straight) {
        system.newton(c, tolerance);
        long any = 0;
        ASP_SIMD_OR_FOR(any, l, 0, lanes) any |= (c.weak[l] != 0.0) & (c.status[l] == running);
        ASP_SIMD_FOR(l, 0, lanes) c.flaw[l] = 0.0;
        if (any == 0) return;
    } else {
        ASP_SIMD_FOR(l, 0, lanes) c.weak[l] = 1.0;
    }
    find_step_with_pivots(system, tolerance, c);
}

/// Moves base to x where the residual fell enough.
template <int lanes>
ASP_FN void accept(long n, Chunk<lanes>& c) {
    constexpr double largest = 1e300;  // infinity is no residual
    ASP_SIMD_FOR(l, 0, lanes) {
        // Armijo's rule on half the squared norm, whose slope along a Newton step is minus itself.
        const double bound = (1.0 - 2e-4 * c.damping[l]) * c.merit[l];
        const double falls = c.square[l] <= asp::min(bound, largest) ? 1.0 : 0.0;
        c.accepted[l] = c.status[l] == running ? falls : 0.0;
        c.iterations[l] += c.status[l] == running ? 1.0 : 0.0;
    }
    for (long j = 0; j < n; ++j) {
        ASP_SIMD_FOR(l, 0, lanes) {
            const bool moves = c.accepted[l] != 0.0;
            c.base[j][l] = moves ? c.x[j][l] : c.base[j][l];
            c.direction[j][l] = moves ? c.step[j][l] : c.direction[j][l];
        }
    }
}

/// The largest damping, at most 1, with which a step goes at most nine tenths of the way to the end
/// of any unknown's range.
template <int lanes, class System>
ASP_FN void find_room(const System& system, Chunk<lanes>& c) {
    ASP_SIMD_FOR(l, 0, lanes) c.room[l] = 1.0;
    if (!system.bounded) return;
    // No division where nobody goes that far, which is nearly always.
    long any = 0;
    for (long j = 0; j < system.unknowns; ++j) {
        const double low = system.low(j), high = system.high(j);
        ASP_SIMD_OR_FOR(any, l, 0, lanes) {
            const double x = c.base[j][l], step = c.direction[j][l];
            any |= (step < 0.9 * (low - x)) | (step > 0.9 * (high - x));
        }
    }
    if (any == 0) return;
    for (long j = 0; j < system.unknowns; ++j) {
        const double low = system.low(j), high = system.high(j);
        ASP_SIMD_FOR(l, 0, lanes) {
            const double x = c.base[j][l], step = c.direction[j][l];
            const double way = step < 0.0 ? 0.9 * (low - x) : 0.9 * (high - x);
            // Of one sign; NaN changes nothing.
            c.room[l] = asp::abs(step) * c.room[l] > asp::abs(way) ? way / step : c.room[l];
        }
    }
}

/// What follows for lanes whose residual fell: solved, hopeless, or the next step.
template <int lanes>
ASP_FN void decide(Chunk<lanes>& c) {
    ASP_SIMD_FOR(l, 0, lanes) {
        const bool moved = c.accepted[l] != 0.0;
        const double flaw = c.square[l] == 0.0 ? 0.0 : c.flaw[l];  // who is there needs no step
        const double open = c.square[l] == 0.0 ? 0.0 : c.open[l];
        const double going = open == 0.0 ? converged : running;
        const double status = flaw == 0.0 ? going : singular;
        const double damping = flaw == 0.0 ? c.room[l] : 0.0;
        c.merit[l] = moved ? c.square[l] : c.merit[l];
        c.status[l] = moved ? status : c.status[l];
        c.damping[l] = moved ? damping : c.damping[l];
    }
}

/// A shorter step for lanes whose residual did not fall. `is_guess`: x was the guess itself.
template <int lanes>
ASP_FN void shorten(bool is_guess, Chunk<lanes>& c) {
    constexpr double smallest_damping = 1e-8;
    constexpr double rounding = 1e-26;  // (1e-13)^2: a residual of rounding errors
    long any = 0;
    ASP_SIMD_OR_FOR(any, l, 0, lanes)
    any |= (c.status[l] == running) & (c.accepted[l] == 0.0);
    if (any == 0) return;
    ASP_SIMD_FOR(l, 0, lanes) {
        const double rejected = c.accepted[l] == 0.0 ? c.status[l] : converged;
        const double square = c.square[l], merit = c.merit[l], damping = c.damping[l];
        // The minimum of the parabola through the two residuals and the slope, kept within bounds.
        const double minimum = damping * damping * merit / (square - merit + 2.0 * damping * merit);
        const double at_least = 0.1 * damping, at_most = 0.5 * damping;
        const double shorter = !(minimum > 0.0)     ? at_most  // no parabola: not finite there
                               : minimum < at_least ? at_least
                               : minimum > at_most  ? at_most
                                                    : minimum;
        const double end = merit <= rounding ? converged : stalled;
        const double status = shorter < smallest_damping ? end : running;
        const double next = shorter < smallest_damping ? 0.0 : shorter;
        c.status[l] = rejected == running ? (is_guess ? not_finite : status) : c.status[l];
        c.damping[l] = rejected == running ? (is_guess ? 0.0 : next) : damping;
        c.merit[l] = rejected == running ? (is_guess ? asp::not_a_number<double> : merit) : merit;
    }
}

template <int lanes>
ASP_FN void move(long n, Chunk<lanes>& c) {
    for (long j = 0; j < n; ++j) {
        ASP_SIMD_FOR(l, 0, lanes) {
            const double x = c.base[j][l] + c.damping[l] * c.direction[j][l];
            c.x[j][l] = c.damping[l] > 0.0 ? x : c.base[j][l];
        }
    }
}

/// The last step was taken on trust: it stays where the residual agrees.
template <int lanes, class System>
ASP_FN void finish(const System& system, Chunk<lanes>& c) {
    system.evaluate(c);
    measure_residual(system.unknowns, c);
    ASP_SIMD_FOR(l, 0, lanes) {
        c.accepted[l] =
            c.status[l] == converged && c.square[l] <= asp::max(c.merit[l], 1e-26) ? 1.0 : 0.0;
        c.merit[l] = c.accepted[l] != 0.0 ? c.square[l] : c.merit[l];
    }
    for (long j = 0; j < system.unknowns; ++j) {
        ASP_SIMD_FOR(l, 0, lanes)
        c.x[j][l] = c.accepted[l] != 0.0 ? c.x[j][l] : c.base[j][l];
    }
}

/// Newton's method with a line search on the scaled residual, for each lane on its own: no lane's
/// result depends on another's. System: the residual, its Jacobian and the elimination, generated
/// or interpreted, of whole chunks.
template <int lanes, class System>
ASP_FN void solve_chunk(const System& system, const Batch& batch, Chunk<lanes>& c) {
    begin(system, batch, c);
    for (long pass = 0;; ++pass) {
        find_step(system, batch.tolerance, c);
        accept(system.unknowns, c);
        find_room(system, c);
        shorten(pass == 0, c);
        decide(c);
        move(system.unknowns, c);
        if (!any_running(c)) break;
        if (static_cast<double>(pass + 1) >= batch.most_iterations) {
            ASP_SIMD_FOR(l, 0, lanes) {
                c.damping[l] = c.status[l] == running ? 0.0 : c.damping[l];
                c.status[l] = c.status[l] == running ? iteration_limit : c.status[l];
            }
            break;
        }
    }
    finish(system, c);
}

/// A generated system lane by lane makes one of chunks.
template <class Generated, int lanes>
struct Lanes : Generated {
    ASP_FN void prepare(Chunk<lanes>& c) const {
        ASP_SIMD_FOR(l, 0, lanes) Generated::prepare(c.p, c.shared, c.k, l);
    }
    ASP_FN void evaluate(Chunk<lanes>& c) const {
        ASP_SIMD_FOR(l, 0, lanes) Generated::evaluate(c.x, c.p, c.k, c.shared, c.f, l);
    }
    ASP_FN void evaluate_matrix(Chunk<lanes>& c) const {
        ASP_SIMD_FOR(l, 0, lanes)
        Generated::evaluate_matrix(c.x, c.p, c.k, c.shared, c.f, c.matrix, l);
    }
    ASP_FN void newton(Chunk<lanes>& c, double tolerance) const {
        ASP_SIMD_FOR(l, 0, lanes)
        Generated::newton(c.x, c.p, c.k, c.shared, c.size, c.weight, tolerance, c.step, c.square,
                          c.open, c.weak, l);
    }
};

/// Solves the systems [lo, hi). System: generated; Configuration: `lanes`. Always 0: how each
/// system ended stands in its status. Source: Deuflhard (2011), chapter 3 (damped Newton, merit
/// function); Dennis and Schnabel (1996), section 6.3 (backtracking).
template <class System, class Configuration>
ASP_KERNEL int solve_systems(const Arguments& arguments, long lo, long hi) {
    constexpr int lanes = Configuration::lanes;
    constexpr long n = System::unknowns, m = System::parameters, q = System::coefficients;
    const Batch batch = batch_of(arguments, n);
    alignas(64) double storage[Chunk<lanes>::rows(n, m, q) * lanes];
    Chunk<lanes> c(storage, n, m, q, batch.shared);
    for (long first = lo; first < hi; first += lanes) {
        const long last = first + lanes < hi ? first + lanes : hi;
        load(batch, first, last, n, m, c);
        solve_chunk(Lanes<System, lanes>{}, batch, c);
        store(batch, first, last, n, c);
    }
    return 0;
}

}  // namespace asp::newton
