/** The analytics API over fetch: key, ETags, problem details. Answers are plain objects of the contract. */

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

/** A client for one key. `onUnauthorized` is called when the key is refused. */
export function createClient(key, onUnauthorized) {
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
        const headers = { Authorization: `Bearer ${key}`, Accept: "application/json" };
        if (sent !== undefined) headers["Content-Type"] = "application/json";
        if (etag) headers["If-None-Match"] = etag;
        const method = sent === undefined ? "GET" : "POST";
        return reach(path, { method, headers, body: sent, signal, cache: "no-store", credentials: "omit" });
    }

    return {
        get: (path, parameters, signal) => request(withParameters(path, parameters), { signal }),
        post: (path, body, signal) => request(path, { body, signal }),
        stream: (path, parameters, lastEventID, signal) => openStream(
            key, withParameters(path, parameters), lastEventID, signal,
        ),
    };
}

/** The response of a stream: server-sent events where the server has them, else JSON. */
async function openStream(key, url, lastEventID, signal) {
    const headers = { Authorization: `Bearer ${key}`, Accept: "text/event-stream, application/json;q=0.5" };
    if (lastEventID) headers["Last-Event-ID"] = lastEventID;
    const response = await reach(url, { headers, signal, cache: "no-store", credentials: "omit" });
    if (!response.ok) throw await problem(response, () => {});
    return response;
}

async function reach(url, options) {
    try {
        return await fetch(url, options);
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
