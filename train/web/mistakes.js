// The worst mistakes of a run's test.
import {ask, byId, element, grey, paint, setChoices, showBars} from './dom.js';
import {fileOf} from './runs.js';

let shown = null;  // the run whose mistakes are shown, and when it was tested

function showMistake(classes, {truth, answer, probabilities, image}) {
  byId('mistake-title').textContent = `true ${classes[truth]}, said ${classes[answer]}`;
  paint(byId('mistake-image'), image, grey);
  showBars(byId('mistake-bars'), classes, probabilities);
  byId('mistake').showModal();
}

async function showMistakes(run) {
  const asked = shown;
  const grid = byId('mistake-grid');
  grid.replaceChildren();
  byId('mistake-note').textContent = '';
  let mistakes;
  try {
    mistakes = await ask(fileOf(run, 'mistakes.json'));
  } catch {
    if (shown !== asked) return;
    byId('mistake-note').textContent = 'This run has left no mistakes to look at.';
    return;
  }
  if (shown !== asked) return;  // another run was chosen meanwhile
  const {classes, total, count, worst} = mistakes;
  byId('mistake-note').textContent = count === 0 ? `No mistakes in ${total} images.`
    : `${count} mistakes in ${total} images${worst.length < count ? `; here are the ${worst.length} `
      + 'of which the model was most certain' : ''}. Choose one for all probabilities.`;
  grid.replaceChildren(...worst.map((mistake) => {
    const canvas = element('canvas');
    paint(canvas, mistake.image, grey);
    const button = element('button', {type: 'button'}, canvas,
      element('span', {}, `true ${classes[mistake.truth]}`),
      element('span', {}, `said ${classes[mistake.answer]} `
        + `(${mistake.probabilities[mistake.answer].toFixed(2)})`));
    button.addEventListener('click', () => showMistake(classes, mistake));
    return button;
  }));
}

function update() {
  const choice = byId('mistake-run').selectedOptions[0];
  const present = JSON.stringify([choice?.value, choice?.dataset.date]);
  if (present === shown) return;
  shown = present;
  if (choice) showMistakes(choice.value);
  else byId('mistake-note').textContent = 'No run has been tested yet.';
}

export function showMistakeRuns(runs) {
  const tested = runs.filter((run) => run.state === 'finished')
    .sort((a, b) => (b.date ?? '').localeCompare(a.date ?? ''));
  setChoices(byId('mistake-run'), tested.map((run) => run.name));
  for (const option of byId('mistake-run').options)
    option.dataset.date = tested.find((run) => run.name === option.value).date;
  update();
}

byId('mistake-run').addEventListener('change', update);
