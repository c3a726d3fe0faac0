// The wall: lists that do not fit turn their pages by themselves. Each [data-pages] shows as many of
// its children as have room, whole, and goes on to the next ones; what changed meanwhile is taken up
// by the page's own refresh, after which the list goes on where it was.
const TURN_MS = 9000;
const shown = new Map(); // of each list, by its name, the first child on show

function fill(list, forward) {
  const all = [...list.children];
  for (const child of all) child.hidden = false;
  const room = list.clientHeight;
  const gap = parseFloat(getComputedStyle(list).rowGap) || 0;
  const pages = [];
  let used = Infinity;
  for (const child of all) {
    const height = child.getBoundingClientRect().height;
    if (used + gap + height > room + 1) {
      pages.push([]);
      used = -gap;
    }
    used += gap + height;
    pages.at(-1).push(child);
  }
  const before = shown.get(list.dataset.pages) ?? 0;
  const at = pages.length ? (before + (forward ? 1 : 0)) % pages.length : 0;
  shown.set(list.dataset.pages, at);
  for (const [number, page] of pages.entries()) {
    for (const child of page) child.hidden = number !== at;
  }
  const mark = document.querySelector(`[data-page-of="${list.dataset.pages}"]`);
  if (mark) mark.textContent = pages.length > 1 ? `${at + 1}/${pages.length}` : "";
}

function fillAll(forward) {
  for (const list of document.querySelectorAll("[data-pages]")) fill(list, forward);
}

const still = () => fillAll(false);
document.fonts?.ready.then(still);
still();
setInterval(() => fillAll(true), TURN_MS);
document.body.addEventListener("htmx:afterSettle", still);
window.addEventListener("resize", still);
