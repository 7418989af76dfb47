#include "krylov/detail/byte_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "asp/base/error.hpp"

namespace krylov::detail {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 20;

gzFile open(const std::string& name) {
    const gzFile file = gzopen(name.c_str(), "rb");
    if (file == nullptr)
        throw asp::InputError(fmt::format("{}: cannot be read: {}", name, std::strerror(errno)));
    gzbuffer(file, 256 * 1024);
    return file;
}

std::size_t bytes_on_disk(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error ? 0 : static_cast<std::size_t>(size);  // a pipe has no size
}

}  // namespace

ByteStream::ByteStream(const std::filesystem::path& path)
    : name_(path.string()), likely_bytes_(bytes_on_disk(path)), file_(open(name_)) {
    if (gzdirect(file_.get()) == 0) likely_bytes_ *= 8;
}

std::size_t ByteStream::read(std::span<char> bytes) {
    std::size_t kept = 0;
    while (kept < bytes.size()) {
        const auto part =
            static_cast<unsigned>(std::min<std::size_t>(bytes.size() - kept, 1 << 30));
        const int got = gzread(file_.get(), bytes.data() + kept, part);
        if (got > 0) kept += static_cast<std::size_t>(got);
        if (got >= 0 && static_cast<unsigned>(got) == part) continue;
        int status = Z_OK;
        const char* const cause = gzerror(file_.get(), &status);
        if (status == Z_BUF_ERROR)
            throw asp::InputError(name_ + ": the compressed data end too early");
        if (status != Z_OK)
            throw asp::InputError(fmt::format("{}: cannot be read: {}", name_,
                                              status == Z_ERRNO ? std::strerror(errno) : cause));
        break;
    }
    return kept;
}

std::string ByteStream::read_all() {
    std::string bytes;
    for (;;) {
        const std::size_t before = bytes.size();
        bytes.resize(before + std::max(buffer_size, before));
        const std::size_t got = read(std::span(bytes).subspan(before));
        bytes.resize(before + got);
        if (got < std::max(buffer_size, before)) return bytes;
    }
}

LineReader::LineReader(const std::filesystem::path& path) : stream_(path), buffer_(buffer_size) {}

bool LineReader::next() {
    for (;;) {
        const char* const begin = buffer_.data() + begin_;
        const std::size_t count = end_ - begin_;
        const void* const found = std::memchr(begin, '\n', count);
        if (found == nullptr && !is_at_end_) {
            refill();
            continue;
        }
        if (found == nullptr && count == 0) return false;
        const std::size_t length =
            found == nullptr ? count
                             : static_cast<std::size_t>(static_cast<const char*>(found) - begin);
        line_ = {begin, length};
        if (line_.ends_with('\r')) line_.remove_suffix(1);
        begin_ += std::min(length + 1, count);
        ++number_;
        return true;
    }
}

void LineReader::expect(std::string_view what) {
    if (next()) return;
    ++number_;
    refuse(fmt::format("the file ends: expected {}", what));
}

std::size_t LineReader::at_most(std::int64_t count, std::size_t bytes_each) const {
    return std::min(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)),
                    stream_.likely_bytes() / bytes_each);
}

void LineReader::refuse(const std::string& what) const {
    throw asp::InputError(fmt::format("{}:{}: {}", stream_.name(), number_, what));
}

/// Moves the unfinished line to the front and reads on behind it.
void LineReader::refill() {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) {
        ++number_;
        refuse(fmt::format("the line is longer than {} bytes: expected a text file", end_));
    }
    const std::size_t got = stream_.read(std::span(buffer_).subspan(end_));
    is_at_end_ = got < buffer_.size() - end_;
    end_ += got;
}

}  // namespace krylov::detail
