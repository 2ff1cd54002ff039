/**
 * Numbers, changes, dates and values as text. A number is rounded here, once, and nowhere else:
 * the API's ratios arrive as [numerator, denominator], money as integers in minor units.
 */

const LOCALE = "en-GB";
const NOTHING = "–";
const number = new Intl.NumberFormat(LOCALE);
const oneDecimal = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });
const countries = new Intl.DisplayNames([LOCALE], { type: "region", fallback: "code" });

/** A cell's exact value as one number: a ratio divided, null where there is nothing to divide. */
export function numeric(cell) {
    if (!Array.isArray(cell)) return typeof cell === "number" ? cell : null;
    return cell[1] ? cell[0] / cell[1] : null;
}

/** A cell as the page shows it; `column` carries a currency where the cell is money. */
export function formatCell(cell, metric, column = {}) {
    const value = numeric(cell);
    if (value === null) return NOTHING;
    if (column?.currency) return money(value, column.currency);
    switch (metric.kind) {
        case "rate": return `${oneDecimal.format(value * 100)}%`;
        case "seconds": return duration(value);
        case "mean": return oneDecimal.format(value);
        default: return number.format(value);
    }
}

/** A short form for axes. */
export function formatTick(value, metric) {
    if (metric.kind === "rate") return `${number.format(Math.round(value * 1000) / 10)}%`;
    return metric.kind === "seconds" ? duration(value) : compact.format(value);
}

/**
 * The change from `before` to `now`: counts relative to `before`, rates in percentage points, nothing from zero.
 * `tone` is good, bad or flat; the sign is in the text, so colour is never alone.
 */
export function change(now, before, metric) {
    const [a, b] = [numeric(now), numeric(before)];
    if (a === null || b === null) return null;
    if (metric.kind === "rate") return described((a - b) * 100, " pp", metric);
    if (b === 0) return a === 0 ? described(0, "%", metric) : { text: "new", tone: "good", direction: 0 };
    return described(((a - b) / b) * 100, "%", metric);
}

/** Money from integer minor units, with the currency's own number of decimals. */
export function money(minor, currency) {
    const format = new Intl.NumberFormat(LOCALE, { style: "currency", currency });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/** Seconds as `2m 05s`. */
export function duration(seconds) {
    const whole = Math.round(seconds);
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    if (hours) return `${hours}h ${String(minutes).padStart(2, "0")}m`;
    return minutes ? `${minutes}m ${String(rest).padStart(2, "0")}s` : `${rest}s`;
}

/** A count with thousands set apart. */
export function count(value) {
    return number.format(value);
}

/** A share of a whole with one decimal, or a dash. */
export function percent(part, whole) {
    return whole ? `${oneDecimal.format((part / whole) * 100)}%` : NOTHING;
}

/** A bucket of `time:*` as a label: `20 Nov`, `13:00`, `Nov 2026`. `full` adds weekday and year. */
export function bucketLabel(cell, interval, full = false) {
    const text = String(cell);
    const date = new Date(`${text.slice(0, 10).padEnd(10, "-01")}T12:00:00Z`);
    if (Number.isNaN(date.getTime())) return text;
    const day = (options) => new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", ...options }).format(date);
    if (interval === "hour") return full
        ? `${day({ weekday: "short", day: "numeric", month: "short" })}, ${text.slice(11, 16)}`
        : text.slice(11, 16);
    if (interval === "month") return day({ month: "short", year: "numeric" });
    if (!full) return day({ day: "numeric", month: "short" });
    const label = day({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
    return interval === "week" ? `Week of ${label}` : label;
}

/** `1 – 28 Nov 2026`, from two days. */
export function periodLabel(from, to) {
    const format = new Intl.DateTimeFormat(LOCALE, {
        timeZone: "UTC", day: "numeric", month: "short", year: "numeric",
    });
    const [a, b] = [from, to].map((day) => new Date(`${day}T12:00:00Z`));
    return from === to ? format.format(a) : format.formatRange(a, b);
}

/** An instant as wall-clock time of the shop. */
export function instant(text, timeZone, { seconds = false, date = true } = {}) {
    const at = new Date(text);
    if (Number.isNaN(at.getTime())) return NOTHING;
    const day = date ? { day: "numeric", month: "short" } : {};
    const time = { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) };
    return new Intl.DateTimeFormat(LOCALE, { timeZone, ...day, ...time }).format(at);
}

/** The shop's wall clock now as `2026-11-20T13:45:00`, comparable with the cells of `time:*`. */
export function wallClock(timeZone, at = new Date()) {
    const parts = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(at);
    return parts.replace(" ", "T");
}

/** A wall-clock time of a zone with the zone's offset, `2026-11-20T13:45:00+01:00`: an instant that the API takes. */
export function withOffset(wall, timeZone) {
    const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
    const name = format.formatToParts(new Date(`${wall}Z`)).find(({ type }) => type === "timeZoneName").value;
    return wall + (name.replace("GMT", "") || "Z");
}

/** A dimension's value for people. */
export function valueLabel(dimension, value) {
    if (dimension === "visit:returning") return [true, "true"].includes(value) ? "Returning" : "New";
    if (value === null || value === undefined || value === "") return emptyLabel(dimension);
    if (dimension === "visit:country" && /^[A-Z]{2}$/.test(value)) return countries.of(value);
    if (dimension === "visit:device") return capitalized(value);
    if (dimension === "visit:visitor_kind") return KINDS[value] ?? value;
    return String(value);
}

const KINDS = { client: "With consent", daily: "Without consent (counted by day)", customer: "Logged-in customer" };

function emptyLabel(dimension) {
    if (dimension === "visit:source") return "Direct";
    if (dimension === "visit:referrer") return "No referrer";
    return dimension.startsWith("visit:utm") ? "Not set" : "Unknown";
}

function capitalized(text) {
    const value = String(text);
    return value.charAt(0).toUpperCase() + value.slice(1);
}

function described(difference, unit, metric) {
    const rounded = Math.round(difference * 10) / 10;
    const text = Math.abs(rounded) >= 100
        ? number.format(Math.round(Math.abs(difference)))
        : oneDecimal.format(Math.abs(rounded));
    if (rounded === 0) return { text: `0${unit}`, tone: "flat", direction: 0 };
    const good = metric.lowerIsBetter ? rounded < 0 : rounded > 0;
    return {
        text: `${rounded > 0 ? "+" : "−"}${text}${unit}`, tone: good ? "good" : "bad", direction: Math.sign(rounded),
    };
}
