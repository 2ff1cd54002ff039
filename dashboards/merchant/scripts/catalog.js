/** What the page shows: metrics, panels, dimensions and their names for people. The numbers' meaning is the API's. */

/** Metrics of the headline in their order. `kind` says how a cell is read and compared. */
export const HEADLINE = [
    { name: "visitors", label: "Visitors", kind: "count" },
    { name: "sessions", label: "Sessions", kind: "count" },
    { name: "pageviews", label: "Page views", kind: "count" },
    { name: "session_conversion_rate", label: "Conversion", kind: "rate" },
    { name: "bounce_rate", label: "Bounce rate", kind: "rate", lowerIsBetter: true },
    { name: "visit_duration", label: "Visit duration", kind: "seconds" },
    { name: "leads", label: "Leads", kind: "count" },
];

export const DEFAULT_METRIC = "visitors";

/** Metrics of the tables and of details. */
const OTHERS = [
    { name: "views_per_session", label: "Views / session", kind: "mean" },
    { name: "events", label: "Events", kind: "count" },
];

/** The metric of that name; an unknown one is shown as a count under its own name. */
export function metricNamed(name) {
    return [...HEADLINE, ...OTHERS].find((metric) => metric.name === name) ?? { name, label: name, kind: "count" };
}

const VISIT = { metrics: ["visitors", "session_conversion_rate"],
    details: ["visitors", "sessions", "pageviews", "session_conversion_rate", "bounce_rate", "visit_duration"] };
const EVENT = { metrics: ["pageviews"], details: ["pageviews"], ofEvents: true };

/** Panels of tabs; a tab shows one dimension. Tabs of one `group` share a tab and have a second row. */
export const BREAKDOWNS = [
    { id: "sources", title: "Sources", tabs: [
        { id: "channel", label: "Channel", dimension: "visit:channel", ...VISIT },
        { id: "source", label: "Source", dimension: "visit:source", ...VISIT },
        { id: "referrer", label: "Referrer", dimension: "visit:referrer", ...VISIT },
        {
            id: "utm_campaign", label: "Campaign", group: "UTM", dimension: "visit:utm_campaign", skipsEmpty: true,
            ...VISIT,
        },
        { id: "utm_source", label: "Source", group: "UTM", dimension: "visit:utm_source", skipsEmpty: true, ...VISIT },
        { id: "utm_medium", label: "Medium", group: "UTM", dimension: "visit:utm_medium", skipsEmpty: true, ...VISIT },
        {
            id: "utm_content", label: "Content", group: "UTM", dimension: "visit:utm_content", skipsEmpty: true,
            ...VISIT,
        },
        { id: "utm_term", label: "Term", group: "UTM", dimension: "visit:utm_term", skipsEmpty: true, ...VISIT },
    ] },
    { id: "pages", title: "Pages", tabs: [
        { id: "top", label: "Top", dimension: "event:page", skipsEmpty: true, ...EVENT },
        { id: "entry", label: "Entry", dimension: "visit:entry_page", ...VISIT },
        { id: "exit", label: "Exit", dimension: "visit:exit_page", ...VISIT },
    ] },
    { id: "audience", title: "Audience", tabs: [
        { id: "country", label: "Country", dimension: "visit:country", ...VISIT },
        { id: "returning", label: "New or returning", dimension: "visit:returning", ...VISIT },
        { id: "kind", label: "Kind", dimension: "visit:visitor_kind", ...VISIT },
    ] },
    { id: "devices", title: "Devices", tabs: [
        { id: "device", label: "Device", dimension: "visit:device", ...VISIT },
        { id: "browser", label: "Browser", dimension: "visit:browser", ...VISIT },
        { id: "os", label: "System", dimension: "visit:os", ...VISIT },
    ] },
];

/** Whether the tab's numbers can be narrowed by the page's filters: counts of events know no visit. */
export function takesFilters(tab, filters) {
    return !tab.ofEvents || filters.length === 0;
}

/** The tab that the state chooses in a panel, else its first; always one that takes the filters. */
export function chosenTab(panel, state) {
    const tabs = panel.tabs.filter((tab) => takesFilters(tab, state.filters));
    return tabs.find((tab) => tab.id === state[panel.id]) ?? tabs[0];
}

/** Steps of the funnel; sessions that did at least this. */
export const FUNNEL = [
    { label: "Sessions" },
    { label: "Product viewed", event: "product_viewed" },
    { label: "Added to cart", event: "product_added_to_cart" },
    { label: "Checkout started", event: "checkout_started" },
    { label: "Purchased", event: "checkout_completed" },
];

const DIMENSIONS = {
    "visit:channel": "Channel", "visit:source": "Source", "visit:referrer": "Referrer",
    "visit:utm_source": "UTM source", "visit:utm_medium": "UTM medium", "visit:utm_campaign": "UTM campaign",
    "visit:utm_content": "UTM content", "visit:utm_term": "UTM term",
    "visit:entry_page": "Entry page", "visit:exit_page": "Exit page", "event:page": "Page",
    "visit:device": "Device", "visit:browser": "Browser", "visit:os": "System", "visit:country": "Country",
    "visit:visitor_kind": "Visitor kind", "visit:returning": "Visitors",
};

/** A dimension's name for people. */
export function dimensionLabel(dimension) {
    return DIMENSIONS[dimension] ?? dimension;
}

/** Events as the live feed names them; an unknown event is shown by its own name. */
export const EVENT_LABELS = {
    page_viewed: "Viewed a page", product_viewed: "Viewed a product", collection_viewed: "Viewed a collection",
    product_added_to_cart: "Added to cart", product_removed_from_cart: "Removed from cart",
    cart_viewed: "Viewed the cart",
    search_submitted: "Searched", form_submitted: "Sent a form", checkout_started: "Started checkout",
    checkout_completed: "Purchased", payment_info_submitted: "Entered payment", lead_created: "Became a lead",
};
