/**
 * The page's state is the URL's query string: shop, period, comparison, metric, interval, filters, tabs, details.
 * Everything that changes goes through `navigate`, so the back button and a shared link always work.
 */

import { DEFAULT_METRIC } from "./catalog.js";

/** Periods with a name, in the order of the control. */
export const PERIODS = ["today", "7d", "28d", "90d", "month"];
/** Comparisons, the first one is the default. */
export const COMPARISONS = ["previous_period", "previous_period_weekday", "previous_year", "none"];

const DEFAULT_PERIOD = "28d";
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INTERVALS = ["hour", "day", "week", "month"];
const OPERATORS = ["is", "is_not", "contains"];
const SHOPIFYS = ["host", "embedded"]; // App Bridge looks for them after a reload
const FILTERS_MAX = 20; // beyond that a link is damaged or made to hurt
const PLAIN = ["shop", "metric", "interval", "sources", "pages", "audience", "devices", "details"];

const listeners = new Set();

/** Calls `listener(state)` after each change, also by the browser's back and forward buttons. */
export function onChange(listener) {
    listeners.add(listener);
}

/** The state that the URL holds; what is missing or damaged is the default. */
export function currentState() {
    const parameters = new URLSearchParams(location.search);
    const state = Object.fromEntries(PLAIN.map((name) => [name, parameters.get(name)]));
    state.metric ??= DEFAULT_METRIC;
    state.interval = INTERVALS.includes(state.interval) ? state.interval : null;
    state.compare = COMPARISONS.includes(parameters.get("compare")) ? parameters.get("compare") : COMPARISONS[0];
    state.range = parseRange(parameters.get("range"));
    state.filters = parseFilters(parameters.getAll("f"));
    return state;
}

/** Changes part of the state; `replace` leaves no step in the history. */
export function navigate(changes, { replace = false } = {}) {
    const state = { ...currentState(), ...changes };
    const query = serialize(state);
    const url = location.pathname + (query ? `?${query}` : "");
    if (url === location.pathname + location.search) return;
    history[replace ? "replaceState" : "pushState"](null, "", url);
    notify();
}

/** `state.filters` with one value added; the values of one dimension and operator are alternatives. */
export function withFilter(filters, operator, dimension, value) {
    const same = (filter) => filter.operator === operator && filter.dimension === dimension;
    if (!filters.some(same)) return [...filters, { operator, dimension, values: [value] }];
    return filters.map((filter) =>
        same(filter) && !filter.values.includes(value) ? { ...filter, values: [...filter.values, value] } : filter);
}

/** `[from, to]` for own dates, null for a period with a name. */
export function ownDates(range) {
    return Array.isArray(range) ? range : null;
}

window.addEventListener("popstate", notify);

function notify() {
    const state = currentState();
    for (const listener of listeners) listener(state);
}

function parseRange(text) {
    const dates = (text ?? "").split("..");
    if (dates.length === 2 && dates.every((date) => DATE.test(date)) && dates[0] <= dates[1]) return dates;
    return PERIODS.includes(text) ? text : DEFAULT_PERIOD;
}

/** `is,visit:source,Google`; without the last part the value is null. */
function parseFilters(texts) {
    return texts.slice(0, FILTERS_MAX).reduce((filters, text) => {
        const [operator, dimension, ...rest] = text.split(",");
        if (!OPERATORS.includes(operator) || !/^visit:\w+$/.test(dimension ?? "")) return filters;
        return withFilter(filters, operator, dimension, rest.length ? rest.join(",") : null);
    }, []);
}

function serialize(state) {
    const given = new URLSearchParams(location.search);
    const parameters = new URLSearchParams([...given].filter(([name]) => SHOPIFYS.includes(name)));
    const range = Array.isArray(state.range) ? state.range.join("..") : state.range;
    const defaults = { range: DEFAULT_PERIOD, compare: COMPARISONS[0], metric: DEFAULT_METRIC };
    for (const [name, value] of Object.entries({ ...pick(state), range, compare: state.compare })) {
        if (value !== null && value !== undefined && value !== defaults[name]) parameters.set(name, value);
    }
    for (const { operator, dimension, values } of state.filters) {
        for (const value of values) parameters.append(
            "f", [operator, dimension, value].filter((v) => v !== null).join(","),
        );
    }
    return parameters.toString();
}

function pick(state) {
    return Object.fromEntries(PLAIN.map((name) => [name, state[name]]));
}
