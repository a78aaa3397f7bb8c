// The recording: dropped or chosen, looked at before it travels, and its progress told while it does.
const find = (selector) => document.querySelector(selector);
const say = (text) => document.dispatchEvent(new CustomEvent("studio:say", { detail: { text } }));
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
let arrived = false;
let mark = -1;

function problem(file, input) {
  if (!/\.(wav|wave|mp3)$/i.test(file.name) && !/wav|mpeg/.test(file.type)) return "This is neither WAV nor MP3. Export it as one of them.";
  if (file.size > Number(input.dataset.most)) return `At most ${megabytes(input.dataset.most)} can be taken.`;
  return file.size ? "" : "This file is empty.";
}
function look(input, extra = "") {
  const hint = find("[data-file-hint]");
  const file = input.files[0];
  hint.hidden = !file && !extra;
  if (!file) return (hint.textContent = extra);
  const wrong = problem(file, input);
  const much = file.size > Number(input.dataset.much) ? "Althea takes at most 10 MB of sound." : "";
  hint.classList.toggle("wrong", Boolean(wrong));
  hint.textContent = [file.name, megabytes(file.size), wrong || much, extra].filter(Boolean).join(" · ");
  say(hint.textContent);
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
    look(input, event.dataTransfer.files.length > 1 ? "Only the first file was taken." : "");
  });
}
document.addEventListener("change", ({ target }) => target.id === "id_file" && look(target));

function told(part) {
  const line = find("[data-sending] p");
  const bar = find("[data-sending] progress");
  const percent = Math.floor(part * 100);
  bar.value = percent;
  line.textContent = percent < 100 ? `Sending the recording: ${percent} %` : "Sent. Checking the recording.";
  if (percent === 100) bar.removeAttribute("value");
  const step = Math.floor(percent / 25);
  if (step > mark) say(line.textContent);
  mark = Math.max(mark, step);
}
const ours = (event) => event.target.id === "clone-form";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!ours(event)) return;
  arrived = false;
  mark = -1;
  find("#form-errors")?.remove();
  find("[data-upload-trouble]").hidden = true;
  find("[data-sending]").hidden = !find("#id_file").files.length;
});
document.addEventListener("htmx:xhr:progress", (event) => {
  const { lengthComputable, loaded, total } = event.detail;
  // The same event tells the answer's download; the upload is what comes first.
  if (!ours(event) || !lengthComputable || arrived) return;
  arrived = loaded === total;
  told(loaded / total);
});

const CUT = "The upload was cut off. Check the network, and that the file is at most 50 MB, then send it again.";
const WORDS = { 0: CUT, 403: "You were logged out, or this is not allowed. Log in in another tab, then send it again.", 413: "This file is larger than the 50 MB that can be taken." };
function failed(event) {
  if (!ours(event)) return;
  const status = event.detail.xhr?.status ?? 0;
  const note = find("[data-upload-trouble]");
  note.textContent = `${WORDS[status] ?? `Voice Studio could not take the recording (${status}). Try again in a moment.`} All that you typed and chose is still here.`;
  note.hidden = false;
  note.focus();
}
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:afterRequest", (event) => {
  const sending = find("[data-sending]");
  if (ours(event) && sending) sending.hidden = true;
});

const ready = () => document.querySelectorAll("[data-drop-hint]").forEach((hint) => (hint.hidden = false));
document.addEventListener("htmx:afterSwap", ready);
ready();
