// Says plainly when a request did not get through, and where a sign-in has ended.
import { word } from "./words.js";

const place = document.getElementById("notice");

function say(text) {
  if (!place) return;
  const line = document.createElement("p");
  line.className = "banner banner--red";
  line.textContent = text;
  place.replaceChildren(line);
  line.scrollIntoView({ block: "nearest" });
}

const byReader = (event) =>
  !/^(live:|every|load)/.test(event.detail.requestConfig?.triggeringEvent?.type ?? "load");

document.body.addEventListener("htmx:sendError", (event) => {
  if (byReader(event)) say(word("not_sent"));
});
document.body.addEventListener("htmx:responseError", (event) => {
  if (byReader(event)) say(word("not_done", { status: event.detail.xhr.status }));
});
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const signIn = document.body.dataset.signIn;
  if (signIn && new URL(event.detail.xhr.responseURL).pathname === signIn) {
    event.detail.shouldSwap = false;
    window.location.reload(); // the session has ended: the sign-in page, and back here after it
  }
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && byReader(event)) place?.replaceChildren();
});
