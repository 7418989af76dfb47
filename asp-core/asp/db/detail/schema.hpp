#pragma once

#include <span>
#include <string>

#include "asp/db/detail/sqlite.hpp"

namespace asp::db::detail {

/// Marks the file as a tuning database ("aspT"), so that no other program's file is taken for one.
inline constexpr std::int64_t application_id = 0x61737054;

/// Step i turns schema i into schema i + 1; an empty file has schema 0. A step that has been
/// released is never changed: a later step mends it.
std::span<const char* const> migrations();

/// The file is no tuning database of ours, or newer than this program: it is left as it is.
class ForeignFile : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Throws ForeignFile unless `migrate` may touch the file.
void require_acceptable(Connection& connection, std::span<const char* const> steps);

/// Brings the file to the schema after the last step, all steps in one transaction: another process
/// sees the old schema or the new one. Throws ForeignFile.
void migrate(Connection& connection, std::span<const char* const> steps);

/// Throws ForeignFile unless the file has the present schema; for files that cannot be written.
void require_present_schema(Connection& connection, std::span<const char* const> steps);

}  // namespace asp::db::detail
