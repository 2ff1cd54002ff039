// Events on their way to the gateway: sent in small batches, tried again a few times with the same ids, so that the
// gateway knows a repeat when it sees one.

// Browsers cap the keepalive bodies that are in flight at 64 KiB altogether (Fetch standard); half of it leaves room
// for a second batch.
const BODY_BYTES_MAX = 32 * 1024;
// Larger events are sent without keepalive: better late than never.
const KEEPALIVE_BYTES_MAX = 60 * 1024;
// A page view brings several events within a moment.
const COLLECT_MILLIS = 150;
const TRIES_MAX = 4;
const RETRY_MILLIS = 1000;
// What a page may hold back while the gateway is away; older events go first.
const WAITING_MAX = 200;

export class Outbox {
  constructor(url, { send = (...all) => fetch(...all), wait = (run, millis) => setTimeout(run, millis) } = {}) {
    this.url = url;
    this.send = send;
    this.wait = wait;
    this.waiting = [];
    this.isCollecting = false;
  }

  add(event) {
    this.waiting.push(JSON.stringify(event));
    if (this.waiting.length > WAITING_MAX) this.waiting.shift();
    if (this.isCollecting) return;
    this.isCollecting = true;
    this.wait(() => this.flush(), COLLECT_MILLIS);
  }

  flush() {
    this.isCollecting = false;
    while (this.waiting.length > 0) this.post(this.nextBody(), 1);
  }

  // As many events as fit into a body, at least one.
  nextBody() {
    const events = [this.waiting.shift()];
    let bytes = byteCount(events[0]) + 2;
    while (this.waiting.length > 0) {
      bytes += byteCount(this.waiting[0]) + 1;
      if (bytes > BODY_BYTES_MAX) break;
      events.push(this.waiting.shift());
    }
    return `[${events.join(",")}]`;
  }

  async post(body, attempt) {
    let isTaken = false;
    let retryMillis = RETRY_MILLIS * 2 ** (attempt - 1);
    try {
      const answer = await this.send(this.url, {
        method: "POST",
        // text/plain needs no preflight.
        headers: { "Content-Type": "text/plain" },
        body,
        keepalive: byteCount(body) <= KEEPALIVE_BYTES_MAX,
        credentials: "omit",
        mode: "cors",
      });
      isTaken = answer.status < 500 && answer.status !== 429;
      const asked = Number(answer.headers.get("Retry-After"));
      if (asked > 0) retryMillis = Math.max(retryMillis, asked * 1000);
    } catch {
      // The network; the same as no answer.
    }
    if (!isTaken && attempt < TRIES_MAX) {
      this.wait(() => this.post(body, attempt + 1), retryMillis * (0.5 + Math.random()));
    }
  }
}

function byteCount(text) {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      index += 1;
    } else bytes += 3;
  }
  return bytes;
}
