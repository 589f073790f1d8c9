"""Prepares a picture of a digit on even paper nearly as scanline does: as MNIST's images were prepared.

It finds the ink, scales its longer side to 20 pixels, and puts its centre of mass in the middle of
28 x 28 pixels. scanline does more, for photographs with shadows or ruled paper; see docs/photos.md.
"""

import math

import numpy

SIDE, INK_SIZE, CENTRE, OVERVIEW_SIDE, LEAST_CONTRAST = 28, 20, 14.5, 256, 25


def weights(start, step, count, length):
    """(count, length): the share of each pixel of an axis in each of `count` samples along it."""
    width = max(step, 1)
    low = start + (numpy.arange(count)[:, None] + 0.5) * step - width / 2
    pixel = numpy.arange(length)
    share = numpy.minimum(low + width, pixel + 1) - numpy.maximum(low, pixel)
    return numpy.maximum(share, 0) / width


def resample(picture, background, down, across):
    """Samples the difference from the background; `down` and `across` are (start, step, count)."""
    rows, columns = picture.shape
    return weights(*down, rows) @ (picture - background) @ weights(*across, columns).T


def extent(sure_ink, all_ink, step):
    """Begin, end and centre of mass of the ink along an axis, without specks of dust."""
    def ends_at(ink):
        return int(numpy.argmax(numpy.cumsum(ink) > 0.002 * ink.sum()))

    first, last = ends_at(sure_ink), len(sure_ink) - ends_at(sure_ink[::-1])
    mass = all_ink[first:last]
    moment = mass @ (numpy.arange(first, last) + 0.5)
    return first * step, last * step, moment / mass.sum() * step


def around(begin, end, middle, step):
    """The 28 pixels of an axis that have the centre of mass in their middle."""
    if step == 1:
        start = math.floor(middle) - math.floor(CENTRE)
        low, high = math.floor(end) - SIDE, math.ceil(begin)
    else:
        start, low, high = middle - CENTRE * step, end - SIDE * step, begin
    return min(max(start, low), high), step, SIDE


def shows(start, step, count, begin, end):
    """Which pixels of an axis show the ink or the edge of it."""
    middle = start + (numpy.arange(count) + 0.5) * step
    return (middle > begin - step) & (middle < end + step)


def upper_median(values):
    return numpy.sort(values)[len(values) // 2]


def prepare_digit(picture):
    """A grey picture (rows, columns) of any size, from 0 to 255 -> uint8 (28, 28), light on dark."""
    picture = numpy.asarray(picture, numpy.float64)
    longest = max(picture.shape)
    counts = [n if longest <= OVERVIEW_SIDE else -(-n * OVERVIEW_SIDE // longest)
              for n in picture.shape]
    down, across = [(0, n / count, count) for n, count in zip(picture.shape, counts)]
    levels = resample(picture, 0, down, across)

    border = numpy.concatenate([levels[:, 0], levels[:, -1], levels[0], levels[-1]])
    background = upper_median(border)
    lightest, darkest = levels.max() - background, background - levels.min()
    sign, contrast = (1, lightest) if lightest > darkest else (-1, darkest)
    if contrast < LEAST_CONTRAST:
        raise ValueError("expected a digit, found an empty picture")
    noise = min(6 * upper_median(abs(border - background)), contrast / 2)
    ink = sign * (levels - background)
    sure_ink = numpy.where(ink > max(noise, contrast / 10), ink, 0)
    all_ink = numpy.maximum(ink - noise, 0)
    rows = extent(sure_ink.sum(1), all_ink.sum(1), down[1])
    columns = extent(sure_ink.sum(0), all_ink.sum(0), across[1])

    step = max(rows[1] - rows[0], columns[1] - columns[0]) / INK_SIZE
    step = 1 if abs(step - 1) < 0.1 else step
    down, across = around(*rows, step), around(*columns, step)
    levels = sign * resample(picture, background, down, across)
    is_shown = numpy.outer(shows(*down, *rows[:2]), shows(*across, *columns[:2]))
    levels = numpy.where(is_shown, levels, 0)
    strongest = levels.max()
    noise = min(noise, strongest / 2)
    grey = numpy.maximum(levels - noise, 0) / (strongest - noise) * 255
    return numpy.floor(grey + 0.5).astype(numpy.uint8)
