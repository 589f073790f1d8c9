#!/usr/bin/python3
"""Draws digits of MNIST as photographs and scans show them, in many conditions.

    photo_conditions.py MNIST OUT [--count N] [--only NAME...]
    photo_conditions.py --answers OUT PREDICTIONS.csv
    photo_conditions.py MNIST --sheet FILE.png

The first form writes OUT/<condition>/<digit>/<number>.png (or .jpg) for the first N digits of the
test set. The second form reads what `scanline predict MODEL OUT --format csv` has printed, and
prints a line for each condition: how many answers are right, how many are wrong with a probability
above 0.9 ("sure"), and how many pictures have no answer, or several. The third form draws a sheet
with a picture of each condition.

It needs NumPy and Pillow (python3-numpy, python3-pil).
"""

import argparse
import collections
import csv
import gzip
import json
import pathlib
import sys

try:
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter
except ImportError as error:
    sys.exit(f"error: {error.name} is missing (Debian: apt-get install python3-numpy python3-pil)")

PAPER, INK = 250.0, 20.0


def read_idx(path):
    """The images or labels of an IDX file, gzipped or not."""
    if not path.exists():
        path = path.with_name(path.name + ".gz")
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    sizes = np.frombuffer(data, ">i4", data[3], 4)
    return np.frombuffer(data, np.uint8, -1, 4 + 4 * data[3]).reshape(sizes)


def pen(digit, size=280):
    """How much of each pixel is ink, from 0 to 1: the digit enlarged, with sharp edges."""
    image = Image.fromarray(digit).resize((size, size), Image.BICUBIC)
    return np.clip((np.asarray(image, float) / 255 - 0.4) * 5, 0, 1)


def placed(ink, height=420, width=None, top=None, left=None):
    """The ink on a larger sheet, in its middle unless it says where."""
    width = width or height
    sheet = np.zeros((height, width))
    top = (height - ink.shape[0]) // 2 if top is None else top
    left = (width - ink.shape[1]) // 2 if left is None else left
    sheet[top:top + ink.shape[0], left:left + ink.shape[1]] = ink
    return sheet


def box_of(ink):
    rows, columns = np.where(ink.max(1) > 0.5)[0], np.where(ink.max(0) > 0.5)[0]
    return rows[0], columns[0], rows[-1] + 1, columns[-1] + 1


def drawn(ink, paper=PAPER, level=INK):
    return paper + (level - paper) * ink


def ramps(picture):
    """Rows and columns from 0 to 1."""
    return np.mgrid[0:1:picture.shape[0] * 1j, 0:1:picture.shape[1] * 1j]


def soft(mask, radius):
    return np.asarray(Image.fromarray((mask * 255).astype(np.uint8))
                      .filter(ImageFilter.GaussianBlur(radius)), float) / 255


def turned(picture, degrees, fill):
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    return np.asarray(image.rotate(degrees, Image.BICUBIC, expand=True, fillcolor=fill), float)


def thinned(ink, width):
    """Strokes of `width` pixels along the middle of the digit's strokes (Zhang and Suen, 1984)."""
    cells = np.pad(ink > 0.5, 1)
    has_changed = True
    while has_changed:
        has_changed = False
        for first in (True, False):
            p = [np.roll(cells, (-dy, -dx), (0, 1)) for dy, dx in
                 ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))]
            around = sum(x.astype(int) for x in p)
            steps = sum((~p[i] & p[(i + 1) % 8]).astype(int) for i in range(8))
            corner = ~(p[0] & p[2] & p[4]) & ~(p[2] & p[4] & p[6]) if first else \
                ~(p[0] & p[2] & p[6]) & ~(p[0] & p[4] & p[6])
            gone = cells & (around >= 2) & (around <= 6) & (steps == 1) & corner
            has_changed = has_changed or gone.any()
            cells = cells & ~gone
    image = Image.fromarray((cells[1:-1, 1:-1] * 255).astype(np.uint8))
    if width > 1:
        image = image.filter(ImageFilter.MaxFilter(width | 1))
    return np.asarray(image, float) / 255


def gradient(low, direction):
    def condition(digit, random):
        picture = drawn(placed(pen(digit)))
        y, x = ramps(picture)
        way = {"across": x, "down": y, "diagonal": (x + y) / 2}[direction]
        return picture * (1 - way * (1 - low / PAPER))
    return condition


def vignette(low):
    def condition(digit, random):
        picture = drawn(placed(pen(digit)))
        y, x = ramps(picture)
        return picture * (1 - (1 - low) * np.clip(((x - 0.5) ** 2 + (y - 0.5) ** 2) * 2, 0, 1))
    return condition


def shadow(factor, share, kind="half", blur=0):
    def condition(digit, random):
        picture = drawn(placed(pen(digit)))
        y, x = ramps(picture)
        mask = {"half": x < share, "slanted": x + 0.4 * y < share + 0.2,
                "corner": (x > 1 - share) & (y > 1 - share), "corner-slant": x + y < 2 * share,
                "band": abs(x + 0.2 * y - 0.6) < share / 2,
                "round": (x - 0.1) ** 2 + (y - 0.2) ** 2 < share ** 2}[kind].astype(float)
        return picture * (1 - (1 - factor) * (soft(mask, blur) if blur else mask))
    return condition


def lamp(digit, random):
    picture = drawn(placed(pen(digit)))
    y, x = ramps(picture)
    return picture * (0.35 + 0.65 * np.exp(-((x - 0.3) ** 2 + (y - 0.2) ** 2) / 0.18))


def ruled(level, step=60, width=2, squared=False, size=420, digit_size=280, slope=0.0,
          margin=None):
    def condition(digit, random):
        ink = placed(pen(digit, digit_size), size)
        paper = np.full(ink.shape, PAPER)
        y, x = np.mgrid[0:size, 0:size]
        shift = random.integers(step)
        paper[(y + slope * x + shift) % step < width] = level
        if squared:
            paper[(x - slope * y + shift) % step < width] = level
        picture = np.repeat(drawn(ink, paper)[..., None], 3, 2)
        if margin:
            line = (abs(x - size // 10) < 2)[..., None] & (ink < 0.5)[..., None]
            picture = np.where(line, np.array(margin, float), picture)
        return picture
    return condition


def margin_line(digit, random):
    ink = placed(pen(digit), 600)
    picture = np.repeat(drawn(ink)[..., None], 3, 2)
    picture[:, 60:63] = (230, 120, 120)
    return picture


def frame(share, level=10, sides=(1, 1, 1, 1)):
    def condition(digit, random):
        picture = drawn(placed(pen(digit)))
        width = max(1, int(share * 420))
        top, left, bottom, right = (width * s for s in sides)
        result = np.full(picture.shape, float(level))
        result[top:420 - bottom, left:420 - right] = picture[top:420 - bottom, left:420 - right]
        return result
    return condition


def desk(level, degrees=0, texture=0, size=300):
    def condition(digit, random):
        sheet = drawn(placed(pen(digit, size * 2 // 3), size))
        marked = turned(sheet, degrees, 0) if degrees else sheet
        inside = turned(np.full(sheet.shape, 255.0), degrees, 0) > 128 if degrees else marked >= 0
        y, x = np.mgrid[0:520, 0:520]
        grain = np.sin(y / 3 + 2 * np.sin(x / 60)) * texture + random.normal(0, texture / 2 + 1e-9,
                                                                            (520, 520))
        picture = level + grain
        top, left = (520 - marked.shape[0]) // 2, (520 - marked.shape[1]) // 2
        part = picture[top:top + marked.shape[0], left:left + marked.shape[1]]
        part[inside] = marked[inside]
        return picture
    return condition


def holes(light=False, size=36):
    def condition(digit, random):
        ink = placed(pen(digit, 240), 520, top=140, left=180)
        y, x = np.mgrid[0:520, 0:520]
        picture = drawn(ink)
        for middle in (150, 370):
            hole = (y - middle) ** 2 + (x - 45) ** 2 < (size / 2) ** 2
            picture[hole] = 255 if light else 30
            if light:
                picture[((y - middle) ** 2 + (x - 45) ** 2 < (size / 2 + 2) ** 2) & ~hole] = 150
        return picture
    return condition


def specks(count, size, level=INK):
    def condition(digit, random):
        picture = drawn(placed(pen(digit)))
        for _ in range(count):
            y, x = random.integers(0, 420 - size, 2)
            picture[y:y + size, x:x + size] = level
        return picture
    return condition


def salt_and_pepper(share):
    def condition(digit, random):
        picture = drawn(placed(pen(digit)))
        value = random.random(picture.shape)
        picture[value < share / 2] = 0
        picture[value > 1 - share / 2] = 255
        return picture
    return condition


def noise(sigma, paper=PAPER, ink=INK):
    def condition(digit, random):
        picture = drawn(placed(pen(digit)), paper, ink)
        return picture + random.normal(0, sigma, picture.shape)
    return condition


def blurred(radius):
    def condition(digit, random):
        image = Image.fromarray(drawn(placed(pen(digit))).astype(np.uint8))
        return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), float)
    return condition


def levels(paper, ink):
    return lambda digit, random: drawn(placed(pen(digit)), paper, ink)


def coloured(paper, ink, blur=0):
    def condition(digit, random):
        share = placed(pen(digit))[..., None]
        picture = np.array(paper, float) * (1 - share) + np.array(ink, float) * share
        if blur:
            y, x = ramps(share[..., 0])
            picture *= (1 - 0.4 * soft((x < 0.4).astype(float), blur))[..., None]
        return picture
    return condition


def strokes(width):
    return lambda digit, random: drawn(thinned(pen(digit, 560), width))


def tight(digit, random, margin=3):
    ink = pen(digit)
    top, left, bottom, right = box_of(ink)
    return drawn(np.pad(ink[top:bottom, left:right], margin))


def touching(digit, random):
    """Cut so that the digit touches the left side and the top."""
    ink = pen(digit)
    top, left, _, _ = box_of(ink)
    return drawn(placed(ink[top:, left:], 420, top=0, left=0))


def small(size):
    def condition(digit, random):
        image = Image.fromarray(255 - digit)
        return np.asarray(image.resize((size, size), Image.BOX), float)
    return condition


def on_page(size, level=INK, sigma=2):
    def condition(digit, random):
        picture = np.full((1754, 1240), PAPER)
        ink = pen(digit, size * 28 // 20)
        y, x = random.integers(100, 1100, 2) * (1, 0.8)
        y, x = int(y), int(x)
        picture[y:y + ink.shape[0], x:x + ink.shape[1]] = drawn(ink, level=level)
        return picture + random.normal(0, sigma, picture.shape)
    return condition


def tilted(degrees):
    return lambda digit, random: turned(drawn(placed(pen(digit))), degrees, int(PAPER))


def straightened(fill):
    """A scan that was turned by 12 degrees, with corners of another level."""
    def condition(digit, random):
        return turned(drawn(placed(turned(pen(digit) * 255, -12, 0) / 255, 500)), 12, fill)
    return condition


def transparent(digit, random):
    sheet = drawn(placed(turned(pen(digit) * 255, -12, 0) / 255, 500))
    colours = Image.fromarray(sheet.astype(np.uint8)).convert("RGBA")
    return colours.rotate(12, Image.BICUBIC, expand=True)


def glare(digit, random):
    """A bright spot on paper that is not lit well."""
    picture = drawn(placed(pen(digit)), 150, 40)
    y, x = ramps(picture)
    return picture + 150 * np.exp(-((x - 0.7) ** 2 + (y - 0.35) ** 2) / 0.02)


def folded(digit, random):
    """Paper that was folded twice: each quarter has a light of its own, and folds are lines."""
    picture = drawn(placed(pen(digit)))
    y, x = np.mgrid[0:420, 0:420]
    across, down = y + 0.05 * x > 215, x - 0.03 * y > 190
    picture *= 0.75 + 0.2 * across - 0.1 * down
    picture[abs(y + 0.05 * x - 215) < 1.5] *= 0.8
    picture[abs(x - 0.03 * y - 190) < 1.5] *= 0.85
    return picture


def crumpled(digit, random):
    picture = drawn(placed(pen(digit)))
    waves = np.asarray(Image.fromarray(random.normal(0, 1, (12, 12)))
                       .resize((420, 420), Image.BICUBIC), float)
    return picture * (0.8 + 0.12 * waves)


def blackboard(digit, random):
    """Chalk on a board that was wiped."""
    ink = placed(pen(digit)) * (0.6 + 0.4 * random.random((420, 420)))
    smears = np.asarray(Image.fromarray(random.normal(0, 1, (40, 8)))
                        .resize((420, 420), Image.BICUBIC), float)
    return drawn(ink, 45 + 12 * smears, 215) + random.normal(0, 6, (420, 420))


def stained(digit, random):
    """The ring of a cup on the sheet."""
    picture = drawn(placed(pen(digit)))
    y, x = np.mgrid[0:420, 0:420]
    away = np.hypot(x - 330, y - 330)
    return picture * (1 - 0.18 * np.exp(-((away - 110) / 7) ** 2) - 0.05 * (away < 110))


def ballpoint(digit, random):
    """A thin pen on ruled paper."""
    ink = np.clip(thinned(pen(digit, 280), 3), 0, 1)
    picture = np.repeat(drawn(placed(ink))[..., None], 3, 2)
    y, x = np.mgrid[0:420, 0:420]
    lines = ((y + 7) % 44 < 2)[..., None] & (placed(ink) < 0.5)[..., None]
    return np.where(lines, np.array((175, 195, 225), float), picture)


def moved(digit, random):
    """The camera moved by 14 pixels."""
    picture = drawn(placed(pen(digit)))
    return np.mean([np.roll(picture, i, 1) for i in range(14)], 0)


def tiny_photograph(digit, random):
    image = Image.fromarray(drawn(placed(pen(digit))).astype(np.uint8))
    picture = np.asarray(image.resize((64, 64), Image.BOX), float)
    y, x = ramps(picture)
    return picture * (1 - 0.5 * x) + random.normal(0, 6, picture.shape)


def marker(digit, random):
    ink = Image.fromarray((pen(digit) * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(13))
    return drawn(placed(np.asarray(ink, float) / 255))


def screen(digit, random):
    """A photograph of a screen, with its pixels."""
    picture = drawn(placed(pen(digit)), 220, 60)
    y, x = np.mgrid[0:420, 0:420]
    return picture * (0.85 + 0.15 * np.sin(x * 1.7) * np.sin(y * 1.9)) * (1 - 0.3 * y / 420)


def photograph(squared=False, on_desk=False, ink=(40, 60, 150)):
    """A photograph by a telephone: blue ink, a soft shadow and a lamp, blur, noise and JPEG."""
    def condition(digit, random):
        height, width = 800, 600
        share = placed(turned(pen(digit, 300) * 255, float(random.uniform(-8, 8)), 0) / 255,
                       height, width)
        picture = np.full((height, width, 3), (245.0, 243.0, 236.0))
        y, x = np.mgrid[0:height, 0:width]
        if squared:
            lines = ((x + 0.01 * y) % 30 < 1.5) | ((y - 0.01 * x) % 30 < 1.5)
            picture[lines] = (170, 190, 215)
        picture = picture * (1 - share[..., None]) + np.array(ink, float) * share[..., None]
        if on_desk:
            away = (x < 50 + 0.05 * y) | (y > 740 - 0.04 * x)
            picture[away] = (110, 75, 45)
        down, across = ramps(share)
        light = 0.65 + 0.35 * np.exp(-((across - 0.7) ** 2 + (down - 0.2) ** 2) / 0.4)
        shade = soft((across + 0.3 * down < random.uniform(0.3, 0.8)).astype(float), 18)
        picture *= (light * (1 - 0.4 * shade))[..., None]
        image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
        picture = np.asarray(image.filter(ImageFilter.GaussianBlur(1.2)), float)
        return picture + random.normal(0, 5, picture.shape)
    return condition


CONDITIONS = {
    "plain": levels(PAPER, INK),
    "raw": lambda digit, random: digit.astype(float),
    "28": lambda digit, random: 255.0 - digit,
    "inverted": levels(INK, PAPER),
    "tight": tight,
    "touches-border": touching,
    "gradient-100": gradient(100, "down"),
    "gradient-diagonal-100": gradient(100, "diagonal"),
    "gradient-across-80": gradient(80, "across"),
    "gradient-across-60": gradient(60, "across"),
    "gradient-across-40": gradient(40, "across"),
    "vignette-0.4": vignette(0.4),
    "vignette-0.2": vignette(0.2),
    "lamp": lamp,
    "shadow-half-0.6": shadow(0.6, 0.5),
    "shadow-half-0.5": shadow(0.5, 0.5),
    "shadow-half-0.4": shadow(0.4, 0.5),
    "shadow-half-0.2": shadow(0.2, 0.5),
    "shadow-slanted-0.5": shadow(0.5, 0.5, "slanted"),
    "shadow-quarter-0.8": shadow(0.8, 0.25),
    "shadow-quarter-0.5": shadow(0.5, 0.25),
    "shadow-soft-third-0.85": shadow(0.85, 0.33, blur=12),
    "shadow-soft-third-0.5": shadow(0.5, 0.33, blur=12),
    "shadow-corner-0.8": shadow(0.8, 0.5, "corner"),
    "shadow-corner-0.5": shadow(0.5, 0.5, "corner"),
    "shadow-corner-slant-0.5": shadow(0.5, 0.45, "corner-slant"),
    "shadow-band-0.6": shadow(0.6, 0.2, "band"),
    "shadow-round-0.5": shadow(0.5, 0.45, "round"),
    "shadow-round-soft-0.5": shadow(0.5, 0.45, "round", blur=8),
    "ruled-220": ruled(220),
    "ruled-80": ruled(80),
    "ruled-20": ruled(20),
    "ruled-slanted-120": ruled(120, slope=0.06),
    "squared-120": ruled(120, step=40, squared=True),
    "squared-80": ruled(80, step=40, squared=True),
    "squared-slanted-150": ruled(150, step=30, squared=True, slope=0.04),
    "ruled-sheet-600": ruled(120, step=50, size=600, digit_size=200, margin=(230, 120, 120)),
    "margin-line": margin_line,
    "frame-0.01": frame(0.01),
    "frame-0.03": frame(0.03),
    "frame-0.1": frame(0.1),
    "frame-white-on-inverted": lambda digit, random: 255 - frame(0.05)(digit, random),
    "edge-left": frame(0.05, 20, (0, 1, 0, 0)),
    "edge-wide": frame(0.15, 90, (0, 0, 1, 0)),
    "desk-60": desk(60),
    "desk-turned-90": desk(90, 7, 6),
    "desk-wood-120": desk(120, 15, 15),
    "holes-dark": holes(),
    "holes-light": holes(light=True),
    "holes-large": holes(size=70),
    "specks-10": specks(10, 4),
    "specks-60": specks(60, 6),
    "salt-pepper-0.01": salt_and_pepper(0.01),
    "salt-pepper-0.1": salt_and_pepper(0.1),
    "noise-30": noise(30),
    "noise-60": noise(60),
    "noise-15-pencil": noise(15, 230, 150),
    "blur-12": blurred(12),
    "faint-225": levels(PAPER, 225),
    "faint-200-on-210": levels(210, 200),
    "dark-30-on-60": levels(60, 30),
    "strokes-1": strokes(1),
    "strokes-3": strokes(3),
    "red-on-green": coloured((20, 140, 60), (220, 30, 30)),
    "green-on-red": coloured((220, 30, 30), (20, 140, 60)),
    "blue-on-red": coloured((200, 40, 40), (40, 60, 220)),
    "purple-on-green": coloured((90, 160, 80), (170, 100, 190)),
    "yellow-on-white": coloured((250, 250, 248), (245, 220, 60)),
    "red-on-green-shadow": coloured((20, 140, 60), (220, 30, 30), blur=5),
    "page-20": on_page(20),
    "page-60": on_page(60),
    "page-200": on_page(200),
    "size-12": small(12),
    "size-10": small(10),
    "size-8": small(8),
    "tilted-20": tilted(20),
    "straightened-white": straightened(255),
    "straightened-black": straightened(0),
    "transparent-margin": transparent,
    "glare": glare,
    "folded": folded,
    "crumpled": crumpled,
    "blackboard": blackboard,
    "stained": stained,
    "ballpoint-ruled": ballpoint,
    "moved": moved,
    "tiny-photograph": tiny_photograph,
    "marker": marker,
    "screen": screen,
    "tilted-30": tilted(30),
    "photograph": photograph(),
    "photograph-squared": photograph(squared=True),
    "photograph-desk": photograph(squared=True, on_desk=True),
    "photograph-pencil": photograph(ink=(120, 120, 125)),
}
AS_JPEG = {"photograph": 80, "photograph-squared": 80, "photograph-desk": 80,
           "photograph-pencil": 80}


def write(picture, folder, number, quality):
    folder.mkdir(parents=True, exist_ok=True)
    if not isinstance(picture, Image.Image):
        picture = Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
    if quality:
        picture.save(folder / f"{number}.jpg", quality=quality)
    else:
        picture.save(folder / f"{number}.png", compress_level=1)


def make(arguments):
    images = read_idx(arguments.mnist / "t10k-images-idx3-ubyte")[:arguments.count]
    labels = read_idx(arguments.mnist / "t10k-labels-idx1-ubyte")[:arguments.count]
    for name, condition in CONDITIONS.items():
        if arguments.only and name not in arguments.only:
            continue
        for number, (image, label) in enumerate(zip(images, labels)):
            random = np.random.default_rng((number, len(name)))
            write(condition(image, random), arguments.out / name / str(label), number,
                  AS_JPEG.get(name))


def draw_sheet(arguments, columns=12, side=110, text=14):
    """One digit in each condition, with the condition's name below."""
    images = read_idx(arguments.mnist / "t10k-images-idx3-ubyte")
    rows = -(-len(CONDITIONS) // columns)
    sheet = Image.new("RGB", (columns * side, rows * (side + text)), "white")
    pencil = ImageDraw.Draw(sheet)
    for i, (name, condition) in enumerate(CONDITIONS.items()):
        picture = condition(images[i % 20], np.random.default_rng(i))
        if not isinstance(picture, Image.Image):
            picture = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
        if picture.mode == "RGBA":
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "#ccccff"), picture)
        picture.thumbnail((side - 6, side - 6))
        left, top = i % columns * side, i // columns * (side + text)
        sheet.paste(picture.convert("RGB"), (left + 3, top + 3))
        pencil.text((left + 3, top + side - 2), name[:18], fill="black")
    sheet.quantize(200).save(arguments.sheet, optimize=True)


def evaluate(out, predictions):
    """The figures of each condition, from the predictions."""
    answers = collections.defaultdict(list)
    with open(predictions, newline="") as file:
        for row in csv.DictReader(file):
            answers[pathlib.Path(row["file"])].append((row["class"], float(row["probability"])))
    result = {}
    for folder in sorted(out.iterdir()):
        figures = dict(total=0, right=0, sure=0, refused=0, several=0)
        for path in folder.glob("*/*"):
            figures["total"] += 1
            found = answers.get(path, [])
            if len(found) != 1:
                figures["refused" if not found else "several"] += 1
            elif found[0][0] == path.parent.name:
                figures["right"] += 1
            elif found[0][1] > 0.9:
                figures["sure"] += 1
        result[folder.name] = figures
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--answers", nargs=2, metavar=("OUT", "CSV"), type=pathlib.Path)
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    parser.add_argument("--sheet", type=pathlib.Path, help="draw one picture of each condition")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--only", nargs="+", choices=list(CONDITIONS), metavar="NAME")
    parser.add_argument("mnist", nargs="?", type=pathlib.Path)
    parser.add_argument("out", nargs="?", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.answers:
        figures = evaluate(*arguments.answers)
        if arguments.json:
            json.dump(figures, sys.stdout, indent=1)
            return
        print(f"{'condition':26} {'right':>5} {'sure':>5} {'none':>5} {'several':>7}  of")
        for name, row in figures.items():
            print(f"{name:26} {row['right']:5} {row['sure']:5} {row['refused']:5} "
                  f"{row['several']:7}  {row['total']}")
    elif arguments.mnist and arguments.sheet:
        draw_sheet(arguments)
    elif arguments.out:
        make(arguments)
    else:
        parser.error("expected MNIST and OUT, MNIST and --sheet, or --answers")


if __name__ == "__main__":
    main()
