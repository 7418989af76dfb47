#pragma once
// A thin owner of SQLite's C interface: connections, prepared statements, transactions.

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "asp/base/unique_handle.hpp"

namespace asp::db::detail {

/// What SQLite reported. Never leaves asp/db: the database turns it into a state with a reason.
class SqliteFailure : public std::runtime_error {
public:
    SqliteFailure(int extended_code, const std::string& what)
        : std::runtime_error(what), code(extended_code & 0xff) {}

    int code;  ///< primary result code: SQLITE_BUSY, SQLITE_CORRUPT, ...
};

/// One prepared statement. Parameters count from 1, columns from 0, as in SQLite.
class Statement {
public:
    Statement(sqlite3* connection, const std::string& sql);

    void bind(int index, std::string_view text);
    void bind(int index, const char* text) { bind(index, std::string_view(text)); }
    void bind(int index, std::int64_t number);
    void bind(int index, double number);
    void bind_null(int index);
    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value) return bind(index, *value);
        bind_null(index);
    }

    /// True while there is a row.
    bool step();
    /// Ready for the next use; forgets its parameters.
    void reset() noexcept;

    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;

private:
    UniqueHandle<sqlite3_stmt*, sqlite3_finalize> handle_;
};

/// One use of a statement that stays prepared.
class Query {
public:
    template <class... Values>
    explicit Query(Statement& statement, const Values&... values) : statement_(statement) {
        int index = 0;
        (statement_.bind(++index, values), ...);
    }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query() { statement_.reset(); }

    bool step() { return statement_.step(); }
    Statement* operator->() { return &statement_; }

private:
    Statement& statement_;
};

enum class Mode {
    read_write,  ///< created where it is missing
    read_only,
    immutable,  ///< read without a lock: for a folder in which nobody can write
};

class Connection {
public:
    Connection(const std::filesystem::path& file, Mode mode, std::chrono::milliseconds patience);

    /// Runs a script of statements without parameters.
    void run(const std::string& script);
    /// The statement for this text, prepared once.
    Statement& prepared(const std::string& sql);
    /// First column of the first row.
    std::int64_t number(const std::string& sql);
    std::string word(const std::string& sql);
    /// Rows that the last INSERT, UPDATE or DELETE changed.
    std::int64_t changes() const;
    bool is_read_only() const;

private:
    UniqueHandle<sqlite3*, sqlite3_close_v2> handle_;
    std::map<std::string, Statement, std::less<>> statements_;  // finalized before the handle
};

/// Takes the write lock at once, so that it is the start that waits for another writer and not some
/// statement half way. Rolled back unless committed.
class Transaction {
public:
    explicit Transaction(Connection& connection);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

private:
    Connection& connection_;
    bool open_ = true;
};

}  // namespace asp::db::detail
