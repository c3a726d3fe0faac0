// Deadlines as bars that empty, with the time left in words: amber from the moment the plan warns,
// red when late. The page says what time it is at the server, so that a wrong clock here does no harm.
import { duration, word } from "./words.js";

// In an exercise time goes faster, or stands; the mark in the head says anew how far it is.
const LONGEST_GUESS = 10000;
let loaded = Date.now();
let served = Date.parse(document.body.dataset.now ?? "") || loaded;
let pace = Number(document.body.dataset.pace ?? 1);
const passed = () => (pace === 1 ? Date.now() - loaded : Math.min(Date.now() - loaded, LONGEST_GUESS));
const now = () => served + passed() * pace;

function hear(mark) {
  const said = Date.parse(mark.dataset.moment ?? "");
  if (!said) return;
  if (said < served) turnedBack(said);
  served = said;
  loaded = Date.now();
  document.body.dataset.pace = mark.dataset.pace; // the marks of what changed go by it
  pace = Number(mark.dataset.pace);
}

// What the page shows may never have happened now; who is writing something is told, not cut off.
function turnedBack(moment) {
  const place = document.getElementById("notice");
  if (!place) return window.location.reload(); // the wall, which nobody looks after
  const line = document.createElement("p");
  line.className = "banner banner--amber";
  line.append(word("turned_back", { moment: local(moment, "short") }));
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn btn--small";
  again.textContent = word("load_again");
  again.addEventListener("click", () => window.location.reload());
  line.append(again);
  place.replaceChildren(line);
  return line.scrollIntoView({ block: "nearest" });
}

function local(moment, timeStyle) {
  const { zone } = document.body.dataset;
  const said = { timeZone: zone, dateStyle: "short", timeStyle };
  return new Intl.DateTimeFormat("sv-SE", said).format(moment);
}

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
    const said = local(at, shown.dataset.timeNow === "seconds" ? "medium" : "short");
    if (shown.textContent !== said) shown.textContent = said;
  }
}

drawClocks();
setInterval(drawClocks, 1000);
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id === "exercise-mark") {
    hear(event.detail.elt);
    drawClocks();
  }
  drawClocks(event.detail.elt);
});
