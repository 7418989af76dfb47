#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "asp/base/error.hpp"

namespace asp {

template <std::size_t Rank>
using Extents = std::array<std::size_t, Rank>;

namespace detail {
template <std::size_t Rank>
constexpr std::size_t product(const Extents<Rank>& extents) {
    std::size_t size = 1;
    for (const std::size_t extent : extents) size *= extent;
    return size;
}

/// Row-major: the last index runs fastest.
template <std::size_t Rank, std::convertible_to<std::size_t>... Index>
constexpr std::size_t offset(const Extents<Rank>& extents, Index... index) {
    static_assert(sizeof...(Index) == Rank, "one index per dimension");
    const Extents<Rank> indices{static_cast<std::size_t>(index)...};
    std::size_t offset = 0;
    for (std::size_t axis = 0; axis < Rank; ++axis) offset = offset * extents[axis] + indices[axis];
    return offset;
}
}  // namespace detail

/// Looks at a row-major array that somebody else owns. View<const T, Rank> does not write.
template <class T, std::size_t Rank>
class View {
    static_assert(Rank >= 1);

public:
    using element_type = T;

    constexpr View() noexcept = default;
    constexpr View(T* data, const Extents<Rank>& extents) noexcept
        : data_(data), extents_(extents) {}

    /// View<T> converts to View<const T>.
    template <class U>
    requires(std::is_const_v<T>&& std::same_as<U, std::remove_const_t<T>>) constexpr View(
        const View<U, Rank>& other) noexcept  // NOLINT(google-explicit-constructor)
        : data_(other.data()), extents_(other.extents()) {}

    constexpr T* data() const noexcept { return data_; }
    constexpr const Extents<Rank>& extents() const noexcept { return extents_; }
    constexpr std::size_t extent(std::size_t axis) const { return extents_[axis]; }
    constexpr std::size_t size() const noexcept { return detail::product(extents_); }
    constexpr bool empty() const noexcept { return size() == 0; }

    /// Unchecked, like an array's.
    template <std::convertible_to<std::size_t>... Index>
    constexpr T& operator()(Index... index) const {
        return data_[detail::offset(extents_, index...)];
    }

    constexpr T* begin() const noexcept { return data_; }
    constexpr T* end() const noexcept { return data_ + size(); }

    /// The part at the first index i, one dimension lower.
    constexpr View<T, Rank - 1> operator[](std::size_t i) const requires(Rank > 1) {
        Extents<Rank - 1> rest{};
        std::copy(extents_.begin() + 1, extents_.end(), rest.begin());
        return {data_ + i * detail::product(rest), rest};
    }
    constexpr T& operator[](std::size_t i) const requires(Rank == 1) { return data_[i]; }

private:
    T* data_ = nullptr;
    Extents<Rank> extents_{};
};

/// Owns a row-major array of plain elements, set to zero at birth. Copies deeply.
template <class T, std::size_t Rank>
class Array {
    static_assert(std::is_trivially_copyable_v<T>, "elements are plain numbers or structs");

public:
    Array() = default;
    explicit Array(const Extents<Rank>& extents, const T& value = T{})
        : Array(extents, std::make_unique_for_overwrite<T[]>(detail::product(extents))) {
        std::fill_n(data(), size(), value);
    }
    Array(const Array& other)
        : Array(other.extents_, std::make_unique_for_overwrite<T[]>(other.size())) {
        std::copy_n(other.data(), size(), data());
    }
    Array(Array&& other) noexcept
        : extents_(std::exchange(other.extents_, {})), data_(std::move(other.data_)) {}
    Array& operator=(Array other) noexcept {
        std::swap(extents_, other.extents_);
        std::swap(data_, other.data_);
        return *this;
    }
    ~Array() = default;

    /// Elements left as they are found, for a caller that touches its own pages first.
    static Array uninitialized(const Extents<Rank>& extents) {
        return Array(extents, std::make_unique_for_overwrite<T[]>(detail::product(extents)));
    }

    T* data() noexcept { return data_.get(); }
    const T* data() const noexcept { return data_.get(); }
    const Extents<Rank>& extents() const noexcept { return extents_; }
    std::size_t extent(std::size_t axis) const { return extents_[axis]; }
    std::size_t size() const noexcept { return detail::product(extents_); }
    bool empty() const noexcept { return size() == 0; }

    template <std::convertible_to<std::size_t>... Index>
    T& operator()(Index... index) {
        return data_[detail::offset(extents_, index...)];
    }
    template <std::convertible_to<std::size_t>... Index>
    const T& operator()(Index... index) const {
        return data_[detail::offset(extents_, index...)];
    }
    decltype(auto) operator[](std::size_t i) { return view()[i]; }
    decltype(auto) operator[](std::size_t i) const { return view()[i]; }

    T* begin() noexcept { return data(); }
    T* end() noexcept { return data() + size(); }
    const T* begin() const noexcept { return data(); }
    const T* end() const noexcept { return data() + size(); }

    View<T, Rank> view() noexcept { return {data(), extents_}; }
    View<const T, Rank> view() const noexcept { return {data(), extents_}; }
    operator View<T, Rank>() noexcept { return view(); }  // NOLINT(google-explicit-constructor)
    operator View<const T, Rank>() const noexcept {       // NOLINT(google-explicit-constructor)
        return view();
    }

private:
    Array(const Extents<Rank>& extents, std::unique_ptr<T[]> data)
        : extents_(extents), data_(std::move(data)) {}

    Extents<Rank> extents_{};
    std::unique_ptr<T[]> data_;
};

}  // namespace asp
