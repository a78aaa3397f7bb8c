// Recordings that were not sent yet, kept by this browser: each under its owner, for a week.
const WEEK = 7 * 24 * 3600 * 1000;
let opening = null;

const answer = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

function open() {
  const request = indexedDB.open("recordings", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("drafts", { keyPath: "id" });
    request.result.createObjectStore("chunks", { autoIncrement: true }).createIndex("id", "id");
  };
  return answer(request).then((database) => {
    // Logging out deletes it all (Clear-Site-Data), perhaps in another tab.
    database.onclose = () => (opening = null);
    return database;
  });
}
// Call `work` with both stores in one transaction; return its result once that is on disk.
async function change(work) {
  const database = await (opening ??= open());
  const transaction = database.transaction(["drafts", "chunks"], "readwrite");
  const saved = new Promise((done, failed) => {
    transaction.oncomplete = done;
    transaction.onabort = () => failed(transaction.error);
  });
  saved.catch(() => {}); // `work` fails first, and says so
  const result = await work(transaction.objectStore("drafts"), transaction.objectStore("chunks"));
  await saved;
  return result;
}
async function erase(drafts, chunks, id) {
  drafts.delete(id);
  for (const key of await answer(chunks.index("id").getAllKeys(id))) chunks.delete(key);
}

export const newDraft = (owner, rate) => ({
  id: `${Date.now()}-${Math.random()}`,
  owner,
  rate, // samples per second
  startedAt: Date.now(),
  frames: 0,
  speechFrames: 0,
  clips: 0,
  isHeard: false,
});
export const saveDraft = (draft) => change((drafts) => answer(drafts.put(draft)));
export const appendChunk = (draft, samples) =>
  change((drafts, chunks) => {
    chunks.add({ id: draft.id, samples });
    return answer(drafts.put({ ...draft }));
  });
export const removeDraft = (id) => change((drafts, chunks) => erase(drafts, chunks, id));
export const readChunks = (id) =>
  change(async (_, chunks) => (await answer(chunks.index("id").getAll(id))).map(({ samples }) => samples));

// Return the owner's newest draft. Delete those of anybody that are older than a week.
export const findDraft = (owner, now = Date.now()) =>
  change(async (drafts, chunks) => {
    const all = await answer(drafts.getAll());
    for (const { id, startedAt } of all) if (now - startedAt > WEEK) await erase(drafts, chunks, id);
    const own = all.filter((one) => one.owner === owner && one.frames && now - one.startedAt <= WEEK);
    return own.sort((one, other) => other.startedAt - one.startedAt)[0] ?? null;
  });
