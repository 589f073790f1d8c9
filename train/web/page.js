// The page: which view is shown, and what is asked of the server once a second.
import {ask, byId} from './dom.js';
import {startDrawing, showModels} from './draw.js';
import {showMistakeRuns} from './mistakes.js';
import {startRuns, showRuns} from './runs.js';

const views = ['runs', 'draw', 'mistakes'];

function showView() {
  const wanted = location.hash.slice(1);
  const shown = views.includes(wanted) ? wanted : 'runs';
  for (const view of views) {
    byId(view).hidden = view !== shown;
    const link = document.querySelector(`nav a[href="#${view}"]`);
    if (view === shown) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

async function refresh() {
  const [runs, models] = await Promise.all([ask('/api/runs'), ask('/api/models')]);
  await showRuns(runs);
  showModels(models);
  showMistakeRuns(runs);
  return {runs, models};
}

async function poll() {
  let pause = 1000;
  try {
    if (!document.hidden) await refresh();
    byId('trouble').hidden = true;
  } catch (error) {
    byId('trouble').textContent = `No answer from the server; trying again. (${error.message})`;
    byId('trouble').hidden = false;
    pause = 3000;
  }
  setTimeout(poll, pause);
}

startRuns();
startDrawing();
addEventListener('hashchange', showView);
showView();
// A server of a single model has no runs to show.
refresh().then(({runs, models}) => {
  if (location.hash === '' && runs.length === 0 && models.length > 0) location.hash = '#draw';
}).catch(() => {}).finally(poll);  // which says what is wrong
