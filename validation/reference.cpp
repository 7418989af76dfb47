#include "validation/reference.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace validation {
namespace {

std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream stream(line + ",");
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    return cells;
}

}  // namespace

Reference::Reference(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) throw std::runtime_error(path.string() + ": cannot be read");
    const std::vector<std::string> header = cells(line);
    while (std::getline(file, line)) {
        const std::vector<std::string> values = cells(line);
        if (values.size() != header.size())
            throw std::runtime_error(path.string() + ": not as many values as columns: " + line);
        Row& row = rows_.emplace_back();
        for (std::size_t i = 0; i < header.size(); ++i) row[header[i]] = values[i];
    }
}

const Reference::Row& Reference::row(const std::string& column, const std::string& value) const {
    for (const Row& row : rows_)
        if (row.at(column) == value) return row;
    throw std::runtime_error("no row has " + column + " = " + value);
}

std::vector<double> Reference::numbers(const std::string& column) const {
    std::vector<double> values;
    for (const Row& row : rows_) values.push_back(number(row, column));
    return values;
}

double number(const Reference::Row& row, const std::string& column) {
    return std::stod(row.at(column));
}

std::vector<std::string> words(const std::string& cell) {
    std::istringstream stream(cell);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

}  // namespace validation
