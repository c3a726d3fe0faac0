// One stream of changes. A change of a topic becomes the event `live:<topic>` on the body, which
// panels name in hx-trigger. A change never lands under the reader's cursor: while they type in a
// panel, or have just moved the pointer over it, its refresh waits; and it takes nothing away that
// they did there (keep.js).
import { keep } from "./keep.js";
import { word } from "./words.js";

const HOLD_MS = 1000;
const GATHER_MS = 150;
const MARKED_PACE = 60;
const body = document.body;
const state = document.getElementById("live-state");
let source = null;
let wasAway = false;
const gathered = new Set();
let gathering = null;

function show(name) {
  body.dataset.live = name;
  if (!state) return;
  state.dataset.state = name;
  state.textContent = name === "away" ? word("live_away") : "";
}

function topicsOfPage() {
  const topics = new Set();
  for (const panel of document.querySelectorAll("[hx-trigger*='live:'], [data-live]")) {
    const text = `${panel.getAttribute("hx-trigger") ?? ""} ${panel.dataset.live ?? ""}`;
    for (const match of text.matchAll(/live:([\w-]+)/g)) topics.add(match[1]);
  }
  return topics;
}

function tell() {
  gathering = null;
  const topics = gathered.has("*") ? topicsOfPage() : new Set(gathered);
  gathered.clear();
  for (const topic of topics) body.dispatchEvent(new CustomEvent(`live:${topic}`));
}

function gather(topic) {
  gathered.add(topic);
  gathering ??= setTimeout(tell, GATHER_MS);
}

function open() {
  if (!body.dataset.events || source) return;
  // What changed between the making of this page and now is told as well.
  source = new EventSource(`${body.dataset.events}?since=${body.dataset.since ?? Date.parse(body.dataset.now)}`);
  source.addEventListener("hello", () => {
    if (wasAway) gather("*"); // what changed meanwhile was not heard
    wasAway = false;
    show("on");
  });
  source.addEventListener("change", (event) => {
    gather(event.data);
    show("on");
  });
  source.addEventListener("away", () => show("away")); // the database; "change" says it is back
  source.addEventListener("error", () => {
    wasAway = true;
    show("away");
    if (source.readyState === EventSource.CLOSED) {
      close();
      setTimeout(open, 5000);
    }
  });
}

function close() {
  source?.close();
  source = null;
}

// A page nobody looks at gives its connection back: browsers allow six to one place.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    close();
    wasAway = true;
  } else {
    open();
  }
});
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", () => open());

const moved = new WeakMap();
document.addEventListener("pointermove", (event) => {
  const panel = event.target.closest?.("[hx-trigger*='live:']");
  if (panel) moved.set(panel, performance.now());
}, { passive: true });

function isBusy(panel) {
  const active = document.activeElement;
  const typing = panel.contains(active) && active.matches("input, select, textarea");
  return typing || performance.now() - (moved.get(panel) ?? -HOLD_MS) < HOLD_MS;
}

const waiting = new WeakSet();
body.addEventListener("htmx:beforeRequest", (event) => {
  const cause = event.detail.requestConfig?.triggeringEvent?.type ?? "";
  const panel = event.detail.elt;
  if (!cause.startsWith("live:")) return;
  if (!isBusy(panel)) {
    panel.dataset.changing = "";
    return;
  }
  event.preventDefault();
  if (waiting.has(panel)) return;
  waiting.add(panel);
  const again = setInterval(() => {
    if (panel.isConnected && isBusy(panel)) return;
    clearInterval(again);
    waiting.delete(panel);
    if (panel.isConnected) body.dispatchEvent(new CustomEvent(cause));
  }, 250);
});

// What the reader did in a panel is done again in the new one, and what another person changed is
// marked for a short time.
const changing = new Map();
const textOf = (panel) => panel.textContent.replace(/\s+/g, " ");
body.addEventListener("htmx:beforeSwap", (event) => {
  const panel = event.detail.requestConfig?.elt ?? event.detail.elt;
  if (panel?.dataset?.changing === undefined) return;
  delete panel.dataset.changing;
  const before = event.detail.target ?? panel;
  if (before.id) changing.set(before.id, { before, text: textOf(before), restore: keep(before) });
});
// In an exercise that runs fast everything changes all the time.
const fast = () => Number(body.dataset.pace ?? 1) > MARKED_PACE;
body.addEventListener("htmx:afterSwap", () => {
  for (const [id, { before, text, restore }] of changing) {
    const after = document.getElementById(id);
    if (after === before) continue; // the swap of another panel
    changing.delete(id);
    if (!after) continue;
    restore(after);
    if (fast() || textOf(after) === text) continue;
    after.classList.add("changed");
    setTimeout(() => after.classList.remove("changed"), 2400);
  }
});

open();
