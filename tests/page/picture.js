// Shared by the probe and by what runs before the page's script.
let snapshot;
/** The parts of the page that both Rust and the script write. */
function picture() {
  const parts = { axis: '.axis .scale', tiles: '.sides', waterfall: '.waterfall', sequence: '.sequence table', ladder: '.ladder' };
  return Object.fromEntries(Object.entries(parts).map(([name, selector]) =>
    [name, document.querySelector(selector).outerHTML.replace(/\s*\n\s*/g, '').replace(/ class=""/g, '')]));
}
