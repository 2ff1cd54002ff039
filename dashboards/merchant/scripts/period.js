/** The period control: named periods and own dates, all in the shop's time zone. */

import { h } from "./dom.js";
import { periodLabel, wallClock } from "./format.js";
import { navigate, ownDates, PERIODS } from "./state.js";

const LABELS = { today: "Today", "7d": "7 days", "28d": "28 days", "90d": "90 days", month: "Month" };

/** Shows the control in `root` for the state. */
export function showPeriod(root, state, timeZone) {
    const own = ownDates(state.range);
    const buttons = PERIODS.map((period) => h("button", {
        type: "button", class: "segment", "data-period": period, "aria-pressed": String(state.range === period),
        "aria-label": LABELS[period], onclick: () => navigate({ range: period, interval: null }),
    },
    h("span", { class: "long" }, LABELS[period]),
    h("span", { class: "short" }, LABELS[period].replace(" days", "d"))));
    const popup = datesForm(root, own, timeZone);
    const opener = h("button", {
        type: "button", class: "segment", "data-period": "own", "aria-pressed": String(own !== null),
        "aria-expanded": "false", "aria-controls": "period-dates",
        onclick: () => toggle(popup, opener, popup.hidden),
    }, own ? periodLabel(...own) : "Custom");
    const segments = h("div", { class: "segments", role: "group", "aria-label": "Period" }, buttons, opener);
    root.replaceChildren(segments, popup);
    root.onkeydown = (event) => { if (event.key === "Escape" && !popup.hidden) toggle(popup, opener, false); };
}

document.addEventListener("pointerdown", (event) => {
    const popup = document.getElementById("period-dates");
    if (popup && !popup.parentElement.contains(event.target)) popup.hidden = true;
});

function toggle(popup, opener, open) {
    popup.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    (open ? popup.querySelector("input") : opener).focus();
}

function datesForm(root, own, timeZone) {
    const today = wallClock(timeZone).slice(0, 10);
    const field = (name, label, value) => h("label", { class: "field" }, label,
        h("input", { class: "input", type: "date", name, value, max: today, required: true }));
    const hint = h("p", { class: "field-hint" }, `Whole days, time zone ${timeZone}.`);
    return h("form", {
        class: "period-dates", id: "period-dates", hidden: true,
        onsubmit: (event) => {
            event.preventDefault();
            const dates = [...new FormData(event.target).values()].sort();
            navigate({ range: dates, interval: null });
        },
    },
    field("from", "From", own?.[0] ?? today), field("to", "To", own?.[1] ?? today), hint,
    h("button", { class: "button button-primary", type: "submit" }, "Show"));
}
