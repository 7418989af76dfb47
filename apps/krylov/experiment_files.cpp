#include "krylov/experiment_files.hpp"

#include <fmt/format.h>

#include <functional>
#include <span>

#include "asp/base/error.hpp"
#include "asp/base/version.hpp"
#include "asp/io/hdf5.hpp"

namespace krylov {
namespace {

namespace fs = std::filesystem;
using asp::io::H5Reader;
using asp::io::H5Writer;

/// A column of the file, and where in a result it stands.
struct TextColumn {
    const char* name;
    std::function<std::string&(CellResult&)> at;
};
struct NumberColumn {
    const char* name;
    const char* units;
    std::function<double&(CellResult&)> at;
};

const std::vector<TextColumn>& text_columns() {
    static const std::vector<TextColumn> columns{
        {"key", [](CellResult& r) -> std::string& { return r.cell.key; }},
        {"matrix", [](CellResult& r) -> std::string& { return r.cell.matrix; }},
        {"method", [](CellResult& r) -> std::string& { return r.cell.method; }},
        {"storage", [](CellResult& r) -> std::string& { return r.cell.storage; }},
        {"keep", [](CellResult& r) -> std::string& { return r.cell.keep; }},
        {"basis", [](CellResult& r) -> std::string& { return r.cell.basis; }},
        {"plan", [](CellResult& r) -> std::string& { return r.plan; }},
        {"failure", [](CellResult& r) -> std::string& { return r.failure; }}};
    return columns;
}

const std::vector<NumberColumn>& number_columns() {
    static const std::vector<NumberColumn> columns{
        {"time", "s", [](CellResult& r) -> double& { return r.seconds; }},
        {"plain_time", "s", [](CellResult& r) -> double& { return r.plain_seconds; }},
        {"csr_time", "s", [](CellResult& r) -> double& { return r.csr_seconds; }},
        {"planning_time", "s", [](CellResult& r) -> double& { return r.planning_seconds; }},
        {"memory_ratio", "1", [](CellResult& r) -> double& { return r.memory_ratio; }},
        {"redundancy", "1", [](CellResult& r) -> double& { return r.redundancy; }},
        {"csr_size", "byte", [](CellResult& r) -> double& { return r.csr_bytes; }},
        {"matrix_size", "byte", [](CellResult& r) -> double& { return r.matrix_bytes; }}};
    return columns;
}

/// k, vectors, threads, rows, nonzeros.
constexpr std::size_t counts = 5;

void write_results(H5Writer& file, std::vector<CellResult> results) {
    std::vector<std::int64_t> sizes;
    for (const CellResult& r : results)
        for (const std::int64_t size :
             {static_cast<std::int64_t>(r.cell.k), static_cast<std::int64_t>(r.cell.vectors),
              static_cast<std::int64_t>(r.cell.threads), r.rows, r.nonzeros})
            sizes.push_back(size);
    file.write("/results/counts", sizes, {results.size(), counts},
               {.description = "k, vectors, threads, rows, nonzeros"});
    for (const TextColumn& column : text_columns()) {
        std::vector<std::string> texts;
        texts.reserve(results.size());
        for (CellResult& r : results) texts.push_back(column.at(r));
        file.write_strings(std::string("/results/") + column.name, texts);
    }
    for (const NumberColumn& column : number_columns()) {
        std::vector<double> values;
        values.reserve(results.size());
        for (CellResult& r : results) values.push_back(column.at(r));
        file.write(std::string("/results/") + column.name, values, {values.size()},
                   {.units = column.units});
    }
}

}  // namespace

void write_record(const fs::path& path, const Experiment& experiment,
                  const ExperimentRecord& record) {
    H5Writer file(path);
    file.write_string("/experiment", experiment.text);
    if (!experiment.overrides.empty()) file.write_strings("/overrides", experiment.overrides);
    file.write_string("/platform", record.platform);
    file.annotate("/", "program", std::string("krylov ") + asp::version);
    file.annotate("/", "content", std::string("krylov experiment"));
    for (const HartSpeeds& harts : record.limits)
        for (const ReadSpeed& speed : harts.speeds)
            file.write_double(fmt::format("/limits/{}/{}", harts.threads, speed.from),
                              speed.bytes_per_second,
                              {.units = "byte/s", .description = "read by so many harts"});
    if (!record.results.empty()) write_results(file, record.results);
    file.close();
}

std::vector<CellResult> read_results(const fs::path& path, const std::string& platform) {
    if (!fs::exists(path)) return {};
    const H5Reader file(path);
    if (!file.has_attribute("/", "content") ||
        file.string_attribute("/", "content") != "krylov experiment")
        throw asp::InputError(path.string() +
                              ": expected a file of 'krylov experiment', or none; another "
                              "--output keeps this one");
    if (file.read_string("/platform") != platform)
        throw asp::InputError(path.string() +
                              ": measured on another machine, or with another compiler: expected "
                              "another --output");
    if (!file.has("/results/counts")) return {};
    const std::vector<std::int64_t> sizes = file.read_ints("/results/counts");
    std::vector<CellResult> results(sizes.size() / counts);
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto* const row = sizes.data() + i * counts;
        results[i].cell.k = static_cast<int>(row[0]);
        results[i].cell.vectors = static_cast<int>(row[1]);
        results[i].cell.threads = static_cast<std::size_t>(row[2]);
        results[i].rows = row[3];
        results[i].nonzeros = row[4];
    }
    for (const TextColumn& column : text_columns()) {
        const auto texts = file.read_strings(std::string("/results/") + column.name);
        for (std::size_t i = 0; i < results.size(); ++i) column.at(results[i]) = texts.at(i);
    }
    for (const NumberColumn& column : number_columns()) {
        const auto values = file.read_doubles(std::string("/results/") + column.name);
        for (std::size_t i = 0; i < results.size(); ++i) column.at(results[i]) = values.at(i);
    }
    return results;
}

Table table_of(const std::vector<CellResult>& results) {
    Table table{
        {"matrix", "method", "storage", "keep", "basis", "k", "vectors", "threads", "ns/nnz",
         "plain", "CSR", "to plain", "to CSR", "memory", "redundancy", "planning s", "plan"},
        {},
        {1, 2, 3, 4, 16}};
    for (const CellResult& r : results) {
        std::vector<std::string> row{fs::path(r.cell.matrix).filename().string(),
                                     r.cell.method,
                                     r.cell.storage,
                                     r.cell.keep,
                                     r.cell.basis,
                                     std::to_string(r.cell.k),
                                     std::to_string(r.cell.vectors),
                                     std::to_string(r.cell.threads)};
        const bool has_times = r.failure.empty();
        for (const auto& [value, digits] : {std::pair{r.ns_per_nonzero(r.seconds), 3},
                                            {r.ns_per_nonzero(r.plain_seconds), 3},
                                            {r.ns_per_nonzero(r.csr_seconds), 3},
                                            {r.plain_seconds / r.seconds, 2},
                                            {r.csr_seconds / r.seconds, 2},
                                            {r.memory_ratio, 2},
                                            {r.redundancy, 2},
                                            {r.planning_seconds, 3}})
            row.push_back(has_times ? number_or_blank(value, digits) : "");
        row.push_back(has_times ? r.plan : "failed: " + r.failure);
        table.rows.push_back(row);
    }
    return table;
}

}  // namespace krylov
