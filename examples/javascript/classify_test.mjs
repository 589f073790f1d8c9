// Holds the module against logits that scanline computed, as tests/export/onnx_cases.cpp writes them.
//
//   node classify_test.mjs DIRECTORY MODEL

import fs from 'node:fs';
import path from 'node:path';
import {classify, load} from './classify.mjs';

const [directory, model] = process.argv.slice(2);
const pixels = 28 * 28, classes = 10, images = 20;

function readFloats(name) {
  const bytes = fs.readFileSync(path.join(directory, name));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

const image = readFloats('images'), logits = readFloats(`${model}.logits`);
const session = await load(fs.readFileSync(path.join(directory, `${model}.onnx`)));
let worst = 0;
for (let i = 0; i < images; ++i) {
  const found = await classify(session, image.slice(i * pixels, (i + 1) * pixels));
  const powers = Array.from(logits.subarray(i * classes, (i + 1) * classes), Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  powers.forEach((power, c) => {
    worst = Math.max(worst, Math.abs(found[c] - power / sum));
  });
}
console.log(`onnxruntime-web, ${model}: probabilities differ by ${worst.toExponential(1)}`);
if (!(worst < 1e-5)) process.exit(1);
