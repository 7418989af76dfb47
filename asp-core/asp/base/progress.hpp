#pragma once

#include <chrono>
#include <cstdio>
#include <string_view>

namespace asp {

enum class Verbosity {
    normal,
    quiet,  ///< no progress at all
};

/// Tells a waiting person how far a run is, on one line of stderr that overwrites itself, at most
/// ten times a second. Where stderr is no terminal: a plain line now and then.
class Progress {
public:
    using Clock = std::chrono::steady_clock;

    /// `stream` and `seconds_between_plain_lines` are for tests and for batch systems.
    explicit Progress(Verbosity verbosity, std::FILE* stream = stderr,
                      double seconds_between_plain_lines = 30.0);
    ~Progress() { finish(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// True when the next `show` would print: ask before building an expensive line.
    bool due() const;
    /// Shows `line` (no newline in it) if it is time for one.
    void show(std::string_view line);
    /// Wipes the line, so that what is printed next starts in a clean one. May be shown again.
    void finish();

private:
    enum class Kind { silent, terminal, plain };

    Kind kind_;
    std::FILE* stream_;
    Clock::duration pause_;
    Clock::time_point last_;
    bool line_is_open_ = false;
};

}  // namespace asp
