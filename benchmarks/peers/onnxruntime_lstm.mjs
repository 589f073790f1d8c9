// Times ONNX Runtime's forward pass, from images to logits, through its binding for Node.js.
//
//   node onnxruntime_lstm.mjs PACKAGE MODEL BATCH_SIZE THREADS
//
// PACKAGE is the directory of the installed package onnxruntime-node, MODEL an ONNX file for batches
// of that size, as pytorch_lstm.py --export writes it. Prints images a second, one number.

import { createRequire } from "node:module";
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";

const [directory, model, batchSize, threads] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const { Tensor } = require(resolve(directory));
// What the public InferenceSession calls after a turn of the event loop, which takes 5 % of the time
// of a single image.
const { binding } = require(resolve(directory, "dist/binding.js"));

const session = new binding.InferenceSession();
session.loadModel(model, { intraOpNumThreads: Number(threads), graphOptimizationLevel: "all" });
const pixels = Float32Array.from({ length: batchSize * 28 * 28 }, () => 2 * Math.random() - 1);
const images = new Tensor("float32", pixels, [Number(batchSize), 28, 28]);

function callsPerSecond(seconds) {
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < seconds) {
    session.run({ images }, { logits: null }, {});
    calls += 1;
    elapsed = (performance.now() - start) / 1000;
  }
  return calls / elapsed;
}

callsPerSecond(0.3); // warms up
console.log(Math.round(batchSize * callsPerSecond(1)));
