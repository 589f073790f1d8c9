// Curves over epochs, as SVG.
import {element} from './dom.js';


function svg(tag, attributes, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Round numbers from low to high, about `count` of them.
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-9); ++i) found.push(i * step);
  return found;
}

function logTicks(low, high) {
  const found = [];
  const factors = high / low < 1000 ? [1, 2, 5] : [1];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); ++power)
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low && value <= high) found.push(value);
    }
  return found.length > 1 ? found : ticks(low, high, 4).filter((value) => value > 0);
}

// What is drawn at which height. Accuracies below 1 are told apart by their distance from it.
const scales = {
  linear: {to: (value) => value, from: (place) => place, ticks: (low, high) => ticks(low, high, 5)},
  logarithmic: {to: Math.log, from: Math.exp, ticks: logTicks},
  accuracy: {
    to: (value) => -Math.log(1 - value),
    from: (place) => 1 - Math.exp(-place),
    ticks: (low, high) => logTicks(1 - high, Math.min(1, 1 - low)).map((error) => 1 - error),
  },
};

const short = (value) => String(Number(value.toPrecision(5)));

// curves: [{name, colour, points: [[epoch, value]...]}]. One chart is made once, and shown again
// whenever the curves change; the epoch under the pointer stays marked.
export class Chart {
  constructor(container) {
    this.svg = svg('svg', {role: 'img', tabindex: 0});
    this.tip = element('div', {id: 'tip', hidden: true});
    container.append(this.svg, this.tip);
    this.epoch = null;
    this.curves = [];
    new ResizeObserver(() => this.shown && this.show(...this.shown)).observe(container);
    this.svg.addEventListener('pointermove', (event) => this.point(event));
    this.svg.addEventListener('pointerdown', (event) => this.point(event));
    // A finger that is lifted leaves the values where they are.
    this.svg.addEventListener('pointerleave', (event) => {
      if (event.pointerType === 'mouse') this.mark(null);
    });
    this.svg.addEventListener('blur', () => this.mark(null));
    this.svg.addEventListener('keydown', (event) => {
      const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
      if (!step) return;
      event.preventDefault();
      const from = this.epoch ?? (step > 0 ? this.first - 1 : this.last + 1);
      this.mark(Math.min(this.last, Math.max(this.first, from + step)));
    });
  }

  // `scale` is the name of one of `scales`.
  show(curves, label, scale) {
    this.shown = [curves, label, scale];
    this.curves = curves;
    const width = this.width = Math.max(280, this.svg.parentNode.clientWidth);
    const height = width < 600 ? 240 : 340;
    const box = this.box = {left: 58, right: width - 14, top: 12, bottom: height - 40};
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const points = curves.flatMap((curve) => curve.points);
    this.svg.replaceChildren();
    this.svg.setAttribute('aria-label', `${label} over epochs; the arrow keys move along it`);
    this.isEmpty = points.length === 0;
    if (this.isEmpty) {
      const text = curves.length === 0 ? 'Choose runs in the table' : 'No epoch is done yet';
      this.svg.append(svg('text', {x: width / 2, y: height / 2, 'text-anchor': 'middle'}, text));
      this.mark(null);
      return;
    }
    const epochs = points.map(([epoch]) => epoch), values = points.map(([, value]) => value);
    this.first = Math.min(...epochs);
    this.last = Math.max(...epochs);
    const isPerfect = scale === 'accuracy' && Math.max(...values) === 1;
    const {to: placeOf, from: valueAt, ticks: ticksOf} = scales[isPerfect ? 'linear' : scale];
    let low = placeOf(Math.min(...values)), high = placeOf(Math.max(...values));
    const margin = high > low ? (high - low) * 0.05 : Math.abs(high) * 0.05 || 1;
    [low, high] = [low - margin, high + margin];
    this.x = (epoch) => this.last === this.first ? (box.left + box.right) / 2 :
      box.left + (epoch - this.first) / (this.last - this.first) * (box.right - box.left - 10);
    this.y = (value) =>
      box.bottom - (placeOf(value) - low) / (high - low) * (box.bottom - box.top);

    for (const value of ticksOf(valueAt(low), valueAt(high))) {
      const y = this.y(value);
      this.svg.append(svg('line', {class: 'grid', x1: box.left, x2: box.right, y1: y, y2: y}),
        svg('text', {x: box.left - 8, y: y + 4, 'text-anchor': 'end'}, short(value)));
    }
    for (const epoch of new Set(ticks(this.first, Math.max(this.last, this.first + 1), 8)))
      if (Number.isInteger(epoch) && epoch <= this.last)
        this.svg.append(svg('text', {x: this.x(epoch), y: height - 22, 'text-anchor': 'middle'},
          epoch));
    this.svg.append(svg('text', {x: box.right, y: height - 4, 'text-anchor': 'end'}, 'epoch'));
    for (const {colour, points: places} of curves) this.draw(colour, places);
    this.marks = svg('g', {});
    this.svg.append(this.marks);
    this.mark(this.epoch);
  }

  draw(colour, points) {
    const places = points.map(([epoch, value]) => `${this.x(epoch)},${this.y(value)}`);
    this.svg.append(svg('polyline', {class: 'curve', points: places.join(' '), stroke: colour}));
    if (points.length > 0) {
      const [epoch, value] = points.at(-1);
      this.svg.append(svg('circle', {cx: this.x(epoch), cy: this.y(value), r: 3.5, fill: colour}));
    }
  }

  point(event) {
    if (this.isEmpty) return;
    const place = this.svg.getBoundingClientRect();
    const {box} = this, x = (event.clientX - place.left) / place.width * this.width;
    const share = (x - box.left) / (box.right - box.left - 10);
    const epoch = Math.round(this.first + share * (this.last - this.first));
    this.mark(Math.min(this.last, Math.max(this.first, epoch)));
  }

  // Marks an epoch, and shows the values there.
  mark(epoch) {
    this.epoch = epoch;
    this.tip.hidden = epoch === null || this.isEmpty;
    this.marks?.replaceChildren();
    if (this.tip.hidden) return;
    const x = this.x(epoch), {box} = this;
    this.marks.append(svg('line', {class: 'cross', x1: x, x2: x, y1: box.top, y2: box.bottom}));
    const lines = [];
    const middle = (box.top + box.bottom) / 2;
    let isHigh = true;  // whether all values are in the upper half
    for (const {name, colour, points} of this.curves) {
      const found = points.find(([at]) => at === epoch);
      if (!found) continue;
      isHigh = isHigh && this.y(found[1]) < middle;
      this.marks.append(svg('circle', {cx: x, cy: this.y(found[1]), r: 4.5, fill: colour}));
      const swatch = element('span', {className: 'swatch'});
      swatch.style.background = colour;
      lines.push(element('div', {}, swatch, `${short4(found[1])}  ${name}`));
    }
    this.tip.replaceChildren(element('div', {}, `epoch ${epoch}`), ...lines);
    this.tip.style.top = isHigh ? 'auto' : '0.5rem';
    this.tip.style.bottom = isHigh ? '3.5rem' : 'auto';
    const share = x / this.width;
    this.tip.style.left = share < 0.5 ? `${100 * share + 2}%` : 'auto';
    this.tip.style.right = share < 0.5 ? 'auto' : `${100 * (1 - share) + 2}%`;
  }
}

const short4 = (value) => value >= 0.001 ? value.toFixed(4) : value.toPrecision(3);
