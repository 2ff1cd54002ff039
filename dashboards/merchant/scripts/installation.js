/** How it stands with the app in the shop: webhooks, the web pixel, and how far the history has come. */

import { h } from "./dom.js";
import { installation, isEmbedded } from "./embedded.js";
import { count } from "./format.js";
import { errorView, panelHead } from "./panel.js";

const RESOURCES = {
    products: "Products", orders: "Orders", customers: "Customers", abandoned_checkouts: "Abandoned checkouts",
};
const IMPORT_STATES = { asked: "Shopify prepares it", reading: "is read", finished: "complete", failed: "failed" };

/** The loader of the panel in `root`; it stays hidden where nothing is known or all is as it should be. */
export function createInstallation(root, client) {
    async function load({ shop }) {
        try {
            const state = await installation(client, shop.domain);
            root.hidden = !state || isQuiet(state);
            if (!root.hidden) root.replaceChildren(...view(state, () => change(state)));
        } catch (error) {
            if (error.name !== "AbortError" && error.status !== 401) show(errorView(error));
        }
    }

    async function change(state) {
        const verb = state.pixel?.status === "active" ? "update-extension" : "activate-extension";
        try {
            await client.post(`/api/auth/shopify/${verb}`, { shop: state.shop });
            await load({ shop: { domain: state.shop } });
        } catch (error) {
            show(errorView(error, () => change(state)));
        }
    }

    function show(node) {
        root.hidden = false;
        root.replaceChildren(node);
    }

    return load;
}

/** Everything is connected and read, or the shop is not Shopify's: the numbers below need no explanation. */
function isQuiet({ connected, webhooks, pixel, imports, missing_scopes: missing }) {
    if (!connected && !webhooks && !pixel && !imports.length) return true;
    return connected && !missing.length && !webhooks?.failing.length && pixel?.status === "active"
        && imports.every(({ status }) => status === "finished");
}

function view(state, change) {
    const { webhooks, pixel, imports } = state;
    const note = h("span", { class: "panel-note" }, state.connected ? "connected to Shopify" : "not connected");
    const topics = webhooks ? `${count(webhooks.registered)} of ${count(webhooks.wanted)}` : "not checked yet";
    return [
        panelHead("Installation", "installation-title", note),
        h("dl", { class: "facts" },
            fact("Webhooks", topics, webhooks?.failing.join(", ")),
            fact("Web pixel", pixelText(pixel), pixel?.detail),
            state.missing_scopes.length ? fact("Not granted", state.missing_scopes.join(", ")) : null),
        isEmbedded() && pixel?.status !== "active"
            ? h("button", { class: "button", type: "button", onclick: change }, "Activate the web pixel") : null,
        h("ul", { class: "rows" }, imports.map(row)),
    ];
}

function pixelText(pixel) {
    return pixel ? `${pixel.status.replace("_", " ")}, version ${count(pixel.version)}` : "not active";
}

function fact(name, value, detail) {
    return h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value, detail ? ` (${detail})` : ""));
}

function row({ resource, status, count: done, total, detail }) {
    const share = status === "finished" ? 100 : total ? Math.min(100, (done / total) * 100) : 0;
    const amount = total && status !== "finished" ? `${count(done)} of ${count(total)}` : count(done);
    return h("li", { class: "row", vars: { "--share": `${share}%` }, "data-import": resource },
        h("span", { class: "row-label" }, RESOURCES[resource] ?? resource, `: ${IMPORT_STATES[status] ?? status}`,
            detail ? ` (${detail})` : ""),
        h("span", { class: "row-value" }, amount));
}
