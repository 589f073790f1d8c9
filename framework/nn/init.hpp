#pragma once

#include "scanline/framework/core/array.hpp"

/// Initial values of parameters, as float32. Random values are drawn from the default random
/// stream. While there is a `LazyStorage`, all values are zeros. A weight is (outputs, inputs,
/// ...): its fan-in is the product of all extents but the first, its fan-out the product of all but
/// the second.
namespace scanline::init {

/// All elements 0.
Array zeros(Shape shape);
/// All elements 1.
Array ones(Shape shape);
/// Uniform in [-bound, bound).
Array uniform(Shape shape, double bound);
/// Normal with mean 0.
Array normal(Shape shape, double standard_deviation);
/// Uniform with the bound gain * sqrt(6 / (fan-in + fan-out)), which keeps variances level through
/// linear layers in both directions (Glorot and Bengio 2010).
/// @throws Error for fewer than two axes.
Array glorot_uniform(Shape shape, double gain = 1);
/// Uniform with the bound sqrt(6 / fan-in), which keeps variances level through layers with
/// rectifiers (He et al. 2015, arXiv 1502.01852).
/// @throws Error for fewer than two axes.
Array kaiming_uniform(Shape shape);
/// A matrix with orthonormal rows, or columns if there are more rows than columns, times gain: the
/// QR decomposition of a normal random matrix, made unique by the signs of R (Saxe et al. 2014,
/// arXiv 1312.6120).
/// @throws Error unless there are two axes.
Array orthogonal(Shape shape, double gain = 1);

}  // namespace scanline::init
