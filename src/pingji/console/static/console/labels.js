// Gives every cell the name of its column, by which a phone shows a table as a list of cards.
function label(root) {
  for (const table of root.querySelectorAll("table.table:not(.table--dense)")) {
    const names = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    for (const body of table.tBodies) {
      for (const row of body.rows) {
        [...row.cells].forEach((cell, at) => {
          if (names[at]) cell.dataset.label = names[at];
        });
      }
    }
  }
}

label(document);
document.body.addEventListener("htmx:load", (event) => label(event.detail.elt.parentNode ?? document));
