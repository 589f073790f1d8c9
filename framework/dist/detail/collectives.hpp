#pragma once

#include <cstddef>
#include <span>

#include "scanline/framework/dist/detail/link.hpp"

namespace scanline::dist {

/// Replaces the values of each rank by the sums over all ranks. Every rank calls this with as many
/// values. The order of each sum is one binary tree: of neighbouring ranks, then of neighbouring
/// pairs, and so on; if their number is no power of two, the first ranks form pairs before that. So
/// all ranks get the same bits, and the same ones whenever they start from the same values.
///
/// Short lists are exchanged whole (recursive doubling), long ones in halves, quarters and so on
/// (Rabenseifner, "Optimization of collective reduction operations", 2004), which sends each value
/// about twice whatever the number of ranks.
template <class T>
void sum(Link& link, std::span<T> values);

/// Copies the bytes of rank `root` to all others, along a binomial tree.
void broadcast(Link& link, std::span<std::byte> bytes, int root);

}  // namespace scanline::dist
