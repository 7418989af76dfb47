#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "asp/base/error.hpp"

namespace asp {

/// Marks the error when an Expected is made from it.
template <class E>
struct Unexpected {
    E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

/// A value, or the reason why there is none: for outcomes that a caller plans for. The interface of
/// std::expected (C++23), so that it can become that. A look at the part that is not there fails
/// ASP_ASSERT.
template <class T, class E>
class [[nodiscard]] Expected {
public:
    using value_type = T;
    using error_type = E;

    Expected(T value)  // NOLINT(google-explicit-constructor): as std::expected
        : content_(std::in_place_index<0>, std::move(value)) {}
    Expected(Unexpected<E> unexpected)  // NOLINT(google-explicit-constructor): as std::expected
        : content_(std::in_place_index<1>, std::move(unexpected.error)) {}

    bool has_value() const noexcept { return content_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& value() & { return checked<0>(content_); }
    const T& value() const& { return checked<0>(content_); }
    T&& value() && { return std::move(checked<0>(content_)); }
    E& error() & { return checked<1>(content_); }
    const E& error() const& { return checked<1>(content_); }
    E&& error() && { return std::move(checked<1>(content_)); }

    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    template <class U>
    T value_or(U&& other) const& {
        return has_value() ? value() : static_cast<T>(std::forward<U>(other));
    }

private:
    template <std::size_t Index, class Content>
    static auto& checked(Content& content) {
        ASP_ASSERT(content.index() == Index);
        return std::get<Index>(content);
    }

    std::variant<T, E> content_;
};

}  // namespace asp
