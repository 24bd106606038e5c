/* Lyrics without times: they scroll with the song, unless somebody scrolls. */

const HANDS_OFF = 12_000; // milliseconds for which a viewer's own scrolling stands

export class PlainView {
  #element;
  #touchedAt = -Infinity;

  constructor(element) {
    this.#element = element;
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      element.addEventListener(kind, () => { this.#touchedAt = performance.now(); }, { passive: true });
    }
  }

  /** Begin a song's words at their top. */
  show(text) {
    if (this.#element.textContent === text) return;
    this.#element.textContent = text;
    this.#element.scrollTop = 0;
    this.#touchedAt = -Infinity;
  }

  /** Show the part that belongs to a position: `share` of the song is over. */
  moveTo(share) {
    if (performance.now() - this.#touchedAt < HANDS_OFF) return;
    const { scrollHeight, clientHeight } = this.#element;
    this.#element.scrollTop = Math.round((scrollHeight - clientHeight) * Math.min(Math.max(share, 0), 1));
  }
}
