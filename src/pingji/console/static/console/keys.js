// The keyboard: / search, j and k move, Enter opens, e edits, ? shows all keys.
const TYPING = "input, select, textarea, [contenteditable]";
const ROWS = "main :is(tr[data-href], .list > li:has(a))";

function target(row) {
  return row.matches("tr") ? row.querySelector("a") ?? row : row.querySelector("a");
}

function move(step) {
  const rows = [...document.querySelectorAll(ROWS)].filter((row) => row.offsetParent !== null);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
  const link = target(row);
  if (!link.matches("a, button")) link.tabIndex = -1;
  for (const other of rows) other.classList.toggle("is-selected", other === row);
  link.focus();
  row.scrollIntoView({ block: "nearest" });
}

const actions = {
  "/": () => document.dispatchEvent(new CustomEvent("pingji:search")),
  j: () => move(1),
  k: () => move(-1),
  e: () => document.querySelector("[data-key='e']")?.click(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest(TYPING)) return;
  const action = actions[event.key];
  if (action && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    action();
    return;
  }
  const row = event.target.closest?.("tr[data-href]");
  if (event.key === "Enter" && row === event.target) window.location = row.dataset.href;
});

// A row is opened by a click anywhere in it, unless text is being selected or a control was meant.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, select, summary")) return;
  if (String(window.getSelection())) return;
  if (event.ctrlKey || event.metaKey) window.open(row.dataset.href);
  else window.location = row.dataset.href;
});
