// Charts: a figure with data-chart="<address of its JSON>" becomes an ECharts picture that can be
// read as a table, saved as PNG and CSV, and walked with the arrow keys.
//
//   {"kind": "epicurve", "dates": [], "counts": [], "expected": [], "lower": [], "upper": [],
//    "alarms": [true|false], "incomplete": [true|false], "reported": [], "counted": "" (of what),
//    "links": []}
//   {"kind": "bars" | "lines", "labels": [], "series": [{"name": "", "values": []}],
//    "target": 0.95, "stacked": true, "incomplete": [true|false], "sideways": true,
//    "mirrored": true (a pyramid), "links": [] (the rows behind each label, opened by a click; a
//    series may have "links" of its own)}
//   {"kind": "heat", "rows": [], "columns": [], "values": [[]]}
//   and for each: "title", "unit", "note" (definition, source, as of).
import * as echarts from "../vendor/echarts/echarts.esm.min.js";
import { optionOf } from "./chart-options.js";
import { figure, fileName, word } from "./words.js";
import { tableOf, toCsv } from "./tables.js";

const drawn = new Map();

function palette() {
  const css = getComputedStyle(document.documentElement);
  const names = ["ink", "ink-2", "ink-3", "line", "line-strong", "surface", "brand", "brand-strong",
    "brand-soft", "red", "amber-bar", "blue", "grey", "class-0", "class-1", "class-2", "class-3",
    "class-4", "class-5"];
  const colours = Object.fromEntries(names.map((n) => [n, css.getPropertyValue(`--${n}`).trim()]));
  const body = getComputedStyle(document.body);
  return { ...colours, font: body.fontFamily, size: Math.max(12, parseFloat(body.fontSize) - 2) };
}

function paint(figureElement) {
  const entry = drawn.get(figureElement);
  const animation = !matchMedia("(prefers-reduced-motion: reduce)").matches && !entry.painted;
  entry.chart.setOption({ animation, ...optionOf(entry.data, palette()) }, { notMerge: true });
  entry.painted = true;
}

function save(href, name) {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
  if (href.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(href), 1000);
}

function titleOf(element, data) {
  return data.title ?? element.dataset.title ?? "";
}

function connectTools(element) {
  const { chart } = drawn.get(element);
  const canvas = element.querySelector(".chart-canvas");
  const place = element.querySelector(".chart-table");
  const does = {
    table(button, { quietly = false } = {}) {
      const open = place.hidden;
      if (open) place.replaceChildren(tableOf(drawn.get(element).data));
      place.hidden = !open;
      canvas.hidden = open;
      button.setAttribute("aria-pressed", String(open));
      if (!open) chart.resize();
      else if (!quietly) place.focus();
    },
    png() {
      const { data } = drawn.get(element);
      const url = chart.getDataURL({ pixelRatio: 2, backgroundColor: palette().surface });
      save(url, fileName(titleOf(element, data), "png"));
    },
    csv() {
      const { data } = drawn.get(element);
      const file = new Blob([toCsv(data)], { type: "text/csv;charset=utf-8" });
      save(URL.createObjectURL(file), fileName(titleOf(element, data), "csv"));
    },
  };
  for (const button of element.querySelectorAll("[data-does]")) {
    button.addEventListener("click", () => does[button.dataset.does](button));
    if (button.dataset.pressed !== undefined) does[button.dataset.does](button, { quietly: true });
  }
  let at = -1;
  canvas.addEventListener("keydown", (event) => {
    const link = drawn.get(element).data.links?.[at];
    if (event.key === "Enter" && link) window.location = link;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const { data } = drawn.get(element);
    const count = (data.dates ?? data.labels ?? data.columns).length;
    at = at < 0 ? count - 1 : Math.min(count - 1, Math.max(0, at + step));
    chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: at });
  });
}

/** What a screen reader says in place of the picture. */
function summary(data) {
  if (data.kind !== "epicurve") return data.title ?? "";
  const known = data.counts.filter((count) => count !== null);
  return word("chart_summary", {
    title: data.title ?? "",
    from: data.dates[0] ?? "",
    to: data.dates.at(-1) ?? "",
    total: figure(known.reduce((sum, count) => sum + count, 0)),
    highest: figure(Math.max(0, ...known)),
    alarms: (data.alarms ?? []).filter(Boolean).length,
  });
}

async function draw(element) {
  const canvas = element.querySelector(".chart-canvas");
  let data;
  try {
    if (element.dataset.chart.startsWith("#")) {
      data = JSON.parse(document.querySelector(element.dataset.chart).textContent);
    } else {
      const answer = await fetch(element.dataset.chart, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      data = await answer.json();
    }
  } catch {
    canvas.querySelector(".chart-wait")?.replaceChildren(word("chart_failed"));
    return;
  }
  if (!element.isConnected) return;
  const before = drawn.get(element);
  if (before) {
    before.data = data;
  } else {
    canvas.replaceChildren();
    const chart = echarts.init(canvas, null, { renderer: "canvas" });
    drawn.set(element, { chart, data });
    new ResizeObserver(() => canvas.hidden || chart.resize()).observe(canvas);
    chart.on("click", ({ seriesIndex, dataIndex }) => {
      const { data } = drawn.get(element);
      const link = data.series?.[seriesIndex]?.links?.[dataIndex] ?? data.links?.[dataIndex];
      if (link) window.location = link;
    });
    connectTools(element);
  }
  canvas.setAttribute("aria-label", summary({ ...data, title: titleOf(element, data) }));
  const note = element.querySelector(".chart-note");
  if (note && data.note) note.textContent = data.note;
  paint(element);
}

export function drawAll(root) {
  for (const [element, { chart }] of drawn) {
    if (element.isConnected) continue;
    chart.dispose();
    drawn.delete(element);
  }
  for (const element of root.querySelectorAll("[data-chart]")) {
    if (drawn.has(element)) continue;
    draw(element);
    for (const topic of (element.dataset.live ?? "").match(/live:[\w-]+/g) ?? []) {
      document.body.addEventListener(topic, () => element.isConnected && draw(element));
    }
  }
}

new MutationObserver(() => [...drawn.keys()].forEach(paint)).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ["data-theme"],
});
document.fonts?.ready.then(() => [...drawn.keys()].forEach(paint));
