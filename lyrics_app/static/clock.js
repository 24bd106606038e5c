/* Two clocks: the server's, as seen from this browser, and the song's. All times are seconds. */

const ROUNDS = 5;
const LONGEST_ROUND = 3000; // milliseconds
const LARGEST_HOLD = 0.3; // seconds; a larger step back is a seek

/** This browser's own clock, which nobody sets. */
export const browserTime = () => performance.now() / 1000;

/** Tell whether two tracks are the same; files of the listener's own have no id. */
export function isSameTrack(one, other) {
  return one?.id === other?.id && one?.title === other?.title && one?.artist === other?.artist;
}

/** The server's clock. Its offset to the browser's is measured by the quickest of a few round trips. */
export class ServerClock {
  #offset = null;

  now() {
    return browserTime() + (this.#offset ?? 0);
  }

  /**
   * Take note that the server wrote `serverTime` a moment ago, and, if it answered a question, that it did so after
   * browser time `asked`: nothing arrives before it was sent. Whatever server it is, this clock is not far off then.
   */
  heard(serverTime, asked = -Infinity) {
    const earliest = serverTime - browserTime();
    const latest = serverTime - asked;
    this.#offset = Math.min(Math.max(this.#offset ?? earliest, earliest), latest);
  }

  /**
   * Measure the offset anew; fails as fetch does. To be repeated now and then: in an evening, two machines' clocks
   * drift apart by more than a line may be late.
   */
  async measure() {
    let shortest = Infinity;
    let offset = this.#offset;
    for (let round = 0; round < ROUNDS; round += 1) {
      const sent = browserTime();
      const response = await fetch("/api/time", { cache: "no-store", signal: AbortSignal.timeout(LONGEST_ROUND) });
      const { server_time: serverTime } = await response.json();
      const received = browserTime();
      if (response.ok && received - sent < shortest) {
        shortest = received - sent;
        offset = serverTime - (sent + received) / 2;
      }
    }
    this.#offset = offset;
  }
}

/**
 * The position in the song, between what the server tells. While a song plays on, it never steps back by a little,
 * whichever of the two clocks is corrected: lines do not flicker.
 */
export class SongClock {
  #now = null;
  #shown = 0;

  /** Take what the server tells, at server time `at`. */
  update(now, at) {
    const before = this.#now;
    this.#now = now;
    const goesOn = before?.is_playing && now.is_playing && isSameTrack(before.track, now.track);
    if (!goesOn) this.#shown = 0;
    this.position(at);
  }

  position(at) {
    const now = this.#now;
    if (!now) return 0;
    const moving = now.is_playing ? at - now.taken_at : 0;
    const position = Math.max(now.position + moving, 0);
    const stepBack = this.#shown - position;
    if (!(stepBack > 0 && stepBack < LARGEST_HOLD)) this.#shown = position;
    return now.track?.duration ? Math.min(this.#shown, now.track.duration) : this.#shown;
  }
}
