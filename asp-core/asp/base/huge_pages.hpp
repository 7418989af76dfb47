#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace asp {

/// Asks for pages of 2 MiB for what lies whole in them, before anybody touches it. Only advice:
/// where it is refused, pages are small and all goes on.
inline void advise_huge_pages(void* begin, std::size_t bytes) {
    constexpr std::size_t page = std::size_t{2} << 20U;
    if (bytes < 2 * page) return;
    const std::size_t skipped = (page - reinterpret_cast<std::uintptr_t>(begin) % page) % page;
    static_cast<void>(::madvise(static_cast<std::byte*>(begin) + skipped,
                                (bytes - skipped) / page * page, MADV_HUGEPAGE));
}

/// Allocates large arrays on pages of 2 MiB where the system has them: what is read from end to end
/// or in tiles then misses the address cache a few hundred times less. Elements are left as they
/// are found, so that whoever fills them first touches them. Small arrays lie on cache lines.
template <class T>
struct HugePageAllocator {
    using value_type = T;
    static constexpr std::size_t page = std::size_t{2} << 20U, line = 64;

    HugePageAllocator() = default;
    template <class U>
    HugePageAllocator(const HugePageAllocator<U>&) {}  // NOLINT(google-explicit-constructor)

    T* allocate(std::size_t n) {
        const std::size_t alignment = n * sizeof(T) >= page ? page : line;
        const std::size_t bytes = (n * sizeof(T) + alignment) / alignment * alignment;
        void* const p = std::aligned_alloc(alignment, bytes);
        if (p == nullptr) throw std::bad_alloc();
        if (alignment == page) advise_huge_pages(p, bytes);
        return static_cast<T*>(p);
    }
    void deallocate(T* p, std::size_t) noexcept { std::free(p); }

    template <class U, class... Given>
    void construct(U* p, Given&&... given) {
        if constexpr (sizeof...(Given) == 0)
            ::new (static_cast<void*>(p)) U;
        else
            ::new (static_cast<void*>(p)) U(std::forward<Given>(given)...);
    }
    bool operator==(const HugePageAllocator&) const = default;
};

template <class T>
using HugeVector = std::vector<T, HugePageAllocator<T>>;

}  // namespace asp
