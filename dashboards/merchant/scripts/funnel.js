/** Sessions that reached each step on the way to a purchase. */

import { FUNNEL } from "./catalog.js";
import { h } from "./dom.js";
import { count, percent } from "./format.js";
import { createLoader, emptyView, panelHead, rowsSkeleton } from "./panel.js";
import { funnelStepQuery } from "./queries.js";

/** The loader of the funnel in `root`. */
export function createFunnel(root, run) {
    const body = h("div", { class: "panel-body" });
    root.setAttribute("aria-labelledby", "funnel-title");
    const note = h("span", { class: "panel-note" }, "sessions that reached each step");
    root.replaceChildren(h("div", { class: "panel-top" }, panelHead("Funnel", "funnel-title", note)), body);
    return createLoader(body, {
        fetch: ({ state }, signal) => counts(state, run, signal),
        render: (steps) => body.replaceChildren(
            steps[0]?.count
                ? funnelView(steps)
                : emptyView("No sessions in this period", "Try a longer period or fewer filters."),
        ),
        skeleton: () => rowsSkeleton(FUNNEL.length),
    });
}

async function counts(state, run, signal) {
    const answers = await Promise.all(FUNNEL.map((step) => run(funnelStepQuery(state, step), signal)));
    return FUNNEL.map(({ label }, index) => ({ label, count: answers[index].rows[0]?.[0] ?? 0 }));
}

function funnelView(steps) {
    const whole = steps[0].count;
    return h("ol", { class: "funnel" }, steps.map((step, index) => {
        const before = steps[index - 1]?.count;
        const lost = before === undefined ? null : before - step.count;
        return h("li", { class: "funnel-step", vars: { "--share": `${(step.count / whole) * 100}%` } },
            h("span", { class: "funnel-label" }, step.label),
            h("span", { class: "funnel-count" }, count(step.count)),
            h("span", { class: "funnel-share" }, percent(step.count, whole)),
            h("span", { class: "funnel-bar", "aria-hidden": "true" }),
            h(
                "span", { class: "funnel-lost" },
                !before ? "" : `${count(lost)} left before this step (${percent(lost, before)})`,
            ));
    }));
}
