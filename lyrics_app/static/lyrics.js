/* The lines on the stage: what is sung stands in the middle, and the gaps between count in. */

const LEAST_GAP = 4; // seconds without words that are worth a count-in
const MOST_OF_STAGE = 0.8; // for one line
const LONGEST_WORD = 3; // seconds; a line's last word has no end of its own
const SMALLEST = 0.3; // of the usual size
const LONGEST_LINE = 10; // seconds; many lyrics do not say where a line ends before an instrumental part

/** Divide the song into rows that follow each other: lines, and the long gaps before them. */
function rowsOf(lines) {
  const rows = [];
  let sungUntil = 0;
  for (const line of lines) {
    if (line.start - sungUntil >= LEAST_GAP) {
      const before = rows[rows.length - 1];
      if (before) before.end = sungUntil;
      rows.push({ start: sungUntil, end: line.start, isGap: true, words: [] });
    }
    rows.push({ ...line, isGap: false });
    const lastWord = line.words[line.words.length - 1]?.start ?? line.start;
    sungUntil = Math.min(line.end, lastWord + LONGEST_LINE);
  }
  return rows;
}

/** Return the index of the last of `stamped` that has started at `position`, -1 before the first. */
function lastStarted(stamped, position) {
  let low = 0;
  let high = stamped.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stamped[middle].start <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export class LyricsView {
  #list;
  #onLine;
  #rows = [];
  #elements = [];
  #started = -1;
  #current = -1;
  #sung = -1;
  #stillness = matchMedia("(prefers-reduced-motion: reduce)");

  /** Draw into `list`; `onLine(text)` is called when a line begins. */
  constructor(list, onLine) {
    this.#list = list;
    this.#onLine = onLine;
    new ResizeObserver(() => {
      this.#fit();
      this.#scroll(false);
    }).observe(list.parentElement);
  }

  /** Show the lines of a song, from `/api/now`. */
  show(lines) {
    this.#rows = rowsOf(lines);
    this.#elements = this.#rows.map(elementOf);
    this.#list.replaceChildren(...this.#elements);
    this.#started = this.#current = -2; // nothing of the new song is drawn yet
    this.#sung = -1;
  }

  /** Draw the state at `position`; returns the seconds of song until something changes. */
  moveTo(position, isPlaying) {
    const started = lastStarted(this.#rows, position);
    const current = started >= 0 && position < this.#rows[started].end ? started : -1;
    if (started !== this.#started || current !== this.#current) this.#mark(started, current);
    const row = this.#rows[current];
    const following = this.#rows[started + 1];
    let next = Math.min(row?.end ?? Infinity, following?.start ?? Infinity);
    if (row?.isGap) next = Math.min(next, this.#countIn(row, this.#elements[current], position, isPlaying));
    else if (row) {
      const sung = lastStarted(row.words, position);
      const follows = row.words[sung + 1]?.start ?? Infinity;
      this.#sing(this.#elements[current], sung);
      if (sung >= 0) {
        const end = Math.min(follows, row.end, row.words[sung].start + LONGEST_WORD);
        this.#fill(this.#elements[current].children[sung], row.words[sung].start, end, position, isPlaying);
      }
      next = Math.min(next, follows);
    }
    return next - position;
  }

  #mark(started, current) {
    const isFirst = this.#started === -2;
    const [from, to] = isFirst ? [0, this.#rows.length - 1] : [this.#started, started].sort((a, b) => a - b);
    for (let index = Math.max(from, 0); index <= to; index += 1) {
      this.#elements[index].classList.toggle("past", index < started || (index === started && current < 0));
    }
    this.#elements[this.#current]?.classList.remove("current");
    this.#elements[this.#current]?.removeAttribute("aria-current");
    this.#elements[current]?.classList.add("current");
    this.#elements[current]?.setAttribute("aria-current", "true");
    this.#sing(this.#elements[this.#current], -1);
    const begins = current >= 0 && current !== this.#current && !this.#rows[current].isGap;
    this.#started = started;
    this.#current = current;
    this.#fit();
    this.#scroll(!isFirst);
    if (begins) this.#onLine(this.#rows[current].text);
  }

  /** Make the current line smaller when it is taller than the stage. */
  #fit() {
    const element = this.#elements[this.#current];
    if (!element) return;
    element.style.fontSize = element.style.maxWidth = "";
    const room = this.#list.parentElement.clientHeight * MOST_OF_STAGE;
    if (element.offsetHeight > room) element.style.maxWidth = "none";
    // The height goes with the square of the size, for smaller words also make fewer rows.
    for (let size = 1; size > SMALLEST && element.offsetHeight > room;) {
      size = Math.max(SMALLEST, Math.min(size * 0.97, size * Math.sqrt(room / element.offsetHeight)));
      element.style.fontSize = `${size}em`;
    }
  }

  #scroll(smoothly) {
    const target = this.#elements[Math.max(this.#started, 0)];
    if (!target) return;
    this.#list.classList.toggle("jump", !smoothly);
    // A line that is taller than the stage is read from its beginning.
    const middle = Math.min(target.offsetHeight / 2, this.#list.parentElement.clientHeight * 0.4);
    this.#list.style.transform = `translateY(${-Math.round(target.offsetTop + middle)}px)`;
  }

  /** Show the words of the current line up to index `sung` as sung. */
  #sing(element, sung) {
    const [from, to] = [this.#sung, sung].sort((a, b) => a - b);
    for (let index = Math.max(from, 0); index <= to; index += 1) {
      element.children[index].removeAttribute("style"); // whatever it was filling
      element.children[index].classList.toggle("sung", index <= sung);
    }
    this.#sung = sung;
  }

  /** Fill the word that is sung just now, from where it is to its end; a song that stands still stops it there. */
  #fill(word, start, end, position, isPlaying) {
    if (this.#stillness.matches || end <= start) return;
    const share = Math.min(1, Math.max(0, (position - start) / (end - start)));
    const isFromRight = getComputedStyle(word).direction === "rtl";
    word.style.transition = "none";
    word.style.backgroundPositionX = `${100 * (isFromRight ? share : 1 - share)}%`;
    if (!isPlaying || share === 1) return;
    word.getBoundingClientRect(); // the browser must see the start of the movement
    word.style.transition = `background-position ${end - position}s linear`;
    word.style.backgroundPositionX = isFromRight ? "100%" : "0%";
  }

  /** Fill the bar of a gap: by itself until the gap's end, or, where motion is unwelcome, once a second. */
  #countIn(row, element, position, isPlaying) {
    const bar = element.firstElementChild.firstElementChild;
    const runs = isPlaying && !this.#stillness.matches;
    const done = Math.max(0, (position - row.start) / (row.end - row.start));
    bar.style.transition = "none";
    bar.style.transform = `scaleX(${done})`;
    if (runs) {
      bar.getBoundingClientRect(); // the browser must see the start of the movement
      bar.style.transition = `transform ${row.end - position}s linear`;
      bar.style.transform = "scaleX(1)";
    }
    return runs ? Infinity : position + 1;
  }
}

/** Return the language of a text whose words a browser can only divide when it knows it; empty: any other. */
function languageOf(text) {
  if (/[\u3040-\u30ff]/.test(text)) return "ja";
  return /[\uac00-\ud7a3]/.test(text) ? "ko" : "";
}

/** Return the element of a row. What strangers wrote becomes text and nothing else. */
function elementOf(row) {
  const element = document.createElement("li");
  if (row.isGap) {
    element.className = "gap";
    element.setAttribute("aria-hidden", "true");
    const track = document.createElement("span");
    track.append(document.createElement("span"));
    element.append(track);
    return element;
  }
  element.dir = "auto";
  const language = languageOf(row.text);
  if (language) element.lang = language;
  if (!row.words.length) element.textContent = row.text;
  for (const word of row.words) {
    const part = document.createElement("span");
    part.textContent = word.text;
    element.append(part);
  }
  return element;
}
