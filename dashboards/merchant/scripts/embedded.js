/** The page inside Shopify's admin: App Bridge gives it session tokens instead of a key. */

const CONNECT = "/api/auth/shopify/token-exchange";
const STATUS = "/app/api/status";

/** Whether Shopify's admin shows this page. The server puts App Bridge's mark into the page only then. */
export function isEmbedded() {
    return document.querySelector('meta[name="shopify-api-key"]') !== null;
}

/** A fresh session token; each lives for a minute. */
export async function sessionToken() {
    if (!globalThis.shopify?.idToken) throw new Error("App Bridge did not load; open the app from Shopify's admin.");
    return globalThis.shopify.idToken();
}

/** Makes sure that the server holds a token of the shop: where Shopify installed the app by itself it has none yet. */
export async function connect(client, signal) {
    const status = await client.get(STATUS, {}, signal).catch((error) => {
        if ([404, 410, 503].includes(error.status)) return { connected: error.status === 503 };
        throw error;
    });
    if (!status.connected) await client.post(CONNECT, {}, signal);
}

/** How it stands with the app in the shop; null where the server cannot say. */
export async function installation(client, shop, signal) {
    try {
        return await client.get(STATUS, { shop }, signal);
    } catch (error) {
        if (error.status === 503 || error.status === 404) return null;
        throw error;
    }
}
