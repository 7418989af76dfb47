#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "asp/jit/background.hpp"
#include "asp/specialize/specializer.hpp"

namespace asp {

/// How a kernel runs, best first.
enum class Rung { specialized, built_in, interpreted };
std::string_view name_of(Rung rung);  ///< "specialized", "built in", "interpreted"

/// When to specialize: `--specialize auto|sync|require|off`.
enum class Mode {
    automatic,    ///< answer at once from a lower rung, swap the native kernel in when it is ready
    synchronous,  ///< before make_kernel returns; a lower rung where that fails
    required,     ///< before make_kernel returns; BackendError where that fails
    off,          ///< never
};
/// "auto", "sync", "require", "off"; nothing for anything else.
std::optional<Mode> parse_mode(std::string_view text);

/// The variant to compile, and where it comes from ("tuned here on 2024-05-01"); nothing: the
/// space's default.
struct TunedVariant {
    Variant variant;
    std::string origin;
};

/// What kernels are made with. The pointers outlive the kernels.
struct Context {
    Mode mode = Mode::automatic;
    jit::KernelCache* cache = nullptr;  ///< null: nothing is compiled
    /// Asked when a compile is due: looking for compilers takes time. Gives none: only a pack
    /// helps.
    std::function<std::optional<jit::Toolchain>()> toolchain = {};
    jit::BackgroundCompiler* background = nullptr;  ///< null: automatic works like synchronous
    jit::CompileOptions compile = {};
    std::optional<jit::Platform> platform = {};  ///< none: this machine's
    long extent = 0;  ///< of the index space that is expected, for the features; 0: unknown
    /// Asked once per kernel, in the thread that makes it. The database stays above this layer.
    std::function<std::optional<TunedVariant>(const Specializer&, const Problem&, const Features&)>
        tuned = {};
    /// Gets one line when a kernel falls down a rung: why, and the cure. Called from any thread.
    std::function<void(const std::string&)> say = {};
};

/// A problem ready to be run on ranges of its index space. A handle: copies are the same kernel.
class Kernel {
public:
    /// Works on [lo, hi). Thread-safe. 0: fine; else what the template's header says. Where
    /// `arguments.parameters` is null the kernel's variant has its own.
    int run(const Arguments& arguments, long lo, long hi) const {
        const Installed* now = entry_->load(std::memory_order_acquire);
        if (now == nullptr) return interpret(arguments, lo, hi);
        if (arguments.parameters != nullptr || now->parameters == nullptr)
            return now->entry(arguments, lo, hi);
        Arguments completed = arguments;
        completed.parameters = now->parameters;
        return now->entry(completed, lo, hi);
    }

    Rung rung() const;
    const Specializer& specializer() const;
    const Problem& problem() const;
    /// Of the specialized kernel, whether or not it could be compiled.
    std::string source() const;
    /// Of the specialized kernel; nothing where there is none.
    struct Costs {
        double compile_seconds;  ///< of this process; 0 where another one has paid
        double load_seconds;
    };
    std::optional<Costs> costs() const;
    /// How this kernel came to be, in words: rung and why, variant and where it comes from, compile
    /// time, cache.
    std::string explain() const;
    /// Whether a background compile of this kernel is under way.
    bool is_compiling() const;
    /// Until none is.
    void wait() const;
    /// No better rung is wanted: ends a background compile of this kernel, and waits for its end.
    void stop() const;

private:
    friend Kernel make_kernel(const Specializer&, const Problem&, const Context&);
    struct Installed {
        Entry entry;
        const long* parameters;
    };
    struct State;

    explicit Kernel(std::shared_ptr<State> state);
    int interpret(const Arguments& arguments, long lo, long hi) const;

    std::shared_ptr<State> state_;
    /// In the state. Points to null while the kernel is interpreted.
    const std::atomic<const Installed*>* entry_;
};

/// This process's cache, compiler and background compiler; says what there is to say on stderr.
Context process_context(Mode mode = Mode::automatic);

/// Climbs as high on the ladder as mode and machine allow. A compiled kernel is run on an example
/// against the interpreter first (freshly compiled ones in a child process): one that disagrees or
/// crashes is never used. Throws BackendError in mode `required` only.
Kernel make_kernel(const Specializer& specializer, const Problem& problem, const Context& context);

}  // namespace asp
