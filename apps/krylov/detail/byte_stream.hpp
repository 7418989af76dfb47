#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "asp/base/unique_handle.hpp"

namespace krylov::detail {

/// The bytes of a file, unpacked where gzip packed them. Throws InputError with the file's name.
class ByteStream {
public:
    explicit ByteStream(const std::filesystem::path& path);

    /// Fills `bytes` from the stream; gives how many came, fewer only at its end.
    std::size_t read(std::span<char> bytes);
    std::string read_all();
    /// [bytes] that are likely to come: exact for files not packed, otherwise a guess.
    std::size_t likely_bytes() const { return likely_bytes_; }
    const std::string& name() const { return name_; }

private:
    using GzFile = asp::UniqueHandle<gzFile, gzclose, nullptr>;

    std::string name_;
    std::size_t likely_bytes_;
    GzFile file_;
};

/// A text file, line by line.
class LineReader {
public:
    explicit LineReader(const std::filesystem::path& path);

    /// Goes to the next line; false at the end of the file.
    bool next();
    /// Goes to the next line, which must be there.
    void expect(std::string_view what);
    /// Without its end, also where that is of Windows.
    std::string_view line() const { return line_; }
    std::int64_t number() const { return number_; }
    /// How many of `count` things of so many bytes each the file may hold: for reserving memory
    /// before a header's counts have proved true.
    std::size_t at_most(std::int64_t count, std::size_t bytes_each) const;
    /// Throws InputError "FILE:LINE: what".
    [[noreturn]] void refuse(const std::string& what) const;

private:
    void refill();

    ByteStream stream_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;
    bool is_at_end_ = false;
    std::string_view line_;
    std::int64_t number_ = 0;
};

}  // namespace krylov::detail
