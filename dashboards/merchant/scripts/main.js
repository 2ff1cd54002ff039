/** Composition root of the merchant page: key, shop, parts, and when each of them loads. */

import { createClient } from "./api.js";
import { createBreakdown } from "./breakdown.js";
import { BREAKDOWNS } from "./catalog.js";
import { createDetails } from "./details.js";
import { h } from "./dom.js";
import { connect, isEmbedded, sessionToken } from "./embedded.js";
import { showFilters } from "./filters.js";
import { instant } from "./format.js";
import { createFunnel } from "./funnel.js";
import { createHeadline, markChosen } from "./headline.js";
import { createInstallation } from "./installation.js";
import { forgetKey, signInForm, storedKey } from "./key.js";
import { createLeads } from "./leads.js";
import { createLive } from "./live.js";
import { errorView, keepFocus } from "./panel.js";
import { showPeriod } from "./period.js";
import { createQueries, intervalOf } from "./queries.js";
import { watchRealtime } from "./realtime.js";
import { currentState, navigate, onChange } from "./state.js";
import { createTrend } from "./trend.js";

const REFRESH_MILLIS = 15_000; // an unchanged answer is a 304 that costs the server next to nothing

const part = (id) => document.getElementById(id);
let visit = null; // the signed-in visit: { controller, update }

start();
onChange((state) => visit?.update(state));
window.addEventListener("hashchange", () => { if (location.hash.includes("key=")) start(); });
part("sign-out").addEventListener("click", () => { forgetKey(); askForKey(null); });

function start() {
    if (isEmbedded()) return open(sessionToken);
    const key = storedKey();
    return key ? open(async () => key) : askForKey(null);
}

function leave() {
    visit?.controller.abort();
    visit = null;
    for (const id of ["report", "period", "filter-bar", "live-badge", "sign-out"]) part(id).hidden = true;
    part("shop-name").textContent = "";
    if (part("details").open) part("details").close();
}

/** Why the page shows nothing, with a way on: a key, or inside Shopify's admin another try. */
function askForKey(message) {
    leave();
    if (isEmbedded()) {
        part("sign-in").replaceChildren(h("div", { class: "card sign-in-form" }, errorView(message, start)));
        part("sign-in").hidden = false;
        return;
    }
    const done = (shop) => { if (shop) navigate({ shop }, { replace: true }); start(); };
    part("sign-in").replaceChildren(signInForm({ message, shop: currentState().shop, done }));
    part("sign-in").hidden = false;
}

/** Signs in: learns the shop and its time zone, then fills the page. */
async function open(credential) {
    visit?.controller.abort();
    const controller = new AbortController();
    const refused = (detail) => {
        if (controller.signal.aborted) return;
        forgetKey();
        askForKey({ title: isEmbedded() ? "This session is not accepted" : "This key is not accepted", detail });
    };
    const client = createClient(credential, refused);
    visit = { controller, update: () => {} };
    try {
        const { signal } = controller;
        if (isEmbedded()) await connect(client, signal);
        const [shop, definitions] = await Promise.all([shopOf(client, signal), definitionsOf(client, signal)]);
        if (!signal.aborted) show(shop, definitions, client, controller);
    } catch (error) {
        if (!controller.signal.aborted && error.status !== 401) askForKey(error);
    }
}

async function shopOf(client, signal) {
    const shop = await client.get("/api/analytics/shop", { shop: currentState().shop }, signal);
    return { domain: shop.shop, timezone: shop.timezone, currency: shop.currency };
}

/** Definition texts by metric, for the headline's hints; without them the page works as well. */
async function definitionsOf(client, signal) {
    try {
        const { metrics } = await client.get("/api/analytics/metadata", {}, signal);
        return Object.fromEntries(metrics.map(({ name, definition, text }) => [name, definition ?? text]));
    } catch (error) {
        if (error.status === 401 || signal.aborted) throw error;
        return {};
    }
}

function show(shop, definitions, client, controller) {
    part("sign-in").hidden = true;
    for (const id of ["report", "period"]) part(id).hidden = false;
    part("sign-out").hidden = isEmbedded();
    part("shop-name").textContent = shop.domain;
    document.title = `${shop.domain} · Footfall`;
    if (currentState().shop !== shop.domain) navigate({ shop: shop.domain }, { replace: true });

    const parts = createParts(client, shop);
    const context = (state) => ({ state, shop, definitions });
    let shown = null;
    const update = (state) => { shown = refresh(parts, context(state), shown); };
    visit = { controller, update };
    update(currentState());

    const live = createLive(part("live"), part("live-badge"), shop.timezone);
    watchRealtime(client, shop.domain, { onUpdate: live.update, onTrouble: live.trouble, signal: controller.signal });
    keepFresh(
        () => loadAll(parts, context(currentState())), () => parts.trend.redraw(context(currentState())),
        controller.signal,
    );
}

function createParts(client, shop) {
    const run = createQueries(client);
    return {
        headline: createHeadline(part("headline"), run, (answer) => showStatus(answer, shop)),
        trend: createTrend(part("trend"), run),
        breakdowns: BREAKDOWNS.map((panel) => ({ id: panel.id, load: createBreakdown(part(panel.id), panel, run) })),
        funnel: createFunnel(part("funnel"), run),
        leads: createLeads(part("leads"), client),
        installation: createInstallation(part("installation"), client),
        details: createDetails(part("details"), run),
    };
}

/** Loads what the change from `shown` to the new state touches; answers the state shown. */
function refresh(parts, context, shown) {
    const { state, shop } = context;
    keepFocus(part("period"), "data-period", () => showPeriod(part("period"), state, shop.timezone));
    showFilters(part("filter-bar"), state);
    const scope = ({ shop: name, range, compare, filters }) => JSON.stringify([name, range, compare, filters]);
    if (!shown || scope(shown) !== scope(state)) loadAll(parts, context);
    else {
        if (intervalOf(shown) !== intervalOf(state)) parts.trend.load(context);
        else if (shown.metric !== state.metric) parts.trend.redraw(context);
        for (const { id, load } of parts.breakdowns) if (shown[id] !== state[id]) load(context);
    }
    markChosen(part("headline"), state.metric);
    if (shown?.details || state.details) parts.details(context);
    return state;
}

function loadAll(parts, context) {
    const { headline, trend, breakdowns, funnel, leads, installation } = parts;
    const panels = breakdowns.map(({ load }) => load);
    for (const load of [headline, trend.load, ...panels, funnel, leads, installation]) load(context);
}

function showStatus({ meta }, shop) {
    const until = meta.complete_until
        ? `Complete until ${instant(meta.complete_until, shop.timezone, { seconds: true })}`
        : "";
    const notes = [
        until, `time zone ${shop.timezone}`, meta.exact === false ? "some numbers are estimates" : "",
        ...(meta.warnings ?? []).map(warningText),
    ];
    part("status-line").textContent = notes.filter(Boolean).join(" · ");
}

function warningText(warning) {
    return typeof warning === "string" ? warning : warning.detail ?? warning.title ?? "";
}

/** Refreshes while the page is visible, and redraws when light turns to dark. */
function keepFresh(load, redraw, signal) {
    const timer = setInterval(() => { if (!document.hidden) load(); }, REFRESH_MILLIS);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); }, { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw, { signal });
}
