#include <gnu/libc-version.h>

#include "asp/jit/detail/cache_state.hpp"
#include "asp/jit/detail/inspect.hpp"
#include "asp/jit/detail/sha256.hpp"

// How a CacheState compiles what it does not have.
namespace asp::jit::detail {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Reason = CompileFailure::Reason;

namespace {

EntryMeta describe(const KernelRequest& request, const CompiledObject& object) {
    const auto& [source, toolchain, options, key] = request;
    return {.key = key,
            .source_key = source_key(source, options),
            .name = source.name,
            .object_sha256 = sha256(object.bytes),
            .compiler = toolchain.compiler.string(),
            .version = toolchain.version,
            .flags = compile_flags(toolchain, source, options),
            .instruction_set =
                options.instruction_set ? *options.instruction_set : host_instruction_set(),
            .libc = std::string("glibc ") + ::gnu_get_libc_version(),
            .created = utc_now(),
            .compile_seconds = object.seconds};
}

/// What a person is told about a failure that keeps its source.
std::string report(const CompileFailure& failure) {
    const std::string at = failure.kept_source.string();
    if (failure.reason == Reason::error)
        return "internal error: a generated kernel does not compile; please report " + at + " (" +
               failure.message + ")";
    return failure.message + "; the generated kernel is " + at;
}

}  // namespace

/// Where to compile: in the cache, so that a rename publishes it, or else anywhere private.
Expected<PrivateFolder, CompileFailure> CacheState::create_folder() {
    if (writing()) {
        auto folder = store_->create_work_folder();
        if (folder) return std::move(*folder);
        turn_off(folder.error());
    }
    auto folder = PrivateFolder::create_temporary();
    if (folder) return std::move(*folder);
    return Unexpected{CompileFailure{Reason::unusable_cache, folder.error()}};
}

BuildResult CacheState::build_once(const KernelRequest& request, Miss miss) {
    if (!writing() || miss == Miss::unreadable) return build(request, miss);
    const std::stop_token& stop = request.options.stop;
    const auto lock = store_->lock(request.key, [&] { return stop.stop_requested(); });
    // Somebody else may have built it meanwhile, in this process or another.
    if (auto module = in_memory(request.key)) return std::move(*module);
    auto module = on_disk(request.key);
    if (module) return std::move(*module);
    if (stop.stop_requested())
        return Unexpected{CompileFailure{Reason::stopped, "the compile was stopped"}};
    return build(request, module.error());
}

BuildResult CacheState::build(const KernelRequest& request, Miss miss) {
    while (true) {
        const bool in_cache = writing();
        auto folder = create_folder();
        if (!folder) return Unexpected{std::move(folder.error())};
        auto object = compile_in(*folder, request.source, request.toolchain, request.options);
        if (object) return finish(request, miss, *folder, *object);
        if (object.error().reason != Reason::unusable_cache || !in_cache)
            return explain(request, *folder, std::move(object.error()));
        turn_off(object.error().message);  // and once more, elsewhere
    }
}

BuildResult CacheState::finish(const KernelRequest& request, Miss miss, PrivateFolder& folder,
                               const CompiledObject& object) {
    const auto start = Clock::now();
    auto loaded = LoadedObject::load(object.bytes);
    const double load_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (!loaded)
        return explain(request, folder,
                       {.reason = Reason::crash,
                        .message = request.toolchain.compiler.string() +
                                   ": its object does not load: " + loaded.error(),
                        .log = object.log});
    const EntryMeta meta = describe(request, object);
    fs::path entry;
    if (writing() && miss != Miss::unreadable) {
        if (const auto problem = publish(meta, folder, miss))
            turn_off(*problem);
        else
            entry = store_->entry_path(request.key);
    }
    return adopt(meta, std::move(*loaded), entry, load_seconds, request.source.text);
}

std::optional<std::string> CacheState::publish(const EntryMeta& meta, PrivateFolder& folder,
                                               Miss miss) {
    std::error_code ignored;
    fs::remove_all(folder.path() / "include", ignored);
    if (const int error = write_file(folder.descriptor(), "meta.json", to_json(meta)))
        return (folder.path() / "meta.json").string() + ": " + error_text(error);
    const auto existing = miss == Miss::damaged ? Store::Existing::replace : Store::Existing::stays;
    if (auto problem = store_->publish(folder, meta.key, existing)) return problem;
    store_->sweep_if_due();
    return std::nullopt;
}

/// Finds out whose fault it is, keeps the source where it is the source's, and says so.
BuildResult CacheState::explain(const KernelRequest& request, PrivateFolder& folder,
                                CompileFailure failure) {
    const bool source_is_suspect = failure.reason == Reason::error ||
                                   failure.reason == Reason::crash ||
                                   failure.reason == Reason::timeout;
    if (!source_is_suspect) return Unexpected{std::move(failure)};
    // A compiler that lost its assembler fails with everything: that is not to be remembered.
    if (failure.reason != Reason::timeout)
        if (auto broken = why_broken(request.toolchain, request.options.time_limit))
            return Unexpected{CompileFailure{
                .reason = Reason::no_compiler, .message = *broken, .log = failure.log}};
    std::optional<fs::path> kept;
    if (writing() && write_file(folder.descriptor(), "meta.json", failure_to_json(failure)) == 0)
        kept = store_->publish_failure(folder, request.key);
    failure.kept_source = kept ? *kept : folder.path() / "source.cpp";
    if (!kept) folder.keep();  // for the person who is asked to report it
    failure.message = report(failure);
    return Unexpected{std::move(failure)};
}

}  // namespace asp::jit::detail
