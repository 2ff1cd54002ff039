/** Bodies of POST /api/analytics/query for each part of the page, and how to read the answers. */

import { HEADLINE } from "./catalog.js";
import { wallClock, withOffset } from "./format.js";
import { ownDates } from "./state.js";

const QUERY = "/api/analytics/query";
const HOUR_DAYS_MAX = 2; // longer in hours is a wall of points
const WEEK_DAYS_MIN = 120; // longer in days is noise
const DAY_MILLIS = 86_400_000;

/**
 * Asks queries for one shop. A metric that the server does not have yet (422 at `/metrics/N`) is left out
 * of that and every later query, so an older server still fills the rest of the page.
 */
export function createQueries(client) {
    const missing = new Set();
    return async function run(body, signal) {
        for (;;) {
            const asked = { ...body, metrics: body.metrics.filter((name) => !missing.has(name)) };
            if (!asked.metrics.length) return { columns: [], rows: [], compare_rows: [], totals: [], meta: {} };
            try {
                return await client.post(QUERY, asked, signal);
            } catch (error) {
                const index = /^\/metrics\/(\d+)/.exec(error.pointer ?? "")?.[1];
                const culprit = error.status === 422 && index !== undefined ? asked.metrics[Number(index)] : undefined;
                if (culprit === undefined) throw error;
                missing.add(culprit);
            }
        }
    };
}

/** Totals of the headline's metrics. Today is compared with the day before up to the same time, not with all of it. */
export function headlineQuery(state, timeZone) {
    const compared = state.range === "today" ? comparisonSoFar(state, timeZone) : comparison(state);
    return { ...common(state), metrics: HEADLINE.map(({ name }) => name), dimensions: [], ...compared };
}

/** The headline's metrics over time; one body for all of them, so changing the metric asks nothing. */
export function trendQuery(state) {
    const metrics = HEADLINE.map(({ name }) => name);
    return { ...common(state), metrics, dimensions: [`time:${intervalOf(state)}`], fill: true, ...comparison(state) };
}

/** The first rows of one dimension by its first metric. */
export function breakdownQuery(state, tab, {
    limit, metrics = tab.metrics, order = metrics[0], search = "", descending = true,
}) {
    const body = { ...common(state), metrics, dimensions: [tab.dimension],
        order_by: [[order, descending ? "desc" : "asc"]], limit };
    if (search) body.filters = [...(body.filters ?? []), ["contains", tab.dimension, [search]]];
    return body;
}

/** Sessions that did the step's event, with the page's own filters. */
export function funnelStepQuery(state, step) {
    const body = { ...common(state), metrics: ["sessions"], dimensions: [] };
    if (step.event) body.filters = [...(body.filters ?? []), ["has_done", ["is", "event:name", [step.event]]]];
    return body;
}

/** The interval of the chart: the chosen one where it is sensible for the period, else the fitting one. */
export function intervalOf(state) {
    const choices = intervalsFor(state);
    return choices.includes(state.interval) ? state.interval : choices[0];
}

/** Intervals that the period allows, the fitting one first. */
export function intervalsFor(state) {
    const days = lengthInDays(state.range);
    if (days === 1) return ["hour"];
    const choices = ["day"];
    if (days <= HOUR_DAYS_MAX * 4) choices.push("hour");
    if (days >= 14) choices.push("week");
    if (days >= 60) choices.push("month");
    return days >= WEEK_DAYS_MIN ? ["week", ...choices.filter((choice) => choice !== "week")] : choices;
}

/** Cells of a row by column name. */
export function cellsByName(answer, row) {
    return Object.fromEntries(answer.columns.map((column, index) => [column.name, row?.[index]]));
}

/** The column of that name. */
export function columnNamed(answer, name) {
    return answer.columns.find((column) => column.name === name);
}

function common(state) {
    const body = { date_range: ownDates(state.range) ?? state.range };
    if (state.shop) body.shop = state.shop;
    if (state.filters.length) body.filters = state.filters.map(filterNode);
    return body;
}

function comparison(state) {
    switch (state.compare) {
        case "none": return {};
        case "previous_year": return { compare: { mode: "previous_year" } };
        case "previous_period_weekday": return { compare: { mode: "previous_period", match: "weekday" } };
        default: return { compare: { mode: "previous_period" } };
    }
}

/** The part of an earlier day that today has reached, to the quarter of an hour that the API counts in. */
function comparisonSoFar(state, timeZone) {
    const days = { previous_period: 1, previous_period_weekday: 7 }[state.compare];
    if (!days) return comparison(state);
    const [hour, minute] = wallClock(timeZone).slice(11, 16).split(":").map(Number);
    const quarters = Math.max(1, Math.round((hour * 60 + minute) / 15));
    const day = wallClock(timeZone, new Date(Date.now() - days * DAY_MILLIS)).slice(0, 10);
    const end = new Date(Date.parse(`${day}T00:00:00Z`) + quarters * 15 * 60_000).toISOString().slice(0, 19);
    return { compare: {
        mode: "custom", date_range: [`${day}T00:00:00`, end].map((wall) => withOffset(wall, timeZone)),
    } };
}

/** A filter of the page as a node of the API's tree. */
function filterNode({ operator, dimension, values }) {
    return [operator, dimension, dimension === "visit:returning" ? values.map((value) => value === "true") : values];
}

function lengthInDays(range) {
    if (Array.isArray(range)) return (Date.parse(range[1]) - Date.parse(range[0])) / DAY_MILLIS + 1;
    if (range === "today") return 1;
    if (range === "month") return Math.max(2, new Date().getDate());
    return Number.parseInt(range, 10);
}
