/** The latest leads, page after page. Personal fields are shown only as far as the key may read them. */

import { h } from "./dom.js";
import { instant } from "./format.js";
import { createLoader, emptyView, errorView, panelHead, rowsSkeleton } from "./panel.js";

const LEADS = "/api/analytics/leads";
const FIRST = 6;
const STATUSES = ["new", "contacted", "converted", "erased"];

/** The loader of the leads in `root`. A refresh keeps the pages that were opened, since it asks for as many. */
export function createLeads(root, client) {
    const body = h("div", { class: "panel-body" });
    const foot = h("footer", { class: "panel-foot" });
    root.setAttribute("aria-labelledby", "leads-title");
    const note = h("span", { class: "panel-note" }, "latest first");
    root.replaceChildren(h("div", { class: "panel-top" }, panelHead("Leads", "leads-title", note)), body, foot);
    let shown = FIRST;

    async function more(list, context) {
        const button = foot.querySelector("button");
        button.disabled = true;
        try {
            const page = await client.get(LEADS, {
                shop: context.state.shop, first: FIRST, cursor: list.page_info.end_cursor,
            });
            const joined = { ...page, items: [...list.items, ...page.items] };
            shown = joined.items.length;
            render(joined, context);
        } catch (error) {
            foot.replaceChildren(errorView(error, () => more(list, context)));
        }
    }

    function render(list, context) {
        body.replaceChildren(list.items.length
            ? table(list.items, context.shop.timezone)
            : emptyView("No leads yet", "A lead leaves an e-mail or a phone number in the widget or a marked form."));
        const onclick = () => more(list, context);
        foot.replaceChildren(list.page_info?.has_next_page
            ? h("button", { class: "quiet-button panel-more", type: "button", onclick }, "Show more")
            : "");
    }

    return createLoader(body, {
        fetch: ({ state }, signal) => client.get(LEADS, { shop: state.shop, first: shown }, signal),
        render, skeleton: () => rowsSkeleton(),
    });
}

function table(leads, timeZone) {
    const titles = [["Lead"], ["Source", "lead-source"], ["Last seen"], ["Status"]];
    return h("div", { class: "table-scroll" }, h("table", { class: "table table-leads" },
        h("thead", {}, h("tr", {}, titles.map(([title, name]) => h("th", { scope: "col", class: name }, title)))),
        h("tbody", {}, leads.map((lead) => row(lead, timeZone)))));
}

function row(lead, timeZone) {
    const status = STATUSES.includes(lead.status) ? lead.status : "new";
    const [name, contact] = [readable(lead.name), readable(lead.email) ?? readable(lead.phone)];
    return h("tr", {},
        h("th", { scope: "row" },
            h("span", { class: "lead-name" }, name ?? contact ?? `Lead ${String(lead.id).slice(0, 8)}`),
            h("span", { class: "lead-contact" }, name && contact ? contact : consentText(lead.marketing_consent))),
        h("td", { class: "lead-source" }, sourceOf(lead)),
        h("td", { class: "lead-time" }, instant(lead.last_seen ?? lead.last_seen_at, timeZone)),
        h("td", {}, h("span", { class: `pill pill-${status}` }, status)));
}

function consentText(consent) {
    if (typeof consent !== "boolean") return "marketing consent not stated";
    return consent ? "marketing consent" : "no marketing consent";
}

/** The touch that brought the lead: its source, else its channel. */
function sourceOf({ source, channel }) {
    const touch = typeof source === "object" && source ? source : { source, channel };
    return readable(touch.source) ?? readable(touch.channel) ?? "Direct";
}

/** A text, or null where there is none or it is sealed (`{"sealed": true}`). */
function readable(value) {
    return typeof value === "string" && value !== "" ? value : null;
}
