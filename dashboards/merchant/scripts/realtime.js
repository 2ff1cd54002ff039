/**
 * "Now", as it happens: server-sent events over fetch (an EventSource cannot carry a key), and polling where
 * a proxy or an old server gives no stream. It rests while the page is hidden.
 */

const PATH = "/api/analytics/realtime";
const POLL_MILLIS = 5_000;
const RETRY_MILLIS_MIN = 1_000;
const RETRY_MILLIS_MAX = 30_000;
const STREAM_FAILURES_MAX = 3; // then JSON, until the page is opened again

/** Runs until `signal` aborts; `onUpdate(now)` gets each state, `onTrouble(error)` each failure. */
export async function watchRealtime(client, shop, { onUpdate, onTrouble, signal }) {
    const run = { lastEventID: "", failures: 0, streams: true };
    while (!signal.aborted) {
        if (document.hidden) {
            await visibility(signal);
            continue;
        }
        try {
            await (run.streams ? follow(client, shop, run, onUpdate, signal) : poll(client, shop, onUpdate, signal));
        } catch (error) {
            if (signal.aborted) return;
            if (error.status === 401 || error.status === 404) return onTrouble(error);
            if (error.name !== "AbortError") onTrouble(error);
            run.failures += 1;
            run.streams = run.failures < STREAM_FAILURES_MAX;
            await pause(Math.min(RETRY_MILLIS_MAX, RETRY_MILLIS_MIN * 2 ** run.failures), signal);
        }
    }
}

/** Reads a stream to its end; an answer in JSON turns to polling. */
async function follow(client, shop, run, onUpdate, signal) {
    const hidden = new AbortController();
    const stop = () => { if (document.hidden) hidden.abort(); };
    document.addEventListener("visibilitychange", stop);
    try {
        const response = await client.stream(PATH, { shop }, run.lastEventID, AbortSignal.any([signal, hidden.signal]));
        if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
            run.streams = false;
            return onUpdate(await response.json());
        }
        await readEvents(response.body, ({ id, data }) => {
            run.lastEventID = id || run.lastEventID;
            run.failures = 0;
            onUpdate(JSON.parse(data));
        });
        if (!hidden.signal.aborted) await pause(RETRY_MILLIS_MIN, signal);
    } catch (error) {
        if (!hidden.signal.aborted) throw error;
    } finally {
        document.removeEventListener("visibilitychange", stop);
    }
}

async function poll(client, shop, onUpdate, signal) {
    onUpdate(await client.get(PATH, { shop }, signal));
    await pause(POLL_MILLIS, signal);
}

/** Parses server-sent events: fields by line, an event ends at an empty line. */
export async function readEvents(stream, onEvent) {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
            const event = parseEvent(block);
            if (event.data) onEvent(event);
        }
    }
}

function parseEvent(block) {
    const event = { id: "", data: "" };
    for (const line of block.split("\n")) {
        const [, field, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
        if (field === "id") event.id = value;
        if (field === "data") event.data += (event.data ? "\n" : "") + value;
    }
    return event;
}

function pause(millis, signal) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, millis);
        signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
    });
}

function visibility(signal) {
    return new Promise((resolve) => {
        document.addEventListener("visibilitychange", resolve, { once: true });
        signal.addEventListener("abort", resolve, { once: true });
    });
}
