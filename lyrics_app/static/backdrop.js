/* The artwork, and a background made of its colours, dark enough for white words. */

const GRID = 12;
const DARKEST = 0.012; // relative luminance, as WCAG defines it
const BRIGHTEST = 0.055; // white on it has a contrast of 10:1

/** Show a track's artwork and colours; without artwork, colours of its own. */
export class Backdrop {
  #image;
  #shown = null;

  constructor(image) {
    this.#image = image;
    image.crossOrigin = "anonymous"; // its pixels may be read only then
    image.addEventListener("load", () => {
      image.hidden = false;
      paint(coloursOf(image));
    });
    image.addEventListener("error", () => { image.hidden = true; });
  }

  show(track) {
    const key = track && `${track.artwork_url} ${track.title} ${track.artist}`;
    if (key === this.#shown) return;
    this.#shown = key;
    this.#image.hidden = true;
    paint(ownColours(key ?? ""));
    if (track?.artwork_url?.startsWith("https://")) this.#image.src = track.artwork_url;
    else this.#image.removeAttribute("src");
  }
}

/** Return three colours of an image: the most telling of its left, middle and right. */
function coloursOf(image) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = GRID;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, GRID, GRID);
  const { data } = context.getImageData(0, 0, GRID, GRID);
  const thirds = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]];
  for (let pixel = 0; pixel < GRID * GRID; pixel += 1) {
    const rgb = [...data.slice(pixel * 4, pixel * 4 + 3)];
    const weight = 4 + Math.max(...rgb) - Math.min(...rgb); // grey says little
    const sum = thirds[Math.floor((pixel % GRID) / (GRID / 3))];
    rgb.forEach((value, channel) => { sum[channel] += value * weight; });
    sum[3] += weight;
  }
  return thirds.map(([red, green, blue, weight]) => [red, green, blue].map((value) => value / weight));
}

/** Return three colours that belong to a text, always the same. */
function ownColours(text) {
  let hash = 7;
  for (const character of text) hash = (hash * 31 + character.codePointAt(0)) % 360;
  return [0, 40, 80].map((turn) => {
    const hue = ((hash + turn) % 360) * Math.PI / 180;
    return [0, 2, 4].map((third) => 90 + 80 * Math.cos(hue - third * Math.PI / 3));
  });
}

function paint(colours) {
  colours.forEach((rgb, index) => {
    document.documentElement.style.setProperty(`--colour-${index + 1}`, `rgb(${dark(rgb).map(Math.round).join(" ")})`);
  });
}

/** Darken or lighten a colour until white words stand out on it. */
function dark(rgb) {
  const luminance = luminanceOf(rgb);
  const wanted = Math.min(Math.max(luminance, DARKEST), BRIGHTEST);
  if (luminance < 0.001) return [24, 24, 28];
  const scale = (wanted / luminance) ** (1 / 2.4);
  return rgb.map((value) => Math.min(value * scale, 140));
}

function luminanceOf(rgb) {
  const [red, green, blue] = rgb.map((value) => (value / 255) ** 2.4);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
