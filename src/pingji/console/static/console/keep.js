// A part of a page that is drawn anew because somebody else changed something keeps what its reader
// has done there: parts opened and closed, words typed and not sent yet, boxes ticked, how far a
// list was scrolled, where the keyboard stood, a chart read as a table.
//
//   const restore = keep(part);   // before
//   restore(newPart);             // after
const FIELDS = "input:not([type=hidden], [type=submit], [type=button]), select, textarea";
const REACHED = `${FIELDS}, a[href], button, summary, [tabindex]`;
const touched = new WeakSet(); // the <details> that the reader opened or closed

document.addEventListener("click", (event) => {
  const part = event.target.closest?.("summary")?.parentElement;
  if (part) touched.add(part);
}, true);

const bare = (text) => text.replace(/[\d\s]+/g, " ").trim(); // a figure may have changed meanwhile

function nameOf(element) {
  switch (element.tagName) {
    case "DETAILS":
      return bare(element.querySelector("summary")?.textContent ?? "");
    case "INPUT":
    case "SELECT":
    case "TEXTAREA": {
      const value = /radio|checkbox/.test(element.type) ? element.value : "";
      return `${element.form?.getAttribute("action") ?? ""} ${element.name} ${value}`;
    }
    case "A":
      return element.getAttribute("href");
    case "BUTTON":
      return `${element.form?.getAttribute("action") ?? ""} ${bare(element.textContent)}`;
    default:
      return `${element.className} ${element.getAttribute("aria-label") ?? ""}`;
  }
}

/** The elements of a kind, each by what it is called there: the same in the old part and the new. */
function named(root, selector) {
  const found = new Map();
  const times = new Map();
  for (const element of root.querySelectorAll(selector)) {
    const near = element.closest("[id]");
    const name = [near && root.contains(near) ? near.id : "", element.tagName, nameOf(element)].join("|");
    const time = times.get(name) ?? 0;
    times.set(name, time + 1);
    found.set(`${name}|${time}`, element);
  }
  return found;
}

function chosenFirst(select) {
  const given = [...select.options].map((option) => option.defaultSelected);
  if (!select.multiple && !given.includes(true) && given.length) given[0] = true;
  return given;
}

function changedBy(field) {
  if (/radio|checkbox/.test(field.type)) {
    return field.checked === field.defaultChecked ? null : { checked: field.checked };
  }
  if (field.type === "file") return field.files.length ? { files: field.files } : null;
  if (field.tagName === "SELECT") {
    const chosen = [...field.options].filter((option) => option.selected).map((o) => o.value);
    const given = chosenFirst(field);
    const same = [...field.options].every((option, at) => option.selected === given[at]);
    return same ? null : { chosen };
  }
  return field.value === field.defaultValue ? null : { value: field.value };
}

function put(field, { chosen, ...rest }) {
  Object.assign(field, rest);
  if (chosen) for (const option of field.options) option.selected = chosen.includes(option.value);
}

function gathered(found, read) {
  const kept = new Map();
  for (const [name, element] of found) {
    const state = read(element);
    if (state !== null) kept.set(name, state);
  }
  return kept;
}

const moved = (element) =>
  element.scrollTop || element.scrollLeft ? [element.scrollTop, element.scrollLeft] : null;

/** Remember what the reader did in a part of the page; gives back what does it again in another. */
export function keep(root) {
  const details = gathered(named(root, "details"), (one) => (touched.has(one) ? one.open : null));
  const fields = gathered(named(root, FIELDS), changedBy);
  const scrolled = gathered(named(root, "ul, ol, div, section"), moved);
  const tables = gathered(named(root, "[data-does=table][aria-pressed=true]"), () => true);
  const active = document.activeElement;
  const reached = [...named(root, REACHED)].find(([, element]) => element === active)?.[0];

  return (anew) => {
    const now = { details: named(anew, "details"), fields: named(anew, FIELDS) };
    for (const [name, open] of details) {
      const part = now.details.get(name);
      if (!part) continue;
      part.open = open;
      touched.add(part);
    }
    for (const [name, state] of fields) {
      const field = now.fields.get(name);
      if (field && !field.disabled) put(field, state);
    }
    const places = named(anew, "ul, ol, div, section");
    for (const [name, [top, left]] of scrolled) places.get(name)?.scrollTo(left, top);
    const buttons = named(anew, "[data-does=table]");
    for (const name of tables.keys()) {
      if (buttons.has(name)) buttons.get(name).dataset.pressed = ""; // charts.js opens it once drawn
    }
    if (reached && (document.activeElement === document.body || !document.activeElement)) {
      named(anew, REACHED).get(reached)?.focus({ preventScroll: true });
    }
  };
}
