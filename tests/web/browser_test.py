#!/usr/bin/python3
"""Uses the page of `scanline serve` in a browser, at the size of a phone and of a desk.

    browser_test.py SCANLINE [SCREENSHOTS]

trains small models with the program SCANLINE, draws a seven with the mouse, reads the answer from the
page, watches a run while it trains, sorts the table, and looks for errors in the browser's console.
SCREENSHOTS is a directory for pictures of the page. The exit status is 77, for a test that was skipped,
where Chromium or Selenium is missing.
"""

import json
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
if not shutil.which("chromium") or not shutil.which("chromedriver"):
    print("skipped: chromium or chromedriver is not installed")
    sys.exit(SKIPPED)
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select, WebDriverWait
except ImportError:
    print("skipped: python3-selenium is not installed")
    sys.exit(SKIPPED)

HOSTILE = "<img src=x onerror=document.title='run'>"
SIZES = {"desk": (1280, 900), "phone": (390, 844)}


def write_digits(directory):
    """A dataset in MNIST's format of two classes: a bar from top to bottom, and a seven."""
    directory.mkdir()
    for prefix, count in (("train", 600), ("t10k", 100)):
        pixels, labels = bytearray(), bytearray()
        for n in range(count):
            image = [[0] * 28 for _ in range(28)]
            left = 8 + n // 2 % 7
            for row in range(4, 24):
                middle = 12 + n // 2 % 4 if n % 2 == 0 else left + 8 - (row - 4) // 3
                for column in range(middle - 1, middle + 2):
                    image[row][column] = 255
            if n % 2 == 1:
                for column in range(left - 2, left + 9):
                    image[4][column] = image[5][column] = image[6][column] = 255
            pixels += bytes(value for row in image for value in row)
            labels.append(1 if n % 2 == 0 else 7)
        head = struct.pack(">IIII", 0x803, count, 28, 28)
        (directory / f"{prefix}-images-idx3-ubyte").write_bytes(head + pixels)
        head = struct.pack(">II", 0x801, count)
        (directory / f"{prefix}-labels-idx1-ubyte").write_bytes(head + labels)


def train(program, folder, *options):
    """Starts a training in `folder`, whose data are in `data`."""
    command = [program, "train", "--dataset", "mnist", "--data", "data", "--hidden-size", "16", "--val-size", "100",
               "--batch-size", "20", "--quiet", *options]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)


def rename_class(file, old, new):
    """Gives a class of a model file another name, by which the file stays whole."""
    content = file.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + size])
    metadata = header["__metadata__"]
    metadata.pop("crc32", None)
    metadata["class_names"] = json.dumps(
        [new if name == old else name for name in json.loads(metadata["class_names"])])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + size:])


class Page:
    """The page in a browser window of some size."""

    def __init__(self, address, size, screenshots):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        if size == "phone":
            width, height = SIZES[size]
            options.add_experimental_option("mobileEmulation", {
                "deviceMetrics": {"width": width, "height": height, "pixelRatio": 2.0}})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.browser.set_window_size(*SIZES[size])
        self.address, self.size, self.screenshots = address, size, screenshots

    def find(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.browser.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def wait(self, condition, what, seconds=30):
        WebDriverWait(self.browser, seconds, poll_frequency=0.05).until(lambda _: condition(), what)

    def open(self, view):
        self.browser.get(f"{self.address}#{view}")

    def shoot(self, name, whole=True):
        if not self.screenshots:
            return
        if whole:
            height = self.browser.execute_script("return document.documentElement.scrollHeight")
            width = SIZES[self.size][0]
            picture = self.browser.execute_cdp_cmd("Page.captureScreenshot", {
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}})
            import base64
            (self.screenshots / f"{name}_{self.size}.png").write_bytes(base64.b64decode(picture["data"]))
        else:
            self.browser.save_screenshot(str(self.screenshots / f"{name}_{self.size}.png"))

    def draw(self, *strokes):
        """Draws lines between points from 0 to 1."""
        pad = self.find("#pad")[0]
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", pad)
        side = pad.size["width"]
        actions = ActionChains(self.browser, duration=20)
        for points in strokes:
            places = [((x - 0.5) * side, (y - 0.5) * side) for x, y in points]
            actions.move_to_element_with_offset(pad, *places[0]).click_and_hold()
            for place in places[1:]:
                actions.move_to_element_with_offset(pad, *place)
            actions.release()
        actions.perform()

    def check_console(self):
        errors = [entry for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
        assert not errors, errors

    def check_width(self):
        inner, outer = self.browser.execute_script(
            "return [document.documentElement.scrollWidth, innerWidth]")
        assert inner <= outer, f"the page is {inner} pixels wide in a window of {outer}"


SEVEN = [(0.3, 0.25), (0.5, 0.25), (0.7, 0.25), (0.6, 0.5), (0.5, 0.65), (0.45, 0.8)]


def check_drawing(page):
    page.open("draw")
    page.wait(lambda: page.find("#draw-model option"), "models to choose from")
    Select(page.find("#draw-model")[0]).select_by_visible_text("bilstm-1")
    page.draw(SEVEN)
    page.wait(lambda: page.text("#answer") == ["7"], "a seven is read as 7")
    values = [float(value) for value in page.text("#bars .value")]
    assert len(values) == 10 and abs(sum(values) - 1) < 0.01, values
    assert page.find("#rows-card")[0].is_displayed(), "a BiLSTM is shown row by row"
    assert page.text("#row-answer")[0].startswith("after row 28 of 28: 7"), page.text("#row-answer")
    page.shoot("draw")

    # MNIST's preparation does not mind which of paper and ink is dark.
    corner = "return document.getElementById('pad').getContext('2d').getImageData(0, 0, 1, 1).data[0]"
    assert page.browser.execute_script(corner) == 255
    page.find("#inverted")[0].click()
    assert page.browser.execute_script(corner) == 0
    page.wait(lambda: page.text("#answer") == ["7"], "a light seven is read as 7")
    page.find("#inverted")[0].click()

    # How long an answer takes, from the end of a stroke to the bars.
    took = page.browser.execute_async_script("""
      const done = arguments[0], pad = document.getElementById('pad');
      const place = pad.getBoundingClientRect(), start = performance.now();
      new MutationObserver((_, observer) => { observer.disconnect(); done(performance.now() - start); })
        .observe(document.getElementById('bars'), {subtree: true, childList: true, characterData: true});
      for (const type of ['pointerdown', 'pointerup'])
        pad.dispatchEvent(new PointerEvent(type, {pointerId: 1, button: 0, bubbles: true,
          clientX: place.x + place.width / 2, clientY: place.y + place.height / 2}));""")
    print(f"{page.size}: {took:.0f} ms from a stroke to the bars")

    page.find("#undo")[0].click()
    page.find("#undo")[0].click()
    page.wait(lambda: page.text("#answer") == ["–"], "nothing is left to read")
    page.draw([(0.5, 0.2), (0.5, 0.8)])
    page.wait(lambda: page.text("#answer") == ["1"], "a bar is read as 1")
    page.find("#clear")[0].click()
    page.wait(lambda: page.text("#answer") == ["–"], "nothing is left to read")

    # A name that would be a script if it were taken for HTML.
    Select(page.find("#draw-model")[0]).select_by_visible_text("hostile.safetensors")
    page.draw(SEVEN)
    page.wait(lambda: page.text("#answer") == [HOSTILE], "the name of the class is shown")
    assert not page.find("#answer img") and page.browser.title == "scanline"
    page.find("#clear")[0].click()


def check_runs(page, program, folder):
    page.open("runs")
    names = lambda: page.text("#run-rows .name")
    page.wait(lambda: "bilstm-1" in names(), "the table has the run")
    page.find("#run-head button")[0].click()
    page.wait(lambda: names() == sorted(names()), "the names are in order")
    page.find("#run-head button")[0].click()
    page.wait(lambda: names() == sorted(names(), reverse=True), "the names are in the other order")

    name = f"runs/live-{page.size}"
    training = train(program, folder, "--epochs", "400", "--hidden-size", "64", "--out", name)
    try:
        epochs = lambda: page.text(f"#run-rows tr[data-run='live-{page.size}'] td:nth-child(4)")
        page.wait(lambda: epochs() and not epochs()[0].startswith("0/"), "the run has begun")
        before = epochs()
        page.wait(lambda: epochs() != before, "the run moves", seconds=5)
        assert "running" in page.text(f"#run-rows tr[data-run='live-{page.size}'] .state")
        page.browser.execute_script(
            "const box = document.querySelector(arguments[0]); if (!box.checked) box.click()",
            f"#run-rows tr[data-run='live-{page.size}'] input")
        page.wait(lambda: f"live-{page.size}" in page.text("#legend li"), "its curve is drawn")
        curve = lambda: page.browser.execute_script(
            "return [...document.querySelectorAll('#chart .curve')].map((e) => e.outerHTML)")
        before = curve()
        page.wait(lambda: curve() != before, "the curve moves", seconds=5)
        ActionChains(page.browser).move_to_element(page.find("#chart svg")[0]).click().perform()
        page.wait(lambda: page.find("#tip")[0].is_displayed(), "values under the pointer")
        assert page.text("#tip div")[0].startswith("epoch "), page.text("#tip")
        assert page.find("#differences tbody tr"), "options differ"
        page.shoot("runs")
    finally:
        training.send_signal(signal.SIGTERM)
        training.wait()
    page.wait(lambda: "interrupted" in page.text(f"#run-rows tr[data-run='live-{page.size}'] .state"),
              "the run has ended")


def check_mistakes(page):
    page.open("mistakes")
    page.wait(lambda: page.find("#mistake-run option"), "runs to choose from")
    Select(page.find("#mistake-run")[0]).select_by_visible_text("untaught")
    page.wait(lambda: len(page.find("#mistake-grid button")) > 5, "mistakes are shown")
    page.shoot("mistakes")
    page.find("#mistake-grid button")[0].click()
    page.wait(lambda: len(page.text("#mistake-bars .value")) == 10, "all probabilities")
    page.shoot("mistake", whole=False)
    page.find("#mistake button")[0].click()


def check_page(address, size, program, folder, screenshots):
    page = Page(address, size, screenshots)
    try:
        for view in ("runs", "draw", "mistakes"):
            page.open(view)
            page.wait(lambda: page.find(f"#{view}")[0].is_displayed(), view)
            page.check_width()
        check_drawing(page)
        check_runs(page, program, folder)
        check_mistakes(page)
        page.check_width()
        page.check_console()
    finally:
        page.browser.quit()


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    screenshots = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    if screenshots:
        screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="scanline.") as directory:
        folder = pathlib.Path(directory)
        write_digits(folder / "data")
        trainings = [train(program, folder, "--epochs", "6", "--out", "runs/bilstm-1"),
                     train(program, folder, "--epochs", "1", "--lr", "1e-6", "--out", "runs/untaught")]
        assert [training.wait() for training in trainings] == [0, 0]
        hostile = folder / "runs" / "hostile.safetensors"
        shutil.copy(folder / "runs" / "bilstm-1" / "model.safetensors", hostile)
        rename_class(hostile, "7", HOSTILE)
        server = subprocess.Popen([program, "serve", "runs", "--port", "0"], cwd=folder,
                                  stdout=subprocess.PIPE, text=True)
        try:
            address = server.stdout.readline().strip()
            for size in SIZES:
                check_page(address, size, program, folder, screenshots)
                print(f"{size}: all is well")
        finally:
            server.terminate()
            server.wait(timeout=5)


if __name__ == "__main__":
    main()
