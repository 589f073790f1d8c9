#pragma once

// Catch2 2 (Debian 12, Ubuntu 22.04) is a single header, Catch2 3 a library. What the two call by
// different names has the name of Catch2 3 here.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text) { return Catch::Contains(text); }
#endif
using Catch::Matchers::Matches;
