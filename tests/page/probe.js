// Uses the page as a reader does, and leaves what it saw for the trials.
{
  const lesson = document.querySelector('.lesson'), find = selector => lesson.querySelector(selector);
  const results = { written: snapshot, drawn: picture(), slider: {}, choices: [] };
  const input = (control, change) => { change(control); control.dispatchEvent(new Event('input', { bubbles: true })); };
  const tiles = () => [...lesson.querySelectorAll('.side')].map(side =>
    ['time', 'trips', 'stall'].map(slot => side.querySelector(`[data-slot=${slot}]`).textContent));

  const slider = find('#rtt'), recorded = slider.value;
  for (const rtt of [0, 20, 80, 200, 300]) {
    input(slider, control => { control.value = rtt; });
    results.slider[rtt] = { tiles: tiles(), summary: find('[role=status]').textContent };
  }
  input(slider, control => { control.value = 0; });

  const settings = () => Object.fromEntries([...lesson.querySelectorAll('.choices :checked')].map(radio => [radio.name, radio.value]));
  for (const radio of lesson.querySelectorAll('.choices input')) {
    if (radio.disabled) continue;
    input(radio, control => { control.checked = true; });
    results.choices.push({ settings: settings(), tiles: tiles() });
  }
  input(slider, control => { control.value = recorded; });

  const tokens = [...lesson.querySelectorAll('.t')], first = tokens.find(token => token.tabIndex === 0);
  first.focus();
  first.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
  results.keyboard = {
    tabStops: tokens.filter(token => token.tabIndex === 0).length,
    first: tokens.indexOf(first), second: tokens.indexOf(document.activeElement), note: find('#note').textContent,
  };
  results.unlabelled = [...lesson.querySelectorAll('input, button')].filter(control =>
    !control.hidden && !control.textContent && !control.labels?.length).map(control => control.outerHTML);

  // Everything open, both pictures, line ends and bytes: the widest that the page can be.
  for (const details of lesson.querySelectorAll('details')) details.open = true;
  for (const selector of ['#line-ends', '#hex']) find(selector).checked = true;
  const widths = ['#view-sequence', '#view-waterfall'].map(selector => {
    find(selector).checked = true;
    return document.documentElement.scrollWidth;
  });
  const room = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll('body *')].filter(node => node.getBoundingClientRect().right > room + 1 && !node.closest('.wide, pre, .bar, .unseen'));
  results.width = { window: innerWidth, room, widest: Math.max(...widths), over: over.slice(0, 5).map(node => node.outerHTML.slice(0, 200)) };

  parent.postMessage(results, '*');
}
