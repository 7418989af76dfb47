#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "asp/db/record.hpp"

namespace asp::db::detail {

/// Keys in alphabetical order: equal content gives equal text.
nlohmann::json to_json(const TuningRecord& record);
nlohmann::json to_json(const Platform& platform);

/// Throws InputError that names the key and what was expected; the line's place is the caller's.
TuningRecord record_from_json(const nlohmann::json& object);
Platform platform_from_json(const nlohmann::json& object);

/// Text of the two maps, as they stand in the database's columns.
std::string to_text(const std::map<std::string, double>& features);
std::string to_text(const std::map<std::string, long>& variant);
std::map<std::string, double> features_from_text(const std::string& text);
std::map<std::string, long> variant_from_text(const std::string& text);

std::optional<Status> status_of(std::string_view name);
std::optional<Provenance> provenance_of(std::string_view name);

}  // namespace asp::db::detail
