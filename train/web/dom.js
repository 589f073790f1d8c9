// Small helpers that the views share. Text from runs and models only ever becomes text nodes.

export const byId = (id) => document.getElementById(id);

// element('td', {className: 'number'}, 'text', child...)
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// The answer to a request as JSON. Throws an Error with the server's message where it refuses.
export async function ask(path, options) {
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

// Sets the choices of a select element, and keeps the present choice where it is still there.
export function setChoices(select, names) {
  const present = [...select.options].map((option) => option.value);
  if (present.length === names.length && present.every((name, i) => name === names[i])) return;
  const chosen = select.value;
  select.replaceChildren(...names.map((name) => element('option', {value: name}, name)));
  if (names.includes(chosen)) select.value = chosen;
}

// A bar for each class, the most probable one marked.
export function showBars(container, classes, probabilities) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  if (container.childElementCount !== 3 * classes.length)
    container.replaceChildren(...classes.flatMap(() => [
      element('span', {className: 'label'}),
      element('div', {className: 'track'}, element('div', {className: 'fill'})),
      element('span', {className: 'value'}),
    ]));
  classes.forEach((name, i) => {
    const [label, track, value] = [0, 1, 2].map((part) => container.children[3 * i + part]);
    label.textContent = label.title = name;
    track.firstChild.style.width = `${100 * probabilities[i]}%`;
    track.firstChild.classList.toggle('best', i === best);
    value.textContent = probabilities[i].toFixed(4);
  });
}

// Draws a table of numbers on a canvas, a pixel for each: colour(value) gives red, green and blue.
export function paint(canvas, rows, colour) {
  canvas.width = rows[0].length;
  canvas.height = rows.length;
  const context = canvas.getContext('2d');
  const picture = context.createImageData(canvas.width, canvas.height);
  rows.flat().forEach((value, i) => picture.data.set([...colour(value), 255], 4 * i));
  context.putImageData(picture, 0, 0);
}

export const grey = (value) => [value, value, value];
