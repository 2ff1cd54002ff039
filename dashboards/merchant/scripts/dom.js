/**
 * Builds the page's elements. Data only ever becomes text nodes or attribute values, never markup,
 * so a hostile page title or referrer stays text.
 */

const SVG = "http://www.w3.org/2000/svg";
const FORBIDDEN = /^(on|style$|srcdoc$|innerhtml$)/i;

/**
 * An element with attributes, listeners (`onclick: function`), custom properties (`vars`) and children.
 * A child is a node, a text, or null for nothing.
 */
export function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    assign(element, attributes);
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

/** An SVG icon from one path in a 16 by 16 box; decorative, so hidden from assistive technology. */
export function icon(path) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const shape = document.createElementNS(SVG, "path");
    shape.setAttribute("d", path);
    svg.append(shape);
    return svg;
}

/** Icons drawn by `icon`. */
export const ICONS = {
    close: "M4 4l8 8M12 4l-8 8",
    more: "M3 8h10M9 4l4 4-4 4",
    up: "M4 11l7-7M5.5 4H11v5.5",
    down: "M4 5l7 7M11 6.5V12H5.5",
};

/** Moves focus among a group's items by arrow keys, Home and End; `choose` gets the item that was reached. */
export function arrowKeys(group, selector, choose) {
    group.addEventListener("keydown", (event) => {
        const items = [...group.querySelectorAll(selector)].filter((item) => !item.disabled);
        const index = items.indexOf(document.activeElement);
        const target = nextIndex(event.key, index, items.length);
        if (index < 0 || target === null) return;
        event.preventDefault();
        items[target].focus();
        choose(items[target]);
    });
}

/** Says a short sentence to screen readers. */
export function announce(text) {
    document.getElementById("announcer").textContent = text;
}

function nextIndex(key, index, count) {
    switch (key) {
        case "ArrowRight": case "ArrowDown": return (index + 1) % count;
        case "ArrowLeft": case "ArrowUp": return (index - 1 + count) % count;
        case "Home": return 0;
        case "End": return count - 1;
        default: return null;
    }
}

function assign(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (name === "vars") setVariables(element, value);
        else if (typeof value === "function") element.addEventListener(name.slice(2), value);
        else if (FORBIDDEN.test(name)) throw new Error(`attribute ${name} may not be set`);
        else element.setAttribute(name, value === true ? "" : String(value));
    }
}

function setVariables(element, variables) {
    for (const [name, value] of Object.entries(variables)) element.style.setProperty(name, String(value));
}
