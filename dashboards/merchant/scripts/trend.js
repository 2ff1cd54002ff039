/**
 * The chosen metric over time against the period before, drawn by Chart.js, with a table for those who cannot see it.
 */

import { metricNamed } from "./catalog.js";
import { h } from "./dom.js";
import { bucketLabel, formatCell, numeric, periodLabel, wallClock } from "./format.js";
import { blockSkeleton, createLoader, emptyView } from "./panel.js";
import { cellsByName, columnNamed, intervalOf, intervalsFor, trendQuery } from "./queries.js";
import { COMPARISONS, navigate } from "./state.js";
import { chartOptions, datasets } from "./trendStyle.js";

const COMPARISON_LABELS = {
    previous_period: "Previous period", previous_period_weekday: "Previous period, same weekdays",
    previous_year: "Same period last year", none: "No comparison",
};
const INTERVAL_LABELS = { hour: "Hours", day: "Days", week: "Weeks", month: "Months" };

/** The trend in `root`: `load` asks and draws, `redraw` draws the last answer again (other metric, other colours). */
export function createTrend(root, run) {
    const body = h("div", { class: "trend-body" });
    const head = h("div", { class: "trend-head" });
    root.replaceChildren(head, body);
    let chart = null;
    let last = null;

    function render(answer, context) {
        last = answer;
        chart?.destroy();
        chart = null;
        const metric = metricNamed(context.state.metric);
        const series = seriesOf(answer, metric, context);
        head.replaceChildren(legend(series, context.state), controls(context.state));
        if (!columnNamed(answer, metric.name)) return body.replaceChildren(
            emptyView(`${metric.label} over time is not there yet`, "The server does not offer this metric by time."),
        );
        const canvas = h("canvas", { role: "img", "aria-label": summary(series, metric) });
        const table = dataTable(series, metric);
        body.replaceChildren(h("div", { class: "chart" }, canvas), h("div", { class: "visually-hidden" }, table));
        if (!window.Chart) return body.replaceChildren(h("div", { class: "table-scroll" }, table)); // not installed
        const options = chartOptions({ metric, series, openDay });
        chart = new window.Chart(canvas, {
            type: "line", data: { labels: series.labels, datasets: datasets(series) }, options,
        });
    }

    const load = createLoader(body, {
        fetch: ({ state }, signal) => run(trendQuery(state), signal), render,
        skeleton: () => blockSkeleton("skeleton-chart"),
    });
    return { load, redraw: (context) => last && render(last, context) };
}

/** Values of now and before in step, labels, and from which bucket on a value is not final or not there yet. */
function seriesOf(answer, metric, { state, shop }) {
    const interval = intervalOf(state);
    const column = columnNamed(answer, metric.name);
    const clock = wallClock(shop.timezone);
    const point = (row) => {
        if (!row) return { bucket: "", cell: null, text: "" }; // the earlier period is shorter, as February is
        const cells = cellsByName(answer, row);
        const bucket = String(cells[`time:${interval}`]);
        return { bucket, cell: cells[metric.name], text: formatCell(cells[metric.name], metric, column) };
    };
    const now = answer.rows.map(point);
    const before = (answer.compare_rows ?? []).slice(0, Math.max(now.length, 1)).map(point);
    const begun = now.map(({ bucket }) => bucket.slice(0, 16) <= clock.slice(0, Math.min(16, bucket.length)));
    return {
        interval, metric, column, now, before, asked: wholeDays(answer.query?.date_range),
        askedBefore: wholeDays(answer.query?.compare?.date_range),
        labels: now.map(({ bucket }) => bucketLabel(bucket, interval)),
        values: now.map(({ cell }, index) => (begun[index] ? numeric(cell) : null)),
        valuesBefore: before.map(({ cell }) => numeric(cell)),
        unfinished: isUnfinished(now.at(begun.lastIndexOf(true))?.bucket, interval, clock)
            ? begun.lastIndexOf(true)
            : -1,
    };
}

/** `[from, to]` where the server says which days it counted. */
function wholeDays(range) {
    return Array.isArray(range) && range.every((day) => /^\d{4}-\d{2}-\d{2}$/.test(day)) ? range : null;
}

/** Whether the bucket holds the present moment. */
function isUnfinished(bucket, interval, clock) {
    if (!bucket) return false;
    if (interval === "hour") return bucket.slice(0, 13) === clock.slice(0, 13);
    if (interval === "day") return bucket.slice(0, 10) === clock.slice(0, 10);
    if (interval === "month") return bucket.slice(0, 7) === clock.slice(0, 7);
    return Date.parse(clock.slice(0, 10)) - Date.parse(bucket.slice(0, 10)) < 7 * 86_400_000;
}

function legend(series, state) {
    const day = ({ bucket }) => bucket.slice(0, 10).padEnd(10, "-01");
    const last = (points) => points.findLast(({ bucket }) => bucket) ?? points[0];
    const span = (asked, points) => periodLabel(...(asked ?? [day(points[0]), day(last(points))]));
    const now = series.now.length ? span(series.asked, series.now) : "";
    const before = state.compare !== "none" && series.before[0]?.bucket
        ? h("span", { class: "legend legend-before" }, span(series.askedBefore, series.before))
        : null;
    return h("div", { class: "legends" }, h("h2", { class: "visually-hidden" }, `${series.metric.label} over time`),
        h("span", { class: "legend legend-now" }, now), before);
}

function controls(state) {
    const interval = select(
        "Interval", intervalsFor(state), intervalOf(state), INTERVAL_LABELS, (value) => navigate({ interval: value }),
    );
    const comparison = select(
        "Compare with", COMPARISONS, state.compare, COMPARISON_LABELS, (value) => navigate({ compare: value }),
    );
    return h("div", { class: "trend-controls" }, comparison, interval);
}

function select(label, values, chosen, labels, choose) {
    const onchange = (event) => choose(event.target.value);
    return h("select", { class: "select", "aria-label": label, "data-control": label, onchange },
        values.map((value) => h("option", { value, selected: value === chosen }, labels[value])));
}

/** A click on a day opens that day in hours; the period control does the same by keyboard. */
function openDay(series, index) {
    const day = series.now[index]?.bucket.slice(0, 10);
    if (series.interval === "day" && day) navigate({ range: [day, day], interval: null });
}

function summary(series, metric) {
    const first = series.now[0];
    const last = series.now.at(-1);
    if (!first) return `${metric.label}: nothing in this period`;
    const point = ({ bucket, text }) => `${bucketLabel(bucket, series.interval, true)} (${text})`;
    return `${metric.label} from ${point(first)} to ${point(last)}; the table after this chart has every value`;
}

function dataTable(series, metric) {
    const rows = series.now.map(({ bucket, text }, index) => h("tr", {},
        h("th", { scope: "row" }, bucketLabel(bucket, series.interval, true)), h("td", {}, text),
        h("td", {}, series.before[index]?.text ?? "")));
    return h("table", { class: "table" }, h("caption", {}, `${metric.label} over time`),
        h("thead", {}, h("tr", {}, ["Time", "This period", "Before"].map((text) => h("th", { scope: "col" }, text)))),
        h("tbody", {}, rows));
}
