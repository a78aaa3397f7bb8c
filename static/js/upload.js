// The recording: chosen, dropped or recorded, it is uploaded at once; the server's answer replaces its part of the
// form. The form itself sends text alone, and waits for an upload that is under way.
const find = (selector) => document.querySelector(selector);
const say = (text) => document.dispatchEvent(new CustomEvent("studio:say", { detail: { text } }));
const input = () => find("#id_file");
const file = () => input()?.files[0];
let isUploading = false;
let isSent = false; // to the last byte
let isWaiting = false; // the form was sent before the recording was there
let announced = -1;

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`; // as the server (voices/audio/wording.py)
function problemOf({ name, size }) {
  if (!size) return `“${name}” is empty. Choose the recording again.`;
  if (size <= input().dataset.most) return "";
  return `“${name}” is ${megabytes(size)}. The limit is 50 MB: shorten it, or save it as MP3 or M4A.`;
}

for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!event.dataTransfer?.types.includes("Files")) return;
    // Otherwise a file dropped beside the zone would replace the page and all input.
    event.preventDefault();
    zone?.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind !== "drop" || !zone || !event.dataTransfer.files.length) return;
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    input().files = one.files;
    upload();
    if (event.dataTransfer.files.length > 1) say("Only the first file is used.");
  });
}
const upload = () => input().dispatchEvent(new Event("change", { bubbles: true }));

// --- the upload ---

function showTrouble(name, text) {
  const note = find(`[data-${name}-trouble]`);
  (note.querySelector("p") ?? note).textContent = text;
  note.hidden = false;
  note.focus();
}
function showProgress(part) {
  const percent = Math.floor(part * 100);
  const bar = find("[data-uploading] progress");
  const text = percent < 100 ? `Uploading: ${percent}%` : "Uploaded. Checking the recording.";
  bar.value = percent;
  if (percent === 100) bar.removeAttribute("value");
  find("[data-uploading-text]").textContent = `${text}${percent < 100 ? ` of ${megabytes(file()?.size ?? 0)}` : ""}`;
  const step = Math.floor(percent / 25);
  if (step > announced) say(text);
  announced = Math.max(announced, step);
}
function setUploading(on) {
  [isUploading, isSent] = [on, false];
  find("[data-uploading]").hidden = !on;
  input().closest("[data-drop]").classList.toggle("uploading", on);
}
function beginUpload(event) {
  find("[data-upload-trouble]").hidden = true;
  const wrong = file() && problemOf(file());
  if (wrong || !file()) {
    event.preventDefault();
    stopWaiting();
    if (wrong) refuse(wrong);
    return;
  }
  // What the server said was about another file.
  document.querySelectorAll("#file-error, [data-refused]").forEach((one) => one.remove());
  announced = -1;
  find("[data-uploading-name]").textContent = file().name;
  setUploading(true);
  showProgress(0);
  addEventListener("beforeunload", preventLeaving);
}
function refuse(text) {
  input().value = ""; // a recording that is there already stays
  find("[data-upload-again]").hidden = true;
  showTrouble("upload", text);
}

// --- the form ---

function stopWaiting() {
  isWaiting = false;
  find("[data-waiting]").hidden = true;
  disable(false);
}
const disable = (off) => document.querySelectorAll("#clone-form .send").forEach((one) => (one.disabled = off));
function beginSending(event) {
  find("[data-send-trouble]").hidden = true;
  disable(true);
  if (!file()) {
    find("#form-errors")?.remove();
    return addEventListener("beforeunload", preventLeaving);
  }
  event.preventDefault();
  isWaiting = true;
  find("[data-waiting]").hidden = false;
  if (!isUploading) upload();
}
// The recording that the form waited for is there. A poor one is shown first, as a clone takes a slot.
function goOn() {
  if (!isWaiting) return;
  stopWaiting();
  const isPoor = find("#recording .rating.poor");
  if (find("#recording [name=sample]").value && !isPoor) return find("#clone-form").requestSubmit();
  if (isPoor) showTrouble("send", "Not cloned yet: this recording is rated poor. Clone it anyway, or choose another.");
  else input().focus();
}

const preventLeaving = (event) => event.preventDefault();
const isUpload = (event) => event.target.id === "id_file";
const isForm = (event) => event.target.id === "clone-form";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isUpload(event)) beginUpload(event);
  else if (isForm(event)) beginSending(event);
});
document.addEventListener("htmx:xhr:progress", (event) => {
  const { lengthComputable, loaded, total } = event.detail;
  // The same event reports the response's download, which comes after the upload.
  if (!isUpload(event) || !lengthComputable || isSent) return;
  isSent = loaded === total;
  showProgress(loaded / total);
});

const NOTHING_LOST = " Nothing you entered is lost.";
const ERRORS = {
  0: "Upload interrupted. Check your connection and try again.",
  400: "The upload arrived incomplete or damaged. Try again.",
  401: "Your session expired. Log in in another tab, come back here and send it again.",
  403: "You're not allowed to do this, or your session expired. Log in in another tab, come back here and try again.",
  408: "The upload was too slow, so it was stopped. Try again on a better connection.",
  413: "This file is over the limit of 50 MB.",
  429: "You're already sending several recordings. Wait until one is done, then try again.",
  503: "Voice Studio is busy. Try again in a moment.",
  507: "Voice Studio has no disk space left. Ask whoever runs the server to free some, then send it again.",
};
let refused = ""; // what an expired session refused: upload or send
// After a new login this page has the old session's tokens: form_token.js fetches new ones.
function failed(event) {
  if (!isUpload(event) && !isForm(event)) return;
  const status = event.detail.xhr?.status ?? 0;
  const name = isUpload(event) ? "upload" : "send";
  stopWaiting();
  if (name === "upload") find("[data-upload-again]").hidden = status === 413;
  const about = name === "upload" && file() ? `“${file().name}”: ` : "";
  showTrouble(name, about + (ERRORS[status] ?? `Something went wrong (${status}). Try again in a moment.`) + NOTHING_LOST);
  refused = status === 401 || status === 403 ? name : "";
  if (refused) document.dispatchEvent(new CustomEvent("studio:token-refused"));
}
document.addEventListener("studio:token-renewed", () => {
  if (refused === "upload") upload();
  if (refused === "send") showTrouble("send", `You're logged in again. You can send it now.${NOTHING_LOST}`);
  refused = "";
});
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
// Answered: the page may be left without a question. What is swapped fires no more events.
function answered(event) {
  if (!isUpload(event) && !isForm(event)) return;
  removeEventListener("beforeunload", preventLeaving);
  if (isUpload(event)) setUploading(false);
}
document.addEventListener("htmx:beforeOnLoad", answered);
document.addEventListener("htmx:afterRequest", (event) => {
  answered(event);
  // On the way to the job the button stays off; after a step back it has to work again.
  if (isForm(event) && !isWaiting) disable(!!event.detail.xhr?.getResponseHeader("HX-Redirect"));
});
document.addEventListener("htmx:afterSwap", ({ target }) => {
  hidePlainButtons();
  if (target.id === "recording") goOn();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-upload-again]")) upload();
  if (!target.closest("[data-upload-cancel]")) return;
  htmx.trigger(input(), "htmx:abort");
  input().value = "";
  stopWaiting();
  input().focus();
  say("Upload cancelled.");
});

// Without script these send the form by themselves.
const hidePlainButtons = () => document.querySelectorAll("[data-plain]").forEach((one) => one.remove());
hidePlainButtons();
addEventListener("pageshow", () => {
  if (!input()) return;
  disable(false);
  // After a step back, the browser may have kept the file.
  if (file() && !isUploading) upload();
});
