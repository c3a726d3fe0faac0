// The map: township cells shaded by class of value, facilities as symbols. Everything is local:
// no tiles, no glyph server; letters are drawn with the page's own font.
//
//   {"title", "unit", "schematic": true, "legend": [{"class": 0..5, "words": "1–4"}],
//    "cells": FeatureCollection of {code, name, value, class, words, url},
//    "points": [{"lon", "lat", "kind": "facility" | "alert", "name", "words", "url"}]}
import "../vendor/maplibre/maplibre-gl-csp.js";
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
    features: points.map(({ lon, lat, ...properties }) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [lon, lat] },
      properties,
    })),
  };
}

function labelFeatures(cells) {
  const features = cells.features.filter(({ properties }) => properties.label_at).map(({ properties }) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: properties.label_at },
    properties,
  }));
  return { type: "FeatureCollection", features };
}

function styleOf(data) {
  const fill = ["match", ["get", "class"]];
  for (const level of CLASSES) fill.push(level, colour(`class-${level}`));
  fill.push(colour("sunken"));
  const turn = Number(colour("letters-turn"));
  return {
    version: 8,
    sources: {
      cells: { type: "geojson", data: data.cells, promoteId: "code" },
      labels: { type: "geojson", data: labelFeatures(data.cells) },
      points: { type: "geojson", data: pointFeatures(data.points ?? []) },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colour("sunken") } },
      { id: "cells", type: "fill", source: "cells", paint: { "fill-color": fill } },
      { id: "edges", type: "line", source: "cells",
        paint: { "line-color": colour("surface"), "line-width": 1.2 } },
      { id: "chosen", type: "line", source: "cells",
        paint: { "line-color": colour("ink"),
          "line-width": ["case", ["boolean", ["feature-state", "over"], false], 2.5, 0] } },
      { id: "facilities", type: "circle", source: "points",
        filter: ["!=", ["get", "kind"], "alert"],
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
      { id: "alerts", type: "circle", source: "points", filter: ["==", ["get", "kind"], "alert"],
        paint: { "circle-radius": 6.5, "circle-color": colour("red"),
          "circle-stroke-color": colour("surface"), "circle-stroke-width": 2 } },
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
    const layers = ["alerts", "facilities", "cells"];
    const [found] = map.queryRenderedFeatures(event.point, { layers });
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
    const [found] = map.queryRenderedFeatures(event.point, { layers: ["alerts", "facilities", "cells"] });
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
      const url = URL.createObjectURL(new Blob([toCsv(data)], { type: "text/csv;charset=utf-8" }));
      save(url, fileName(data.title ?? "", "csv"));
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    },
    table(button) {
      const open = place.hidden;
      if (open) place.replaceChildren(tableOf(entry().data));
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
  figure.querySelector(".legend")?.replaceChildren(...(data.legend ?? []).map((entry) => {
    const line = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.className = entry.symbol ? `symbol symbol--${entry.symbol}` : `swatch swatch--${entry.class}`;
    line.append(swatch, entry.words);
    return line;
  }));
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
  showLegend(element, data);
  const known = maps.get(element);
  if (known) {
    known.data = data;
    known.map.setStyle(styleOf(data));
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
    element.dataset.drawn = "1";
  });
  connect(map, element);
  connectButtons(element);
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
  for (const { map, data } of maps.values()) map.setStyle(styleOf(data));
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
