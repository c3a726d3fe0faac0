// The report card by keyboard: names complete as they are typed, digits choose, Enter moves on,
// Ctrl+Enter sends. What the server says of the card stands beside its field at once.
const form = document.getElementById("card-form");
const LOOK_MS = 350;
const SUGGEST_MS = 120;
const token = form.elements.csrfmiddlewaretoken.value;

function fields() {
  return [...form.querySelectorAll("input, select, textarea, button[data-send]")].filter(
    (one) =>
      one.type !== "hidden" &&
      one.offsetParent !== null &&
      (one.type !== "radio" || one === radioOf(one.name)),
  );
}

// A group of choices is one stop: the chosen one, or the first.
function radioOf(name) {
  const group = [...form.querySelectorAll(`input[type="radio"][name="${name}"]`)];
  return group.find((one) => one.checked) ?? group[0];
}

function moveOn(from) {
  const all = fields();
  const here = from.type === "radio" ? radioOf(from.name) : from;
  const next = all[all.indexOf(here) + 1];
  next?.focus();
  next?.select?.();
}

// Suggestions
class Suggest {
  constructor(input) {
    this.input = input;
    this.rows = [];
    this.at = -1;
    this.asked = 0;
    const box = document.createElement("div");
    box.className = "suggest";
    input.replaceWith(box);
    this.list = document.createElement("ul");
    this.list.className = "suggest-list";
    this.list.id = `${input.id}-list`;
    this.list.setAttribute("role", "listbox");
    this.list.hidden = true;
    box.append(input, this.list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", this.list.id);
    input.setAttribute("aria-autocomplete", "list");
    input.addEventListener("input", () => this.later());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("pointerdown", (event) => {
      const row = event.target.closest("li");
      if (!row) return;
      event.preventDefault();
      this.choose(Number(row.dataset.at));
      moveOn(this.input);
    });
  }

  later() {
    clearTimeout(this.timer);
    this.typed = true;
    this.timer = setTimeout(() => this.ask(), SUGGEST_MS);
  }

  async ask() {
    const number = ++this.asked;
    const query = new URLSearchParams({ what: this.input.dataset.suggest, q: this.input.value });
    const answer = await fetch(`${form.dataset.suggestFrom}?${query}`).catch(() => null);
    if (!answer?.ok || number !== this.asked) return;
    this.show((await answer.json()).rows);
  }

  show(rows) {
    this.rows = rows;
    this.at = rows.length ? 0 : -1;
    this.list.replaceChildren(
      ...rows.map((row, at) => {
        const item = document.createElement("li");
        item.setAttribute("role", "option");
        item.dataset.at = at;
        item.id = `${this.list.id}-${at}`;
        const label = document.createElement("span");
        label.textContent = row.label;
        const note = document.createElement("small");
        note.textContent = row.note;
        item.append(label, note);
        return item;
      }),
    );
    const open = rows.length > 0 && document.activeElement === this.input;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === this.at)));
    const chosen = this.list.children[this.at];
    if (chosen && !this.list.hidden) {
      this.input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) this.ask();
      else {
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.at = (this.at + step + this.rows.length) % this.rows.length;
        this.mark();
      }
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      this.close();
    } else if ((event.key === "Enter" || event.key === "Tab") && open && this.typed) {
      this.choose(this.at);
    } else if (event.key === "Enter" && this.typed && this.input.value) {
      this.resolve(); // Enter came before the answer: take the first one when it comes
    }
  }

  async resolve() {
    await this.ask();
    if (this.rows.length) this.choose(0);
  }

  choose(at) {
    const row = this.rows[at];
    if (!row) return;
    this.input.value = row.value;
    this.typed = false;
    clearTimeout(this.timer);
    this.asked += 1;
    this.close();
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(this.timer);
    this.typed = false;
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

for (const input of form.querySelectorAll("[data-suggest]")) new Suggest(input);

// Keys
form.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const field = event.target;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    event.stopPropagation();
    form.requestSubmit(form.querySelector("[data-send]"));
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    const draft = form.querySelector("[data-draft]");
    event.preventDefault();
    if (draft) form.requestSubmit(draft);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (field.type === "radio" && /^[1-9]$/.test(event.key)) {
    const group = [...form.querySelectorAll(`input[name="${field.name}"]`)];
    const chosen = group[Number(event.key) - 1];
    if (chosen) {
      event.preventDefault();
      chosen.checked = true;
      chosen.dispatchEvent(new Event("change", { bubbles: true }));
      chosen.dispatchEvent(new Event("input", { bubbles: true }));
      moveOn(chosen);
    }
    return;
  }
  if (event.key === "Enter" && field.matches("input")) {
    event.preventDefault();
    event.stopPropagation(); // the common rule would jump over a choice
    moveOn(field);
  }
});

// What the server says while one types
const touched = new Set();
let looking = null;
let looked = 0;

function say(name, text) {
  const place = document.getElementById(`said-${name}`);
  if (!place) return;
  const shown = place.querySelector(".error");
  if (!text) {
    shown?.remove();
    return;
  }
  const error = shown ?? document.createElement("p");
  error.className = "error";
  error.textContent = text;
  if (!shown) place.replaceChildren(error);
}

function fill(values, { over = false } = {}) {
  for (const [name, value] of Object.entries(values)) {
    const radios = form.querySelectorAll(`input[type="radio"][name="${name}"]`);
    if (radios.length) {
      const chosen = [...radios].find((one) => one.checked);
      const wanted = [...radios].find((one) => one.value === value);
      if (wanted && (over || !chosen)) wanted.checked = true;
      continue;
    }
    const field = form.elements[name];
    if (!field || field === document.activeElement || field.value === value) continue;
    if (field.value && !over) continue;
    if (!field.value) field.closest(".field")?.classList.add("is-filled");
    field.value = value;
  }
}

async function look() {
  const number = ++looked;
  const data = new FormData(form);
  data.set("card", form.dataset.card);
  const answer = await fetch(form.dataset.look, { method: "POST", body: data }).catch(() => null);
  if (!answer?.ok || number !== looked) return;
  const said = await answer.json();
  for (const name of touched) say(name, said.errors[name] ?? "");
  fill(said.values, { over: true });
  const banner = document.getElementById("reported");
  banner.textContent = said.reported;
  banner.hidden = !said.reported;
}

async function knownPerson(number) {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", token);
  data.set("identity_number", number);
  const answer = await fetch(form.dataset.person, { method: "POST", body: data }).catch(() => null);
  if (!answer?.ok) return;
  fill((await answer.json()).values);
}

let lastNumber = "";
form.addEventListener("input", (event) => {
  event.target.closest(".field")?.classList.remove("is-filled");
  const { name, value } = event.target;
  const number = name === "identity_number" ? value.replace(/\s/g, "") : "";
  if (number.length === 18 && number !== lastNumber) {
    lastNumber = number;
    knownPerson(number);
    touched.add(name);
    clearTimeout(looking);
    looking = setTimeout(look, LOOK_MS);
  }
});
form.addEventListener("change", (event) => {
  if (!event.target.name) return;
  touched.add(event.target.name);
  clearTimeout(looking);
  looking = setTimeout(look, LOOK_MS);
});

// Start where the work is: at the first mistake, at the reason asked for, else at the beginning.
// Once all has loaded, so that the summary of mistakes does not take the focus back; and never from
// somebody who types already.
function start() {
  const wrong = form.querySelector(".field:has(.error) :is(input, select)");
  const reason = form.querySelector("#id_confirmed, #id_correction");
  const summary = form.querySelector(".error-summary");
  const place = wrong ?? (summary && reason) ?? form.querySelector("#id_identity_number");
  const busy = form.contains(document.activeElement) && document.activeElement !== summary;
  if (busy || !place || (!summary && form.dataset.card)) return;
  if (!matchMedia("(width >= 720px)").matches) return;
  (place.type === "radio" ? radioOf(place.name) : place).focus();
}

const settled = () => setTimeout(start, 60);
if (document.readyState === "complete") settled();
else window.addEventListener("load", settled);
