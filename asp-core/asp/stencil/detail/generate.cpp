#include "asp/stencil/detail/generate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/ir/rewrite.hpp"
#include "asp/specialize/emit.hpp"
#include "asp/stencil/detail/headers.hpp"
#include "asp/stencil/detail/layout.hpp"
#include "asp/stencil/encode.hpp"

namespace asp::stencil::detail {
namespace {

using ir::GridFunction;

const char* const accumulating[] = {"+", "max", "min"};

/// "r2[x + 1]"; a field that the loop also stores is read before: "l0".
std::string load_text(const GridFunction& f, const LoopLayout& loop, std::size_t load) {
    const auto at =
        static_cast<std::size_t>(std::ranges::find(loop.loads, load) - loop.loads.begin());
    const std::size_t input = loop.load_input[at];
    if (std::ranges::count(loop.outputs, static_cast<int>(f.loads[load].field)) > 0)
        return fmt::format("l{}", at);
    const long dx = along_axes(f.loads[load].offset, f.dimensions)[2];
    if (dx == 0) return fmt::format("r{}[x]", input);
    return fmt::format("r{}[x {} {}]", input, dx < 0 ? '-' : '+', std::abs(dx));
}

std::string argument_text(const GridFunction& f, const LoopLayout& loop, std::size_t i) {
    if (i < loop.uses.size() && !loop.uses[i]) return {};  // of another loop
    if (i < f.first_shape()) return fmt::format("s{}", i);
    if (i < f.first_index()) return fmt::format("n{}", i - f.first_shape());
    if (i < f.first_load()) return fmt::format("i{}", i - f.first_index());
    if (i < f.first_load() + f.loads.size()) return load_text(f, loop, i - f.first_load());
    return fmt::format("m{}", i - f.first_load() - f.loads.size());
}

/// Stores and grown reductions of one point; reductions so far are arguments after the loads. They
/// stand second in extremes, where they stay if a value is NaN.
ir::Function point_function(const GridFunction& f, const ir::GridLoop& loop) {
    ir::Function point{f.name, {}, {}, f.graph, nullptr};
    point.arguments.resize(f.first_load() + f.loads.size() + loop.reductions.size());
    for (const ir::Store& store : loop.stores) point.results.push_back({"", store.value, {}});
    for (std::size_t r = 0; r < loop.reductions.size(); ++r) {
        using Kind = ir::Reduction::Kind;
        const ir::Reduction& reduction = loop.reductions[r];
        const auto so_far = f.graph->argument(f.first_load() + f.loads.size() + r);
        const auto grown = reduction.kind == Kind::sum       ? so_far + reduction.value
                           : reduction.kind == Kind::maximum ? maximum(reduction.value, so_far)
                                                             : minimum(reduction.value, so_far);
        point.results.push_back({"", grown, {}});
    }
    return point;
}

/// What is the same for all points of a row.
std::string row_invariants(const GridFunction& f, const LoopLayout& loop) {
    std::string text;
    const auto line = [&](const std::string& code) { text += "        " + code + "\n"; };
    for (std::size_t i = 0; i < loop.inputs.size(); ++i)
        line(fmt::format("const double* const r{0} = in[{0}];", i));
    for (std::size_t o = 0; o < loop.outputs.size(); ++o)
        line(fmt::format("double* const o{0} = out[{0}];", o));
    for (std::size_t i = 0; i < f.first_index(); ++i)
        if (loop.uses[i])
            line(fmt::format("const double {} = numbers[{}];", argument_text(f, loop, i), i));
    const char* const outer[] = {"plane", "row"};
    for (std::size_t d = 0; d + 1 < f.dimensions; ++d)
        if (loop.uses[f.first_index() + d])
            line(fmt::format("const double i{} = {};", d, outer[d]));
    for (int r = 0; r < loop.sums; ++r) line(fmt::format("double m{0} = sums[{0}];", r));
    return text;
}

std::string simd_line(const ir::GridLoop& loop) {
    std::string text = "omp simd";
    for (std::size_t r = 0; r < loop.reductions.size(); ++r)
        text += fmt::format(" reduction({} : m{})",
                            accumulating[static_cast<int>(loop.reductions[r].kind)], r);
    return fmt::format("        _Pragma(\"{}\")\n", text);
}

std::string point_body(const GridFunction& f, const ir::GridLoop& loop, const LoopLayout& layout) {
    std::string text;
    const std::size_t last = f.first_index() + f.dimensions - 1;
    // Of 32 bits, which all instruction sets convert in vectors.
    if (layout.uses[last])
        text +=
            fmt::format("            const double i{} = static_cast<int>(x);\n", f.dimensions - 1);
    for (std::size_t k = 0; k < layout.loads.size(); ++k)
        if (std::ranges::count(layout.outputs, static_cast<int>(f.loads[layout.loads[k]].field)) >
            0)
            text +=
                fmt::format("            const double l{} = r{}[x];\n", k, layout.load_input[k]);
    EmitOptions options;
    options.results = Results::assigned;
    options.indent = 12;
    options.argument = [&](std::size_t i) { return argument_text(f, layout, i); };
    options.target = [&](std::size_t r) {
        return r < loop.stores.size() ? fmt::format("o{}[x]", r)
                                      : fmt::format("m{}", r - loop.stores.size());
    };
    return text + emit_body(point_function(f, loop), options);
}

std::string input_table(const LoopLayout& loop) {
    std::string text = "    static constexpr asp::stencil::Input input[] = {";
    for (const Input& i : loop.inputs)
        text += fmt::format("{{{}, {}, {}, {}}}, ", i.field, i.plane, i.row, i.reach);
    return text + "{}};\n";
}

std::string output_table(const LoopLayout& loop) {
    std::string text = "    static constexpr int output[] = {";
    for (const int field : loop.outputs) text += fmt::format("{}, ", field);
    return text + "0};\n";
}

/// Whether it stores what arithmetic gives, and nothing else.
bool is_plain(const ir::GridLoop& loop) {
    std::vector<ir::Expression> values;
    for (const ir::Store& store : loop.stores) values.push_back(store.value);
    const auto is_arithmetic = [](ir::Expression node) {
        const ir::Op op = node.op();
        return op <= ir::Op::square_root || (op >= ir::Op::logical_not && op <= ir::Op::divide) ||
               op == ir::Op::minimum || op == ir::Op::maximum || op >= ir::Op::less;
    };
    return loop.reductions.empty() && std::ranges::all_of(ir::needed(values), is_arithmetic);
}

std::string triple(const long* values) {
    return fmt::format("{{{}, {}, {}}}", values[0], values[1], values[2]);
}

/// As the sweep wants them: tables.
std::string cpu_tables(const ir::GridLoop& loop, const LoopLayout& layout) {
    return fmt::format(
               "    static constexpr asp::stencil::Region region = {{{}, {}}};\n"
               "    static constexpr bool is_plain = {};\n",
               layout.region.kind, triple(layout.region.width), is_plain(loop)) +
           input_table(layout) + output_table(layout);
}

/// As a device wants them: functions, since it sees no table of the host's.
std::string cuda_tables(const ir::GridLoop& loop, const LoopLayout& layout) {
    std::string text =
        fmt::format("    static ASP_FN asp::stencil::Region region_of() {{ return {{{}, {}}}; }}\n",
                    layout.region.kind, triple(layout.region.width));
    text += "    static ASP_FN asp::stencil::Input input_of(int i) {\n";
    for (std::size_t i = 0; i < layout.inputs.size(); ++i) {
        const Input& input = layout.inputs[i];
        text += fmt::format("        if (i == {}) return {{{}, {}, {}, {}}};\n", i, input.field,
                            input.plane, input.row, input.reach);
    }
    text += "        return {0, 0, 0, 0};\n    }\n    static ASP_FN int output_of(int o) {\n";
    for (std::size_t o = 0; o < layout.outputs.size(); ++o)
        text += fmt::format("        if (o == {}) return {};\n", o, layout.outputs[o]);
    text += "        return 0;\n    }\n    static ASP_FN double neutral(int s) {\n";
    const char* const neutral[] = {"0.0", "-asp::infinity<double>", "asp::infinity<double>"};
    for (std::size_t r = 0; r < loop.reductions.size(); ++r)
        text += fmt::format("        if (s == {}) return {};\n", r,
                            neutral[static_cast<int>(loop.reductions[r].kind)]);
    return text + "        return 0.0;\n    }\n";
}

std::string loop_struct(const GridFunction& f, const LoopLayout& layout, std::size_t k,
                        Target target) {
    const ir::GridLoop& loop = f.loops[k];
    std::string text = fmt::format(
        "struct Loop{} {{\n"
        "    static constexpr int inputs = {}, outputs = {}, sums = {}, first_sum = {};\n"
        "    static constexpr long reach = {};\n",
        k, layout.inputs.size(), layout.outputs.size(), layout.sums, layout.first_sum,
        layout.reach);
    text += target == Target::cpu ? cpu_tables(loop, layout) : cuda_tables(loop, layout);
    text +=
        "    static ASP_FN void row(const double* const* in, double* const* out, double* sums,\n"
        "                           const double* numbers, double plane, double row, long begin,\n"
        "                           long end) {\n";
    text += row_invariants(f, layout);
    if (target == Target::cpu) text += simd_line(loop);
    text += "        for (long x = begin; x < end; ++x) {\n" + point_body(f, loop, layout) +
            "        }\n";
    for (int r = 0; r < layout.sums; ++r) text += fmt::format("        sums[{0}] = m{0};\n", r);
    return text + "    }\n};\n";
}

/// A function that runs the loop whose number the call has.
std::string cuda_struct(const GridFunction& f) {
    std::string text = fmt::format(
        "struct Stencil {{\n"
        "    static constexpr int dimensions = {}, fields = {}, scalars = {}, edge = {};\n"
        "    static constexpr double edge_value = {};\n"
        "    static ASP_FN int axis(int d) {{ return {}; }}\n"
        "    static ASP_FN int run(const asp::Arguments& a, long lo, long hi) {{\n"
        "        const asp::stencil::Points<Stencil> points(a);\n"
        "        for (long i = lo; i < hi; ++i) {{\n",
        f.dimensions, f.fields.size(), f.scalars.size(), static_cast<int>(f.edge),
        emit_number(f.edge_value),
        f.dimensions == 3   ? "d"
        : f.dimensions == 2 ? "2 * d"
                            : "2");
    for (std::size_t k = 0; k < f.loops.size(); ++k)
        text += fmt::format(
            "            if (a.sizes[asp::stencil::size_steps] == {0}) "
            "points.compute<Loop{0}>(i);\n",
            k);
    return text + "        }\n        return 0;\n    }\n};\n";
}

std::string stencil_struct(const GridFunction& f, const Layout& layout, bool is_streaming) {
    std::string loops, temporary, sums;
    for (std::size_t k = 0; k < f.loops.size(); ++k) {
        loops += fmt::format("{}asp::stencil::loop_of<Loop{}, {}>()", k == 0 ? "" : ", ", k,
                             is_streaming);
        for (const ir::Reduction& reduction : f.loops[k].reductions)
            sums += fmt::format("{}, ", static_cast<int>(reduction.kind));
    }
    for (const ir::Field& field : f.fields)
        temporary += field.role == ir::Field::Role::temporary ? "true, " : "false, ";
    return fmt::format(
        "struct Stencil {{\n"
        "    static constexpr asp::stencil::Loop loop[] = {{{}}};\n"
        "    static constexpr bool temporary[] = {{{}}};\n"
        "    static constexpr int sum[] = {{{}0}};\n"
        "    /// Dimensions, fields, scalars, loops, sums, edge and its value.\n"
        "    static constexpr asp::stencil::Shape shape = {{{}, {}, {}, {}, {}, {}, {},\n"
        "                                                  loop, temporary, sum, {}}};\n"
        "}};\n",
        loops, temporary.substr(0, temporary.size() - 2), sums, f.dimensions, f.fields.size(),
        f.scalars.size(), f.loops.size(), layout.sums, static_cast<int>(f.edge),
        emit_number(f.edge_value), is_streaming);
}

}  // namespace

Specialization generate(const StencilSpecializer& specializer, const Problem& given,
                        const Variant& variant, Target target) {
    const Problem problem = detached(given);  // the graph grows
    const GridFunction f = decode(problem);
    const Layout layout = layout_of(f);
    Specialization s{specializer.name(), specializer.version(), {}, {}, {}, {}, {}, target, {}};
    s.title = {fmt::format("{} dimensions, {} fields, {} loops", f.dimensions, f.fields.size(),
                           f.loops.size())};
    if (f.source) s.title.push_back(f.source->text);
    s.includes = {"asp/stencil/kernels/rows.hpp"};
    s.headers.assign(kernel_headers().begin(), kernel_headers().end());
    for (std::size_t k = 0; k < f.loops.size(); ++k)
        s.definitions += loop_struct(f, layout.loops[k], k, target) + "\n";
    if (target == Target::cuda) {
        s.includes = {"asp/stencil/kernels/points.hpp"};
        s.definitions += cuda_struct(f);
        s.call = "Stencil::run(arguments, lo, hi)";
        return s;
    }
    s.definitions += stencil_struct(f, layout, variant.at("streaming") != 0);
    s.call = "asp::stencil::run_stencil<Stencil>(arguments, lo, hi)";
    return s;
}

}  // namespace asp::stencil::detail
