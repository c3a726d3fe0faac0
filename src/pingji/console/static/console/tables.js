// The same data as a picture, as a table and as CSV. Pure: data in, rows out.
import { figure, word } from "./words.js";

/** Head and rows behind a chart or a map. */
export function rowsOf(data) {
  if (data.kind === "epicurve") return epicurveRows(data);
  if (data.kind === "heat") {
    return { head: ["", ...data.columns], rows: data.rows.map((name, at) => [name, ...data.values[at]]) };
  }
  if (data.cells) return mapRows(data);
  return {
    head: ["", ...data.series.map((one) => one.name || data.unit || word("value"))],
    rows: data.labels.map((label, at) => [label, ...data.series.map((one) => one.values[at])]),
    links: data.labels.map((_label, at) =>
      [data.links?.[at], ...data.series.map((one) => one.links?.[at] ?? data.links?.[at])]),
  };
}

function epicurveRows(data) {
  const columns = [
    [data.counted ?? word("cases"), data.counts],
    [word("by_report"), data.reported],
    [word("expected"), data.expected],
    [word("lower"), data.lower],
    [word("upper"), data.upper],
    [word("alarm"), data.alarms?.map((on) => (on ? word("yes") : ""))],
    [word("incomplete"), data.incomplete?.map((on) => (on ? word("yes") : ""))],
  ].filter(([, values]) => values?.length);
  return {
    head: [word("date"), ...columns.map(([name]) => name)],
    rows: data.dates.map((date, at) => [date, ...columns.map(([, values]) => values[at])]),
    links: data.links?.map((link) => [link, link]),
  };
}

function mapRows(data) {
  const cells = data.cells.features.map(({ properties: p }) => [p.code, p.name, p.value, p.words ?? ""]);
  cells.sort((a, b) => (b[2] ?? -1) - (a[2] ?? -1));
  if (data.layers) return pictureRows(data, cells);
  return { head: [word("code"), word("area"), data.unit ?? word("value"), ""], rows: cells };
}

function pictureRows(data, cells) {
  const named = Object.fromEntries(data.layers.map(({ key, label }) => [key, label]));
  const off = new Set((data.off ?? "").split(","));
  const rows = off.has("cases") || !named.cases ? []
    : cells.map(([, name, value, words]) => [named.cases, name, value, words]);
  for (const { properties: p } of data.risk.features) rows.push([named.risk, p.name, p.level, p.words]);
  for (const p of data.points) rows.push([named[p.layer] ?? "", p.name, p.free ?? "", p.words]);
  return { head: [word("layer"), word("area"), word("value"), word("words")], rows };
}

export function tableOf(data) {
  const { head, rows, links } = rowsOf(data);
  const table = document.createElement("table");
  table.className = "table table--dense";
  const headRow = table.createTHead().insertRow();
  head.forEach((text, at) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    if (at) cell.className = "number";
    headRow.append(cell);
  });
  const body = table.createTBody();
  for (const [number, row] of rows.entries()) {
    const line = body.insertRow();
    row.forEach((value, at) => {
      const cell = at ? line.insertCell() : line.appendChild(document.createElement("th"));
      if (!at) cell.scope = "row";
      else cell.className = "number";
      const text = typeof value === "number" ? figure(value, 2) : value ?? "–";
      const address = links?.[number]?.[at];
      if (!address) {
        cell.textContent = text;
        return;
      }
      const link = document.createElement("a");
      link.href = address;
      link.textContent = text;
      cell.append(link);
    });
  }
  return table;
}

// A cell that begins like a formula is made text, so that a spreadsheet does not run it.
function csvCell(value) {
  if (typeof value === "number") return String(value);
  const text = String(value ?? "");
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** CSV with the byte order mark by which Excel knows UTF-8. */
export function toCsv(data) {
  const { head, rows } = rowsOf(data);
  return `\ufeff${[head, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n")}\r\n`;
}
