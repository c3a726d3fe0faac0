// The map: township cells shaded by class of value, facilities as symbols. Everything is local:
// no tiles, no glyph server; letters are drawn with the page's own font.
//
//   {"title", "unit", "schematic": true, "legend": [{"class": 0..5, "words": "1–4"}],
//    "cells": FeatureCollection of {code, name, value, class, words, url},
//    "points": [{"lon", "lat", "kind": "facility" | "alert", "name", "words", "url"}]}
//
// A whole picture has besides:
//    "layers": [{"key", "label"}], "risk": FeatureCollection of {code, name, rank, words, url},
//    points with {"layer", "mark": a letter, "plain": a dot will do, "free": a figure, "stale"};
//    data-off names the layers
//    that are switched off.
import "../vendor/maplibre/maplibre-gl-csp.js";
import { spread } from "./spread.js";
import { fileName, word } from "./words.js";
import { tableOf, toCsv } from "./tables.js";

const { maplibregl } = window;
maplibregl.setWorkerUrl(new URL("../vendor/maplibre/maplibre-gl-csp-worker.js", import.meta.url).href);

const maps = new Map();
const CLASSES = [0, 1, 2, 3, 4, 5];
const AROUND = { top: 18, left: 18, right: 18, bottom: 46 }; // the note on schematic shapes lies below

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function boundsOf(features) {
  const box = new maplibregl.LngLatBounds();
  const visit = (part) => (typeof part[0] === "number" ? box.extend(part) : part.forEach(visit));
  for (const { geometry } of features) visit(geometry.coordinates);
  return box;
}

function pointFeatures(points) {
  return {
    type: "FeatureCollection",
    features: points.filter(({ lon }) => lon !== null).map(({ lon, lat, ...properties }) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [lon, lat] },
      properties,
    })),
  };
}

function drawable(collection) {
  const features = (collection?.features ?? []).filter(({ geometry }) => geometry);
  return { type: "FeatureCollection", features };
}

function labelFeatures(cells) {
  const features = cells.features.filter(({ properties }) => properties.label_at).map(({ properties }) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: properties.label_at },
    properties,
  }));
  return { type: "FeatureCollection", features };
}

// The colour of each kind of thing that stands in the field.
const OF_KIND = { incidents: "grade-1", checkpoints: "amber", facilities: "blue", teams: "green",
  vehicles: "brand-strong", equipment: "grey" };
const WITH_MARK = ["all", ["has", "mark"], ["!", ["has", "plain"]]];
const OF_RANK = ["red", "amber-bar", "grade-3"];
const MARKS = ["marks", "alerts", "facilities", "risk", "cells"];

function offOf(data) {
  return new Set((data.off ?? "").split(",").filter(Boolean));
}

/** What of the data is switched on. */
export function shownOf(data) {
  if (!data.layers) return data;
  const off = offOf(data);
  const risk = off.has("risk") ? [] : data.risk.features;
  return {
    ...data,
    points: data.points.filter((point) => !off.has(point.layer)),
    risk: { ...data.risk, features: risk },
  };
}

function riskLayers() {
  const of = ["match", ["get", "rank"]];
  OF_RANK.forEach((name, at) => of.push(at + 1, colour(name)));
  of.push(colour("grey"));
  return [
    { id: "risk", type: "fill", source: "risk", paint: { "fill-color": of, "fill-opacity": 0.34 } },
    { id: "risk-edges", type: "line", source: "risk",
      paint: { "line-color": of, "line-width": 3, "line-dasharray": [3, 1] } },
  ];
}

function markLayers(data) {
  const of = ["match", ["get", "kind"]];
  for (const [kind, name] of Object.entries(OF_KIND)) of.push(kind, colour(name));
  of.push(colour("blue"));
  const stale = ["boolean", ["get", "stale"], false];
  const size = Number(data.textSize ?? 12);
  const letters = { "text-font": ["Noto Sans SC Variable"], "text-padding": 0 };
  return [
    { id: "marks", type: "circle", source: "points", filter: WITH_MARK,
      paint: { "circle-radius": size * 0.75, "circle-color": ["case", stale, colour("surface"), of],
        "circle-stroke-color": ["case", stale, of, colour("surface")], "circle-stroke-width": 1.5 } },
    { id: "letters", type: "symbol", source: "points", filter: WITH_MARK,
      layout: { ...letters, "text-field": ["get", "mark"], "text-size": size * 0.9 },
      paint: { "text-color": ["case", stale, colour("ink"), colour("surface")] } },
    { id: "free", type: "symbol", source: "points",
      filter: ["all", WITH_MARK, ["!=", ["get", "free"], ""]],
      layout: { ...letters, "text-field": ["get", "free"], "text-size": size * 0.95,
        "text-anchor": "left", "text-offset": [0.9, 0] },
      paint: { "text-color": colour("ink"), "text-halo-color": colour("surface"),
        "text-halo-width": 1.6 } },
  ];
}

/** The points as they are drawn at this closeness: none on another, as far as there is room. */
function arranged(map, given) {
  const { points = [], cells } = shownOf(given);
  if (!map) return points;
  return spread(points, {
    labels: labelFeatures(cells).features.map(({ geometry, properties }) => {
      const { x, y } = map.project(geometry.coordinates);
      return { name: properties.name, at: [x, y] };
    }),
    size: Number(given.textSize ?? 12),
    toScreen: (place) => {
      const { x, y } = map.project(place);
      return [x, y];
    },
    toGround: (place) => map.unproject(place).toArray(),
  });
}

/** A thin line from what was moved aside to where it belongs. */
function leadFeatures(points) {
  const features = points.filter(({ from }) => from).map(({ lon, lat, from }) => ({
    type: "Feature",
    geometry: { type: "LineString", coordinates: [from, [lon, lat]] },
    properties: {},
  }));
  return { type: "FeatureCollection", features };
}

function arrange(element) {
  const { map, data } = maps.get(element);
  const points = arranged(map, data);
  map.getSource("points")?.setData(pointFeatures(points));
  map.getSource("leads")?.setData(leadFeatures(points));
}

function styleOf(given, map = null) {
  const data = shownOf(given);
  const points = arranged(map, given);
  const fill = ["match", ["get", "class"]];
  if (offOf(given).has("cases")) fill.push(-1, colour("class-0"));
  else for (const level of CLASSES) fill.push(level, colour(`class-${level}`));
  fill.push(colour(offOf(given).has("cases") ? "class-0" : "sunken"));
  const turn = Number(colour("letters-turn"));
  return {
    version: 8,
    sources: {
      cells: { type: "geojson", data: data.cells, promoteId: "code" },
      labels: { type: "geojson", data: labelFeatures(data.cells) },
      points: { type: "geojson", data: pointFeatures(points) },
      leads: { type: "geojson", data: leadFeatures(points) },
      risk: { type: "geojson", data: drawable(data.risk) },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colour("sunken") } },
      { id: "cells", type: "fill", source: "cells", paint: { "fill-color": fill } },
      { id: "edges", type: "line", source: "cells",
        paint: { "line-color": colour("surface"), "line-width": 1.2 } },
      ...riskLayers(),
      { id: "chosen", type: "line", source: "cells",
        paint: { "line-color": colour("ink"),
          "line-width": ["case", ["boolean", ["feature-state", "over"], false], 2.5, 0] } },
      { id: "facilities", type: "circle", source: "points",
        filter: ["all", ["!=", ["get", "kind"], "alert"], ["!", WITH_MARK]],
        paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 7, 2, 9, 3, 12, 6],
          "circle-color": ["match", ["get", "kind"], "silent", colour("red"),
            "sentinel", colour("ink"), colour("blue")], "circle-stroke-color": colour("surface"),
          "circle-stroke-width": 1 } },
      { id: "names", type: "symbol", source: "labels",
        layout: { "text-field": ["get", "name"], "text-size": Number(data.textSize ?? 12),
          "text-font": ["Noto Sans SC Variable"], "text-max-width": 7, "text-padding": 2,
          "text-anchor": "top", "text-offset": [0, 0.5],
          "symbol-sort-key": ["-", 0, ["coalesce", ["get", "value"], 0]] },
        paint: { "text-color": ["case", [">=", ["coalesce", ["get", "class"], 0], turn],
          colour("surface"), colour("ink")], "text-halo-color": fill,
          "text-halo-width": 1.2 } },
      { id: "leads", type: "line", source: "leads",
        paint: { "line-color": colour("ink-2"), "line-width": 1 } },
      { id: "alerts", type: "circle", source: "points", filter: ["==", ["get", "kind"], "alert"],
        paint: { "circle-radius": 6.5, "circle-color": colour("red"),
          "circle-stroke-color": colour("surface"), "circle-stroke-width": 2 } },
      ...markLayers(data),
    ],
  };
}

function tip(properties) {
  const box = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = properties.name;
  box.append(name);
  if (properties.words) box.append(document.createElement("br"), properties.words);
  return box;
}

function topmost(map, point) {
  return map.queryRenderedFeatures(point, { layers: MARKS.filter((name) => map.getLayer(name)) });
}

function connect(map, element) {
  const popup = new maplibregl.Popup({ closeButton: false, closeOnClick: false, offset: 8 });
  let over = null;
  const mark = (code) => {
    if (over) map.setFeatureState({ source: "cells", id: over }, { over: false });
    over = code;
    if (code) map.setFeatureState({ source: "cells", id: code }, { over: true });
    for (const row of document.querySelectorAll("[data-area]")) {
      row.classList.toggle("is-selected", Boolean(code) && row.dataset.area === code);
    }
  };
  map.on("mousemove", (event) => {
    const [found] = topmost(map, event.point);
    map.getCanvas().style.cursor = found?.properties.url ? "pointer" : "";
    mark(found?.source === "cells" ? found.properties.code : null);
    if (found) popup.setLngLat(event.lngLat).setDOMContent(tip(found.properties)).addTo(map);
    else popup.remove();
  });
  map.on("mouseout", () => {
    popup.remove();
    mark(null);
  });
  map.on("click", (event) => {
    const [found] = topmost(map, event.point);
    if (found?.properties.url) window.location = found.properties.url;
  });
  for (const row of document.querySelectorAll("[data-area]")) {
    row.addEventListener("pointerenter", () => maps.has(element) && mark(row.dataset.area));
    row.addEventListener("pointerleave", () => mark(null));
  }
}

function save(href, name) {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
}

function connectButtons(element) {
  const figure = element.closest(".map-figure");
  const place = figure.querySelector(".chart-table");
  const entry = () => maps.get(element);
  const does = {
    closer: () => entry().map.zoomIn(),
    farther: () => entry().map.zoomOut(),
    whole: () => fit(element),
    png() {
      const { map, data } = entry();
      map.once("render", () => save(map.getCanvas().toDataURL("image/png"), fileName(data.title ?? "", "png")));
      map.triggerRepaint();
    },
    csv() {
      const { data } = entry();
      const url = URL.createObjectURL(new Blob([toCsv(shownOf(data))], { type: "text/csv;charset=utf-8" }));
      save(url, fileName(data.title ?? "", "csv"));
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    },
    table(button) {
      const open = place.hidden;
      if (open) place.replaceChildren(tableOf(shownOf(entry().data)));
      place.hidden = !open;
      element.hidden = open;
      button.setAttribute("aria-pressed", String(open));
      if (open) place.focus();
      else entry().map.resize();
    },
  };
  for (const button of figure.querySelectorAll("[data-does]")) {
    button.addEventListener("click", () => maps.has(element) && does[button.dataset.does](button));
  }
}

function fit(element) {
  const { map, data } = maps.get(element);
  if (!data.cells.features.length) return;
  map.fitBounds(boundsOf(data.cells.features), { padding: AROUND, duration: 0 });
}

function showLegend(element, data) {
  const figure = element.closest(".map-figure");
  figure.querySelector(".legend")?.replaceChildren(...(data.legend ?? []).filter((entry) => !offOf(data).has(entry.layer)).map((entry) => {
    const line = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.className = entry.symbol ? `symbol symbol--${entry.symbol}` : `swatch swatch--${entry.class}`;
    if (entry.mark) swatch.textContent = entry.mark;
    line.append(swatch, entry.words);
    return line;
  }));
  const title = figure.querySelector(".chart-title");
  if (title && data.layers) title.textContent = data.title;
  const mark = element.querySelector(".map-schematic");
  if (mark) mark.hidden = !data.schematic;
}

async function draw(element) {
  let data;
  try {
    const answer = await fetch(element.dataset.map, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    data = await answer.json();
  } catch {
    element.querySelector(".chart-wait")?.replaceChildren(word("chart_failed"));
    return;
  }
  data.textSize = element.dataset.text;
  data.off = element.dataset.off;
  showLegend(element, data);
  const known = maps.get(element);
  if (known) {
    known.data = data;
    known.map.setStyle(styleOf(data, known.map));
    const table = element.closest(".map-figure").querySelector(".chart-table");
    if (table && !table.hidden) table.replaceChildren(tableOf(shownOf(data)));
    return;
  }
  element.querySelector(".chart-wait")?.remove();
  await document.fonts?.load('14px "Noto Sans SC Variable"', data.cells.features.map((f) => f.properties.name).join(""));
  const map = new maplibregl.Map({
    container: element.querySelector(".map-canvas"),
    style: styleOf(data),
    bounds: data.cells.features.length ? boundsOf(data.cells.features) : undefined,
    fitBoundsOptions: { padding: AROUND },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    cooperativeGestures: false,
    scrollZoom: element.dataset.scroll === "zoom",
    localIdeographFontFamily: '"Noto Sans SC Variable", "Noto Sans SC", sans-serif',
  });
  map.touchZoomRotate.disableRotation();
  maps.set(element, { map, data });
  map.getCanvas().setAttribute("aria-label", data.title ?? "");
  map.once("load", () => {
    arrange(element);
    element.dataset.drawn = "1";
  });
  map.on("zoomend", () => arrange(element));
  map.on("resize", () => arrange(element));
  connect(map, element);
  connectButtons(element);
}

/** Ask again for what the element's address names, and draw that. */
export function redraw(element) {
  return draw(element);
}

/** Draw what is known with other layers switched off. */
export function restyle(element) {
  const known = maps.get(element);
  if (!known) return;
  known.data.off = element.dataset.off;
  known.map.setStyle(styleOf(known.data, known.map));
  showLegend(element, known.data);
  const table = element.closest(".map-figure").querySelector(".chart-table");
  if (!table.hidden) table.replaceChildren(tableOf(shownOf(known.data)));
}

export function drawAll(root) {
  for (const [element, { map }] of maps) {
    if (element.isConnected) continue;
    map.remove();
    maps.delete(element);
  }
  for (const element of root.querySelectorAll("[data-map]")) {
    if (maps.has(element)) continue;
    draw(element);
    for (const topic of (element.dataset.live ?? "").match(/live:[\w-]+/g) ?? []) {
      document.body.addEventListener(topic, () => element.isConnected && draw(element));
    }
  }
}

new MutationObserver(() => {
  for (const { map, data } of maps.values()) map.setStyle(styleOf(data, map));
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
