/** The headline numbers. Each is a choice: the chosen one is drawn over time below. */

import { HEADLINE } from "./catalog.js";
import { arrowKeys, h, icon, ICONS } from "./dom.js";
import { change, formatCell } from "./format.js";
import { createLoader, keepFocus } from "./panel.js";
import { cellsByName, columnNamed, headlineQuery } from "./queries.js";
import { currentState, navigate } from "./state.js";

/** The loader of the headline in `root`; `answered(answer)` gets each answer for the status line. */
export function createHeadline(root, run, answered) {
    root.setAttribute("role", "radiogroup");
    root.setAttribute("aria-label", "Metric of the chart");
    arrowKeys(root, "[role=radio]", (item) => choose(item.dataset.metric));
    const render = (answer, context) => {
        keepFocus(root, "data-metric", () => root.replaceChildren(...tiles(answer, context)));
        answered(answer);
    };
    const fetch = ({ state, shop }, signal) => run(headlineQuery(state, shop.timezone), signal);
    return createLoader(root, { fetch, render, skeleton });
}

/** Marks the chosen metric without asking anything. */
export function markChosen(root, chosen) {
    for (const tile of root.querySelectorAll("[role=radio]")) {
        const isChosen = tile.dataset.metric === chosen;
        tile.setAttribute("aria-checked", String(isChosen));
        tile.tabIndex = isChosen ? 0 : -1;
    }
}

function choose(metric) {
    if (currentState().metric !== metric) navigate({ metric });
}

function tiles(answer, { state, definitions }) {
    const now = cellsByName(answer, answer.rows[0]);
    const before = answer.compare_rows?.length ? cellsByName(answer, answer.compare_rows[0]) : {};
    return HEADLINE.map((metric) => tile(metric, {
        column: columnNamed(answer, metric.name), now: now[metric.name], before: before[metric.name],
        chosen: metric.name === state.metric, definition: definitions[metric.name],
    }));
}

function tile(metric, { column, now, before, chosen, definition }) {
    if (!column) return h("div", { class: "tile tile-missing", title: "The server does not offer this number yet" },
        h("span", { class: "tile-label" }, metric.label), h("span", { class: "tile-value" }, "–"));
    return h("button", {
        class: "tile", type: "button", role: "radio", "data-metric": metric.name, title: definition,
        "aria-checked": String(chosen), tabindex: chosen ? "0" : "-1", onclick: () => choose(metric.name),
    },
    h("span", { class: "tile-label" }, metric.label),
    h("span", { class: "tile-value", "data-cell": JSON.stringify(now) }, formatCell(now, metric, column)),
    changeView(change(now, before, metric), before === undefined ? null : formatCell(before, metric, column)));
}

function changeView(difference, before) {
    if (!difference) return h("span", { class: "change change-flat" }, " ");
    const arrow = difference.direction === 0 ? null : icon(difference.direction > 0 ? ICONS.up : ICONS.down);
    const title = before ? `Before: ${before}` : null;
    return h("span", { class: `change change-${difference.tone}`, title }, arrow, difference.text);
}

function skeleton() {
    const fragment = document.createDocumentFragment();
    fragment.append(...HEADLINE.map((metric) => h("div", { class: "tile", "aria-hidden": "true" },
        h("span", { class: "tile-label" }, metric.label), h("span", { class: "skeleton skeleton-value" }),
        h("span", { class: "skeleton skeleton-change" }))));
    return fragment;
}
