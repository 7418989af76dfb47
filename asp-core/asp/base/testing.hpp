#pragma once
// Catch2 2 (Debian 12) and 3 (Ubuntu 24.04) under one name, for *.test.cpp only.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#include <concepts>
#include <exception>
#include <string>

namespace asp::testing {

/// What() of the exception of type Error that `act` throws; anything else fails the test.
template <class Error, std::invocable Act>
std::string message_of(Act&& act) {
    try {
        act();
    } catch (const Error& error) {
        return error.what();
    } catch (const std::exception& error) {
        FAIL("threw another exception: " << error.what());
    }
    FAIL("threw nothing");
    return {};
}

}  // namespace asp::testing
