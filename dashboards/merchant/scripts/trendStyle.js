/** How the trend looks: Chart.js options from the page's own colours, so light and dark follow the style sheet. */

import { bucketLabel, formatTick } from "./format.js";

const GRADIENT_HEIGHT = 280; // the chart's height in CSS pixels
const POINTS_MAX = 40; // more points than that are a line only

/** Two lines: now, filled; before, dashed and behind. */
export function datasets(series) {
    const colour = colours();
    const dense = series.values.length > POINTS_MAX;
    const lonely = series.values.filter((value) => value !== null).length === 1;
    const common = { cubicInterpolationMode: "monotone", pointHitRadius: 12, spanGaps: false };
    const now = {
        ...common, data: series.values, borderColor: colour.accent, borderWidth: 2.25, fill: "origin",
        backgroundColor: (context) => gradient(context.chart.ctx, colour),
        pointRadius: lonely ? 4 : 0, pointHoverRadius: dense ? 4 : 5, pointBackgroundColor: colour.accent,
        pointHoverBorderColor: colour.surface, pointHoverBorderWidth: 2,
        segment: { borderDash: (segment) => (segment.p1DataIndex === series.unfinished ? [3, 4] : undefined) },
    };
    const before = {
        ...common, data: series.valuesBefore, borderColor: colour.before, borderWidth: 1.75, borderDash: [5, 4],
        pointRadius: 0, pointHoverRadius: 4, pointBackgroundColor: colour.before, pointHoverBorderColor: colour.surface,
    };
    return series.valuesBefore.length ? [now, before] : [now];
}

/** Axes, tooltip and pointer; `openDay(series, index)` is called for a click on a point. */
export function chartOptions({ metric, series, openDay }) {
    const colour = colours();
    const font = { family: getComputedStyle(document.body).fontFamily, size: 11.5 };
    return {
        responsive: true, maintainAspectRatio: false, animation: false, normalized: true,
        interaction: { mode: "index", intersect: false },
        layout: { padding: { top: 6, right: 2 } },
        onClick: (event, points) => points[0] && openDay(series, points[0].index),
        onHover: (event, points) => {
            event.native.target.classList.toggle("clickable", series.interval === "day" && points.length > 0);
        },
        scales: { x: timeAxis(colour, font), y: valueAxis(metric, colour, font) },
        plugins: { legend: { display: false }, tooltip: tooltip(series, colour, font) },
    };
}

function timeAxis(colour, font) {
    return {
        grid: { display: false, borderColor: colour.line },
        ticks: { color: colour.muted, font, maxRotation: 0, autoSkipPadding: 28, padding: 4 },
    };
}

function valueAxis(metric, colour, font) {
    const ticks = {
        color: colour.muted, font, maxTicksLimit: 5, padding: 8, callback: (value) => formatTick(value, metric),
    };
    if (metric.kind === "count") ticks.precision = 0;
    return {
        beginAtZero: true, suggestedMax: metric.kind === "count" ? 4 : undefined,
        grid: { color: colour.line, drawBorder: false, drawTicks: false }, ticks,
    };
}

function tooltip(series, colour, font) {
    return {
        backgroundColor: colour.tooltip, titleColor: colour.tooltipText, bodyColor: colour.tooltipText, padding: 10,
        cornerRadius: 8,
        boxWidth: 8, boxHeight: 8, boxPadding: 5, usePointStyle: true, titleFont: { ...font, size: 12, weight: 600 },
        bodyFont: { ...font, size: 12 }, caretSize: 0, caretPadding: 10,
        callbacks: {
            title: () => series.metric.label,
            label: ({ datasetIndex, dataIndex }) => {
                const point = (datasetIndex === 0 ? series.now : series.before)[dataIndex];
                const note = datasetIndex === 0 && dataIndex === series.unfinished ? " (so far)" : "";
                return ` ${bucketLabel(point.bucket, series.interval, true)}: ${point.text}${note}`;
            },
            labelColor: ({ datasetIndex }) => {
                const own = datasetIndex === 0 ? colour.accentOnDark : colour.beforeOnDark;
                return { borderColor: own, backgroundColor: own };
            },
        },
    };
}

function gradient(context, colour) {
    const fill = context.createLinearGradient(0, 0, 0, GRADIENT_HEIGHT);
    fill.addColorStop(0, colour.fillTop);
    fill.addColorStop(1, colour.fillBottom);
    return fill;
}

function colours() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(name).trim();
    return {
        accent: read("--accent-line"), before: read("--before-line"), line: read("--grid-line"),
        muted: read("--text-muted"), surface: read("--surface"),
        fillTop: read("--fill-top"), fillBottom: read("--fill-bottom"), tooltip: read("--tooltip"),
        tooltipText: read("--tooltip-text"),
        accentOnDark: read("--tooltip-now"), beforeOnDark: read("--tooltip-before"),
    };
}
