/** What every part of the page shares: loading, empty and error views, tabs. */

import { arrowKeys, h } from "./dom.js";

const ROW_WIDTHS = [92, 78, 64, 70, 48, 56, 38, 30, 24]; // percent; uneven, as real rows are

/**
 * Loads a part of the page: `fetch(context, signal)`, then `render(answer, context)`.
 * A newer load ends an older one; the first shows `skeleton()`, later ones keep what is there until the answer comes.
 */
export function createLoader(body, { fetch, render, skeleton }) {
    let running = null;
    let filled = false;
    let shown = null; // the last answer and state, so that an unchanged one (304) changes nothing on the page

    async function load(context) {
        running?.abort();
        const controller = running = new AbortController();
        body.setAttribute("aria-busy", "true");
        if (!filled) body.replaceChildren(skeleton());
        try {
            const answer = await fetch(context, controller.signal);
            const state = JSON.stringify(context.state);
            if (controller.signal.aborted || (filled && shown.answer === answer && shown.state === state)) return;
            render(answer, context);
            filled = true;
            shown = { answer, state };
        } catch (error) {
            if (controller.signal.aborted) return;
            filled = false;
            body.replaceChildren(errorView(error, () => load(context)));
        } finally {
            if (running === controller) body.removeAttribute("aria-busy");
        }
    }
    return load;
}

/** Grey rows where rows will be. */
export function rowsSkeleton(count = ROW_WIDTHS.length) {
    const rows = ROW_WIDTHS.slice(0, count).map((width) =>
        h("div", { class: "skeleton skeleton-row", vars: { "--width": `${width}%` } }));
    return h("div", { class: "skeleton-rows", "aria-hidden": "true" }, rows);
}

/** A grey block where a chart will be. */
export function blockSkeleton(name) {
    return h("div", { class: `skeleton ${name}`, "aria-hidden": "true" });
}

/** Why there is nothing, and what would change that. */
export function emptyView(title, hint) {
    return h("div", { class: "notice" }, h("p", { class: "notice-title" }, title), hint ? h("p", {}, hint) : null);
}

/** A failure in the server's own words, with the id to give to support. */
export function errorView(error, retry) {
    const problem = error.title ? error : { title: "This part of the page failed", detail: String(error.message) };
    return h("div", { class: "notice notice-error", role: "alert" },
        h("p", { class: "notice-title" }, problem.title),
        problem.detail ? h("p", {}, problem.detail) : null,
        problem.requestID ? h("p", { class: "request-id" }, "Request ", h("code", {}, problem.requestID)) : null,
        retry ? h("button", { class: "button", type: "button", onclick: retry }, "Try again") : null);
}

/** A panel's title row; `tools` stand at its end. */
export function panelHead(title, id, ...tools) {
    return h("header", { class: "panel-head" }, h("h2", { id }, title), ...tools);
}

/**
 * A list of tabs of `{id, label}`, where some may be `disabled` with a `hint`. Arrow keys move and choose;
 * `choose(id)` changes the state.
 * `panelID` is the element that the tabs fill.
 */
export function tabList(tabs, chosen, panelID, label, choose, name = "tabs") {
    const list = h("div", { class: name, role: "tablist", "aria-label": label }, tabs.map((tab) =>
        h("button", {
            type: "button", role: "tab", "data-tab": tab.id, "aria-controls": panelID,
            disabled: tab.disabled, title: tab.hint, "aria-selected": String(tab.id === chosen),
            tabindex: tab.id === chosen ? "0" : "-1",
            onclick: () => choose(tab.id),
        }, tab.label)));
    arrowKeys(list, "[role=tab]", (item) => choose(item.dataset.tab));
    return list;
}

/** Replaces `old` content and gives the focus back to the element with the same `key` attribute value. */
export function keepFocus(container, attribute, render) {
    const key = container.contains(document.activeElement) ? document.activeElement.getAttribute(attribute) : null;
    render();
    if (key !== null) container.querySelector(`[${attribute}="${CSS.escape(key)}"]`)?.focus();
}
