#include "asp/jit/detail/cache_state.hpp"

#include <cstdio>

namespace asp::jit::detail {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Origin = Provenance::Origin;

namespace {

Provenance provenance_of(const EntryMeta& meta, Origin origin, const fs::path& folder) {
    return {.origin = origin,
            .key = meta.key,
            .name = meta.name,
            .compiler = meta.version,
            .instruction_set = name_of(meta.instruction_set),
            .flags = meta.flags,
            .compile_seconds = meta.compile_seconds,
            .load_seconds = 0.0,
            .folder = folder};
}

}  // namespace

CacheState::CacheState(CacheSetup setup) : setup_(std::move(setup)) {
    auto opened = Store::open(setup_.folder, setup_.limits);
    if (opened) {
        store_.emplace(std::move(*opened));
        if (store_->why_read_only()) turn_off(*store_->why_read_only());
    } else {
        turn_off(opened.error());
    }
    if (setup_.pack.empty()) return;
    auto pack = PackFolder::open(setup_.pack);
    if (pack)
        pack_.emplace(std::move(*pack));
    else
        warn_once("asp: the pack of kernels is not used: " + pack.error());
}

std::optional<std::string> CacheState::why_off() const {
    const std::lock_guard lock(mutex_);
    return off_;
}

bool CacheState::writing() const {
    return !why_off();
}

void CacheState::turn_off(const std::string& reason) {
    {
        const std::lock_guard lock(mutex_);
        if (off_) return;
        off_ = reason;
    }
    warn_once("asp: kernels are not cached: " + reason);
}

void CacheState::warn_once(const std::string& line) {
    {
        const std::lock_guard lock(mutex_);
        if (!warned_.insert(line).second) return;
    }
    if (setup_.warn)
        setup_.warn(line);
    else
        std::fprintf(stderr, "%s\n", line.c_str());
}

std::optional<Module> CacheState::in_memory(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = loaded_.find(key);
    if (found == loaded_.end()) return std::nullopt;
    auto module = found->second.lock();
    return module ? std::optional<Module>(std::in_place, std::move(module)) : std::nullopt;
}

Module CacheState::remember(LoadedModule module) {
    const auto shared = std::make_shared<const LoadedModule>(std::move(module));
    const std::lock_guard lock(mutex_);
    std::erase_if(loaded_, [](const auto& item) { return item.second.expired(); });
    loaded_[shared->provenance.key] = shared;
    return Module(shared);
}

Expected<Module, std::string> CacheState::load(Entry entry, Origin origin, const fs::path& folder,
                                               Clock::time_point start) {
    auto object = LoadedObject::load(entry.object);
    if (!object) return Unexpected{object.error()};
    Provenance provenance = provenance_of(entry.meta, origin, folder);
    provenance.load_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return remember({std::move(*object), std::move(provenance), std::move(entry.source)});
}

Expected<Module, Miss> CacheState::on_disk(const std::string& key) {
    if (!store_ || store_->kernels() < 0) return Unexpected{Miss::absent};
    const auto start = Clock::now();
    auto entry = store_->find(key);
    if (!entry) {
        const auto kind = entry.error().kind;
        return Unexpected{kind == ReadProblem::Kind::missing   ? Miss::absent
                          : kind == ReadProblem::Kind::damaged ? Miss::damaged
                                                               : Miss::unreadable};
    }
    auto module = load(std::move(*entry), Origin::cache, store_->entry_path(key), start);
    if (!module) return Unexpected{Miss::damaged};
    return std::move(*module);
}

std::optional<Module> CacheState::in_pack(const Source& source, const CompileOptions& options,
                                          Match match) {
    if (!pack_) return std::nullopt;
    const InstructionSet& present =
        options.instruction_set ? *options.instruction_set : host_instruction_set();
    for (const std::string& key :
         pack_->matching(source_key(source, options), present, match == Match::exact)) {
        if (auto module = in_memory(key)) return module;
        const auto start = Clock::now();
        std::string problem;
        auto entry = read_entry(pack_->descriptor(), key);
        if (entry) {
            auto module = load(std::move(*entry), Origin::pack, pack_->path() / key, start);
            if (module) return std::move(*module);
            problem = key + ": " + module.error();
        } else {
            problem = entry.error().message;
        }
        warn_once("asp: an entry of the pack " + pack_->path().string() +
                  " is not used: " + problem);
    }
    return std::nullopt;
}

Module CacheState::adopt(const EntryMeta& meta, LoadedObject object, const fs::path& folder,
                         double load_seconds, const std::string& source) {
    Provenance provenance = provenance_of(meta, Origin::compiled, folder);
    provenance.load_seconds = load_seconds;
    return remember({std::move(object), std::move(provenance), source});
}

}  // namespace asp::jit::detail
