#include "asp/base/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace asp {

namespace {

bool understands_escapes(std::FILE* stream) {
    const char* terminal = std::getenv("TERM");
    return isatty(fileno(stream)) == 1 && terminal != nullptr &&
           std::string_view(terminal) != "dumb";
}

/// Columns of the terminal: a longer line would wrap, and the next one could not overwrite it.
std::size_t width(std::FILE* stream) {
    winsize size{};
    return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// At most `columns` characters, never half of a UTF-8 one.
std::string_view cut(std::string_view line, std::size_t columns) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool continues = (static_cast<unsigned char>(line[i]) & 0xC0U) == 0x80U;
        if (!continues && ++characters > columns) return line.substr(0, i);
    }
    return line;
}

}  // namespace

Progress::Progress(Verbosity verbosity, std::FILE* stream, double seconds_between_plain_lines)
    : kind_(verbosity == Verbosity::quiet ? Kind::silent
            : understands_escapes(stream) ? Kind::terminal
                                          : Kind::plain),
      stream_(stream),
      pause_(kind_ == Kind::terminal
                 ? Clock::duration(std::chrono::milliseconds(100))
                 : std::chrono::duration_cast<Clock::duration>(
                       std::chrono::duration<double>(seconds_between_plain_lines))),
      // A terminal gets its first line at once; a log gets none from a run shorter than the pause.
      last_(kind_ == Kind::terminal ? Clock::now() - pause_ : Clock::now()) {}

bool Progress::due() const {
    return kind_ != Kind::silent && Clock::now() - last_ >= pause_;
}

void Progress::show(std::string_view line) {
    if (!due()) return;
    last_ = Clock::now();
    std::string text;
    if (kind_ == Kind::terminal) {
        text.append("\r\033[K").append(cut(line, width(stream_) - 1));
        line_is_open_ = true;
    } else {
        text.append(line).append("\n");
    }
    std::fwrite(text.data(), 1, text.size(), stream_);
    std::fflush(stream_);
}

void Progress::finish() {
    if (!line_is_open_) return;
    std::fputs("\r\033[K", stream_);
    std::fflush(stream_);
    line_is_open_ = false;
    last_ = Clock::now() - pause_;
}

}  // namespace asp
