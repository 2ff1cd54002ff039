/** The filter bar: a chip a filter. Its operator turns between "is" and "is not", its cross removes it. */

import { dimensionLabel } from "./catalog.js";
import { h, icon, ICONS } from "./dom.js";
import { valueLabel } from "./format.js";
import { navigate } from "./state.js";

const OPERATORS = { is: "is", is_not: "is not", contains: "contains" };

/** Shows the filters of the state in `root`. */
export function showFilters(root, { filters }) {
    root.hidden = filters.length === 0;
    if (!filters.length) return root.replaceChildren();
    const onclick = () => navigate({ filters: [] });
    const chips = h("ul", { class: "chips", "aria-label": "Filters" }, filters.map((filter) => chip(filter, filters)));
    root.replaceChildren(chips, h("button", { class: "quiet-button", type: "button", onclick }, "Clear all"));
}

function chip(filter, filters) {
    const label = dimensionLabel(filter.dimension);
    const values = filter.values.map((value) => valueLabel(filter.dimension, value)).join(" or ");
    const without = filters.filter((other) => other !== filter);
    const turned = { ...filter, operator: filter.operator === "is" ? "is_not" : "is" };
    return h("li", { class: "chip" },
        h("span", { class: "chip-dimension" }, label),
        h("button", {
            class: "chip-operator", type: "button", title: "Turn between is and is not",
            "aria-label": `${label} ${OPERATORS[filter.operator]} ${values}; turn around`,
            onclick: () => navigate({ filters: filters.map((other) => (other === filter ? turned : other)) }),
        }, OPERATORS[filter.operator]),
        h("span", { class: "chip-value", title: values }, values),
        h("button", {
            class: "chip-remove", type: "button", "aria-label": `Remove filter ${label} ${values}`,
            onclick: () => navigate({ filters: without }),
        }, icon(ICONS.close)));
}
