#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace validation {

/// A CSV table beside a check: a header, then rows of texts and numbers without quotes.
class Reference {
public:
    using Row = std::map<std::string, std::string>;

    /// `path` from the root of the project. Throws where it cannot be read.
    explicit Reference(const std::filesystem::path& path);

    const std::vector<Row>& rows() const& { return rows_; }
    const std::vector<Row>& rows() && = delete;  // a range-for would outlive the table
    /// The row whose `column` is `value`.
    const Row& row(const std::string& column, const std::string& value) const;
    /// A column as numbers.
    std::vector<double> numbers(const std::string& column) const;

private:
    std::vector<Row> rows_;
};

double number(const Reference::Row& row, const std::string& column);
/// The names in a cell, separated by blanks.
std::vector<std::string> words(const std::string& cell);

}  // namespace validation
