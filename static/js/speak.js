// The speaker's page: hear what was chosen, and how the recording is sent.
const find = (selector) => document.querySelector(selector);
const say = (text) => document.dispatchEvent(new CustomEvent("studio:say", { detail: { text } }));
const isForm = (event) => event.target.id === "speak-form";
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const preventLeaving = (event) => event.preventDefault();
let address = "";
let announced = -1;

function trouble(text) {
  const note = find("[data-send-trouble]");
  note.textContent = text;
  note.hidden = !text;
  if (text) note.focus();
}
function problemOf({ name, size }, most) {
  if (!size) return `“${name}” is empty. Choose another recording.`;
  return size > most ? `“${name}” is ${megabytes(size)}. The limit is 50 MB.` : "";
}
document.addEventListener("change", ({ target }) => {
  if (target.id !== "id_file") return;
  const [file] = target.files;
  const problem = file ? problemOf(file, Number(target.dataset.most)) : "";
  trouble(problem);
  if (problem) target.value = "";
  const shown = find("[data-chosen]");
  shown.hidden = !file || !!problem;
  URL.revokeObjectURL(address);
  if (shown.hidden) return;
  address = URL.createObjectURL(file);
  find("[data-chosen-name]").textContent = file.name;
  find("[data-chosen-size]").textContent = megabytes(file.size);
  find("[data-hear]").src = address;
});

function showSending(on) {
  find("[data-sending]").hidden = !on;
  find("#speak-form .send-panel button").disabled = on;
  (on ? addEventListener : removeEventListener)("beforeunload", preventLeaving);
}
function showProgress(part) {
  const percent = Math.floor(part * 100);
  const bar = find("[data-sending] progress");
  const text = percent < 100 ? `Sending: ${percent}%` : "Sent. It's being checked; keep this page open.";
  bar.value = percent;
  if (percent === 100) bar.removeAttribute("value");
  find("[data-sending-text]").textContent = text;
  const step = Math.floor(percent / 25);
  if (step > announced) say(text);
  announced = Math.max(announced, step);
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isForm(event)) return;
  document.querySelectorAll("audio").forEach((one) => one.pause());
  trouble("");
  announced = -1;
  showProgress(0);
  showSending(true);
});
document.addEventListener("htmx:xhr:progress", (event) => {
  // The same event reports the response's download, which comes after the upload.
  const { lengthComputable, loaded, total } = event.detail;
  const isSent = !find("[data-sending] progress")?.hasAttribute("value");
  if (isForm(event) && lengthComputable && !isSent) showProgress(loaded / total);
});
document.addEventListener("htmx:beforeOnLoad", (event) => isForm(event) && showSending(false));

const KEPT = " Your recording is still here.";
const ERRORS = {
  0: "The connection was interrupted. Check it, then send again.",
  400: "The recording arrived incomplete. Send it again.",
  403: "Your browser refused a cookie that this page needs. Allow cookies for it, reload the page, then send again.",
  408: "The connection is too slow or was interrupted. Send again on a better one.",
  413: "This recording is over the limit of 50 MB.",
  429: "This link is in use, or was used too often. Wait a minute, then send again.",
  503: "Voice Studio is busy. Send again in a moment.",
  507: "Voice Studio has no space left. Tell whoever sent you the link, then try again later.",
};
function failed(event) {
  if (!isForm(event)) return;
  const status = event.detail.xhr?.status ?? 0;
  showSending(false);
  // Closed meanwhile: the page itself says why.
  if (status === 404 || status === 410) return location.reload();
  trouble((ERRORS[status] ?? `Something went wrong (${status}). Send again in a moment.`) + KEPT);
}
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
