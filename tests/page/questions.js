// What trials ask a page: its state as JSON.

/** The parts of the page that both Rust and the script write. */
function picture() {
  const parts = { axis: '.axis .scale', tiles: '.sides', waterfall: '.waterfall', sequence: '.sequence table', ladder: '.ladder' };
  return Object.fromEntries(Object.entries(parts).map(([name, selector]) =>
    [name, document.querySelector(selector).outerHTML.replace(/\s*\n\s*/g, '').replace(/ class=""/g, '')]));
}

/** Time, round trips and stall of each side. */
function tiles() {
  return [...document.querySelectorAll('.side')].map(side =>
    ['time', 'trips', 'stall'].map(slot => side.querySelector(`[data-slot=${slot}]`).textContent));
}

/** The chosen value of each setting. */
function settings() {
  return Object.fromEntries([...document.querySelectorAll('.choices :checked')].map(radio => [radio.name, radio.value]));
}

/** The number of values of each setting that can be chosen. */
function choices() {
  return Object.fromEntries(Object.keys(settings()).map(name =>
    [name, document.querySelectorAll(`.choices [name="${name}"]:not(:disabled)`).length]));
}

/** The position of the token that has the focus, of how many, and what is shown about it. */
function token() {
  const tokens = [...document.querySelectorAll('.t')], note = document.querySelector('#note');
  return {
    tabStops: tokens.filter(token => token.tabIndex === 0).length, at: tokens.indexOf(document.activeElement),
    note: note.matches(':popover-open') ? note.textContent : '',
  };
}

/** The name and the content of the file that the button in the head saves. */
async function saved() {
  let file, name;
  URL.createObjectURL = blob => { file = blob; return '#saved'; };
  HTMLAnchorElement.prototype.click = function () { name = this.download; };
  document.querySelector('#save').click();
  return { name, content: await file.text() };
}

/** What a screen reader could not name. */
function unnamed() {
  const isNamed = node => node.hidden || node.textContent.trim() || node.labels?.length || node.ariaLabel || node.querySelector?.('caption');
  return [...document.querySelectorAll('input, button, table, [role=img]')].filter(node => !isNamed(node)).map(node => node.outerHTML.slice(0, 200));
}

/** Opens everything that is folded or hidden behind a switch: the most that the page can show. */
function openAll() {
  for (const details of document.querySelectorAll('details')) details.open = true;
  for (const box of document.querySelectorAll('input[type=checkbox]')) box.checked = true;
}

/** The width of the page and of its window, for each picture, and what is wider. */
function widths() {
  const room = document.documentElement.clientWidth, views = [...document.querySelectorAll('[name=view]')];
  const measure = () => document.documentElement.scrollWidth;
  const widest = Math.max(measure(), ...views.map(view => { view.checked = true; return measure(); }));
  const isWider = node => node.getBoundingClientRect().right > room + 1 && !node.closest('.wide, pre, .bar, .unseen');
  return { window: innerWidth, room, widest, over: [...document.querySelectorAll('body *')].filter(isWider).slice(0, 5).map(node => node.outerHTML.slice(0, 200)) };
}

/** Marks the first and the last point of everything that paper must not split, and returns the number. */
function markCharts() {
  const charts = [...document.querySelectorAll('.lane, .side, figure:not(.picture), .ladder > li, .sequence tbody tr')];
  charts.forEach((chart, index) => {
    const mark = (text, edge) => {
      const node = document.createElement('span');
      node.textContent = text;
      node.style = `position: absolute; ${edge}: 0; left: 0; font: 4px monospace; color: #000`;
      return node;
    };
    chart.style.position = 'relative';
    const inside = chart.matches('tr') ? chart.firstElementChild : chart;
    inside.style.position = 'relative';
    inside.append(mark(`[begin-${index}]`, 'top'), mark(`[end-${index}]`, 'bottom'));
  });
  return charts.length;
}
