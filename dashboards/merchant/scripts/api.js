/** The analytics API over fetch: credentials, ETags, problem details. Answers are plain objects of the contract. */

const STALE = "X-Shopify-Retry-Invalid-Session-Request";
const ANSWERS_MAX = 120; // about ten refreshes of every panel; older answers are asked for again in full

/** A refusal or a failure, with what RFC 9457 says about it. `status` is 0 where nothing answered. */
export class ApiError extends Error {
    constructor({ status = 0, title, detail, request_id: requestID, pointer, errors }) {
        super(title);
        this.status = status;
        this.title = title;
        this.detail = detail ?? "";
        this.requestID = requestID ?? "";
        this.pointer = (pointer ?? errors?.[0]?.pointer ?? "").replace(/^#/, "");
    }
}

/**
 * A client for one credential: `credential()` answers the key or a fresh session token. `onUnauthorized` is called when
 * it is refused.
 */
export function createClient(credential, onUnauthorized) {
    const answers = new Map();

    async function request(path, { body, signal } = {}) {
        const sent = body === undefined ? undefined : JSON.stringify(body);
        const known = answers.get(path + (sent ?? ""));
        const response = await send(path, sent, signal, known?.etag);
        if (response.status === 304 && known) return known.answer;
        if (!response.ok) throw await problem(response, onUnauthorized);
        const answer = await response.json();
        remember(answers, path + (sent ?? ""), { etag: response.headers.get("ETag"), answer });
        return answer;
    }

    function send(path, sent, signal, etag) {
        const headers = { Accept: "application/json" };
        if (sent !== undefined) headers["Content-Type"] = "application/json";
        if (etag) headers["If-None-Match"] = etag;
        const method = sent === undefined ? "GET" : "POST";
        return reach(path, { method, headers, body: sent, signal }, credential);
    }

    return {
        get: (path, parameters, signal) => request(withParameters(path, parameters), { signal }),
        post: (path, body, signal) => request(path, { body, signal }),
        stream: (path, parameters, lastEventID, signal) => openStream(
            credential, withParameters(path, parameters), lastEventID, signal,
        ),
    };
}

/** The response of a stream: server-sent events where the server has them, else JSON. */
async function openStream(credential, url, lastEventID, signal) {
    const headers = { Accept: "text/event-stream, application/json;q=0.5" };
    if (lastEventID) headers["Last-Event-ID"] = lastEventID;
    const response = await reach(url, { headers, signal }, credential);
    if (!response.ok) throw await problem(response, () => {});
    return response;
}

/** One request; a session token that was too old is replaced once. */
async function reach(url, options, credential) {
    const response = await attempt(url, options, credential);
    const isStale = response.status === 401 && response.headers.has(STALE);
    return isStale ? attempt(url, options, credential) : response;
}

async function attempt(url, options, credential) {
    const headers = { ...options.headers, Authorization: `Bearer ${await credential()}` };
    try {
        return await fetch(url, { ...options, headers, cache: "no-store", credentials: "omit" });
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new ApiError(
            { title: "The server cannot be reached", detail: "Check the connection; the page tries again by itself." },
        );
    }
}

async function problem(response, onUnauthorized) {
    const body = await response.json().catch(() => ({})); // a proxy's error page is not JSON; the status says enough
    if (response.status === 401) onUnauthorized(body.detail);
    return new ApiError({ title: response.statusText || `Error ${response.status}`, ...body, status: response.status });
}

function withParameters(path, parameters = {}) {
    const query = new URLSearchParams(
        Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined),
    );
    return query.size ? `${path}?${query}` : path;
}

function remember(answers, name, entry) {
    if (!entry.etag) return;
    answers.delete(name);
    answers.set(name, entry);
    if (answers.size > ANSWERS_MAX) answers.delete(answers.keys().next().value);
}
