/** The panel of what happens now, fed by `watchRealtime`. */

import { EVENT_LABELS } from "./catalog.js";
import { h } from "./dom.js";
import { count, instant, valueLabel } from "./format.js";
import { blockSkeleton, errorView } from "./panel.js";

const LIST_ROWS = 5;
const FEED_ROWS = 6;
const PLACES = 8;

/** The panel in `root` and the badge in the page's head; `update(now)` and `trouble(error)` change both. */
export function createLive(root, badge, timeZone) {
    const body = h("div", { class: "live-body" }, blockSkeleton("skeleton-live"));
    root.replaceChildren(body);
    let hasNumbers = false;
    badge.onclick = () => { root.scrollIntoView({ block: "center" }); root.focus({ preventScroll: true }); };

    return {
        update(now) {
            hasNumbers = true;
            root.classList.remove("is-stale");
            badge.hidden = false;
            badge.replaceChildren(
                h("span", { class: "live-dot", "aria-hidden": "true" }), h("strong", {}, count(now.visitors_now)),
                " now",
            );
            badge.setAttribute("aria-label", `${count(now.visitors_now)} visitors now; go to details`);
            body.replaceChildren(...view(now, timeZone));
        },
        trouble(error) {
            root.classList.add("is-stale");
            if (!hasNumbers) body.replaceChildren(errorView(error));
        },
    };
}

function view(now, timeZone) {
    return [
        h("div", { class: "live-count" },
            h("h2", { id: "live-title" }, "Right now"),
            h("p", { class: "live-number" }, h("span", { class: "live-dot", "aria-hidden": "true" }),
                h("strong", { "data-live": "visitors" }, count(now.visitors_now))),
            h("p", { class: "live-caption" }, "visitors in the last 5 minutes"),
            minutes(now.per_minute ?? []),
            h("p", { class: "live-caption" }, `${count(now.pageviews_30m ?? 0)} page views in 30 minutes`)),
        list("Pages", now.pages, "page", "event:page"),
        list("Sources", now.sources, "source", "visit:source"),
        feed(now.recent ?? [], timeZone),
        ...places(now.countries ?? []),
    ];
}

function minutes(values) {
    const largest = Math.max(...values, 1);
    const label = `Page views by minute, the last one ${values.at(-1) ?? 0}`;
    return h("div", { class: "minutes", role: "img", "aria-label": label },
        values.map((value) =>
            h("span", { class: "minute", vars: { "--share": `${(value / largest) * 100}%` }, title: count(value) })));
}

function list(title, items, name, dimension) {
    const rows = (items ?? []).slice(0, LIST_ROWS);
    const largest = Math.max(...rows.map(({ visitors }) => visitors), 1);
    return h("div", { class: "live-list" }, h("h3", {}, title),
        rows.length ? h("ul", { class: "rows" }, rows.map((item) => {
            const label = valueLabel(dimension, item[name] ?? null);
            const vars = { "--share": `${(item.visitors / largest) * 100}%` };
            return h("li", { class: "row row-small", title: label, vars },
                h("span", { class: "row-label" }, label), h("span", { class: "row-value" }, count(item.visitors)));
        })) : h("p", { class: "live-quiet" }, "Nobody at the moment"));
}

function places(countries) {
    if (!countries.length) return [];
    return [h("p", { class: "live-places" }, countries.slice(0, PLACES).map(({ country, visitors }) =>
        h("span", {}, valueLabel("visit:country", country ?? null), " ", h("strong", {}, count(visitors)))))];
}

function feed(events, timeZone) {
    return h("div", { class: "live-feed" }, h("h3", {}, "Latest events"),
        events.length ? h("ol", { class: "feed" }, events.slice(0, FEED_ROWS).map((event) => h("li", {},
            h("time", { datetime: event.at }, instant(event.at, timeZone, { seconds: true, date: false })),
            h("span", { class: "feed-name" }, EVENT_LABELS[event.name] ?? event.name),
            h("span", { class: "feed-page", title: event.page ?? "" }, event.page ?? ""))))
            : h("p", { class: "live-quiet" }, "No events in the last minutes"));
}
