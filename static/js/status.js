// The status region: announces the messages of other modules, of swapped fragments (data-say), and failed requests.
// Also prevents forms from being sent twice.
const region = document.getElementById("status");
let last = "";
let hiding = 0;

function say({ text, shown = false, bad = false }) {
  if (text === last && region.classList.contains("shown")) return;
  last = text;
  clearTimeout(hiding);
  region.textContent = "";
  region.classList.toggle("bad", bad);
  region.classList.toggle("shown", shown);
  // Clear and fill it in two steps, so that screen readers repeat the same text.
  setTimeout(() => (region.textContent = text), 50);
  if (shown) hiding = setTimeout(() => region.classList.remove("shown"), bad ? 9000 : 2400);
}

const ERRORS = {
  0: "Can't reach Voice Studio. Check your connection.",
  400: "The request was incomplete or had too many fields. Nothing was changed. Try again.",
  401: "Your session expired. Log in in another tab, reload this page, then try again.",
  403: "You're not allowed to do this, or your session expired. Reload the page and try again.",
  404: "This no longer exists. Reload the page.",
  408: "Sending this took too long. Try again on a better connection.",
  413: "This is too large. Nothing was changed. Send less at a time.",
  429: "Too many requests. Wait a minute, then try again.",
  503: "Voice Studio is busy. Nothing was lost; try again in a moment.",
  507: "Voice Studio has no disk space left. Nothing was changed. Ask whoever runs the server to free some.",
};
const failed = ({ detail }) => {
  // Some show their errors beside the button.
  if (detail.elt?.matches?.("[data-own-errors]")) return;
  const status = detail.xhr?.status ?? 0;
  say({ text: ERRORS[status] ?? `Something went wrong (${status}). Try again in a moment.`, shown: true, bad: true });
};

let lastSpoken = "";
document.addEventListener("studio:say", ({ detail }) => say(detail));
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:afterSwap", ({ target }) => {
  const speaking = target.matches?.("[data-say]") ? target : target.querySelector?.("[data-say]");
  const text = speaking?.dataset.say;
  // Announce a countdown only once, but search results each time.
  if (!text || (text.replace(/\d+/g, "") === lastSpoken && !("sayAnew" in speaking.dataset))) return;
  lastSpoken = text.replace(/\d+/g, "");
  say({ text });
});

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || event.target.method === "get" || !button) return;
  if (button.ariaBusy === "true") event.preventDefault();
  button.ariaBusy = "true";
});
// After a step back, the browser shows the page as it was left.
addEventListener("pageshow", () => {
  document.querySelectorAll("button[aria-busy]").forEach((one) => (one.ariaBusy = null));
});
