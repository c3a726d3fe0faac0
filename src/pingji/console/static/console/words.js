// The words a script shows, in the reader's language; the server puts them into <script id="words">.
const source = document.getElementById("words");
const words = source ? JSON.parse(source.textContent) : {};

/** The phrase named `key`, with {names} filled in. */
export function word(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A length of time in the two largest units that matter: 2 h 14 min. */
export function duration(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  const days = Math.floor(total / 86400);
  const hours = Math.floor((total % 86400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  if (days) return hours ? word("days_hours", { days, hours }) : word("days", { days });
  if (hours) return minutes ? word("hours_minutes", { hours, minutes }) : word("hours", { hours });
  if (minutes >= 5) return word("minutes", { minutes });
  if (minutes) return word("minutes_seconds", { minutes, seconds: total % 60 });
  return word("seconds", { seconds: total });
}

/** A number as the county writes it. */
export function figure(value, digits = 1) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return Number(value).toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** A chip of text for a saved file's name: no spaces, no signs that a file system refuses. */
export function fileName(title, ending) {
  const safe = title.replace(/[\\/:*?"<>|\s]+/g, "-").slice(0, 60) || "pingji";
  return `${safe}.${ending}`;
}
