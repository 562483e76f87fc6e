// Recomputes the pictures for another round-trip time or configuration, from the recordings in the page's data.
// The markup is Rust's: this script clones its rows and fills their slots, and CSS draws the bars from their numbers.
'use strict';
(() => {
  const page = document.querySelector('.lesson');
  const all = (selector, root = page) => [...root.querySelectorAll(selector)];
  const data = JSON.parse(document.getElementById('data').textContent);
  const state = { rtt: data.rtt_ms, zoom: 0, stalls: 1, settings: { ...data.shown } };

  // Numbers ------------------------------------------------------------------------------------------------------
  const micros = number => Math.round(number * 1000) / 1000;
  /** Milliseconds with as many places as a reader needs: 0.23, 41.7, 1013. */
  const text = time => {
    const places = time < 9.995 ? 2 : time < 99.95 ? 1 : 0;
    return (Math.round(time * 10 ** places) / 10 ** places).toFixed(places);
  };
  const zero = { work: 0, trips: 0, stall: 0, stalls: 0 };
  const plus = (a, b) => Object.fromEntries(Object.keys(zero).map(key => [key, a[key] + b[key]]));
  /** What an exchange costs: milliseconds of local work, round trips, and the same of its stalls. */
  const cost = ({ client, server, round_trips: trips, stall, stalls }) => ({ work: client + server, trips, stall, stalls });
  /** A stall waits for an acknowledgement, so it grows by one round trip. */
  const stalled = cost => (cost.stall + cost.stalls * state.rtt) * state.stalls;
  const time = cost => cost.work + cost.trips * state.rtt + stalled(cost);

  // Recordings ---------------------------------------------------------------------------------------------------
  /** In the data, a recording refers to its waits and to the values of its settings by number. */
  const exchangeOf = ([wait, client, server, stall = 0, stalls = 0]) =>
    ({ ...data.waits[wait], client: client / 1000, server: server / 1000, stall: stall / 1000, stalls });
  const settingsFrom = numbers => Object.fromEntries(data.dimensions.map(({ name, values }, index) => [name, values[numbers[index]]])
    .filter(([, value]) => value !== undefined));
  const recorded = data.recordings.map(({ side, settings, exchanges }) => ({ side, settings: settingsFrom(settings), exchanges: exchanges.map(exchangeOf) }));
  const matches = settings => recording => Object.entries(recording.settings).every(([name, value]) => settings[name] === value);
  const recordingOf = (side, settings = state.settings) => recorded.filter(one => one.side === side).find(matches(settings));
  const untilAccepted = exchanges => {
    const accepted = exchanges.findLastIndex(exchange => exchange.accepts);
    return accepted < 0 ? exchanges : exchanges.slice(0, accepted + 1);
  };
  const sum = exchanges => exchanges.map(cost).reduce(plus, zero);
  const titleOf = (side, settings = state.settings) => {
    const flow = recordingOf(side, settings)?.settings.flow;
    return data.sides[side] + (flow ? ` (${flow})` : '');
  };

  // Rows ---------------------------------------------------------------------------------------------------------
  const style = ({ work, trips, stall, stalls }) =>
    `--ms:${micros(work)};--k:${trips};--stall-ms:${micros(stall)};--stall-k:${stalls}`;
  const part = values => style({ ...zero, ...values });
  const stallOf = ({ stall, stalls }) => part({ stall, stalls });
  const about = (client, server, cost) =>
    [['client', client], ['stall', stalled(cost)], ['link', cost.trips * state.rtt], ['server', server]]
      .filter(([, time]) => time > 0).map(([owner, time]) => `${owner} ${text(time)} ms`).join(', ') || 'no time';
  const trip = (before, after) => after === before ? '' : after === before + 1 ? after : `${before + 1}\u2013${after}`;

  /** What the slots and bars of each exchange show. */
  function rowsOf(exchanges) {
    let end = zero;
    return exchanges.map(exchange => {
      const { phase, label, client, server, replies } = exchange, [first, sent] = exchange.divided ?? ['', label], own = cost(exchange), start = end, half = own.trips / 2;
      end = plus(start, own);
      const classes = { tls: phase === 'TLS', stalled: own.stalls > 0, divided: exchange.divided, late: exchange.answer_stalled, quiet: !label, unanswered: !own.trips, accepted: exchange.accepts };
      return {
        phase,
        classes: Object.keys(classes).filter(name => classes[name]).join(' '),
        about: about(client, server, own),
        bars: [style(start), part({ work: client }), stallOf(own), part({ trips: half }), part({ work: server }), part({ trips: half })],
        slots: {
          trip: trip(start.trips, end.trips), phase, label, first, sent, replies, took: text(time(own)), at: text(time(end)),
          stall: !own.stalls ? '' : state.stalls ? `${text(stalled(own))} ms stall` : 'stall left out',
        },
      };
    });
  }

  function fill(node, { classes, about, bars, slots, pills }) {
    if (classes !== undefined) node.className = classes;
    for (const slot of all('[data-slot]', node)) slot.textContent = slots[slot.dataset.slot] ?? slot.textContent;
    if (pills) node.querySelector('ol').replaceChildren(...pills.map(pill => Object.assign(document.createElement('li'), { textContent: pill, className: pill === 'stall' ? 'stalled' : '' })));
    const bar = bars && node.querySelector('.bar');
    if (!bar) return;
    bar.setAttribute('aria-label', about);
    [...bar.children].forEach((part, index) => part.setAttribute('style', bars[index]));
  }

  /** Gives a list as many rows as there are values, by cloning a row of the page, and fills them. */
  function fillList(list, pattern, values) {
    while (list.children.length > values.length) list.lastElementChild.remove();
    while (list.children.length < values.length) list.append(pattern.cloneNode(true));
    values.forEach((value, index) => fill(list.children[index], value));
  }

  // The pictures -------------------------------------------------------------------------------------------------
  const patterns = {};
  for (const [name, selector] of [['wait', '.lane li'], ['arrows', '.sequence li'], ['phase', '.sequence tbody tr'], ['way', '.ladder > li']]) {
    patterns[name] = page.querySelector(selector)?.cloneNode(true);
  }

  function drawSide(card, exchanges) {
    const accepted = untilAccepted(exchanges), total = sum(accepted);
    const of = owner => accepted.reduce((sum, exchange) => sum + exchange[owner], 0), client = of('client'), server = of('server');
    fill(card, {
      about: about(client, server, total),
      bars: [part({ work: client }), part({ work: server }), part({ trips: total.trips }), stallOf(total)],
      slots: { title: titleOf(+card.dataset.side), time: text(time(total)), trips: total.trips, stall: total.stalls ? text(stalled(total)) : 0 },
    });
  }

  /** Runs of one phase, keyed by phase and by how often it came before: `envelope 2`. */
  function runsOf(rows) {
    const runs = new Map(), seen = {};
    let key, phase;
    for (const row of rows) {
      if (row.phase !== phase) {
        phase = row.phase;
        seen[phase] = (seen[phase] ?? 0) + 1;
        key = `${phase} ${seen[phase]}`;
        runs.set(key, []);
      }
      runs.get(key).push(row);
    }
    return runs;
  }

  /** All keys in an order that keeps the order of each side. */
  function merge(sides) {
    const keys = [];
    for (const runs of sides) {
      let place = 0;
      for (const key of runs.keys()) {
        const known = keys.indexOf(key);
        if (known < 0) keys.splice(place, 0, key);
        place = (known < 0 ? place : known) + 1;
      }
    }
    return keys;
  }

  function drawSequence(sides) {
    const body = page.querySelector('.sequence tbody'), runs = sides.map(runsOf), keys = merge(runs);
    while (body.children.length > keys.length) body.lastElementChild.remove();
    while (body.children.length < keys.length) body.append(patterns.phase.cloneNode(true));
    keys.forEach((key, index) => {
      const [head, ...cells] = body.children[index].children;
      head.textContent = key.replace(/ \d+$/, '');
      cells.forEach((cell, side) => fillList(cell.firstElementChild, patterns.arrows, runs[side].get(key) ?? []));
    });
  }

  function drawAxis(longest) {
    const power = 10 ** Math.floor(Math.log10(longest || 1));
    const round = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].map(step => step * power).find(max => max >= longest * .9999) ?? 10 * power;
    const max = state.zoom || micros(round);
    page.style.setProperty('--all', micros(round));
    page.style.setProperty('--max', max);
    all('.axis .scale span').forEach((tick, index) => { tick.textContent = micros(max * index / 4); });
  }

  /** Every way to send that was recorded for these settings, those with the most round trips first. */
  function drawLadder() {
    const flow = data.dimensions.find(dimension => dimension.name === 'flow');
    const settingsOf = side => flow?.sides.includes(side) ? flow.values.map(flow => ({ ...state.settings, flow })) : [state.settings];
    const ways = data.sides.flatMap((_, side) => settingsOf(side).map(settings => ({ side, settings, recording: recordingOf(side, settings) })))
      .filter(way => way.recording)
      .map(way => ({ ...way, exchanges: untilAccepted(way.recording.exchanges) }))
      .map(way => ({ ...way, total: sum(way.exchanges) }))
      .sort((a, b) => b.total.trips - a.total.trips);
    fillList(page.querySelector('.ladder'), patterns.way, ways.map(({ side, settings, total, exchanges }) => ({
      classes: settings.flow === state.settings.flow ? 'current' : '',
      slots: { name: titleOf(side, settings), count: total.trips, time: text(time(total)) },
      pills: exchanges.flatMap(exchange => [
        ...Array(exchange.stalls * state.stalls).fill('stall'), ...Array(exchange.round_trips).fill(exchange.label || exchange.phase)]),
    })));
  }

  function draw() {
    page.style.setProperty('--rtt', state.rtt);
    page.style.setProperty('--stalls', state.stalls);
    page.classList.toggle('without-stalls', !state.stalls);
    const recordings = data.sides.map((_, side) => recordingOf(side)?.exchanges ?? []);
    const rows = recordings.map(rowsOf);
    drawAxis(Math.max(...recordings.map(exchanges => time(sum(exchanges)))));
    all('.side').forEach(card => drawSide(card, recordings[card.dataset.side]));
    for (const lane of all('.lane')) {
      fill(lane, { slots: { title: titleOf(+lane.dataset.side) } });
      fillList(lane.querySelector('ol'), patterns.wait, rows[lane.dataset.side]);
    }
    all('.sequence thead th').forEach(head => fill(head, { slots: { title: titleOf(+head.dataset.side) } }));
    drawSequence(all('.sequence thead th').map(head => rows[head.dataset.side]));
    drawLadder();
    page.querySelector('output').textContent = `${state.rtt} ms`;
    summarise(recordings);
  }

  function summarise(recordings) {
    const each = recordings.map((exchanges, side) => exchanges.length
      ? `${titleOf(side)} ${text(time(sum(untilAccepted(exchanges))))} ms` : `${data.sides[side]}: not recorded in this configuration`);
    const chosen = Object.entries(state.settings).filter(([name, value]) => data.shown[name] !== value).map(([, value]) => value);
    const verb = state.rtt === data.rtt_ms ? 'computed' : 'predicted';
    const basis = [`${verb} for ${state.rtt} ms RTT`, ...chosen, ...(state.stalls ? [] : ['stalls left out'])].join(', ');
    page.querySelector('.basis').textContent = `${basis[0].toUpperCase()}${basis.slice(1)}`;
    page.querySelector('#rtt').setAttribute('aria-valuetext', `${state.rtt} milliseconds`);
    page.querySelector('.summary').textContent = `Until accepted: ${each.join(', ')} (${basis}).`;
  }

  /** Tells a screen reader the result once the controls rest, not at each step of the slider. */
  let resting;
  function announce() {
    clearTimeout(resting);
    resting = setTimeout(() => { page.querySelector('[role=status]').textContent = page.querySelector('.summary').textContent; }, 700);
  }

  // Controls -----------------------------------------------------------------------------------------------------
  function remember() {
    const changed = Object.entries(state.settings).filter(([name, value]) => data.shown[name] !== value);
    if (state.rtt !== data.rtt_ms) changed.unshift(['rtt', state.rtt]);
    // A frame that a notebook fills has no address of its own, and then the browser refuses.
    try { history.replaceState(null, '', '#' + new URLSearchParams(changed)); } catch { /* The settings are not remembered. */ }
  }

  function recall() {
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      if (name === 'rtt') state.rtt = Math.min(300, Math.max(0, +value || 0));
      else if (data.dimensions.some(dimension => dimension.name === name && dimension.values.includes(value))) state.settings[name] = value;
    }
    page.querySelector('#rtt').value = state.rtt;
    for (const [name, value] of Object.entries(state.settings)) {
      for (const radio of all(`.choices [name="${name}"]`)) radio.checked = radio.value === value;
    }
  }

  /** A value can be chosen if every side has a recording for it, with the other settings as they are. */
  function disableWhatWasNotRecorded() {
    for (const radio of all('.choices input')) {
      const settings = { ...state.settings, [radio.name]: radio.value };
      radio.disabled = !data.sides.every((_, side) => recordingOf(side, settings));
    }
  }

  page.addEventListener('input', ({ target }) => {
    if (target.id === 'rtt') state.rtt = +target.value;
    else if (target.name === 'zoom') state.zoom = +target.value;
    else if (target.name === 'without-stalls') state.stalls = target.checked ? 0 : 1;
    else if (target.closest('.choices')) state.settings[target.name] = target.value;
    else return;
    disableWhatWasNotRecorded();
    draw();
    announce();
    remember();
  });

  // Notes --------------------------------------------------------------------------------------------------------
  const note = page.querySelector('#note'), tokens = all('.t');

  /** Shows the note on a token next to it. Its text is in the list of notes of the token's row. */
  function explain(token) {
    const entry = token.closest('tr').nextElementSibling?.querySelector(`[data-note="${token.dataset.note}"]`);
    if (!entry) return;
    const [title, text] = entry.children, head = document.createElement('b'), decoded = document.createElement('p');
    head.textContent = title.textContent;
    if (token.dataset.decoded) decoded.textContent = `decoded: ${token.dataset.decoded}`;
    note.replaceChildren(head, ...[...text.childNodes].map(child => child.cloneNode(true)), decoded);
    note.showPopover?.();
    const at = token.getClientRects()[0] ?? token.getBoundingClientRect(), { width, height } = note.getBoundingClientRect();
    note.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    note.style.top = `${at.bottom + height + 14 > innerHeight ? at.top - height - 6 : at.bottom + 6}px`;
    token.setAttribute('aria-describedby', 'note');
  }
  const hideNote = () => {
    note.hidePopover?.();
    all('.t[aria-describedby]').forEach(token => token.removeAttribute('aria-describedby'));
  };

  /** If the token in the order of the Tab key was folded away, another takes its place. */
  function keepTabStop() {
    const isShown = token => token.checkVisibility?.() ?? true;
    if (tokens.some(token => token.tabIndex === 0 && isShown(token))) return;
    tokens.forEach(token => { token.tabIndex = -1; });
    const next = tokens.find(isShown);
    if (next) next.tabIndex = 0;
  }

  /** One token is in the order of the Tab key; the arrow keys move to the others. */
  function moveFocus(token, event) {
    const visible = tokens.filter(token => token.checkVisibility?.() ?? true), lines = [...new Set(visible.map(token => token.parentElement))];
    const nextLine = step => lines[lines.indexOf(token.parentElement) + step]?.querySelector('.t');
    const next = { ArrowRight: () => visible[visible.indexOf(token) + 1], ArrowLeft: () => visible[visible.indexOf(token) - 1],
      ArrowDown: () => nextLine(1), ArrowUp: () => nextLine(-1) }[event.key]?.();
    if (!next) return;
    event.preventDefault();
    token.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  tokens.forEach((token, index) => { token.tabIndex = index ? -1 : 0; });
  const onToken = act => event => { const token = event.target.closest?.('.t'); if (token) act(token, event); };
  const dialogue = page.querySelector('.dialogue');
  dialogue.addEventListener('mouseover', onToken(explain));
  dialogue.addEventListener('mouseout', onToken(hideNote));
  dialogue.addEventListener('focusin', onToken(explain));
  dialogue.addEventListener('focusout', onToken(hideNote));
  dialogue.addEventListener('keydown', onToken(moveFocus));
  dialogue.addEventListener('toggle', keepTabStop, true);
  dialogue.addEventListener('change', keepTabStop);
  document.addEventListener('keydown', ({ key }) => { if (key === 'Escape') hideNote(); });

  all('.screen, .scripted').forEach(control => { control.hidden = false; });
  recall();
  disableWhatWasNotRecorded();
  draw();
})();
