/** The whole table of a panel's dimension in a dialog: more metrics, sorting, search. Open state is in the URL. */

import { BREAKDOWNS, chosenTab, dimensionLabel, metricNamed } from "./catalog.js";
import { filterBy, usefulRows } from "./breakdown.js";
import { h, icon, ICONS } from "./dom.js";
import { formatCell, valueLabel } from "./format.js";
import { createLoader, emptyView, keepFocus, rowsSkeleton } from "./panel.js";
import { breakdownQuery, columnNamed } from "./queries.js";
import { navigate } from "./state.js";

const ROWS_MAX = 100; // a table longer than this is an export
const TYPING_MILLIS = 250;

/** The dialog; the returned function opens, refreshes or closes it as the state says. */
export function createDetails(dialog, run) {
    let context = null;
    let table = null; // of the open dialog: { key, load }
    const close = () => dialog.close();

    dialog.addEventListener("close", () => { if (context?.state.details) navigate({ details: null }); });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });

    return (next) => {
        context = next;
        const tab = tabOf(next.state);
        if (!tab) return dialog.open ? close() : undefined;
        const key = `${next.state.details}/${tab.id}`;
        if (table?.key !== key || !dialog.open) table = { key, ...fill(dialog, next.state, tab, run, () => context) };
        if (!dialog.open) dialog.showModal();
        return table.load(next);
    };
}

/** A fresh table in the dialog with its own order and search; `context()` is the page's newest. */
function fill(dialog, state, tab, run, context) {
    const body = h("div", { class: "details-body" });
    let view = { order: tab.details[0], descending: true, search: "" };
    const change = (changes) => { view = { ...view, ...changes }; load(context()); };
    const sortBy = (order) => change({ order, descending: view.order === order ? !view.descending : true });
    const load = createLoader(body, {
        fetch: (asked, signal) => run(
            breakdownQuery(asked.state, tab, { limit: ROWS_MAX, metrics: tab.details, ...view }), signal,
        ),
        render: (answer) => keepFocus(
            body, "data-sort", () => body.replaceChildren(tableView(answer, tab, view, sortBy)),
        ),
        skeleton: () => rowsSkeleton(),
    });
    dialog.replaceChildren(head(state, tab, () => dialog.close(), (search) => change({ search })), body);
    return { load };
}

function tabOf(state) {
    const panel = BREAKDOWNS.find(({ id }) => id === state.details);
    return panel ? chosenTab(panel, state) : null;
}

function head(state, tab, close, search) {
    const panel = BREAKDOWNS.find(({ id }) => id === state.details);
    let typing = 0;
    const input = h("input", {
        class: "input", type: "search", placeholder: "Search", "aria-label": `Search ${dimensionLabel(tab.dimension)}`,
        oninput: (event) => {
            clearTimeout(typing); typing = setTimeout(() => search(event.target.value.trim()), TYPING_MILLIS);
        },
    });
    const closing = h(
        "button", { class: "icon-button", type: "button", "aria-label": "Close", onclick: close }, icon(ICONS.close),
    );
    const title = h("h2", { id: "details-title" }, `${panel.title}: ${dimensionLabel(tab.dimension)}`);
    return h("header", { class: "details-head" }, title, input, closing);
}

function tableView(answer, tab, view, sortBy) {
    const rows = usefulRows(answer, tab);
    if (!rows.length) return emptyView(
        "Nothing found", view.search ? "No value contains this text." : "Try a longer period or fewer filters.",
    );
    const metrics = tab.details.filter((name) => columnNamed(answer, name));
    return h("div", { class: "table-scroll" }, h("table", { class: "table" },
        h("thead", {}, h("tr", {},
            h("th", { scope: "col" }, dimensionLabel(tab.dimension)),
            metrics.map((name) => sortHead(name, view, sortBy)))),
        h("tbody", {}, rows.map((row) => tableRow(row, tab, metrics, answer)))));
}

function sortHead(name, view, sortBy) {
    const isChosen = view.order === name;
    const direction = view.descending ? "descending" : "ascending";
    return h("th", { scope: "col", class: "numeric", "aria-sort": isChosen ? direction : "none" },
        h("button", { class: "sort-button", type: "button", "data-sort": name, onclick: () => sortBy(name) },
            metricNamed(name).label,
            isChosen ? h("span", { "aria-hidden": "true" }, view.descending ? " ↓" : " ↑") : null));
}

function tableRow([value, ...cells], tab, metrics, answer) {
    const label = valueLabel(tab.dimension, value);
    return h("tr", {},
        h("th", { scope: "row" }, tab.ofEvents ? label
            : h(
                "button",
                { class: "cell-button", type: "button", title: label, onclick: () => filterBy(tab.dimension, value) },
                label,
            )),
        metrics.map((name, index) =>
            h("td", { class: "numeric" }, formatCell(cells[index], metricNamed(name), columnNamed(answer, name)))));
}
