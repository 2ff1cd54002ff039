/** The API key: taken once from the address's fragment or typed in, kept for this tab only. */

import { h } from "./dom.js";
import { errorView } from "./panel.js";

const STORE = "footfall.key";

/** The key of this tab, or null. A key in the fragment is stored and taken out of the address at once. */
export function storedKey() {
    const given = new URLSearchParams(location.hash.slice(1)).get("key");
    if (given) {
        sessionStorage.setItem(STORE, given);
        history.replaceState(null, "", location.pathname + location.search);
    }
    return sessionStorage.getItem(STORE);
}

/** Forgets the key. */
export function forgetKey() {
    sessionStorage.removeItem(STORE);
}

/** The form that asks for a key, and for the shop where the key opens several; `done(shop)` after the key is stored. */
export function signInForm({ message, shop, done }) {
    const plain = { class: "input", autocomplete: "off", spellcheck: "false" };
    return h("form", {
        class: "card sign-in-form",
        onsubmit: (event) => {
            event.preventDefault();
            const form = new FormData(event.target);
            sessionStorage.setItem(STORE, form.get("key").trim());
            done(form.get("shop").trim() || null);
        },
    },
    h("h1", {}, "Sign in to Footfall"),
    message ? errorView(message) : null,
    h("label", { class: "field" }, "API key", h("input", { ...plain, type: "password", name: "key", required: true })),
    h("p", { class: "field-hint" }, "Made by ", h("code", {}, "footfall key create --scopes analytics:read,leads:read"),
        ". It stays in this tab and is gone when the tab is closed."),
    h("label", { class: "field" }, "Shop",
        h("input", { ...plain, name: "shop", value: shop ?? "", placeholder: "example.myshopify.com" })),
    h("p", { class: "field-hint" }, "Only needed where the key opens more than one shop."),
    h("button", { class: "button button-primary", type: "submit" }, "Show the shop"));
}
