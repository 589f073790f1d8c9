// The drawing area, and the answer of a model while one draws.
import {ask, byId, element, grey, paint, setChoices, showBars} from './dom.js';

const penWidth = 1 / 13;    // of the side of the drawing area, about that of MNIST's digits
const pictureSide = 280;    // of the picture that is sent, in pixels

let strokes = [];           // lists of points, from 0 to 1
let picture = null;         // a picture that was opened: {bytes, bitmap}
let isAsking = false;       // a request is on its way
let isChanged = false;      // something was drawn since
let reading = null;         // what the model knew after each row

// Draws the strokes on a square of `side` pixels.
function render(context, side) {
  const isInverted = byId('inverted').checked;
  context.fillStyle = isInverted ? '#000' : '#fff';
  context.fillRect(0, 0, side, side);
  if (picture) {
    const {width, height} = picture.bitmap;
    const scale = side / Math.max(width, height);
    context.drawImage(picture.bitmap, (side - scale * width) / 2, (side - scale * height) / 2,
      scale * width, scale * height);
  }
  context.strokeStyle = isInverted ? '#fff' : '#111';
  context.lineWidth = penWidth * side;
  context.lineCap = context.lineJoin = 'round';
  for (const points of strokes) {
    context.beginPath();
    points.forEach(([x, y]) => context.lineTo(x * side, y * side));
    // A line of no length shows nothing, and a dot is one too.
    if (points.length === 1) context.lineTo(points[0][0] * side + 0.01, points[0][1] * side);
    context.stroke();
  }
}

// Whether there is no more than the beginning of a stroke: no digit is as small as the pen's mark.
function isDot() {
  const extent = (places) => Math.max(...places) - Math.min(...places);
  const points = strokes.flat();
  return !picture &&
    Math.max(extent(points.map(([x]) => x)), extent(points.map(([, y]) => y))) < penWidth;
}

function bytesOfDrawing() {
  if (picture) return Promise.resolve(picture.bytes);
  const canvas = element('canvas', {width: pictureSide, height: pictureSide});
  render(canvas.getContext('2d'), pictureSide);
  return new Promise((done) => canvas.toBlob(done, 'image/png'));
}

function showNothing() {
  byId('answer').textContent = '–';
  byId('answer').classList.remove('long');
  byId('bars').replaceChildren();
  paint(byId('seen'), [[0]], grey);
  byId('rows-card').hidden = true;
}

function showError(message) {
  byId('draw-error').hidden = message === '';
  byId('draw-error').textContent = message;
}

function showAnswer(answer) {
  byId('answer').textContent = answer.class;
  byId('answer').classList.toggle('long', answer.class.length > 3);
  // Several digits have a bar each; one has a bar for each class.
  const digits = answer.found?.flatMap((part) => part.digits ?? [part]);
  showBars(byId('bars'), digits?.map((digit) => digit.class) ?? answer.classes,
    digits?.map((digit) => digit.probability) ?? answer.probabilities);
  paint(byId('seen'), answer.image, grey);
  reading = answer.rows ? {...answer.rows, image: answer.image, classes: answer.classes} : null;
  byId('rows-card').hidden = reading === null;
  if (reading) showReading();
}

// Asks for the present drawing, unless a request is on its way: its end asks again.
async function update() {
  isChanged = true;
  if (isAsking) return;
  isAsking = true;
  while (isChanged) {
    isChanged = false;
    if (isDot()) {
      showError('');
      showNothing();
      continue;
    }
    const model = byId('draw-model').value;
    try {
      const answer = await ask(`/api/predict?rows=1&model=${encodeURIComponent(model)}`,
        {method: 'POST', body: await bytesOfDrawing()});
      if (strokes.length > 0 || picture) showAnswer(answer);
      showError('');
    } catch (error) {
      showNothing();
      showError(error.message);
    }
  }
  isAsking = false;
}

function redraw() {
  render(byId('pad').getContext('2d'), byId('pad').width);
  update();
}

// From -1 over grey to 1, in the colours of the caption.
function signed(value) {
  const end = value < 0 ? [43, 108, 176] : [200, 80, 10];
  const strength = Math.min(1, Math.abs(value));
  return end.map((part) => 245 + strength * (part - 245));
}

const blues = (value) => [[0, 245], [105, 245], [168, 245]].map(
  ([full, none]) => none + value ** 0.7 * (full - none));

// Rows below the chosen one are pale.
const paled = (colour, isRead) => isRead ? colour : colour.map((part) => 0.25 * part + 110);

function showReading() {
  const {image, classes, probabilities, states} = reading;
  const slider = byId('row');
  const isLast = slider.value === slider.max;
  slider.max = image.length;
  if (isLast) slider.value = image.length;
  const row = Number(slider.value);
  const paintRows = (id, rows, colour) => {
    const numbered = rows.map((values, at) => values.map((value) => ({value, isRead: at < row})));
    paint(byId(id), numbered, ({value, isRead}) => paled(colour(value), isRead));
  };
  paintRows('row-image', image, grey);
  paintRows('row-belief', probabilities, blues);
  paintRows('row-state', states, signed);
  byId('row-classes').textContent = classes.length > 12
    ? `${classes.length} classes` : `${classes[0]} to ${classes.at(-1)}`;
  byId('row-units').textContent = states[0].length;
  const present = probabilities[row - 1];
  const best = present.indexOf(Math.max(...present));
  byId('row-answer').textContent =
    `after row ${row} of ${image.length}: ${classes[best]} (${present[best].toFixed(2)})`;
}

function showRow(event) {
  const place = event.currentTarget.getBoundingClientRect();
  byId('row').value = 1 + Math.floor((event.clientY - place.top) / place.height * reading.image.length);
  showReading();
}

async function openPicture(file) {
  if (!file) return;
  try {
    picture = {bytes: file, bitmap: await createImageBitmap(file)};
  } catch {
    showError(`${file.name}: the browser cannot show this as a picture`);
    return;
  }
  strokes = [];
  redraw();
}

function clear() {
  strokes = [];
  picture = null;
  redraw();
}

function undo() {
  if (strokes.length > 0) strokes.pop();
  else picture = null;
  redraw();
}

function startPad() {
  const pad = byId('pad');
  let pen = null;  // the pointer that draws
  const placeOf = (event) => {
    const place = pad.getBoundingClientRect();
    return [(event.clientX - place.left) / place.width, (event.clientY - place.top) / place.height];
  };
  pad.addEventListener('pointerdown', (event) => {
    if (pen !== null || event.button !== 0) return;
    pen = event.pointerId;
    pad.setPointerCapture(pen);
    picture = null;
    strokes.push([placeOf(event)]);
    redraw();
  });
  pad.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pen) return;
    const events = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1)?.push(...(events.length > 0 ? events : [event]).map(placeOf));
    redraw();
  });
  const lift = (event) => {
    if (event.pointerId === pen) pen = null;
  };
  pad.addEventListener('pointerup', lift);
  pad.addEventListener('pointercancel', lift);
  pad.addEventListener('keydown', (event) => {
    if (event.key === 'Backspace' || (event.key === 'z' && (event.ctrlKey || event.metaKey))) undo();
    else if (event.key === 'Delete') clear();
    else return;
    event.preventDefault();
  });
}

function startPictures() {
  const pad = byId('pad');
  byId('open').addEventListener('click', () => byId('file').click());
  byId('file').addEventListener('change', () => {
    openPicture(byId('file').files[0]);
    byId('file').value = '';
  });
  addEventListener('dragover', (event) => {
    event.preventDefault();
    pad.classList.add('over');
  });
  addEventListener('dragleave', () => pad.classList.remove('over'));
  addEventListener('drop', (event) => {
    event.preventDefault();
    pad.classList.remove('over');
    openPicture(event.dataTransfer.files[0]);
  });
  addEventListener('paste', (event) => {
    if (byId('draw').hidden) return;
    openPicture([...event.clipboardData.files].find((file) => file.type.startsWith('image/')));
  });
}

export function showModels(names) {
  const before = byId('draw-model').value;
  setChoices(byId('draw-model'), names);
  if (before !== byId('draw-model').value) update();
}

export function startDrawing() {
  startPad();
  startPictures();
  byId('undo').addEventListener('click', undo);
  byId('clear').addEventListener('click', clear);
  byId('draw-model').addEventListener('change', update);
  byId('inverted').addEventListener('change', redraw);
  byId('row').addEventListener('input', showReading);
  for (const id of ['row-image', 'row-belief', 'row-state'])
    byId(id).addEventListener('pointermove', showRow);
  redraw();
}
