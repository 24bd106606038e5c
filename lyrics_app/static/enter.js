/* A token in the page's address is shown to the server, and taken out of the address: people read and share it. */

const NAME = "#token=";

function enter() {
  const address = new URL(location.href);
  const token = behindHash(address.hash) ?? address.searchParams.get("token");
  if (token === null) return;
  history.replaceState(null, "", "/");
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/";
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "token";
  field.value = token;
  form.append(field);
  document.body.append(form);
  form.submit();
}

/** Return the token behind "#token=", as it was written or as a browser encodes it; null: there is none. */
function behindHash(hash) {
  if (!hash.startsWith(NAME)) return null;
  const token = hash.slice(NAME.length);
  try {
    return decodeURIComponent(token);
  } catch {
    return token; // a % that encodes nothing
  }
}

addEventListener("hashchange", enter);
enter();
