// The recording: dropped or selected, checked and playable before the upload, with its progress.
const find = (selector) => document.querySelector(selector);
const say = (text) => document.dispatchEvent(new CustomEvent("studio:say", { detail: { text } }));
// As the server tells sizes and lengths (voices/audio/wording.py).
const size = (bytes) => {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return bytes >= 1e3 ? `${Math.round(bytes / 1e3)} kB` : `${bytes} byte${bytes === 1 ? "" : "s"}`;
};
const SHORTEN = "shorten it to a minute, or export it as MP3.";
let isSent = false;
let announced = -1;
let audioUrl = "";
let tooShort = "";

function problem({ name, type, size: bytes }, input) {
  const [, other] = /\.(m4a|ogg|flac|webm)$/i.exec(name) ?? [];
  const article = /^[mo]/i.test(other) ? "an" : "a";
  if (other) return `This is ${article} ${other.toUpperCase()} file. Export it as WAV (16-bit, mono) or MP3.`;
  const isAudio = /\.(wav|wave|mp3)$/i.test(name) || /wav|mpeg/.test(type);
  if (!isAudio) return "This is neither WAV nor MP3. Export it as one of them.";
  if (bytes > input.dataset.most) return `Over the limit of 50 MB: ${SHORTEN}`;
  return bytes ? "" : "This file is empty.";
}
const problemOf = (input) => (input.files[0] ? problem(input.files[0], input) || tooShort : "");

function loadAudio(file) {
  const audio = find("[data-hear]");
  URL.revokeObjectURL(audioUrl);
  audioUrl = file ? URL.createObjectURL(file) : "";
  audio.hidden = !file;
  if (file) audio.src = audioUrl;
  else audio.removeAttribute("src");
  audio.load();
}
// Judge the length before the upload. By the decoded sound: the length told of an MP3 may be a guess.
async function judgeLength({ target }) {
  const input = find("#id_file");
  const [file] = input.files;
  const least = Number(input.dataset.least);
  if (!file || !(target.duration < least)) return;
  const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(await file.arrayBuffer()).catch(() => null);
  if (!sound || file !== input.files[0] || sound.duration > least - 0.01) return;
  const seconds = Math.floor((sound.duration + 0.005) * 10) / 10;
  tooShort = `This recording is only ${seconds} second${seconds === 1 ? "" : "s"} long; at least ${least} are needed.`;
  show(input);
}
function inspect(input, extra = "") {
  tooShort = "";
  // The server's answer was about another file.
  find("#file-error")?.remove();
  document.querySelectorAll("[data-refused]").forEach((one) => one.remove());
  const label = find("label[for=id_file]");
  if (input.files[0]) label.textContent = "Choose another recording";
  loadAudio(problemOf(input) ? null : input.files[0]);
  show(input, extra);
}
function show(input, extra = "") {
  const hint = find("[data-file-hint]");
  const file = input.files[0];
  const wrong = problemOf(input);
  const much = file?.size > input.dataset.much ? `Over 10 MB: ${SHORTEN}` : "";
  hint.classList.toggle("wrong", !!wrong);
  input.closest("[data-drop]").classList.toggle("wrong", !!wrong);
  input.ariaInvalid = wrong ? "true" : null;
  hint.role = null;
  // The field itself shows the name.
  hint.textContent = [file && size(file.size), wrong || much, extra].filter(Boolean).join(" · ");
  hint.hidden = !hint.textContent;
  if (file) say(`${file.name} · ${hint.textContent}`);
}

for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!event.dataTransfer?.types.includes("Files")) return;
    // Otherwise a file dropped beside the zone would replace the page and all input.
    event.preventDefault();
    zone?.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind !== "drop" || !zone) return;
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    const input = zone.querySelector("input");
    input.files = one.files;
    inspect(input, event.dataTransfer.files.length > 1 ? "Only the first file was used." : "");
  });
}
document.addEventListener("change", ({ target }) => target.id === "id_file" && inspect(target));
// After a step back, the browser may have kept the file.
addEventListener("pageshow", () => find("#id_file")?.files.length && inspect(find("#id_file")));
// The server may explain a file that the browser cannot play.
document.addEventListener("error", ({ target }) => target.matches?.("[data-hear]") && (target.hidden = true), true);
document.addEventListener("loadedmetadata", (event) => event.target.matches?.("[data-hear]") && judgeLength(event), true);

function showProgress(part) {
  const line = find("[data-sending] p");
  const bar = find("[data-sending] progress");
  const percent = Math.floor(part * 100);
  const text = percent < 100 ? `Uploading the recording: ${percent}%` : "Uploaded. Checking the recording.";
  bar.value = percent;
  line.textContent = percent < 100 ? `${text}. Keep this page open until it's done.` : text;
  if (percent === 100) bar.removeAttribute("value");
  const step = Math.floor(percent / 25);
  if (step > announced) say(text);
  announced = Math.max(announced, step);
}
const isCloneForm = (event) => event.target.id === "clone-form";
const preventLeaving = (event) => event.preventDefault();
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isCloneForm(event)) return;
  const input = find("#id_file");
  if (problemOf(input)) {
    const hint = find("[data-file-hint]");
    input.focus();
    hint.role = "alert";
    // Set it again, or screen readers stay silent.
    hint.textContent += "";
    return event.preventDefault();
  }
  isSent = false;
  announced = -1;
  find("#clone-form .send").disabled = true;
  find("#form-errors")?.remove();
  find("[data-upload-trouble]").hidden = true;
  find("[data-sending]").hidden = !input.files.length;
  addEventListener("beforeunload", preventLeaving);
});
document.addEventListener("htmx:xhr:progress", (event) => {
  const { lengthComputable, loaded, total } = event.detail;
  // The same event reports the response's download, which comes after the upload.
  if (!isCloneForm(event) || !lengthComputable || isSent) return;
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
let wasRefused = false;
function showTrouble(text) {
  const note = find("[data-upload-trouble]");
  note.textContent = text + NOTHING_LOST;
  note.hidden = false;
  note.focus();
}
// After a new login this page has the old session's tokens: form_token.js fetches new ones.
function failed(event) {
  if (!isCloneForm(event)) return;
  const status = event.detail.xhr?.status ?? 0;
  showTrouble(ERRORS[status] ?? `Something went wrong (${status}). Try again in a moment.`);
  wasRefused = status === 401 || status === 403;
  if (wasRefused) document.dispatchEvent(new CustomEvent("studio:token-refused"));
}
document.addEventListener("studio:token-renewed", () => {
  if (wasRefused) showTrouble("You're logged in again. You can send it now.");
  wasRefused = false;
});
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
// Answered: the page may be left without a question.
const leave = (event) => isCloneForm(event) && removeEventListener("beforeunload", preventLeaving);
document.addEventListener("htmx:beforeOnLoad", leave);
document.addEventListener("htmx:afterRequest", (event) => {
  leave(event);
  const sending = find("[data-sending]");
  if (!isCloneForm(event) || !sending) return;
  sending.hidden = true;
  // On the way to the job the button stays off; after a step back it has to work again.
  find("#clone-form .send").disabled = !!event.detail.xhr?.getResponseHeader("HX-Redirect");
});
addEventListener("pageshow", () => (find("#clone-form .send") ?? {}).disabled = false);
