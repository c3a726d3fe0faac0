// Forms: Enter moves on, what was typed is never lost, a mistake is shown first.
import { word } from "./words.js";

const FIELDS = "input:not([type='hidden']), select, textarea";
const SENT = "form-sent";
const NOT_KEPT = "[type='password'], [type='file'], [type='hidden'], [data-not-kept]";

function fieldsOf(form) {
  return [...form.querySelectorAll(FIELDS)].filter((f) => !f.disabled && f.offsetParent !== null);
}

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !field.matches?.(".form input")) return;
  if (field.matches("[type='submit'], [type='button'], [type='file'], [list]")) return;
  const fields = fieldsOf(field.form).filter((f) => !f.matches("[type='radio']:not(:checked)"));
  const next = fields[fields.indexOf(field) + 1];
  if (next) {
    event.preventDefault();
    next.focus();
    next.select?.();
  }
});

// Kept in this tab alone, and gone with it: a form may hold somebody's personal data.
const keyOf = (form) => `form:${window.location.pathname}:${form.dataset.keep}`;
const kept = (form) => [...form.elements].filter((f) => f.name && !f.matches(NOT_KEPT));

function save(form) {
  const values = kept(form).map((f) => [
    f.name,
    /radio|checkbox/.test(f.type) ? `${f.value}:${f.checked}` : f.value,
  ]);
  sessionStorage.setItem(keyOf(form), JSON.stringify(values));
}

function restore(form) {
  const text = sessionStorage.getItem(keyOf(form));
  if (!text || form.querySelector(".errorlist, .error-summary")) return;
  let changed = false;
  const fields = kept(form);
  JSON.parse(text).forEach(([name, value], at) => {
    const field = fields[at];
    if (field?.name !== name) return;
    if (/radio|checkbox/.test(field.type)) {
      const checked = value === `${field.value}:true`;
      changed ||= field.checked !== checked;
      field.checked = checked;
    } else {
      changed ||= field.value !== value;
      field.value = value;
    }
  });
  if (changed) {
    unfold(form);
    say(form);
  }
}

// What was typed or ticked is not hidden in a closed part of the page.
function unfold(form) {
  for (let part = form.closest("details"); part; part = part.parentElement.closest("details")) {
    part.open = true;
  }
  for (const part of form.querySelectorAll("details")) {
    part.open ||= Boolean(part.querySelector("input:checked"));
  }
}

function say(form) {
  const note = document.createElement("p");
  note.className = "kept";
  note.setAttribute("role", "status");
  const forget = document.createElement("button");
  forget.type = "button";
  forget.className = "btn btn--quiet btn--small";
  forget.textContent = word("kept_forget");
  forget.addEventListener("click", () => {
    sessionStorage.removeItem(keyOf(form));
    form.reset();
    note.remove();
  });
  note.append(word("kept_restored"), " ", forget);
  form.prepend(note);
}

// What was sent is forgotten once a page answers; who was refused, or comes back from a failure,
// finds it again.
function forgetSent() {
  const [arrival] = performance.getEntriesByType("navigation");
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  const refused = document.querySelector("[data-refused]");
  if (sent && !refused && arrival?.type !== "back_forward") sessionStorage.removeItem(sent);
}

function prepare(root) {
  for (const form of root.querySelectorAll("form[data-keep]")) {
    if (form.dataset.kept) continue;
    form.dataset.kept = "1";
    restore(form);
    form.addEventListener("input", () => save(form));
    form.addEventListener("submit", () => sessionStorage.setItem(SENT, keyOf(form)));
    form.addEventListener("htmx:afterRequest", (event) => {
      sessionStorage.removeItem(SENT);
      if (event.detail.successful) sessionStorage.removeItem(keyOf(form));
    });
  }
  const summary = root.querySelector(".error-summary, .errorlist.nonfield");
  if (summary) {
    summary.tabIndex = -1;
    summary.focus({ preventScroll: false });
  }
}

// Signing out leaves nothing of a form behind on this machine.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-forget-all]")) sessionStorage.clear();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

forgetSent();
prepare(document);
document.body.addEventListener("htmx:load", (event) => prepare(event.detail.elt.parentNode ?? document));

// One box chooses or clears every row of its form.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.chooseAll;
  if (!name) return;
  for (const box of event.target.form.querySelectorAll(`input[type=checkbox][name="${name}"]`)) {
    box.checked = event.target.checked;
  }
});
