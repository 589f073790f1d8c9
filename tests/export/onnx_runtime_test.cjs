// Runs the models of a directory in ONNX Runtime: NAME.onnx on the images in the file `images`, for
// which scanline has computed the logits in NAME.logits. If there are files NAME.BATCHxWIDTH.lines,
// the model reads lines, and is run on these, with the logits in NAME.BATCHxWIDTH.logits. All files
// hold float32.
//
//   node onnx_runtime_test.cjs DIRECTORY
'use strict';

const fs = require('fs');
const path = require('path');
const ort = require('onnxruntime-node');

const directory = process.argv[2];
const rows = 28, columns = 28, tolerance = 1e-5;

function readFloats(name) {
  const bytes = fs.readFileSync(path.join(directory, name));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

// The largest difference between two arrays, as a share of the largest expected value if that is
// above 1. Where something is not a number, it is infinite.
function difference(found, expected) {
  let worst = 0, largest = 1;
  for (let i = 0; i < expected.length; ++i) {
    const own = Math.abs(found[i] - expected[i]);
    worst = Number.isNaN(own) ? Infinity : Math.max(worst, own);
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return worst / largest;
}

// The logits of all images, in batches of this size, and the largest deviation of a sum of
// probabilities from what it should be.
async function run(session, images, batch) {
  const count = images.length / (rows * columns), logits = [];
  let deviation = 0;
  for (let first = 0; first < count; first += batch) {
    const size = Math.min(batch, count - first);
    const pixels = images.subarray(first * rows * columns, (first + size) * rows * columns);
    const result = await session.run(
        {image: new ort.Tensor('float32', pixels, [size, rows, columns])});
    logits.push(result.logits.data);
    const sum = result.probabilities.data.reduce((total, value) => total + value, 0);
    const expected = result.probabilities.size / result.probabilities.dims.at(-1);
    deviation = Math.max(deviation, Math.abs(sum / expected - 1));
  }
  const joined = new Float32Array(logits.reduce((total, part) => total + part.length, 0));
  let begin = 0;
  for (const part of logits) {
    joined.set(part, begin);
    begin += part.length;
  }
  return {logits: joined, deviation};
}

// The same of the lines in a file NAME.BATCHxWIDTH.lines.
async function readLines(session, file) {
  const [, batch, width] = file.match(/\.(\d+)x(\d+)\.lines$/).map(Number);
  const result = await session.run(
      {image: new ort.Tensor('float32', readFloats(file), [batch, rows, width])});
  const [steps, lines] = result.logits.dims;
  if (lines !== batch) throw new Error(`${file}: expected ${batch} lines, found ${lines}`);
  const sum = result.probabilities.data.reduce((total, value) => total + value, 0);
  return {logits: result.logits.data, deviation: Math.abs(sum / (steps * batch) - 1)};
}

async function main() {
  const images = readFloats('images');
  const files = fs.readdirSync(directory).sort();
  let failures = 0;
  const check = (what, {logits, deviation}, expected) => {
    const worst = logits.length === expected.length ? difference(logits, expected) : Infinity;
    const passed = worst <= tolerance && deviation <= 1e-4;
    if (!passed) ++failures;
    console.log(`${passed ? 'ok' : 'FAILED'}: ${what}: ${worst.toExponential(1)}`);
  };
  const names = files.filter((name) => name.endsWith('.onnx'));
  if (names.length === 0) throw new Error('no models in ' + directory);
  for (const name of names) {
    const stem = name.replace('.onnx', '');
    const session = await ort.InferenceSession.create(
        path.join(directory, name), {logSeverityLevel: 3, interOpNumThreads: 1});
    const lines = files.filter((file) => file.startsWith(`${stem}.`) && file.endsWith('.lines'));
    for (const file of lines)
      check(file, await readLines(session, file), readFloats(file.replace('.lines', '.logits')));
    if (lines.length > 0) continue;
    const expected = readFloats(`${stem}.logits`);
    for (const batch of [1, 128])
      check(`${name}, batch ${batch}`, await run(session, images, batch), expected);
  }
  if (failures > 0) throw new Error(`${failures} comparisons failed`);
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
