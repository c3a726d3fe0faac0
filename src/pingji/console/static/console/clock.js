// Deadlines as bars that empty, with the time left in words: amber from the moment the plan warns,
// red when late. The page says what time it is at the server, so that a wrong clock here does no harm.
import { duration, word } from "./words.js";

const loaded = Date.now();
const served = Date.parse(document.body.dataset.now ?? "") || loaded;
const now = () => served + (Date.now() - loaded);

function draw(clock, at) {
  const { started, warn, due } = clock.dataset;
  const end = Date.parse(due);
  const left = (end - at) / 1000;
  const share = Math.min(1, Math.max(0, (end - at) / Math.max(1, end - Date.parse(started))));
  const state = left < 0 ? "late" : at >= Date.parse(warn) ? "soon" : "running";
  if (clock.dataset.state !== state) clock.dataset.state = state;
  const bar = clock.querySelector(".clock-left");
  if (bar) bar.style.transform = `scaleX(${share.toFixed(4)})`;
  const text = state === "late"
    ? word("late_by", { time: duration(-left) })
    : word("time_left", { time: duration(left) });
  const words = clock.querySelector(".clock-words");
  if (words && words.textContent !== text) words.textContent = text;
}

export function drawClocks(root = document) {
  const at = now();
  for (const clock of root.querySelectorAll(".clock[data-due]")) draw(clock, at);
  for (const shown of root.querySelectorAll("[data-time-now]")) {
    const local = new Intl.DateTimeFormat("sv-SE", {
      timeZone: document.body.dataset.zone,
      dateStyle: "short",
      timeStyle: shown.dataset.timeNow === "seconds" ? "medium" : "short",
    }).format(at);
    if (shown.textContent !== local) shown.textContent = local;
  }
}

drawClocks();
setInterval(drawClocks, 1000);
document.body.addEventListener("htmx:afterSettle", (event) => drawClocks(event.detail.elt));
