// From the JSON of a chart to the option of ECharts. Pure: data and colours in, option out.
import { figure, word } from "./words.js";

const HATCH = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4 };

function axes(labels, data, c) {
  const text = { color: c["ink-2"], fontFamily: c.font, fontSize: c.size };
  return {
    textStyle: { fontFamily: c.font, color: c.ink },
    grid: { left: 8, right: 14, top: data.legendless ? 26 : 54, bottom: 6,
      outerBoundsMode: "same", outerBoundsContain: "axisLabel" }, // no label is cut, at either end
    xAxis: {
      type: "category",
      data: labels,
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: c["line-strong"] } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      name: data.unit ?? "",
      nameTextStyle: { ...text, color: c["ink-3"], align: "left", padding: [0, 0, 0, -4] },
      nameGap: 12,
      minInterval: data.share ? 0 : 1,
      axisLabel: data.share ? { ...text, formatter: (v) => `${Math.round(v * 100)}%` } : text,
      splitLine: { lineStyle: { color: c.line } },
    },
    legend: {
      type: "scroll", // one line on a phone too: a second one would lie on the axis
      top: 0,
      left: 0,
      icon: "roundRect",
      itemWidth: 14,
      itemHeight: 8,
      itemGap: 16,
      textStyle: text,
      selectedMode: true,
    },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: c.surface,
      borderColor: c.line,
      textStyle: { color: c.ink, fontFamily: c.font, fontSize: c.size },
      axisPointer: { type: "shadow" },
      valueFormatter: (value) => (data.share && value !== null ? `${figure(value * 100)}%` : figure(value)),
    },
  };
}

function band(data, c) {
  const lower = data.lower ?? data.upper.map((value) => (value === null ? null : 0));
  const line = { type: "line", symbol: "none", silent: true, stack: "band", lineStyle: { opacity: 0 } };
  return [
    { ...line, name: "band-floor", data: lower, tooltip: { show: false } },
    {
      ...line,
      name: "band-height",
      data: data.upper.map((value, at) => (value === null ? null : value - (lower[at] ?? 0))),
      areaStyle: { color: c.grey, opacity: 0.14 },
      tooltip: { show: false },
    },
  ];
}

function epicurve(data, c) {
  const incomplete = data.incomplete ?? [];
  const alarms = data.alarms ?? [];
  const counted = data.counted ?? word("cases");
  const names = [counted];
  const series = [
    {
      name: counted,
      type: "bar",
      barCategoryGap: "12%",
      large: data.counts.length > 2000,
      itemStyle: { color: c.brand },
      data: data.counts.map((value, at) => ({
        value,
        itemStyle: incomplete[at]
          ? { opacity: 0.55, decal: { ...HATCH, color: c.surface } }
          : alarms[at] ? { color: c.red } : undefined,
      })),
    },
  ];
  if (data.reported?.length) {
    names.push(word("by_report"));
    series.push({ name: word("by_report"), type: "line", step: "middle", symbol: "none",
      data: data.reported, lineStyle: { color: c.blue, width: 1.25 }, itemStyle: { color: c.blue } });
  }
  if (data.expected?.length) {
    names.push(word("expected"));
    series.push({ name: word("expected"), type: "line", symbol: "none", data: data.expected,
      lineStyle: { color: c["ink-2"], width: 1.5 }, itemStyle: { color: c["ink-2"] }, z: 4 });
  }
  if (data.upper?.length) {
    names.push(word("upper"));
    series.push(...band(data, c));
    series.push({ name: word("upper"), type: "line", symbol: "none", data: data.upper,
      lineStyle: { color: c["amber-bar"], width: 1.5, type: "dashed" },
      itemStyle: { color: c["amber-bar"] }, z: 4 });
  }
  if (alarms.some(Boolean)) {
    names.push(word("alarm"));
    series.push({ name: word("alarm"), type: "scatter", symbol: "triangle", symbolSize: 9,
      data: alarms.map((on) => (on ? 0 : null)), symbolOffset: [0, -5], z: 6, clip: false,
      itemStyle: { color: c.red, borderColor: c.surface, borderWidth: 1 },
      tooltip: { valueFormatter: () => word("yes") } });
  }
  const option = axes(data.dates, data, c);
  option.legend.data = names;
  if (names.length === 1) {
    option.legend.show = false;
    option.grid.top = 30;
  }
  option.tooltip.formatter = (rows) => epicurveTip(rows, data);
  if (data.dates.length > 120) {
    const from = Math.max(0, 100 - (120 / data.dates.length) * 100);
    option.dataZoom = [
      { type: "inside", start: from, end: 100 },
      { type: "slider", start: from, end: 100, height: 18, bottom: 4, borderColor: c.line,
        textStyle: { color: c["ink-3"] }, brushSelect: false },
    ];
    option.grid.bottom = 34;
  }
  return { ...option, series };
}

function epicurveTip(rows, data) {
  if (!rows.length) return "";
  const at = rows[0].dataIndex;
  const shown = rows.filter((row) => !row.seriesName.startsWith("band-") && row.seriesName !== word("alarm"));
  const lines = shown.map((row) => `${row.marker}${row.seriesName}  <b>${figure(row.value)}</b>`);
  if (data.alarms?.[at]) lines.push(`<b>▲ ${word("alarm")}</b>`);
  if (data.incomplete?.[at]) lines.push(word("incomplete"));
  return [safe(data.dates[at]), ...lines].join("<br>");
}

function safe(text) {
  return String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function plain(data, c, type) {
  const colours = [c.brand, c.blue, c["amber-bar"], c.grey, c["class-2"], c.red];
  const option = axes(data.labels, { ...data, legendless: data.series.length < 2 }, c);
  option.legend.show = data.series.length > 1;
  // A pyramid draws its first series to the left; the figures stay what they are.
  const signed = (values, at) => (data.mirrored && !at ? values.map((v) => (v === null ? v : -v)) : values);
  const hatched = (value, at, colour) => ({ value,
    itemStyle: { color: colour, opacity: 0.55, decal: { ...HATCH, color: c.surface } } });
  const series = data.series.map((one, at) => ({
    name: one.name,
    type,
    data: signed(one.values, at).map((value, place) =>
      (data.incomplete?.[place] ? hatched(value, place, colours[at % colours.length]) : value)),
    stack: data.stacked || data.mirrored ? "all" : undefined,
    symbolSize: 5,
    barMaxWidth: 44,
    itemStyle: { color: colours[at % colours.length] },
    lineStyle: { type: ["solid", "dashed", "dotted"][Math.floor(at / colours.length) % 3] },
  }));
  if (data.target !== undefined && data.target !== null) {
    series[0].markLine = {
      symbol: "none",
      silent: true,
      data: [{ yAxis: data.target }],
      lineStyle: { color: c.red, type: "dashed" },
      label: { formatter: word("target"), position: "insideEndTop", color: c.red, fontFamily: c.font },
    };
  }
  if (data.sideways) {
    const { xAxis, yAxis } = option;
    option.xAxis = yAxis;
    option.yAxis = { ...xAxis, inverse: !data.mirrored };
  }
  if (data.mirrored) {
    const end = rounded(Math.max(1, ...data.series.flatMap((one) => one.values))); // to one scale
    option.xAxis = { ...option.xAxis, name: "", min: -end, max: end,
      axisLabel: { ...option.xAxis.axisLabel, formatter: (v) => figure(Math.abs(v)) } };
    option.tooltip.valueFormatter = (value) => figure(Math.abs(value));
  }
  if (data.incomplete?.some(Boolean)) {
    option.tooltip.formatter = (rows) => stackTip(rows, data);
  }
  return { ...option, series };
}

// The next half of a power of ten: 18 becomes 20, 120 becomes 150.
function rounded(value) {
  const step = 10 ** Math.floor(Math.log10(value)) / 2;
  return Math.ceil(value / step) * step;
}

function stackTip(rows, data) {
  if (!rows.length) return "";
  const at = rows[0].dataIndex;
  const lines = rows.filter((row) => row.value).map((row) =>
    `${row.marker}${safe(row.seriesName)}  <b>${figure(row.value)}</b>`);
  if (data.incomplete[at]) lines.push(word("incomplete"));
  return [safe(data.labels[at]), ...lines].join("<br>");
}

function heat(data, c) {
  const option = axes(data.columns, { ...data, legendless: true }, c);
  const cells = data.values.flatMap((row, y) => row.map((value, x) => [x, y, value ?? "-"]));
  const highest = Math.max(1, ...cells.map(([, , value]) => Number(value) || 0));
  return {
    ...option,
    legend: { show: false },
    grid: { ...option.grid, top: 8, bottom: 44 },
    yAxis: { ...option.xAxis, data: data.rows, inverse: true },
    xAxis: { ...option.xAxis, position: "bottom" },
    tooltip: { ...option.tooltip, trigger: "item",
      formatter: ({ value: [x, y, value] }) =>
        `${safe(data.rows[y])} · ${safe(data.columns[x])}<br><b>${figure(value)}</b> ${safe(data.unit ?? "")}` },
    visualMap: { min: 0, max: highest, calculable: false, orient: "horizontal", left: 0, bottom: 0,
      itemHeight: 90, itemWidth: 10, textStyle: { color: c["ink-2"], fontFamily: c.font },
      text: [figure(highest), "0"],
      inRange: { color: [c["class-0"], c["class-1"], c["class-2"], c["class-3"], c["class-4"], c["class-5"]] } },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: c.surface, borderWidth: 1 } }],
  };
}

export function optionOf(data, colours) {
  const kinds = {
    epicurve: () => epicurve(data, colours),
    bars: () => plain(data, colours, "bar"),
    lines: () => plain(data, colours, "line"),
    heat: () => heat(data, colours),
  };
  return kinds[data.kind]();
}
