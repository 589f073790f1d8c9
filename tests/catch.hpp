#pragma once

// Catch2 2 (Debian 12, Ubuntu 22.04) is a single header, Catch2 3 a library.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
