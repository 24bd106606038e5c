/* A token in the page's address is shown to the server, and taken out of the address: people read and share it. */

function enter() {
  const address = new URL(location.href);
  const token = address.searchParams.get("token") ?? new URLSearchParams(address.hash.slice(1)).get("token");
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

addEventListener("hashchange", enter);
enter();
