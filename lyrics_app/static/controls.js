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
      l: lookNow,
      p: togglePrompt,
      q: showCode,
      "?": () => toggle($("help")),
    };
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target.closest?.("input");
      // On many keyboards "[" takes the Alt key, or Ctrl and Alt.
      const isCommand = (event.ctrlKey || event.metaKey || event.altKey) && !"[]?".includes(event.key);
      const act = keys[event.key.toLowerCase()];
      if (!act || isTyping || isCommand || (event.repeat && !"[]".includes(event.key))) return;
      event.preventDefault();
      act();
    });
    $("earlier").addEventListener("click", keys["["]);
    $("later").addEventListener("click", keys["]"]);
    $("look-now").addEventListener("click", keys.l);
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
    offerLook();
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
    // In words: Scope's own "Lyrics offset" counts the other way.
    const direction = this.#shift > 0 ? "later" : "earlier";
    $("shift").textContent = this.#shift ? `${Math.abs(this.#shift)} ms ${direction}` : "0 ms";
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
  const wasOpen = dialog.open;
  document.querySelectorAll("dialog[open]").forEach((each) => each.close());
  if (!wasOpen) dialog.showModal();
}

/** Show the button to whoever may press it; a guest's page has none. */
async function offerLook() {
  try {
    const { is_guest: isGuest } = await (await fetch("/api/viewer")).json();
    $("look-now").hidden = isGuest !== false;
  } catch { /* the next time the page is opened */ }
}

async function lookNow() {
  if ($("look-now").hidden) return;
  try {
    const { ok } = await fetch("/api/look", { method: "POST" });
    showHint(ok ? "Asking the player what plays ..." : "The player cannot be asked now.", 1500);
  } catch { /* the page says by itself that the connection is lost */ }
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
    const { url, is_guarded: isGuarded, is_local: isLocal } = await (await fetch("/api/address")).json();
    $("address").textContent = url;
    if (isLocal) $("address").textContent += " (on this machine only: LYRICS_APP_HOST is set so)";
    else if (isGuarded) $("address").textContent += " (whoever scans the code within an hour may look all night)";
  } catch { /* the picture says so too */ }
}

let hinting = 0;

function showHint(text, milliseconds = 10_000) {
  $("hint").textContent = text;
  $("hint").hidden = false;
  clearTimeout(hinting);
  hinting = setTimeout(() => { $("hint").hidden = true; }, milliseconds);
}

/** Keep the screen on while the page is in view. Browsers offer that to https pages and this machine only. */
function keepAwake() {
  if (!navigator.wakeLock) {
    $("awake").textContent = "This browser lets the screen go dark here. Open the page over https, or let the device "
      + "stay awake in its settings.";
    // On a phone that is soon; a large screen seldom goes dark while something is on it.
    if (matchMedia("(pointer: coarse)").matches) showHint("The screen may go dark: set a longer screen timeout.");
    return;
  }
  const request = () => {
    if (document.hidden) return;
    navigator.wakeLock.request("screen").then(
      () => { $("awake").textContent = "The screen stays awake while this page is in view."; },
      () => { $("awake").textContent = "The browser lets the screen go dark just now, perhaps to save the battery."; },
    );
  };
  document.addEventListener("visibilitychange", request);
  request();
}
