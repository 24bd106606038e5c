/* The line to the server: one event stream that comes back by itself. */

import { browserTime } from "./clock.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const SILENCE = 25_000; // two and a half heartbeats

/** Keeps the latest state. Calls `onChange(now)` for news and `onHealth(health)`: "open", "lost" or "locked". */
export class Connection {
  #source = null;
  #now = null;
  #asked = 0;
  #pause = FIRST_PAUSE;
  #retry = 0;
  #watchdog = 0;
  #isLocked = false;
  #clock;
  #onChange;
  #onHealth;

  constructor(clock, onChange, onHealth) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.#onHealth = onHealth;
  }

  get isClosed() {
    return this.#source === null;
  }

  open() {
    this.close();
    this.#asked = browserTime();
    this.#source = new EventSource("/api/events");
    this.#source.addEventListener("now", (event) => this.#everything(JSON.parse(event.data)));
    this.#source.addEventListener("change", (event) => this.#heard({ ...this.#now, ...JSON.parse(event.data) }));
    this.#source.addEventListener("heartbeat", (event) => this.#alive(JSON.parse(event.data).server_time));
    this.#source.addEventListener("error", () => this.#lost());
    this.#watch();
  }

  close() {
    clearTimeout(this.#retry);
    clearTimeout(this.#watchdog);
    this.#source?.close();
    this.#source = null;
  }

  #everything(now) {
    this.#pause = FIRST_PAUSE;
    this.#isLocked = false;
    this.#clock.heard(now.server_time, this.#asked); // it may be another server than before
    this.#heard(now);
    this.#onHealth("open");
  }

  #heard(now) {
    this.#now = now;
    this.#alive(now.server_time);
    this.#onChange(now);
  }

  #alive(serverTime) {
    this.#clock.heard(serverTime);
    this.#watch();
  }

  #watch() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(), SILENCE);
  }

  async #lost() {
    // The browser's own retry has no back-off, and a stream that hangs is no error to it.
    this.close();
    this.#retry = setTimeout(() => this.open(), this.#pause * (0.75 + Math.random() / 2));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    if (!this.#isLocked) this.#onHealth("lost");
    const locked = await isLocked();
    // The answer may come when the stream is long back: only a browser that is refused has no stream then.
    if (this.#source?.readyState === EventSource.OPEN || locked === this.#isLocked) return;
    this.#isLocked = locked;
    this.#onHealth(locked ? "locked" : "lost");
  }
}

/** Tell whether the server is there and does not know this browser any more. */
async function isLocked() {
  try {
    return (await fetch("/api/time", { cache: "no-store", signal: AbortSignal.timeout(3000) })).status === 401;
  } catch {
    return false;
  }
}
