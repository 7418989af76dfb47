#include "asp/jit/detail/store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <thread>

namespace asp::jit::detail {

namespace fs = std::filesystem;

namespace {

/// Names in a folder, without . and .. ; none if it cannot be read.
std::vector<std::string> names_in(int folder) {
    // Opened anew: a stream moves the position of the descriptor it is made of.
    const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) return {};
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy), ::closedir);
    std::vector<std::string> names;
    if (!stream) {
        ::close(copy);
        return names;
    }
    while (const dirent* entry = ::readdir(stream.get()))
        if (const std::string name = entry->d_name; name != "." && name != "..")
            names.push_back(name);
    return names;
}

/// Of the files in the folder `name`; they lie flat, but for the headers of failures.
std::uintmax_t bytes_in(int parent, const std::string& name) {
    const Descriptor folder(
        ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return 0;
    std::uintmax_t bytes = 0;
    for (const std::string& file : names_in(folder.get())) {
        struct stat status {};
        if (::fstatat(folder.get(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
            bytes += static_cast<std::uintmax_t>(status.st_size);
    }
    return bytes;
}

std::vector<StoredItem> items_in(int parent) {
    std::vector<StoredItem> items;
    for (std::string& name : names_in(parent)) {
        struct stat status {};
        if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        const std::uintmax_t bytes = bytes_in(parent, name);
        items.push_back({std::move(name), bytes, status.st_mtime});
    }
    return items;
}

void touch(int parent, const std::string& name) {
    ::utimensat(parent, name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

std::time_t age_of(int parent, const std::string& name) {
    struct stat status {};
    if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return 0;
    return std::time(nullptr) - status.st_mtime;
}

}  // namespace

Expected<Store, std::string> Store::open(const fs::path& folder, const CacheLimits& limits) {
    auto root = open_cache_folder(folder);
    if (!root) return Unexpected{root.error()};
    return Store(std::move(*root), limits);
}

Store::Store(CacheFolder root, const CacheLimits& limits)
    : root_(std::move(root)),
      limits_(limits),
      kernels_(subfolder("kernels")),
      failed_(subfolder("failed")),
      work_(subfolder("work")),
      locks_(subfolder("locks")) {}

Descriptor Store::subfolder(const char* name) {
    int error = ::mkdirat(root_.descriptor.get(), name, 0700) == 0 ? 0 : errno;
    auto folder = open_folder(root_.descriptor.get(), name);
    if (folder) return std::move(*folder);
    if (!read_only_)
        read_only_ = (root_.path / name).string() + ": " +
                     (error != 0 && error != EEXIST ? error_text(error) : folder.error().message);
    return Descriptor(-1);
}

fs::path Store::entry_path(const std::string& key) const {
    return root_.path / "kernels" / key;
}

Expected<Entry, ReadProblem> Store::find(const std::string& key) const {
    auto entry = read_entry(kernels_.get(), key);
    if (entry && age_of(kernels_.get(), key) >= limits_.between_touches.count())
        touch(kernels_.get(), key);
    return entry;
}

std::optional<CompileFailure> Store::find_failure(const std::string& key) const {
    const auto folder = open_folder(failed_.get(), key);
    if (!folder || age_of(failed_.get(), key) >= limits_.failure_lifetime.count())
        return std::nullopt;
    const auto text = read_file(folder->get(), "meta.json", std::size_t{1} << 20U);
    if (!text) return std::nullopt;
    auto failure = failure_from_json(*text);
    if (failure) failure->kept_source = root_.path / "failed" / key / "source.cpp";
    return failure;
}

Expected<PrivateFolder, std::string> Store::create_work_folder() const {
    if (read_only_) return Unexpected{*read_only_};
    return PrivateFolder::create_in(root_.path / "work");
}

std::optional<std::string> Store::move_into(PrivateFolder& folder, int parent,
                                            const std::string& key, Existing existing) const {
    const std::string name = folder.path().filename().string();
    for (int attempt = 0; attempt < 3; ++attempt) {
        if (::renameat(work_.get(), name.c_str(), parent, key.c_str()) == 0) {
            folder.keep();
            return std::nullopt;
        }
        // Not a folder: somebody put a link or a file there.
        const bool taken = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR;
        if (!taken) return (root_.path / key).string() + ": " + error_text(errno);
        if (existing == Existing::stays) return std::nullopt;
        if (!remove(parent, key)) return (root_.path / key).string() + ": cannot be replaced";
    }
    return std::nullopt;  // others are quicker, and theirs is as good
}

std::optional<std::string> Store::publish(PrivateFolder& folder, const std::string& key,
                                          Existing existing) const {
    return move_into(folder, kernels_.get(), key, existing);
}

std::optional<fs::path> Store::publish_failure(PrivateFolder& folder,
                                               const std::string& key) const {
    touch(work_.get(), folder.path().filename().string());
    if (move_into(folder, failed_.get(), key, Existing::replace)) return std::nullopt;
    return root_.path / "failed" / key / "source.cpp";
}

Descriptor Store::lock(const std::string& key, const std::function<bool()>& give_up) const {
    // Shared by 1 of 256 keys, so that the files do not pile up.
    Descriptor file(::openat(locks_.get(), key.substr(0, 2).c_str(),
                             O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return Descriptor(-1);
    const auto deadline = std::chrono::steady_clock::now() + limits_.lock_wait;
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() > deadline || give_up())
            return Descriptor(-1);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return file;
}

std::vector<StoredItem> Store::entries() const {
    return items_in(kernels_.get());
}

bool Store::remove(int parent, const std::string& key) const {
    // First out of sight in one step, then file by file: nobody sees half an entry, and a reader
    // that has opened it reads on.
    const auto trash = PrivateFolder::create_in(root_.path / "work");
    return trash && ::renameat(parent, key.c_str(), trash->descriptor(), "old") == 0;
}

std::uintmax_t Store::clear() const {
    std::uintmax_t freed = 0;
    for (const int parent : {kernels_.get(), failed_.get()})
        for (const StoredItem& item : items_in(parent))
            if (remove(parent, item.key)) freed += item.bytes;
    remove_abandoned_work();
    return freed;
}

std::uintmax_t Store::evict(std::uintmax_t bytes) const {
    std::vector<StoredItem> items = entries();
    std::sort(items.begin(), items.end(), [](const StoredItem& a, const StoredItem& b) {
        return a.last_used != b.last_used ? a.last_used < b.last_used : a.key < b.key;
    });
    std::uintmax_t held = 0, freed = 0;
    for (const StoredItem& item : items) held += item.bytes;
    for (const StoredItem& item : items) {
        if (held - freed <= bytes) break;
        if (remove(kernels_.get(), item.key)) freed += item.bytes;
    }
    remove_old_failures();
    remove_abandoned_work();
    return freed;
}

void Store::remove_old_failures() const {
    for (const StoredItem& item : items_in(failed_.get()))
        if (std::time(nullptr) - item.last_used >= limits_.failure_lifetime.count())
            remove(failed_.get(), item.key);
}

void Store::remove_abandoned_work() const {
    for (const std::string& name : names_in(work_.get())) {
        if (!is_abandoned(work_.get(), name)) continue;
        std::error_code ignored;
        fs::remove_all(root_.path / "work" / name, ignored);
    }
}

std::uintmax_t Store::sweep_if_due() const {
    // Its time is that of the last sweep.
    const Descriptor file(::openat(root_.descriptor.get(), "sweep.lock",
                                   O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return 0;
    const bool first = status.st_size == 0;
    if (!first && std::time(nullptr) - status.st_mtime < limits_.between_sweeps.count()) return 0;
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return 0;
    static_cast<void>(::pwrite(file.get(), "x", 1, 0));
    return evict(limits_.bytes);
}

}  // namespace asp::jit::detail
