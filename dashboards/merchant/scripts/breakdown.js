/** A panel of tabs, each the first rows of one dimension. A row is a filter; "Details" opens the whole table. */

import { chosenTab, dimensionLabel, metricNamed, takesFilters } from "./catalog.js";
import { announce, h } from "./dom.js";
import { formatCell, numeric, valueLabel } from "./format.js";
import { createLoader, emptyView, keepFocus, panelHead, rowsSkeleton, tabList } from "./panel.js";
import { breakdownQuery, columnNamed } from "./queries.js";
import { currentState, navigate, withFilter } from "./state.js";

const ROWS = 9;

/** The loader of one panel of `BREAKDOWNS` in `root`. */
export function createBreakdown(root, panel, run) {
    const bodyID = `${panel.id}-body`;
    const head = h("div", { class: "panel-top" });
    const body = h("div", { class: "panel-body", id: bodyID, role: "tabpanel", tabindex: "-1" });
    const more = h(
        "button", { class: "quiet-button panel-more", type: "button", onclick: () => navigate({ details: panel.id }) },
        "Details",
    );
    root.setAttribute("aria-labelledby", `${panel.id}-title`);
    root.replaceChildren(head, body, h("footer", { class: "panel-foot" }, more));
    const load = createLoader(body, {
        fetch: ({ state }, signal) => {
            const tab = chosenTab(panel, state);
            return run(breakdownQuery(state, tab, { limit: ROWS + 1 }), signal);
        },
        render: (answer, { state }) => keepFocus(
            body, "data-value", () => body.replaceChildren(rowsView(answer, chosenTab(panel, state))),
        ),
        skeleton: () => rowsSkeleton(),
    });
    return (context) => {
        keepFocus(head, "data-tab", () => head.replaceChildren(...headView(panel, context.state, bodyID)));
        return load(context);
    };
}

/** Adds the filter that a row stands for. */
export function filterBy(dimension, value) {
    const { filters } = currentState();
    navigate({ filters: withFilter(filters, "is", dimension, value === null ? null : String(value)), details: null });
    announce(`Filtered by ${dimensionLabel(dimension)}: ${valueLabel(dimension, value)}`);
}

/** Rows worth showing: tabs of campaign parameters leave out visits without them. */
export function usefulRows(answer, tab) {
    return tab.skipsEmpty ? answer.rows.filter(([value]) => value !== null && value !== "") : answer.rows;
}

function headView(panel, state, bodyID) {
    const chosen = chosenTab(panel, state);
    const choose = (id) => navigate({ [panel.id]: id === panel.tabs[0].id ? null : id });
    const first = panel.tabs.filter((tab, index) =>
        !tab.group || panel.tabs.findIndex(({ group }) => group === tab.group) === index);
    const groupHead = chosen.group ? first.find(({ group }) => group === chosen.group).id : chosen.id;
    const tabs = first.map((tab) => {
        const isOpen = takesFilters(tab, state.filters);
        return {
            id: tab.id, label: tab.group ?? tab.label, disabled: !isOpen,
            hint: isOpen ? null : "Page views by page cannot be filtered by visits",
        };
    });
    const grouped = panel.tabs.filter(({ group }) => group && group === chosen.group);
    return [
        panelHead(panel.title, `${panel.id}-title`, tabList(tabs, groupHead, bodyID, panel.title, choose)),
        grouped.length
            ? tabList(grouped, chosen.id, bodyID, `${panel.title}: ${chosen.group}`, choose, "tabs tabs-second")
            : "",
    ];
}

function rowsView(answer, tab) {
    const rows = usefulRows(answer, tab).slice(0, ROWS);
    if (!rows.length) return emptyView(
        tab.group ? `No ${dimensionLabel(tab.dimension)} in this period` : "No visits in this period",
        "Try a longer period or fewer filters.",
    );
    const metrics = tab.metrics.filter((name) => columnNamed(answer, name));
    const largest = Math.max(...rows.map((row) => numeric(row[1]) ?? 0), 1);
    const titles = h("div", { class: "row row-titles", "aria-hidden": "true" },
        h("span", { class: "row-label" }, dimensionLabel(tab.dimension)),
        metrics.map((name) => h("span", { class: "row-value" }, metricNamed(name).label)));
    return h(
        "div", {}, titles, h("ul", { class: "rows" }, rows.map((row) => rowView(row, tab, metrics, answer, largest))),
    );
}

function rowView(row, tab, metrics, answer, largest) {
    const [value, ...cells] = row;
    const label = valueLabel(tab.dimension, value);
    const texts = metrics.map((name, index) => formatCell(cells[index], metricNamed(name), columnNamed(answer, name)));
    const spoken = metrics.map((name, index) => `${metricNamed(name).label} ${texts[index]}`).join(", ");
    const vars = { "--share": `${((numeric(cells[0]) ?? 0) / largest) * 100}%` };
    const content = [
        h("span", { class: "row-label" }, label), ...texts.map((text) => h("span", { class: "row-value" }, text)),
    ];
    if (tab.ofEvents) return h("li", { class: "row", title: label, vars }, content);
    return h("li", {}, h("button", {
        class: "row", type: "button", title: label, "aria-label": `${label}: ${spoken}. Filter by this`,
        "data-value": value === null ? null : String(value),
        vars, onclick: () => filterBy(tab.dimension, value),
    }, content));
}
