#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "asp/db/database.hpp"

namespace asp::db {

/// Writes all platforms and records, one JSON object a line, in a stable order. Returns the number
/// of records.
std::size_t export_lines(Database& database, std::ostream& out);

/// What becomes of the verdicts in a file.
enum class Trust {
    hint,  ///< somebody else's: candidates to be timed here
    own,   ///< this user's, from another folder: verdicts as before
};

struct ImportReport {
    std::size_t added = 0;
    std::size_t known = 0;             ///< stood in the database already
    std::vector<std::string> refused;  ///< "FILE:LINE: key = value: expected ..."
    bool kept = true;                  ///< false: the database cannot be written
};

/// Takes every good line of what `export_lines` wrote; a record's platform must stand in the file
/// or in the database. Importing a file again changes nothing. `name` stands in the complaints.
ImportReport import_lines(Database& database, std::istream& in, const std::string& name,
                          Trust trust = Trust::hint);

}  // namespace asp::db
