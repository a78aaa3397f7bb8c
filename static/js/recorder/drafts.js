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
    request.result.createObjectStore("chunks"); // by [id of the draft, first frame]
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
  // At once, as the page may be left now.
  transaction.commit();
  await saved;
  return result;
}
const chunksOf = (id) => IDBKeyRange.bound([id], [id, []]);
function erase(drafts, chunks, id) {
  drafts.delete(id);
  chunks.delete(chunksOf(id));
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
export const saveDraft = (draft) => change((drafts) => void drafts.put(draft));
export const saveChunk = (draft, frame, samples) =>
  change((drafts, chunks) => {
    drafts.put(draft);
    chunks.put(samples, [draft.id, frame]);
  });
export const removeDraft = (id) => change((drafts, chunks) => erase(drafts, chunks, id));
export const readChunks = (id) => change((_, chunks) => answer(chunks.getAll(chunksOf(id))));

// Return the owner's newest draft. Delete those of anybody that are older than a week.
export const findDraft = (owner, now = Date.now()) =>
  change(async (drafts, chunks) => {
    const all = await answer(drafts.getAll());
    const isOld = ({ startedAt }) => now - startedAt > WEEK;
    all.filter(isOld).forEach(({ id }) => erase(drafts, chunks, id));
    const own = all.filter((one) => one.owner === owner && !isOld(one));
    return own.sort((one, other) => other.startedAt - one.startedAt)[0] ?? null;
  });
