/* What the stage shows when there is no line to sing. */

/** Sign of the faces that last a moment and are not worth a word. */
export const WAITING = "…";

const FACES = {
  connecting: [WAITING, "Looking for the server", ""],
  lost: ["⚡", "Connection lost", "The page tries again by itself."],
  locked: ["• • •", "This page needs its token", "Open it with #token=… or scan the code on a screen that shows it."],
  starting: [WAITING, "Looking for the music"],
  ad: ["♪", "An ad", "The lyrics come back with the next song."],
  nothing_playing: ["♪", "Play something", "Any device will do. The lyrics appear here by themselves."],
  not_logged_in: ["♫", "Not logged in to Spotify"],
  refused: ["×", "Spotify refuses this account"],
  rate_limited: ["‖", "Spotify asks for a pause"],
  quota_exceeded: ["‖", "Spotify’s quota for the app is spent"],
  spotify_unreachable: ["⚡", "The player cannot be reached", "It is tried again by itself."],
  podcast: ["“ ”", "A podcast", "There is nothing to sing along to. The lyrics come back with the next song."],
  pending: [WAITING, "Looking for the lyrics"],
  instrumental: ["♬", "Instrumental", "Nothing to sing here. Enjoy the music."],
  not_found: ["♪", "No lyrics for this song", "You can add your own as an .lrc file in the plugin’s folder “lyrics”."],
};

/** Titles that name the source of the music, where it is known. */
const TITLES = {
  nothing_playing: (source) => source === "Spotify" && "Play something on Spotify",
  spotify_unreachable: (source) => source && `${source} cannot be reached`,
};

/** Return what to show: a name of `FACES`, "plain" for lyrics without times, or "lines". */
export function faceOf(now, health) {
  if (health === "locked") return "locked";
  if (health === "lost" && !now?.track) return "lost"; // with a song, the notice says so, and the song goes on
  if (!now) return "connecting";
  if (!now.track) return now.state === "ok" ? "nothing_playing" : now.state;
  // A song that stands still does so until somebody logs in.
  if (now.state === "not_logged_in" && !now.is_playing) return now.state;
  if (now.track.is_podcast) return "podcast";
  return now.lyrics.kind === "synced" ? "lines" : now.lyrics.kind;
}

/** Return the words of a face: `[sign, title, text]`. */
export function wordsOf(name, now, clockTime) {
  const [sign, general, text] = FACES[name];
  const title = TITLES[name]?.(now.source) || general;
  if (now?.retry_at && !text) return [sign, title, `Until ${clockTime(now.retry_at)}. The page goes on by itself.`];
  return [sign, title, (text ?? now?.problem ?? "").replaceAll("`", "")];
}

/** Return the notice beside a song that goes on although something is not as it should be; empty otherwise. */
export function noticeOf(now, health, isMoving, clockTime) {
  const goesOn = isMoving ? " – counting on" : "";
  if (health === "lost") return `Connection lost${goesOn}`;
  if (!now?.track) return "";
  switch (now.state) {
    case "spotify_unreachable": return `${now.source || "The player"} cannot be reached${goesOn}`;
    case "rate_limited": return `Spotify asks for a pause until ${clockTime(now.retry_at)}${goesOn}`;
    case "quota_exceeded": return `Spotify’s quota is spent until ${clockTime(now.retry_at)}${goesOn}`;
    case "not_logged_in": return "Not logged in to Spotify any more";
    case "refused": return "Spotify refuses this account";
    default:
      if (now.is_estimated) return `Not confirmed by the player${goesOn}`;
      return now.is_playing ? "" : "Paused";
  }
}
