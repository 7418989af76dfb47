#include "asp/specialize/kernel.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <thread>

#include "asp/base/error.hpp"
#include "asp/specialize/check.hpp"
#include "asp/specialize/detail/verdict.hpp"

namespace asp {

std::string_view name_of(Rung rung) {
    switch (rung) {
        case Rung::specialized:
            return "specialized";
        case Rung::built_in:
            return "built in";
        case Rung::interpreted:
            break;
    }
    return "interpreted";
}

std::optional<Mode> parse_mode(std::string_view text) {
    if (text == "auto") return Mode::automatic;
    if (text == "sync") return Mode::synchronous;
    if (text == "require") return Mode::required;
    if (text == "off") return Mode::off;
    return {};
}

namespace {

const jit::Platform& platform_of_this_machine() {
    static const jit::Platform platform = jit::measure_platform();
    return platform;
}

bool is_in(const Space& space, const Variant& variant) {
    if (variant.size() != space.parameters.size()) return false;
    for (const Parameter& p : space.parameters) {
        const auto value = variant.find(p.name);
        if (value == variant.end()) return false;
        if (std::ranges::find(p.values, value->second) == p.values.end()) return false;
    }
    return space.valid(variant);
}

}  // namespace

struct Kernel::State {
    State(const Specializer& s, const Problem& p, const Context& c)
        : specializer(s), problem(detached(p)), context(c), interpreter(s.interpreter(problem)) {
        if (const Entry entry = s.built_in(problem)) {
            built_in = {entry, nullptr};
            installed = &built_in;
        }
    }

    ~State() {
        // In a process that was forked off, the thread is not there to be waited for.
        if (::getpid() != process && worker.joinable()) worker.detach();
    }

    /// As far up as it goes. Runs once, in the maker's thread or in `worker`.
    void specialize(const std::stop_token& stop);
    void choose_variant(const Space& space);
    jit::BuildResult build(const jit::Source& text, const std::stop_token& stop);
    void install(const jit::Module& compiled);
    void stay_below(const std::string& reason, bool is_news);

    std::string name() const {
        return fmt::format("{} {}", specializer.name(), specializer.version());
    }
    Rung rung() const {
        const Installed* now = installed.load();
        if (now == nullptr) return Rung::interpreted;
        return now == &built_in ? Rung::built_in : Rung::specialized;
    }

    const Specializer& specializer;
    const Problem problem;
    const Context context;
    const Interpreter interpreter;
    const pid_t process = ::getpid();
    std::atomic<const Installed*> installed{nullptr};
    Installed built_in{}, specialized{};  ///< each written before `installed` points to it

    mutable std::mutex mutex;  ///< guards what follows
    mutable std::condition_variable ended;
    bool is_working = false;
    Variant variant;
    std::string variant_origin;
    std::vector<long> parameters;
    std::string source;
    std::optional<jit::Module> module;
    std::string why_below;  ///< empty while there is nothing to explain
    std::jthread worker;    ///< last: ends before what it uses does
};

void Kernel::State::choose_variant(const Space& space) {
    variant = space.default_variant();
    variant_origin = "default";
    if (!context.tuned) return;
    const Features features = specializer.features(problem, context.extent);
    const auto tuned = context.tuned(specializer, problem, features);
    if (!tuned) return;
    if (is_in(space, tuned->variant)) {
        variant = tuned->variant;
        variant_origin = tuned->origin;
    } else {
        variant_origin = fmt::format("default; {} has none of this space: {}", tuned->origin,
                                     to_string(tuned->variant));
    }
}

jit::BuildResult Kernel::State::build(const jit::Source& text, const std::stop_token& stop) {
    const std::optional<jit::Toolchain> toolchain =
        context.toolchain ? context.toolchain() : std::nullopt;
    jit::CompileOptions options = context.compile;
    if (context.mode != Mode::automatic || context.background == nullptr)
        return context.cache->get_or_build(text, toolchain, options);
    options.low_priority = true;
    const jit::PendingModule pending = context.background->build(text, toolchain, options);
    const std::stop_callback on_stop(stop, [&pending] { pending.stop(); });
    return pending.wait();
}

void Kernel::State::stay_below(const std::string& reason, bool is_news) {
    {
        const std::lock_guard lock(mutex);
        why_below = reason;
    }
    if (context.mode == Mode::required)
        throw BackendError(fmt::format("{}: cannot be specialized: {}", name(), reason));
    if (!is_news || !context.say) return;
    const bool interpreted = installed.load() == nullptr;
    context.say(fmt::format("{}: runs {}{}: {}", name(), name_of(rung()),
                            interpreted ? ", several times slower than compiled" : "", reason));
}

void Kernel::State::specialize(const std::stop_token& stop) {
    if (context.cache == nullptr)
        return stay_below("there is no kernel cache to compile in", false);
    const Space space = specializer.space(
        problem, context.platform ? *context.platform : platform_of_this_machine());
    {
        const std::lock_guard lock(mutex);
        choose_variant(space);
        parameters = run_time_parameters(space, variant);
    }
    const Specialization lowered = specializer.lower(problem, variant, Target::cpu);
    const jit::Source text = source_of(lowered);
    {
        const std::lock_guard lock(mutex);
        source = text.text;
    }
    const jit::BuildResult built = build(text, stop);
    if (!built) {
        const bool stopped = built.error().reason == jit::CompileFailure::Reason::stopped;
        return stay_below(built.error().message, !stopped);
    }
    const auto entry = built.value().function<int(const Arguments&, long, long)>(default_entry);
    if (const auto refused = detail::verdict(specializer, problem, entry, parameters, *built))
        return stay_below("the compiled kernel " + *refused + " and is not used", true);
    install(*built);
}

void Kernel::State::install(const jit::Module& compiled) {
    const std::lock_guard lock(mutex);
    module = compiled;
    specialized = {compiled.function<int(const Arguments&, long, long)>(default_entry),
                   parameters.empty() ? nullptr : parameters.data()};
    installed.store(&specialized, std::memory_order_release);
}

Kernel::Kernel(std::shared_ptr<State> state)
    : state_(std::move(state)), entry_(&state_->installed) {}

int Kernel::interpret(const Arguments& arguments, long lo, long hi) const {
    return state_->interpreter(arguments, lo, hi);
}

Rung Kernel::rung() const {
    return state_->rung();
}

const Specializer& Kernel::specializer() const {
    return state_->specializer;
}

const Problem& Kernel::problem() const {
    return state_->problem;
}

std::string Kernel::source() const {
    wait();
    const std::lock_guard lock(state_->mutex);
    return state_->source;
}

std::string Kernel::explain() const {
    const State& s = *state_;
    const std::lock_guard lock(s.mutex);
    std::string text = fmt::format("{}: {}", s.name(), name_of(s.rung()));
    if (s.is_working) return text + ", a compile is under way";
    if (s.context.mode == Mode::off) return text + ", specializing is off";
    if (!s.why_below.empty()) text += ": " + s.why_below;
    if (!s.variant_origin.empty())
        text += fmt::format("\n  variant: {} ({})", to_string(s.variant), s.variant_origin);
    if (s.module) {
        const jit::Provenance& p = s.module->provenance();
        const bool is_new = p.origin == jit::Provenance::Origin::compiled;
        text += fmt::format("\n  {}compiled by {} for {} in {:.3g} s, loaded in {:.3g} ms",
                            is_new ? "" : fmt::format("from the {}: ", name_of(p.origin)),
                            p.compiler, p.instruction_set, p.compile_seconds, 1e3 * p.load_seconds);
        text += "\n  checked on an example against the interpreter";
        if (!p.folder.empty()) text += "\n  " + p.folder.string();
    }
    return text;
}

std::optional<Kernel::Costs> Kernel::costs() const {
    const std::lock_guard lock(state_->mutex);
    if (!state_->module) return {};
    const jit::Provenance& p = state_->module->provenance();
    const bool is_new = p.origin == jit::Provenance::Origin::compiled;
    return Costs{is_new ? p.compile_seconds : 0.0, p.load_seconds};
}

bool Kernel::is_compiling() const {
    const std::lock_guard lock(state_->mutex);
    return state_->is_working;
}

void Kernel::wait() const {
    std::unique_lock lock(state_->mutex);
    state_->ended.wait(lock, [this] { return !state_->is_working; });
}

void Kernel::stop() const {
    state_->worker.request_stop();
    wait();
}

Context process_context(Mode mode) {
    Context context;
    context.mode = mode;
    context.cache = &jit::KernelCache::process();
    context.toolchain = [] { return jit::host_toolchain(); };
    context.background = mode == Mode::automatic ? &jit::BackgroundCompiler::process() : nullptr;
    context.say = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
    return context;
}

Kernel make_kernel(const Specializer& specializer, const Problem& problem, const Context& context) {
    const auto state = std::make_shared<Kernel::State>(specializer, problem, context);
    if (context.mode == Mode::off) return Kernel(state);
    if (context.mode != Mode::automatic || context.background == nullptr) {
        state->specialize({});
        return Kernel(state);
    }
    state->is_working = true;
    // The state joins this thread before it dies, so that a plain pointer is enough.
    state->worker = std::jthread([s = state.get()](const std::stop_token& stop) {
        try {
            s->specialize(stop);
        } catch (const std::exception& error) {
            s->stay_below(error.what(), true);
        }
        const std::lock_guard lock(s->mutex);
        s->is_working = false;
        s->ended.notify_all();
    });
    return Kernel(state);
}

}  // namespace asp
