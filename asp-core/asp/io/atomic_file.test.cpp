#include "asp/io/atomic_file.hpp"

#include <filesystem>
#include <thread>
#include <vector>

#include "asp/base/error.hpp"
#include "asp/base/testing.hpp"
#include "asp/io/detail/test_files.hpp"

namespace fs = std::filesystem;
using asp::BackendError;
using asp::io::AtomicFile;
using asp::io::require_writable_folder;
using asp::io::write_text_atomically;
using asp::io::testing::content_of;
using asp::io::testing::FileSizeLimit;
using asp::io::testing::ScratchFolder;
using asp::testing::message_of;

TEST_CASE("a committed file has its content under its name, and nothing else is left") {
    const ScratchFolder folder;
    AtomicFile file(folder / "result.txt");
    file.write("first ");
    file.write("second");
    REQUIRE_FALSE(fs::exists(folder / "result.txt"));
    file.commit();
    REQUIRE(content_of(folder / "result.txt") == "first second");
    REQUIRE(folder.entries() == 1);
}

TEST_CASE("the temporary is hidden, beside its target, and may be written by its path") {
    const ScratchFolder folder;
    AtomicFile file(folder / "result.txt");
    REQUIRE(file.temporary().parent_path() == folder.path());
    REQUIRE(file.temporary().filename().string().starts_with(".result.txt."));
    std::ofstream(file.temporary()) << "by path";
    file.commit();
    REQUIRE(content_of(folder / "result.txt") == "by path");
}

TEST_CASE("an interrupted write leaves the old file and no temporary") {
    const ScratchFolder folder;
    write_text_atomically(folder / "result.txt", "old");
    {
        AtomicFile file(folder / "result.txt");
        file.write("half of the n");
    }
    REQUIRE(content_of(folder / "result.txt") == "old");
    REQUIRE(folder.entries() == 1);
}

TEST_CASE("a new text replaces the old one") {
    const ScratchFolder folder;
    write_text_atomically(folder / "summary.json", "a longer old text");
    write_text_atomically(folder / "summary.json", "new");
    REQUIRE(content_of(folder / "summary.json") == "new");
}

TEST_CASE("writers of one target at the same time do not mix: the last to commit wins") {
    const ScratchFolder folder;
    const auto write_often = [&](char letter) {
        for (int i = 0; i < 50; ++i)
            write_text_atomically(folder / "result.txt", std::string(1000, letter));
    };
    std::thread other(write_often, 'b');
    write_often('a');
    other.join();
    const std::string text = content_of(folder / "result.txt");
    REQUIRE((text == std::string(1000, 'a') || text == std::string(1000, 'b')));
    REQUIRE(folder.entries() == 1);
}

TEST_CASE("a link to a file stays a link, and the file it names is replaced") {
    const ScratchFolder folder;
    fs::create_directory(folder / "elsewhere");
    write_text_atomically(folder / "elsewhere/real.txt", "old");
    fs::create_symlink("elsewhere/real.txt", folder / "link.txt");
    write_text_atomically(folder / "link.txt", "new");
    REQUIRE(fs::is_symlink(folder / "link.txt"));
    REQUIRE(content_of(folder / "elsewhere/real.txt") == "new");
}

TEST_CASE("a file in a folder that does not exist is refused by name") {
    const ScratchFolder folder;
    const fs::path target = folder / "missing/result.txt";
    REQUIRE(message_of<BackendError>([&] { AtomicFile file(target); }) ==
            target.string() + ": cannot create the file: there is no folder " +
                (folder / "missing").string());
}

TEST_CASE("a file under a file is refused with the system's reason") {
    const ScratchFolder folder;
    write_text_atomically(folder / "file", "");
    const fs::path target = folder / "file/result.txt";
    REQUIRE(message_of<BackendError>([&] { AtomicFile file(target); }) ==
            target.string() + ": cannot create the file: Not a directory");
}

TEST_CASE("a folder is not replaced by a file") {
    const ScratchFolder folder;
    REQUIRE(message_of<BackendError>([&] { write_text_atomically(folder.path(), "text"); }) ==
            folder.path().string() + ": cannot write the file: it is a folder");
}

TEST_CASE("a target that became a folder meanwhile is refused at the commit") {
    const ScratchFolder folder;
    const fs::path target = folder / "result.txt";
    REQUIRE(message_of<BackendError>([&] {
                AtomicFile file(target);
                fs::create_directory(target);
                file.commit();
            }) == target.string() + ": cannot put the complete file in place: Is a directory");
    REQUIRE(folder.entries() == 1);
}

TEST_CASE("a device is written to, never replaced") {
    write_text_atomically("/dev/null", "text");
    REQUIRE(fs::is_character_file("/dev/null"));
    REQUIRE(message_of<BackendError>([] { AtomicFile file("/dev/null"); }) ==
            "/dev/null: cannot replace: it is not a regular file");
}

TEST_CASE("a device that takes nothing is an error with its cause") {
    REQUIRE(message_of<BackendError>([] { write_text_atomically("/dev/full", "text"); }) ==
            "/dev/full: cannot write: No space left on device");
}

TEST_CASE("a device that does not open is an error with its cause") {
    if (std::ofstream("/dev/tty").is_open()) {
        WARN("skipped: /dev/tty opens, this process has a terminal");
        return;
    }
    REQUIRE(message_of<BackendError>([] {
                write_text_atomically("/dev/tty", "text");
            }).starts_with("/dev/tty: cannot open for writing: "));
}

TEST_CASE("a disk without room is an error with its cause, and leaves the old file") {
    const ScratchFolder folder;
    const fs::path target = folder / "result.txt";
    write_text_atomically(target, "old");
    const FileSizeLimit limit(1000);
    REQUIRE(message_of<BackendError>([&] {
                write_text_atomically(target, std::string(2000, 'x'));
            }) == target.string() + ": cannot write: File too large");
    REQUIRE(content_of(target) == "old");
    REQUIRE(folder.entries() == 1);
}

TEST_CASE("a writable folder is created with its parents, and left empty") {
    const ScratchFolder folder;
    require_writable_folder(folder / "a/b/c");
    REQUIRE(fs::is_directory(folder / "a/b/c"));
    REQUIRE(fs::is_empty(folder / "a/b/c"));
    require_writable_folder(folder / "a/b/c");
}

TEST_CASE("a folder that cannot be created is refused with the reason") {
    const ScratchFolder folder;
    write_text_atomically(folder / "file", "");
    for (const fs::path& path : {folder / "file", folder / "file/a/b"})
        REQUIRE(message_of<BackendError>([&] { require_writable_folder(path); }) ==
                path.string() + ": cannot create the folder: Not a directory");
}

TEST_CASE("a folder that takes no files is refused with the reason") {
    // Permission bits do not stop an administrator; /proc stops everybody.
    const std::string message =
        message_of<BackendError>([] { require_writable_folder("/proc/self"); });
    REQUIRE(message.starts_with("/proc/self: cannot write into the folder: "));
    REQUIRE(message.find('\n') == std::string::npos);
}

TEST_CASE("a folder on a disk without room is refused before the work begins") {
    const ScratchFolder folder;
    const FileSizeLimit limit(0);
    REQUIRE(message_of<BackendError>([&] { require_writable_folder(folder.path()); }) ==
            folder.path().string() + ": cannot write into the folder: File too large");
    REQUIRE(folder.entries() == 0);
}
