/* "Connect Spotify": by Spotify's way back to this server, or by a pasted address. */

const $ = (id) => document.getElementById(id);

export class LoginPanel {
  #isShown = false;
  #isKnown = false;

  constructor() {
    $("connect").addEventListener("click", () => this.#begin());
    $("paste").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#finish();
    });
  }

  /** Show or hide the panel; what the server offers is asked when it appears, and until it answers. */
  async show(isShown) {
    if (isShown === this.#isShown && (this.#isKnown || !isShown)) return;
    this.#isShown = this.#isKnown = isShown;
    $("login").hidden = true;
    if (!isShown) {
      $("paste-steps").hidden = true;
      $("pasted").value = "";
      return;
    }
    const offer = await ask("GET", "/api/login");
    this.#isKnown = this.#isShown && "offered" in offer;
    $("login").hidden = false;
    $("connect").hidden = !offer.offered;
    document.body.classList.toggle("can-log-in", Boolean(offer.offered));
    $("login-message").textContent = offer.why_not ?? offer.detail ?? "";
  }

  async #begin() {
    const attempt = await ask("POST", "/api/login");
    $("login-message").textContent = attempt.detail ?? "";
    if (attempt.completes_itself) {
      location.assign(attempt.authorize_url);
    } else if (attempt.authorize_url) {
      $("authorize").href = attempt.authorize_url;
      $("redirect-uri").textContent = attempt.redirect_uri;
      $("paste-steps").hidden = false;
      $("connect").hidden = true;
      $("authorize").focus();
    }
  }

  async #finish() {
    const { message, detail } = await ask("POST", "/api/login/finish", { pasted: $("pasted").value });
    if (!message) await this.#begin(); // an attempt works once: the link is that of a new one
    $("login-message").textContent = message ?? detail;
  }
}

/** Return the answer of the server, or a `detail` that says what went wrong. */
async function ask(method, path, body) {
  try {
    const headers = body ? { "Content-Type": "application/json" } : {};
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    const answer = await response.json();
    return typeof answer.detail === "object" ? { detail: "This cannot be right. Copy the address again." } : answer;
  } catch {
    return { detail: "The server does not answer. Try again in a moment." };
  }
}
