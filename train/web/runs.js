// The table of runs, and the curves and options of those that are chosen.
import {ask, byId, element, setChoices} from './dom.js';
import {Chart} from './chart.js';

const colours = ['#0a84c6', '#d9660d', '#12996b', '#c2559b', '#b8860b', '#7a63d6', '#d13f3f', '#6f7d8c'];

const metrics = {
  'validation accuracy': {key: 'val_accuracy', scale: 'accuracy'},
  'validation loss': {key: 'val_loss', scale: 'logarithmic'},
  'training accuracy': {key: 'train_accuracy', scale: 'accuracy'},
  'training loss': {key: 'train_loss', scale: 'logarithmic'},
  'learning rate': {key: 'learning_rate', scale: 'linear'},
};

export const fileOf = (run, file) => `/files/${encodeURIComponent(run)}/${file}`;

const share = (value) => typeof value === 'number' ? value.toFixed(4) : '–';

function duration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
}

// The columns after the name: what is compared, and what is shown.
const columns = [
  {title: 'State', value: (run) => run.state, show: (run) => element('span',
    {className: `state ${run.state}`, title: run.problem ?? run.state},
    element('span', {className: 'word'}, run.problem ? 'damaged' : run.state))},
  {title: 'Model', isMinor: true, value: (run) => run.model ?? '', show: (run) => run.model ?? '–'},
  {title: 'Epochs', isNumber: true, value: (run) => run.epochs_done,
    show: (run) => run.epochs ? `${run.epochs_done}/${run.epochs}` : `${run.epochs_done}`},
  {title: 'Val', isNumber: true, value: (run) => run.val_accuracy ?? -1,
    show: (run) => share(run.val_accuracy)},
  {title: 'Test', isNumber: true, value: (run) => run.test_accuracy ?? -1,
    show: (run) => share(run.test_accuracy)},
  {title: 'Time', isNumber: true, isMinor: true, value: (run) => run.seconds,
    show: (run) => duration(run.seconds)},
  {title: 'Date', isMinor: true, value: (run) => run.date ?? '',
    show: (run) => run.date ? new Date(run.date).toLocaleString([],
      {day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit'}) : '–'},
  {title: 'Report', value: (run) => run.state,
    show: (run) => hasReport(run) ? element('a', {href: fileOf(run.name, 'report.html'),
      target: '_blank'}, 'open') : ''},
  {title: 'Notes', isMinor: true, value: (run) => run.notes ?? '',
    show: (run) => element('div', {className: 'notes', title: run.notes ?? ''}, run.notes ?? '')},
];
const hasReport = (run) => run.state === 'finished'
  || details.get(run.name)?.record.files.includes('report.html');
const byName = new Intl.Collator([], {numeric: true});
const nameColumn = {title: 'Run', value: (run) => run.name};

let runs = [];
let chosen = null;          // names of runs, in the order of their colours
const details = new Map();  // answers of /api/runs/NAME, and what they were asked for
let order = {column: columns.find(({title}) => title === 'Date'), isDescending: true};
let chart;

const colourOf = (name) => colours[chosen.indexOf(name) % colours.length];

function compare(a, b) {
  const [left, right] = [order.column.value(a), order.column.value(b)];
  const sign = typeof left === 'number' ? left - right : byName.compare(left, right);
  return (order.isDescending ? -sign : sign) || byName.compare(a.name, b.name);
}

function showHead() {
  byId('run-head').replaceChildren(...[nameColumn, ...columns].map((column) => {
    const button = element('button', {type: 'button'},
      element('span', {className: column.title === 'State' ? 'word' : ''}, column.title));
    button.addEventListener('click', () => {
      const isSame = order.column === column;
      order = {column, isDescending: isSame ? !order.isDescending : Boolean(column.isNumber)};
      showHead();
      showRows();
    });
    const cell = element('th', {scope: 'col', className: classOf(column)}, button);
    if (order.column === column)
      cell.setAttribute('aria-sort', order.isDescending ? 'descending' : 'ascending');
    return cell;
  }));
}

const classOf = ({isNumber, isMinor}) => `${isNumber ? 'number' : ''} ${isMinor ? 'minor' : ''}`.trim();

function nameCell(run) {
  const box = element('input', {type: 'checkbox', checked: chosen.includes(run.name)});
  box.addEventListener('change', async () => {
    chosen = box.checked ? [...chosen, run.name] : chosen.filter((name) => name !== run.name);
    await loadDetails();
    showRows();
    showChosen();
  });
  const swatch = element('span', {className: 'swatch'});
  swatch.style.background = box.checked ? colourOf(run.name) : 'transparent';
  return element('td', {}, element('label', {title: run.name}, box, swatch,
    element('span', {className: 'name'}, run.name)));
}

let shownRows = '';

function showRows() {
  const state = JSON.stringify([runs, chosen, order.column.title, order.isDescending]);
  if (state === shownRows) return;  // so that what has the focus keeps it
  shownRows = state;
  const focused = document.activeElement?.closest?.('#run-rows tr')?.dataset.run;
  const rows = [...runs].sort(compare).map((run) => {
    const row = element('tr', {}, nameCell(run));
    row.dataset.run = run.name;
    for (const column of columns)
      row.append(element('td', {className: classOf(column)}, column.show(run)));
    return row;
  });
  byId('run-rows').replaceChildren(...rows);
  rows.find((row) => row.dataset.run === focused)?.querySelector('input').focus();
  const running = runs.filter((run) => run.state === 'running').length;
  byId('run-count').textContent = runs.length === 0 ? 'none yet: scanline train makes one'
    : `${runs.length}${running > 0 ? `, of which ${running} running` : ''}`;
}

function showDifferences(shown) {
  const names = new Set(shown.flatMap(({options}) => Object.keys(options)));
  names.delete('notes');  // which the table shows
  const differing = [...names].sort().filter((name) => new Set(shown.map(({options}) => options[name])).size > 1);
  byId('difference-card').hidden = shown.length < 2 || differing.length === 0;
  const head = element('tr', {}, element('th', {}, 'Option'),
    ...shown.map(({name}) => element('th', {}, name)));
  byId('differences').replaceChildren(element('thead', {}, head), element('tbody', {},
    ...differing.map((option) => element('tr', {}, element('td', {}, option),
      ...shown.map(({options}) => element('td', {title: options[option] ?? ''},
        options[option] ?? '–'))))));
}

function showChosen() {
  const {key, scale} = metrics[byId('metric').value];
  const shown = chosen.filter((name) => details.has(name)).map((name) => details.get(name).record);
  const curves = shown.map(({name, epoch_records: records}) => ({
    name,
    colour: colourOf(name),
    points: records.filter((record) => typeof record[key] === 'number'
      && (scale !== 'logarithmic' || record[key] > 0)).map((record) => [record.epoch, record[key]]),
  }));
  chart.show(curves, byId('metric').value, scale);
  byId('legend').replaceChildren(...curves.map(({name, colour}) => {
    const swatch = element('span', {className: 'swatch'});
    swatch.style.background = colour;
    return element('li', {}, swatch, name);
  }));
  showDifferences(shown);
}

// Asks for the chosen runs that have changed. Returns whether there is anything new to show.
async function loadDetails() {
  const changed = runs.filter((run) => chosen.includes(run.name)
    && details.get(run.name)?.summary !== JSON.stringify(run));
  const loaded = await Promise.all(changed.map(async (run) => {
    try {
      const record = await ask(`/api/runs/${encodeURIComponent(run.name)}`);
      details.set(run.name, {summary: JSON.stringify(run), record});
      return true;
    } catch {
      return false;  // the run may be gone; the others are shown all the same
    }
  }));
  return loaded.includes(true);
}

export async function showRuns(list) {
  const before = chosen?.length;
  const hadRuns = runs.length > 0;
  runs = list;
  if (!hadRuns) {
    const newest = [...runs].sort((a, b) => (b.date ?? '').localeCompare(a.date ?? ''));
    chosen = newest.slice(0, 4).map((run) => run.name).reverse();
  }
  chosen = chosen.filter((name) => runs.some((run) => run.name === name));
  const isChanged = await loadDetails();
  showRows();
  if (isChanged || chosen.length !== before) showChosen();
}

export function startRuns() {
  chart = new Chart(byId('chart'));
  setChoices(byId('metric'), Object.keys(metrics));
  byId('metric').addEventListener('change', showChosen);
  showHead();
}
