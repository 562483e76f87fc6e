// Saves the document of the page, as --json prints it.
'use strict';
{
  const data = document.getElementById('document'), button = document.getElementById('save');
  button.addEventListener('click', () => {
    const json = JSON.stringify(JSON.parse(data.textContent), null, 2) + '\n';
    const file = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
    Object.assign(document.createElement('a'), { href: file, download: data.dataset.file }).click();
    URL.revokeObjectURL(file);
  });
  button.hidden = false;
}
