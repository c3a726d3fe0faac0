// A tour over the real pages: a card in the corner that says what a page is for, and leads to the
// next. Where the reader is in it is kept by the browser, so that it goes on over pages; Escape or
// "End" ends it, the menu begins it again.
const STEP = "tour-step";
const SEEN = "tour-seen"; // kept for good: who has seen the tour is not offered it again
const APART = 12; // pixels between the head and what a step is about
const card = document.getElementById("tour");
const steps = JSON.parse(document.getElementById("tour-steps")?.textContent ?? "[]");

function at() {
  const kept = sessionStorage.getItem(STEP);
  return kept === null ? -1 : Number(kept);
}

function mark(step) {
  document.querySelector(".tour-target")?.classList.remove("tour-target");
  const target = step?.target && document.querySelector(step.target);
  if (!target) return;
  target.classList.add("tour-target");
  bringOut(target);
}

// What a step is about is not to lie behind its card: on a phone the card is as wide as the page.
function bringOut(target) {
  target.scrollIntoView({ block: "nearest" });
  const about = target.getBoundingClientRect();
  const over = card.getBoundingClientRect();
  if (about.bottom <= over.top || about.right <= over.left) return;
  const head = document.querySelector(".head")?.getBoundingClientRect().bottom ?? 0;
  window.scrollBy(0, about.top - head - APART);
}

function show() {
  const number = at();
  const step = steps[number];
  card.hidden = !step;
  if (!step) return mark();
  card.querySelector("#tour-title").textContent = step.title;
  card.querySelector("#tour-text").textContent = step.text;
  const count = card.querySelector("[data-tour-count]");
  count.textContent = count.dataset.of.replace("{n}", number + 1).replace("{all}", steps.length);
  card.querySelector("[data-tour-does=back]").disabled = number === 0;
  const next = card.querySelector("[data-tour-does=next]");
  next.dataset.first ??= next.textContent;
  next.textContent = number === steps.length - 1 ? next.dataset.last : next.dataset.first;
  next.focus({ preventScroll: true });
  mark(step);
}

function offer() {
  const welcome = document.getElementById("welcome");
  if (welcome) welcome.hidden = at() >= 0 || localStorage.getItem(SEEN) !== null;
}

function go(number) {
  if (!steps[number]) return end();
  sessionStorage.setItem(STEP, String(number));
  window.location.assign(steps[number].url);
}

function end() {
  sessionStorage.removeItem(STEP);
  localStorage.setItem(SEEN, "yes");
  show();
  offer();
}

if (card) {
  const does = { next: () => go(at() + 1), back: () => go(at() - 1), end };
  card.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tour-does]");
    if (button) does[button.dataset.tourDoes]();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && at() >= 0) end();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-tour]")) go(0);
    if (event.target.closest("[data-tour-seen]")) end();
  });
  window.addEventListener("load", () => mark(steps[at()])); // pictures above it have come by now
  show();
  offer();
}
