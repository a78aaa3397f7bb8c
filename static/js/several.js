// Several recordings: files and folders are listed first, then uploaded each on its own, at most two at a time.
const AT_ONCE = 2;
const TRIES = 4;
const MOST_LISTED = 2000;
const find = (selector) => document.querySelector(selector);
const say = (text) => document.dispatchEvent(new CustomEvent("studio:say", { detail: { text } }));
const rowOf = (id) => document.getElementById(`row-${id}`);

const files = new Map(); // of rows, by id
const queue = [];
let active = 0;
let total = 0;

// --- choosing ---

function entryFiles(entry) {
  if (entry.isFile) return new Promise((done) => entry.file((file) => done([named(file, entry.fullPath)]), () => done([])));
  const reader = entry.createReader();
  const read = () => new Promise((done) => reader.readEntries(done, () => done([])));
  return (async () => {
    const found = [];
    // A reader returns a hundred at a time, then none.
    for (let some = await read(); some.length && found.length < MOST_LISTED; some = await read()) {
      for (const one of some) found.push(...(await entryFiles(one)));
    }
    return found;
  })();
}
// The chosen folder's own name says nothing; those below it tell files of one name apart.
const named = (file, path) => ({ file, name: path.replace(/^\//, "").replace(/^[^/]+\/(?=.)/, "") || file.name });
async function droppedFiles({ items, files: plain }) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...plain].map((file) => named(file, file.name));
  return (await Promise.all(entries.map(entryFiles))).flat();
}

function showTrouble(text) {
  const note = find("[data-trouble]");
  note.textContent = text;
  note.hidden = !text;
  if (text) note.focus();
}
async function list(chosen) {
  chosen.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  if (chosen.length > MOST_LISTED) return showTrouble("That's too many files. Choose at most 50 recordings.");
  const values = { files: JSON.stringify(chosen.map(({ file, name }) => [name, file.size])), complete: 1 };
  const { batch } = find("#several").dataset;
  if (batch) values.batch = batch;
  await htmx.ajax("POST", find("#chooser").action, { target: "#several", swap: "outerHTML", values });
  const ids = find("#several").dataset.waiting.split(",");
  if (find("#files-error")) return find("#files-error").focus();
  ids.forEach((id, place) => {
    if (!id || files.has(id)) return;
    files.set(id, chosen[place].file);
    queue.push(id);
    total += 1;
  });
  find("#several").dataset.waiting = "";
  for (const id of queue) show(id, "Waiting to be uploaded.");
  pump();
}

// --- uploading ---

function show(id, text, percent = null) {
  const row = rowOf(id);
  if (!row) return;
  row.querySelector("[data-progress]").textContent = text;
  const bar = row.querySelector("progress");
  if (!bar) return;
  bar.hidden = percent === null;
  if (percent < 100) bar.value = percent ?? 0;
  else bar.removeAttribute("value");
}
function pump() {
  while (active < AT_ONCE && queue.length) send(queue.shift());
  update();
}
function send(id, tries = 1) {
  if (!rowOf(id)) return files.delete(id);
  active += 1;
  const body = new FormData();
  body.append("row", id);
  body.append("file", files.get(id));
  body.append("complete", "1");
  const request = new XMLHttpRequest();
  request.open("POST", find("#chooser").dataset.upload);
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.upload.onprogress = ({ loaded, total: size }) => {
    const percent = Math.floor((loaded / size) * 100);
    show(id, percent < 100 ? `Uploading: ${percent}%` : "Checking the recording.", percent);
  };
  request.onloadend = () => {
    active -= 1;
    answered(id, request, tries);
    pump();
  };
  show(id, "Uploading", 0);
  request.send(body);
}

const AGAIN = new Set([0, 408, 429, 500, 502, 503, 504]);
const ERRORS = {
  0: "Upload interrupted. Check your connection, then choose the file again.",
  401: "Your session expired. Log in in another tab, then choose the files again.",
  403: "You're not allowed to do this, or your session expired. Reload the page and choose the files again.",
  404: "This batch no longer exists. Reload the page.",
  413: "This file is over the limit of 50 MB.",
  507: "Voice Studio has no disk space left. Ask whoever runs the server to free some, then choose the files again.",
};
function answered(id, request, tries) {
  const { status } = request;
  if (status === 200) {
    files.delete(id);
    if (rowOf(id)) htmx.swap(`#row-${id}`, request.responseText, { swapStyle: "outerHTML" });
    return;
  }
  if (!rowOf(id)) return files.delete(id); // removed meanwhile
  if (AGAIN.has(status) && tries < TRIES) {
    const seconds = Number(request.getResponseHeader("Retry-After")) || 2 ** tries;
    show(id, `Trying again in ${seconds} s.`);
    active += 1;
    setTimeout(() => ((active -= 1), send(id, tries + 1), update()), seconds * 1000);
    return;
  }
  const text = ERRORS[status] ?? `Something went wrong (${status}). Choose the file again.`;
  files.delete(id);
  show(id, text);
  if (![401, 403, 404, 507].includes(status)) return;
  // The others would meet the same.
  for (const other of queue.splice(0)) {
    files.delete(other);
    show(other, "Not uploaded.");
  }
  showTrouble(text);
}

const preventLeaving = (event) => event.preventDefault();
function update() {
  const left = active + queue.length;
  const line = find("[data-uploading]");
  const isNew = left && line?.hidden;
  if (line) {
    line.hidden = !left;
    line.textContent = left ? `Uploading: ${total - left} of ${total} done. Keep this page open.` : "";
  }
  const button = find("#send");
  if (button && left) button.disabled = true;
  (left ? addEventListener : removeEventListener)("beforeunload", preventLeaving);
  if (isNew) say(`Uploading ${total} recording${total === 1 ? "" : "s"}.`);
  if (left || !total) return;
  total = 0;
  // The button as the server last sent it.
  if (button) button.disabled = !Number(button.dataset.count);
  say(`All uploaded: ${[...document.querySelectorAll("#summary .counts li")].map((one) => one.textContent).join(", ")}.`);
}

// --- correcting ---

// The errors come with the summary, which is replaced after each change; the fields stay.
function mark() {
  const summary = find("#summary");
  if (!summary) return;
  const errors = JSON.parse(summary.dataset.errors);
  for (const row of document.querySelectorAll(".draft-row.ready")) {
    let isWrong = false;
    for (const field of row.querySelectorAll("[name]:not(button)")) {
      const text = errors[field.name] ?? "";
      document.getElementById(`${field.name}-error`).textContent = text;
      field.ariaInvalid = text ? "true" : null;
      isWrong ||= !!text;
    }
    row.querySelector(".dot").className = `dot ${isWrong ? "warn" : "good"}`;
  }
  update();
}
document.addEventListener("htmx:oobAfterSwap", ({ detail }) => detail.target.id === "summary" && mark());
// Before the button with the focus goes with its row, the focus moves to the next one.
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (!target.matches?.(".draft-row")) return;
  const next = target.nextElementSibling ?? target.previousElementSibling;
  (next?.querySelector("button") ?? find("[data-files]")).focus();
});

// --- the places where files come in ---

const folder = Object.assign(document.createElement("input"), { type: "file", webkitdirectory: true, multiple: true });
const take = (input) => {
  const chosen = [...input.files].map((file) => named(file, file.webkitRelativePath || file.name));
  input.value = "";
  list(chosen);
};
folder.addEventListener("change", () => take(folder));
document.addEventListener("click", ({ target }) => {
  if (target.matches?.("[data-folder]")) folder.click();
  if (target.matches?.("[data-files]")) find("#id_file").click();
});
document.addEventListener("change", ({ target }) => target.id === "id_file" && target.files.length && take(target));
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, async (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    // Otherwise a file dropped beside the zone would replace the page.
    event.preventDefault();
    find("#chooser")?.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop" && find("#chooser")) list(await droppedFiles(event.dataTransfer));
  });
}
