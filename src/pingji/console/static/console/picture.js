// The map's layers and its slider over time. The list beside the map is asked for with the same
// address, so that it says the same; a past moment does not change, and is not asked for again.
import { keep } from "./keep.js";
import { redraw, restyle } from "./map.js";

const WAIT_MS = 180;

function sayMoment(moment) {
  const zone = document.body.dataset.zone || undefined;
  const said = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone, dateStyle: "short", timeStyle: "short",
  });
  return said.format(moment);
}

function connect(root) {
  const map = root.querySelector("[data-map]");
  const list = root.querySelector("[data-picture-list]");
  const slider = root.querySelector("input[type=range]");
  const said = root.querySelector("output");
  const off = new Set(root.dataset.off.split(",").filter(Boolean));
  const step = slider ? Number(slider.dataset.hours) * 3600_000 : 0;
  const opened = [...root.querySelectorAll("[data-toggles]:not([aria-pressed=false])")]
    .map((one) => one.dataset.toggles).join(",");
  let waiting = null;
  let asked = 0;

  const moment = () => {
    if (!slider || slider.value === slider.max) return null;
    return new Date(Date.parse(slider.dataset.begin) + Number(slider.value) * step);
  };
  const address = (base) => (moment() ? `${base}&at=${encodeURIComponent(moment().toISOString())}` : base);

  const hide = () => {
    for (const section of list.querySelectorAll("[data-of-layer]")) {
      section.hidden = off.has(section.dataset.ofLayer);
    }
  };
  const showList = async () => {
    const number = ++asked;
    let text = null;
    try {
      const answer = await fetch(address(root.dataset.list), { headers: { "HX-Request": "true" } });
      if (answer.ok) text = await answer.text();
    } catch {
      // away: the next change, or the stream that comes back, asks again
    }
    if (text === null || number !== asked) return; // a later moment was asked for meanwhile
    const restore = keep(list);
    list.innerHTML = text;
    hide();
    window.htmx?.process(list);
    restore(list);
  };
  const showAddress = () => {
    const url = new URL(window.location);
    if (moment()) url.searchParams.set("at", moment().toISOString());
    else url.searchParams.delete("at");
    const all = [...root.querySelectorAll("[data-toggles]")].map((one) => one.dataset.toggles);
    const on = all.filter((one) => !off.has(one)).join(",");
    if (on !== opened || url.searchParams.has("on")) url.searchParams.set("on", on);
    window.history.replaceState(window.history.state, "", url);
  };
  const say = () => {
    const text = moment() ? sayMoment(moment()) : said.dataset.now;
    said.textContent = text;
    said.toggleAttribute("data-past", Boolean(moment()));
    slider.setAttribute("aria-valuetext", text);
  };
  const show = () => {
    map.dataset.map = address(root.dataset.url);
    showAddress();
    redraw(map);
    showList();
  };

  map.dataset.off = [...off].join(",");
  if (slider) {
    say();
    if (moment()) map.dataset.map = address(root.dataset.url);
    slider.addEventListener("input", () => {
      say();
      clearTimeout(waiting);
      waiting = setTimeout(show, WAIT_MS);
    });
    for (const button of root.querySelectorAll("[data-steps]")) {
      button.addEventListener("click", () => {
        slider.value = String(Number(slider.value) + Number(button.dataset.steps));
        slider.dispatchEvent(new Event("input"));
      });
    }
  }
  for (const button of root.querySelectorAll("[data-toggles]")) {
    button.addEventListener("click", () => {
      const key = button.dataset.toggles;
      if (!off.delete(key)) off.add(key);
      button.setAttribute("aria-pressed", String(!off.has(key)));
      map.dataset.off = [...off].join(",");
      hide();
      restyle(map);
      showAddress();
    });
  }
  for (const topic of (map.dataset.live ?? "").match(/live:[\w-]+/g) ?? []) {
    document.body.addEventListener(topic, () => root.isConnected && !moment() && showList());
  }
}

const known = new WeakSet();

/** Bring every picture under a root to life, before its map is drawn. */
export function connectAll(root) {
  for (const picture of root.querySelectorAll("[data-picture]")) {
    if (known.has(picture)) continue;
    known.add(picture);
    connect(picture);
  }
}
