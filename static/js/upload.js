// The recording: dropped or chosen, looked at and heard before it travels, and its progress told while it does.
const find = (selector) => document.querySelector(selector);
const say = (text) => document.dispatchEvent(new CustomEvent("studio:say", { detail: { text } }));
const size = (bytes) => (bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const SHORTEN = "shorten it to a minute, or export it as MP3.";
let arrived = false;
let mark = -1;
let heard = "";

function problem({ name, type, size: bytes }, input) {
  const [, other] = /\.(m4a|ogg|flac|webm)$/i.exec(name) ?? [];
  if (other) return `This is a${/^[mo]/i.test(other) ? "n" : ""} ${other.toUpperCase()} file. Export it as WAV (16-bit, mono) or MP3.`;
  if (!/\.(wav|wave|mp3)$/i.test(name) && !/wav|mpeg/.test(type)) return "This is neither WAV nor MP3. Export it as one of them.";
  if (bytes > input.dataset.most) return `Over the limit of 50 MB: ${SHORTEN}`;
  return bytes ? "" : "This file is empty.";
}
const refused = (input) => (input.files[0] ? problem(input.files[0], input) : "");

function hear(file) {
  const audio = find("[data-hear]");
  URL.revokeObjectURL(heard);
  heard = file ? URL.createObjectURL(file) : "";
  audio.hidden = !file;
  if (file) audio.src = heard;
  else audio.removeAttribute("src");
  audio.load();
}
function look(input, extra = "") {
  const hint = find("[data-file-hint]");
  const file = input.files[0];
  const wrong = refused(input);
  const much = file?.size > input.dataset.much ? `Over 10 MB: ${SHORTEN}` : "";
  hint.classList.toggle("wrong", !!wrong);
  input.closest("[data-drop]").classList.toggle("wrong", !!wrong);
  input.ariaInvalid = wrong ? "true" : null;
  // What the server said was about another file.
  find("#file-error")?.remove();
  hint.role = null;
  // The name stands in the field itself.
  hint.textContent = [file && size(file.size), wrong || much, extra].filter(Boolean).join(" · ");
  hint.hidden = !hint.textContent;
  hear(wrong ? null : file);
  if (file) say(`${file.name} · ${hint.textContent}`);
}

for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!event.dataTransfer?.types.includes("Files")) return;
    // A file dropped beside the zone would otherwise replace the page and all that was typed.
    event.preventDefault();
    zone?.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind !== "drop" || !zone) return;
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    const input = zone.querySelector("input");
    input.files = one.files;
    look(input, event.dataTransfer.files.length > 1 ? "Only the first file was used." : "");
  });
}
document.addEventListener("change", ({ target }) => target.id === "id_file" && look(target));
// Back from the next page: the browser may have kept the file.
addEventListener("pageshow", () => find("#id_file")?.files.length && look(find("#id_file")));
// What the browser cannot play, the server may still explain.
document.addEventListener("error", ({ target }) => target.matches?.("[data-hear]") && (target.hidden = true), true);

function told(part) {
  const line = find("[data-sending] p");
  const bar = find("[data-sending] progress");
  const percent = Math.floor(part * 100);
  const text = percent < 100 ? `Uploading the recording: ${percent}%` : "Uploaded. Checking the recording.";
  bar.value = percent;
  line.textContent = percent < 100 ? `${text}. Keep this page open until it's done.` : text;
  if (percent === 100) bar.removeAttribute("value");
  const step = Math.floor(percent / 25);
  if (step > mark) say(text);
  mark = Math.max(mark, step);
}
const ours = (event) => event.target.id === "clone-form";
const stay = (event) => event.preventDefault();
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!ours(event)) return;
  const input = find("#id_file");
  if (refused(input)) {
    const hint = find("[data-file-hint]");
    input.focus();
    hint.role = "alert";
    // Filled anew, or nothing is read out.
    hint.textContent += "";
    return event.preventDefault();
  }
  arrived = false;
  mark = -1;
  find("#form-errors")?.remove();
  find("[data-upload-trouble]").hidden = true;
  find("[data-sending]").hidden = !input.files.length;
  addEventListener("beforeunload", stay);
});
document.addEventListener("htmx:xhr:progress", (event) => {
  const { lengthComputable, loaded, total } = event.detail;
  // The same event tells the answer's download; the upload is what comes first.
  if (!ours(event) || !lengthComputable || arrived) return;
  arrived = loaded === total;
  told(loaded / total);
});

const KEPT = " Nothing you entered is lost.";
const WORDS = {
  0: "Upload interrupted. Check your connection and try again.",
  401: "Your session expired. Log in in another tab, come back here and send it again.",
  403: "You're not allowed to do this, or your session expired. Log in in another tab, come back here and try again.",
  413: "This file is over the limit of 50 MB.",
};
let stale = false;
function tell(text) {
  const note = find("[data-upload-trouble]");
  note.textContent = text + KEPT;
  note.hidden = false;
  note.focus();
}
// After a new login the tokens of this page are the old session's; a fresh copy of the page has the new ones.
async function renew() {
  if (!stale || document.hidden) return;
  const answer = await fetch(find("#clone-form").action).catch(() => null);
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  if (!page.querySelector("[name=form_token]") || !stale) return;
  stale = false;
  for (const name of ["csrfmiddlewaretoken", "form_token"]) {
    const { value } = page.querySelector(`#clone-form [name=${name}]`);
    document.querySelectorAll(`[name=${name}]`).forEach((field) => (field.value = value));
  }
  document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
  tell("You're logged in again. You can send it now.");
}
document.addEventListener("visibilitychange", renew);
function failed(event) {
  if (!ours(event)) return;
  const status = event.detail.xhr?.status ?? 0;
  tell(WORDS[status] ?? `Something went wrong (${status}). Try again in a moment.`);
  stale = status === 401 || status === 403;
  renew();
}
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
// Answered: the next page may come without a question.
const leave = (event) => ours(event) && removeEventListener("beforeunload", stay);
document.addEventListener("htmx:beforeOnLoad", leave);
document.addEventListener("htmx:afterRequest", (event) => {
  leave(event);
  const sending = find("[data-sending]");
  if (ours(event) && sending) sending.hidden = true;
});

const ready = () => document.querySelectorAll("[data-drop-hint]").forEach((hint) => (hint.hidden = false));
document.addEventListener("htmx:afterSwap", ready);
ready();
