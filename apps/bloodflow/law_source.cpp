#include "bloodflow/law_source.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "asp/base/error.hpp"
#include "asp/ir/integrate.hpp"
#include "asp/ir/interpreter.hpp"
#include "asp/specialize/emit.hpp"
#include "bloodflow/kernel_headers.hpp"

namespace bloodflow {
namespace ir = asp::ir;
namespace {

constexpr std::size_t variables = law_variables.size();

/// Relative distance of two numbers that rounding alone explains.
constexpr double rounding = 8e-16;

/// Values of all of a setup function's results at places that stand for all: what varies does so
/// smoothly along a vessel, and is not equal at five places unless it is constant.
std::vector<std::vector<double>> sampled(const Network& network, const ir::Function& setup) {
    const ir::Program<double> program(setup);
    std::vector<std::vector<double>> values(setup.results.size());
    std::vector<double> row(setup.results.size());
    for (std::size_t v = 0; v < network.vessels.size(); ++v)
        for (const double s : {0.0, 0.2, 0.45, 0.7, 1.0}) {
            // An end cell's centre and length depend on the mesh: something else at each place.
            const double half_cell = 0.01 + 0.003 * s + 0.0001 * static_cast<double>(v % 7);
            const double s_cell = s < 0.5 ? s + half_cell : s - half_cell;
            program.run_at(setup_arguments(network, v, s, s_cell, 1.0 / half_cell), row);
            for (std::size_t k = 0; k < row.size(); ++k) values[k].push_back(row[k]);
        }
    return values;
}

/// The factor by which `b` is `a` everywhere.
std::optional<double> ratio(const std::vector<double>& a, const std::vector<double>& b) {
    if (a[0] == 0.0) return std::nullopt;
    const double factor = b[0] / a[0];
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!(std::abs(b[i] - factor * a[i]) <= rounding * std::abs(b[i]))) return std::nullopt;
    return factor;
}

FoldedGroup fold_group(const Network& network, const LawGroup& group) {
    const ir::Function& kernel = group.hoisted.kernel;
    const auto values = sampled(network, group.hoisted.setup);
    FoldedGroup folded{group.functions, group.hoisted.setup, {}, {}, {}, {}};
    folded.kernel.name = kernel.name;
    folded.kernel.graph = std::make_shared<ir::Graph>();
    for (std::size_t i = 0; i < variables; ++i)
        folded.kernel.arguments.push_back(kernel.arguments[i]);
    std::vector<ir::Expression> replacements;
    for (std::size_t i = 0; i < variables; ++i) replacements.push_back(folded.kernel.argument(i));
    for (std::size_t k = 0; k < values.size(); ++k) {
        const std::vector<double>& mine = values[k];
        const bool constant =
            std::all_of(mine.begin(), mine.end(), [&](double value) { return value == mine[0]; });
        if (constant) {
            replacements.push_back(folded.kernel.graph->constant(mine[0]));
            folded.constants.push_back({k, mine[0]});
            continue;
        }
        ir::Expression multiple;
        for (std::size_t j = 0; j < folded.kept.size() && !multiple; ++j)
            if (const auto factor = ratio(values[folded.kept[j]], mine)) {
                multiple = *factor * folded.kernel.argument(variables + j);
                folded.multiples.push_back({k, folded.kept[j], *factor});
            }
        if (!multiple) {
            multiple = folded.kernel.argument(variables + folded.kept.size());
            folded.kernel.arguments.push_back({fmt::format("k{}", folded.kept.size()), {}, {}});
            folded.kept.push_back(k);
        }
        replacements.push_back(multiple);
    }
    for (std::size_t r = 0; r < kernel.results.size(); ++r) {
        ir::Expression value =
            ir::substitute(kernel.results[r].value, *folded.kernel.graph, replacements);
        const auto taken = variables_of(group.functions[r]);
        if (taken.size() == 1) value = ir::collected_throughout(value, taken[0]);
        folded.kernel.results.push_back({kernel.results[r].name, value, {}});
    }
    if (folded.kept.size() > Coefficients::most)
        throw asp::InputError(
            fmt::format("the formulas of the physics need {} numbers at each place of a vessel; "
                        "expected at most {}: name parts of them as parameters",
                        folded.kept.size(), Coefficients::most));
    return folded;
}

constexpr std::array<const char*, law_places> place_names{"cell", "face", "end"};

/// One member of the generated law.
std::string member(const FoldedGroup& group, std::size_t r, const char* place) {
    ir::Function one = group.kernel;
    one.results = {group.kernel.results[r]};
    const LawFunction function = group.functions[r];
    std::string parameters;
    for (const std::size_t variable : variables_of(function)) {
        const bool used =
            ir::depends_on(one.results[0].value, [&](std::size_t i) { return i == variable; });
        parameters += fmt::format(
            "double{}, ", used ? std::string(" ") + law_variables[variable] : std::string());
    }
    const bool reads =
        ir::depends_on(one.results[0].value, [](std::size_t i) { return i >= variables; });
    parameters += reads ? "long i" : "long";
    asp::EmitOptions options;
    options.indent = 8;
    options.argument = [place](std::size_t i) {
        return i < variables ? std::string(law_variables[i])
                             : fmt::format("{}_k{}[i]", place, i - variables);
    };
    return asp::emit_function(
        one,
        {.name = law_function_infos()[static_cast<std::size_t>(function)].name,
         .parameters = parameters,
         .return_type = {},
         .after_parameters = "const",
         .indent = 4},
        options);
}

/// The formulas, as the user wrote them.
std::string formulas(const Network& network) {
    const auto& law = network.vessels.front().tube_law;
    std::string text = law != nullptr ? "Tube law: p = " + law->formula() + "\n"
                                      : "Tube law: p = p_ref + beta (sqrt(A) - sqrt(A0))\n";
    if (network.friction_law != nullptr)
        text += "Friction: f = " + network.friction_law->formula + "\n";
    return text;
}

std::string law_struct(const Network& network, const FoldedLaw& law) {
    std::string text = asp::emit_comment(formulas(network));
    text += "struct Law {\n    static constexpr bool blockwise = false;\n";
    text += fmt::format("    static constexpr bool linear_friction = {};\n",
                        network.friction_law == nullptr);
    std::string initializers;
    for (std::size_t place = 0; place < law_places; ++place)
        for (std::size_t k = 0; k < law.groups[place].kept.size(); ++k) {
            text += fmt::format("    const double* ASP_RESTRICT {}_k{};\n", place_names[place], k);
            initializers +=
                fmt::format("{}{}_k{}(c.{}[{}])", initializers.empty() ? "" : ",\n          ",
                            place_names[place], k, place_names[place], k);
        }
    text += initializers.empty()
                ? "\n    ASP_FN explicit Law(const bloodflow::Coefficients&) {}\n"
                : fmt::format(
                      "\n    ASP_FN explicit Law(const bloodflow::Coefficients& c)\n"
                      "        : {} {{}}\n",
                      initializers);
    for (std::size_t place = 0; place < law_places; ++place)
        for (std::size_t r = 0; r < law.groups[place].functions.size(); ++r)
            text += "\n" + member(law.groups[place], r, place_names[place]);
    return text + "};\n";
}

const char* name_of(LawPart part) {
    switch (part) {
        case LawPart::first_stage:
            return "first stage";
        case LawPart::second_stage:
            return "second stage";
        case LawPart::surroundings:
            return "nodes and signal speed";
        case LawPart::all:
            break;
    }
    return "all";
}

}  // namespace

std::array<double, 2 * site_value_count + 1> setup_arguments(const Network& network,
                                                             std::size_t vessel, double s,
                                                             double s_cell, double per_half_cell) {
    std::array<double, 2 * site_value_count + 1> arguments{};
    const auto here = site_values(network, vessel, s);
    const auto cell = site_values(network, vessel, s_cell);
    std::copy(here.begin(), here.end(), arguments.begin());
    std::copy(cell.begin(), cell.end(), arguments.begin() + site_value_count);
    arguments.back() = per_half_cell;
    return arguments;
}

FoldedLaw fold(const Network& network, bool wall_varies) {
    const LawFunctions functions = make_law_functions(network, wall_varies);
    FoldedLaw folded;
    for (std::size_t place = 0; place < law_places; ++place)
        folded.groups[place] = fold_group(network, functions.groups[place]);
    return folded;
}

std::string law_source(const Network& network, const FoldedLaw& law, bool wall_varies,
                       LawPart part) {
    const char* wall = wall_varies ? "VaryingWall" : "UniformWall";
    std::string text = fmt::format(
        "// specialization: bloodflow step, {}, generator 1\n"
        "#include \"bloodflow/kernels/table.hpp\"\n\nnamespace {{\n\n{}\n"
        "using Wall = bloodflow::{}<Law>;\n\n}}  // namespace\n\n"
        "extern \"C\" __attribute__((visibility(\"default\"))) void\n"
        "{}(bloodflow::KernelTable& table) {{\n",
        name_of(part), law_struct(network, law), wall, law_entry);
    if (part == LawPart::all || part == LawPart::first_stage)
        text += "    table.first_stage = bloodflow::Stages<Wall>::first;\n";
    if (part == LawPart::all || part == LawPart::second_stage)
        text += "    table.second_stage = bloodflow::Stages<Wall>::second;\n";
    if (part == LawPart::all || part == LawPart::surroundings)
        text +=
            "    table.signal_speed = bloodflow::Surroundings<Wall>::signal_speed;\n"
            "    table.solve_nodes = bloodflow::Surroundings<Wall>::solve_nodes;\n"
            "    table.describe_ends = bloodflow::Surroundings<Wall>::describe_ends;\n";
    return text + "}\n";
}

std::vector<asp::jit::Source> law_sources(const Network& network, const FoldedLaw& law,
                                          bool wall_varies) {
    std::vector<asp::jit::Source> sources;
    for (const LawPart part :
         {LawPart::first_stage, LawPart::second_stage, LawPart::surroundings}) {
        asp::jit::Source source;
        source.text = law_source(network, law, wall_varies, part);
        const auto prelude = asp::jit::kernel_headers();
        const auto ours = kernel_headers();
        source.headers.assign(prelude.begin(), prelude.end());
        source.headers.insert(source.headers.end(), ours.begin(), ours.end());
        source.name = fmt::format("bloodflow, {}", name_of(part));
        sources.push_back(std::move(source));
    }
    return sources;
}

}  // namespace bloodflow
