#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <type_traits>
#include <variant>

#include "krylov/commands.hpp"
#include "krylov/matrix_facts.hpp"
#include "krylov/matrix_file.hpp"
#include "krylov/plan_report.hpp"
#include "krylov/session.hpp"
#include "krylov/summary.hpp"

namespace krylov {
namespace {

using Json = nlohmann::json;

template <class Scalar>
std::string scalar_name() {
    const std::string bits =
        sizeof(Scalar) == 4 || std::is_same_v<Scalar, std::complex<float>> ? "fp32" : "fp64";
    return (std::is_floating_point_v<Scalar> ? "real " : "complex ") + bits;
}

std::string symmetry_text(const MatrixFacts& facts) {
    if (facts.rows != facts.columns) return "none: not square";
    if (!facts.has_symmetric_pattern) return "none, nor of the pattern";
    if (facts.is_symmetric) return "symmetric";
    return facts.is_hermitian ? "Hermitian" : "of the pattern only";
}

std::string values_text(const MatrixFacts& facts) {
    const std::string distinct = facts.distinct_values
                                     ? fmt::format("{} distinct", *facts.distinct_values)
                                     : fmt::format("more than {} distinct", most_distinct_values);
    return fmt::format("{}, {}; largest sum of absolute values in a row {:.4g}", distinct,
                       facts.fits_single ? "all exact in fp32" : "not exact in fp32",
                       facts.infinity_norm);
}

std::string facts_report(const Style& style, const LoadedMatrix& loaded, const MatrixFacts& facts,
                         const std::string& scalar) {
    const RowLengths& lengths = facts.row_lengths;
    std::string text = entry(
        style, "matrix", fmt::format("{}: {}, {}", style.bold(loaded.name), loaded.format, scalar));
    for (const std::string& remark : loaded.remarks) text += entry(style, "", remark);
    text += entry(
        style, "size",
        fmt::format("{} rows, {} columns, {} nonzeros", facts.rows, facts.columns, facts.nonzeros));
    text += entry(style, "rows",
                  fmt::format("{} to {} nonzeros, median {}; {} empty", lengths.least, lengths.most,
                              lengths.median, lengths.empty));
    text += entry(style, "bandwidth", fmt::format("{}", facts.bandwidth));
    text +=
        entry(style, "diagonal",
              fmt::format("{} of {} stored", facts.diagonal, std::min(facts.rows, facts.columns)));
    text += entry(style, "symmetry", symmetry_text(facts));
    text += entry(style, "blocks",
                  facts.blocks.size == 1 ? std::string("none")
                                         : fmt::format("{0} x {0}, {1:.2f} places for each nonzero",
                                                       facts.blocks.size, facts.blocks.fill));
    return text + entry(style, "values", values_text(facts));
}

Json to_json(const MatrixFacts& facts) {
    Json json = {{"rows", facts.rows},
                 {"columns", facts.columns},
                 {"nonzeros", facts.nonzeros},
                 {"row_length",
                  {{"least", facts.row_lengths.least},
                   {"median", facts.row_lengths.median},
                   {"most", facts.row_lengths.most}}},
                 {"empty_rows", facts.row_lengths.empty},
                 {"bandwidth", facts.bandwidth},
                 {"diagonal", facts.diagonal},
                 {"has_symmetric_pattern", facts.has_symmetric_pattern},
                 {"is_symmetric", facts.is_symmetric},
                 {"is_hermitian", facts.is_hermitian},
                 {"block", {{"size", facts.blocks.size}, {"fill", facts.blocks.fill}}},
                 {"fits_fp32", facts.fits_single},
                 {"infinity_norm", facts.infinity_norm}};
    if (facts.distinct_values) json["distinct_values"] = *facts.distinct_values;
    return json;
}

std::string memory_report(const Style& style, const Plan& plan, int k, std::size_t vector_bytes) {
    const auto megabytes = [](std::size_t bytes) { return bytes_text(static_cast<double>(bytes)); };
    const std::string more = plan.work_bytes == 0 ? std::string()
                                                  : fmt::format(", {} more in its own numbering",
                                                                megabytes(plan.work_bytes));
    return entry(style, "memory",
                 fmt::format("CSR {}, the plan's matrix {}, {} vectors {}{}: {:.2f} times CSR with "
                             "vectors (promised: at most 1.3)",
                             megabytes(plan.csr_bytes), megabytes(plan.matrix_bytes), k + 1,
                             megabytes(vector_bytes), more, memory_ratio(plan, vector_bytes))) +
           entry(style, "structure", fmt::format("{:016x}", plan.structure));
}

template <class Scalar>
asp::ExitCode info_of(const CommandLine& line, const LoadedMatrix& loaded,
                      const Csr<Scalar>& matrix, const Session& session) {
    const Style style = Style::of_screen();
    const MatrixFacts facts = facts_of(matrix.view());
    Json summary = summary_of("info", line);
    summary["results"] = to_json(facts);
    summary["results"]["format"] = loaded.format;
    summary["results"]["remarks"] = loaded.remarks;
    std::string text = facts_report(style, loaded, facts, scalar_name<Scalar>());
    if (facts.rows == facts.columns) {
        const int k = parse_level(line.k);
        const Recurrence recurrence = recurrence_of(line.basis, line.scale, matrix, k);
        PlanOptions options = plan_options(line, k, recurrence, session.lease.harts());
        options.database = &session.database;
        const Akx<Scalar> akx(matrix.view(), options, session.context, &session.team);
        const std::size_t vector_bytes = static_cast<std::size_t>(k + 1) *
                                         static_cast<std::size_t>(facts.rows) * sizeof(Scalar) *
                                         static_cast<std::size_t>(line.vectors);
        const Plan& plan = akx.plan();
        text +=
            memory_report(style, plan, k, vector_bytes) + plan_report(style, plan, vector_bytes);
        summary["results"]["plan"] = krylov::to_json(plan);
        summary["results"]["structure"] = fmt::format("{:016x}", plan.structure);
        summary["results"]["memory"] = {{"csr_bytes", plan.csr_bytes},
                                        {"matrix_bytes", plan.matrix_bytes},
                                        {"vector_bytes", vector_bytes},
                                        {"work_bytes", plan.work_bytes},
                                        {"ratio", memory_ratio(plan, vector_bytes)}};
    } else {
        text += entry(style, "plan", "none: only square matrices have powers");
    }
    if (!line.quiet) fmt::print("{}", text);
    write_summary(line, summary);
    return asp::ExitCode::done;
}

}  // namespace

asp::ExitCode info_command(const CommandLine& line) {
    parse_level(line.k);
    require_writable_summary(line);
    const Session session(line);
    const LoadedMatrix loaded = load_matrix(line.matrix);
    return std::visit([&](const auto& matrix) { return info_of(line, loaded, matrix, session); },
                      loaded.matrix);
}

}  // namespace krylov
