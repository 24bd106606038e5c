/* The page: what the server tells, drawn when it is due. Nothing runs while nothing changes. */

import { Backdrop } from "./backdrop.js";
import { ServerClock, SongClock, isSameTrack } from "./clock.js";
import { Connection } from "./connection.js";
import { Controls } from "./controls.js";
import { WAITING, faceOf, noticeOf, wordsOf } from "./faces.js";
import { LoginPanel } from "./login.js";
import { LyricsView } from "./lyrics.js";
import { PlainView } from "./plain.js";

const $ = (id) => document.getElementById(id);

let now = null;
let health = "connecting";
let shownLyrics = null;
let shownFace = "";
let timer = 0;
let measuring = 0;
let resting = 0;

const MEASURE_EVERY = 180_000; // milliseconds
const MEASURE_AGAIN = 5000; // after a failure
const REST_AFTER = 60_000; // a page in the background needs no news

const serverClock = new ServerClock();
const songClock = new SongClock();
const backdrop = new Backdrop($("artwork"));
const login = new LoginPanel();
const lyrics = new LyricsView($("lines"), announce);
const plain = new PlainView($("plain"));
const controls = new Controls(tick);
const connection = new Connection(serverClock, changed, (state) => {
  health = state;
  if (health === "open") measure();
  draw();
});

function changed(latest) {
  // A server that has just been started asks first; until it knows better, the song goes on.
  if (latest.state === "starting" && isMoving()) return;
  const isSame = isSameTrack(latest.track, now?.track);
  if (!isSame) measure();
  now = now && isSame && latest.lyrics.kind === "pending" ? { ...latest, lyrics: now.lyrics } : latest;
  songClock.update(now, serverClock.now());
  draw();
}

/** Draw everything that does not depend on the time. */
function draw() {
  const track = now?.track ?? null;
  backdrop.show(track);
  $("song").hidden = $("progress").hidden = !track;
  put("title", track?.title ?? "");
  put("artist", track?.artist ?? "");
  put("duration", track?.duration ? minutes(track.duration) : "");
  document.title = track ? `${track.title} – ${track.artist}` : "Lyrics";
  const notice = noticeOf(now, health, isMoving(), clockTime);
  $("notice").hidden = !notice;
  put("notice", notice);
  put("prompt", promptText());
  document.body.classList.toggle("paused", Boolean(track) && !now.is_playing);
  drawFace();
  if (now && now.lyrics !== shownLyrics) {
    // After a reconnect the same lyrics come again: then the stage stays as it is.
    if (JSON.stringify(now.lyrics) !== JSON.stringify(shownLyrics)) {
      lyrics.show(now.lyrics.lines);
      plain.show(now.lyrics.plain);
    }
    shownLyrics = now.lyrics;
  }
  tick();
}

function drawFace() {
  const face = faceOf(now, health);
  $("lines").hidden = face !== "lines";
  $("plain").hidden = face !== "plain";
  $("face").hidden = face === "lines" || face === "plain";
  login.show(face === "not_logged_in");
  document.body.dataset.face = face;
  if (!$("face").hidden) {
    const [sign, title, text] = wordsOf(face, now, clockTime);
    put("face-sign", sign);
    put("face-title", title);
    put("face-text", text);
    if (face !== shownFace && sign !== WAITING) announce(title);
  }
  shownFace = face;
}

/** Draw what depends on the time, and come back when that changes. */
function tick() {
  clearTimeout(timer);
  if (!now?.track || document.hidden) return;
  const position = songClock.position(serverClock.now());
  drawProgress(position);
  let next = 1 - (position % 1);
  if (shownFace === "plain" && now.track.duration) plain.moveTo(position / now.track.duration);
  if (shownFace === "lines") {
    next = Math.min(next, lyrics.moveTo(position - controls.shift, isMoving()));
  }
  // A timer may go off a moment early; a millisecond more keeps it from coming twice.
  if (isMoving()) timer = setTimeout(tick, Math.max(0, next * 1000) + 1);
}

/** Tell whether a song runs: it stops at its end, whatever comes after it. */
function isMoving() {
  if (!now?.track || !now.is_playing) return false;
  return !now.track.duration || songClock.position(serverClock.now()) < now.track.duration;
}

function drawProgress(position) {
  const duration = now.track.duration;
  put("elapsed", minutes(position));
  $("bar").style.transform = `scaleX(${duration ? position / duration : 0})`;
  $("progress").setAttribute("aria-valuenow", String(Math.floor(position)));
  $("progress").setAttribute("aria-valuemax", String(Math.ceil(duration || position)));
  $("progress").setAttribute("aria-valuetext", duration ? `${minutes(position)} of ${minutes(duration)}` : minutes(position));
}

function promptText() {
  if (!now || now.state === "starting") return "";
  if (now.prompt === null) return "No prompt is sent: Scope uses your own.";
  return `${now.prompt_is_sent ? "Prompt, as sent" : "Prompt"}: ${now.prompt}`;
}

function announce(text) {
  // A new element each time: a line that repeats the one before is said again.
  const words = document.createElement("span");
  words.textContent = text;
  $("announcer").replaceChildren(words);
}

/** Set an element's text, if it is another: strangers wrote it, so it is never more than text. */
function put(id, text) {
  const element = $(id);
  if (element.textContent !== text) element.textContent = text;
}

function minutes(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function clockTime(serverTime) {
  const browserDate = Date.now() + (serverTime - serverClock.now()) * 1000;
  return new Date(browserDate).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** Compare the clocks, and again after a while; without a connection, as soon as there is one. */
async function measure() {
  clearTimeout(measuring);
  if (document.hidden || health !== "open") return;
  let pause = MEASURE_EVERY;
  await serverClock.measure().catch(() => { pause = MEASURE_AGAIN; });
  clearTimeout(measuring);
  measuring = setTimeout(measure, pause);
  tick();
}

function seen() {
  clearTimeout(resting);
  if (document.hidden) {
    resting = setTimeout(() => connection.close(), REST_AFTER);
    return;
  }
  if (connection.isClosed) connection.open();
  else measure(); // a device that slept may have stopped its clock
  draw();
}

document.addEventListener("visibilitychange", seen);
connection.open();
seen();
