#include "asp/db/detail/sqlite.hpp"

#include <fmt/format.h>

namespace asp::db::detail {

namespace {

[[noreturn]] void fail(sqlite3* connection, int code) {
    throw SqliteFailure(code, connection ? sqlite3_errmsg(connection) : sqlite3_errstr(code));
}

void require_ok(sqlite3* connection, int code) {
    if (code != SQLITE_OK) fail(connection, code);
}

/// A file name as an URI: what would end the path or start an escape is written as %XX.
std::string uri_of(const std::filesystem::path& file) {
    std::string uri = "file:";
    for (const char c : std::filesystem::absolute(file).string()) {
        if (c == '?' || c == '#' || c == '%')
            uri += fmt::format("%{:02X}", static_cast<unsigned>(c));
        else
            uri += c;
    }
    return uri + "?immutable=1";
}

sqlite3* open(const std::filesystem::path& file, Mode mode) {
    const int flags = mode == Mode::read_write
                          ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                          : SQLITE_OPEN_READONLY | (mode == Mode::immutable ? SQLITE_OPEN_URI : 0);
    const std::string name = mode == Mode::immutable ? uri_of(file) : file.string();
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
    if (code == SQLITE_OK) return handle;
    const std::string why = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    sqlite3_close_v2(handle);
    throw SqliteFailure(code, why);
}

}  // namespace

Statement::Statement(sqlite3* connection, const std::string& sql)
    : handle_([&] {
          sqlite3_stmt* handle = nullptr;
          require_ok(connection,
                     sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr));
          return handle;
      }()) {}

void Statement::bind(int index, std::string_view text) {
    require_ok(sqlite3_db_handle(handle_.get()),
               sqlite3_bind_text(handle_.get(), index, text.data(), static_cast<int>(text.size()),
                                 SQLITE_TRANSIENT));
}

void Statement::bind(int index, std::int64_t number) {
    require_ok(sqlite3_db_handle(handle_.get()), sqlite3_bind_int64(handle_.get(), index, number));
}

void Statement::bind(int index, double number) {
    require_ok(sqlite3_db_handle(handle_.get()), sqlite3_bind_double(handle_.get(), index, number));
}

void Statement::bind_null(int index) {
    require_ok(sqlite3_db_handle(handle_.get()), sqlite3_bind_null(handle_.get(), index));
}

bool Statement::step() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail(sqlite3_db_handle(handle_.get()), code);
    return false;
}

void Statement::reset() noexcept {
    sqlite3_reset(handle_.get());  // repeats the code that step() has reported
    sqlite3_clear_bindings(handle_.get());
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_.get(), column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(handle_.get(), column);
}

std::string Statement::text(int column) const {
    const unsigned char* bytes = sqlite3_column_text(handle_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
    return bytes ? std::string(reinterpret_cast<const char*>(bytes), size) : std::string();
}

Connection::Connection(const std::filesystem::path& file, Mode mode,
                       std::chrono::milliseconds patience)
    : handle_(open(file, mode)) {
    sqlite3_extended_result_codes(handle_.get(), 1);
    sqlite3_busy_timeout(handle_.get(), static_cast<int>(patience.count()));
}

void Connection::run(const std::string& script) {
    require_ok(handle_.get(),
               sqlite3_exec(handle_.get(), script.c_str(), nullptr, nullptr, nullptr));
}

Statement& Connection::prepared(const std::string& sql) {
    const auto found = statements_.find(sql);
    if (found != statements_.end()) return found->second;
    return statements_.try_emplace(sql, handle_.get(), sql).first->second;
}

std::int64_t Connection::number(const std::string& sql) {
    Statement statement(handle_.get(), sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::string Connection::word(const std::string& sql) {
    Statement statement(handle_.get(), sql);
    return statement.step() ? statement.text(0) : std::string();
}

std::int64_t Connection::changes() const {
    return sqlite3_changes64(handle_.get());
}

bool Connection::is_read_only() const {
    return sqlite3_db_readonly(handle_.get(), "main") == 1;
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
    connection_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (!open_) return;
    try {
        connection_.run("ROLLBACK");
    } catch (const SqliteFailure&) {  // a full disk has rolled it back already
    }
}

void Transaction::commit() {
    connection_.run("COMMIT");
    open_ = false;
}

}  // namespace asp::db::detail
