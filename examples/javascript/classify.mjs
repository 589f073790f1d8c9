// Classifies images of digits with a model that `scanline export --format onnx` wrote, in a browser
// or in Node.js.

// [classify]
import * as ort from 'onnxruntime-web';

/** Loads a model from an address, or from its bytes. */
export function load(model) {
  return ort.InferenceSession.create(model);
}

/** image: 28 rows of 28 pixels from 0 to 1, the digit light on black, as a Float32Array. */
export async function classify(session, image) {
  const tensor = new ort.Tensor('float32', image, [1, 28, 28]);
  const {probabilities} = await session.run({image: tensor});
  return Array.from(probabilities.data); // one for each class
}
// [classify]
