/* Keys and buttons, full screen, the QR code, and a screen that stays awake. */

const $ = (id) => document.getElementById(id);
const SHIFT_KEY = "lyrics-shift-ms";
const STEP = 100;
const LARGEST_SHIFT = 10_000;

export class Controls {
  #shift = storedShift();
  #onShift;
  #idle = 0;

  /** `onShift()` is called when the viewer moves the lyrics. */
  constructor(onShift) {
    this.#onShift = onShift;
    const keys = {
      f: toggleFullScreen,
      "[": () => this.#move(-STEP),
      "]": () => this.#move(STEP),
      p: togglePrompt,
      q: showCode,
      "?": () => toggle($("help")),
    };
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target.closest?.("input");
      if (isTyping || event.ctrlKey || event.metaKey || (event.altKey && !"[]?".includes(event.key))) return;
      const act = keys[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    });
    $("earlier").addEventListener("click", keys["["]);
    $("later").addEventListener("click", keys["]"]);
    $("show-prompt").addEventListener("click", keys.p);
    $("show-code").addEventListener("click", keys.q);
    $("full-screen").addEventListener("click", keys.f);
    $("show-help").addEventListener("click", keys["?"]);
    $("full-screen").hidden = !document.documentElement.requestFullscreen;
    $("qr").addEventListener("error", () => { $("address").textContent = "The server does not answer."; });
    for (const kind of ["pointermove", "pointerdown", "keydown"]) {
      document.addEventListener(kind, () => this.#awaken(), { passive: true });
    }
    this.#awaken();
    this.#drawShift();
    keepAwake();
  }

  /** Seconds by which this viewer's lyrics run late. */
  get shift() {
    return this.#shift / 1000;
  }

  #move(step) {
    this.#shift = Math.max(-LARGEST_SHIFT, Math.min(LARGEST_SHIFT, this.#shift + step));
    try {
      localStorage.setItem(SHIFT_KEY, String(this.#shift));
    } catch { /* a private window: it lasts until the page is closed */ }
    this.#drawShift();
    this.#onShift();
  }

  #drawShift() {
    const sign = this.#shift > 0 ? "+" : "";
    $("shift").textContent = `${sign}${this.#shift} ms`.replace("-", "−");
  }

  /** The buttons leave a screen that nobody touches. */
  #awaken() {
    document.body.classList.remove("idle");
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => document.body.classList.add("idle"), 4000);
  }
}

function storedShift() {
  try {
    const stored = Number(localStorage.getItem(SHIFT_KEY));
    return Math.abs(stored) <= LARGEST_SHIFT ? stored : 0;
  } catch {
    return 0;
  }
}

function toggle(dialog) {
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

function togglePrompt() {
  $("prompt").hidden = !$("prompt").hidden;
  $("show-prompt").setAttribute("aria-pressed", String(!$("prompt").hidden));
}

function toggleFullScreen() {
  // Refused where the browser or a frame does not allow it: then the page stays as it is.
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

async function showCode() {
  toggle($("code"));
  if (!$("code").open) return;
  $("qr").src = `/qr.svg?at=${Date.now()}`; // an invitation in it ages
  try {
    const { url, is_guarded: isGuarded } = await (await fetch("/api/address")).json();
    $("address").textContent = isGuarded ? `${url} (the code lets people in for an hour)` : url;
  } catch { /* the picture says so too */ }
}

/** Keep the screen on while the page is in view. Browsers offer that to https pages and this machine only. */
function keepAwake() {
  if (!navigator.wakeLock) {
    $("awake").textContent = "This browser lets the screen go dark here. Open the page over https, or let the device "
      + "stay awake in its settings.";
    return;
  }
  $("awake").textContent = "The screen stays awake while this page is in view.";
  const request = () => {
    if (document.visibilityState === "visible") navigator.wakeLock.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", request);
  request();
}
