// The recorder: from the microphone over listening to a File in the form. Its states are the words of data-in.
import { newDraft, readChunks, removeDraft, saveDraft } from "./drafts.js";
import { Meter, Room, measure } from "./level.js";
import { RATE, listMicrophones, openMicrophone } from "./microphone.js";
import { Take } from "./take.js";
import { explain } from "./troubles.js";
import { View } from "./view.js";
import { toWav } from "./wav.js";

const HEARD_SHARE = 0.95;
const recorders = new WeakMap();
const handedOver = new WeakMap(); // the draft of a File that is in the form

export function attach(root) {
  if (!recorders.has(root)) recorders.set(root, new Recorder(root));
  return recorders.get(root);
}

class Recorder {
  #state = "closed";
  #microphone = null;
  #take = null;
  #draft = null;
  #meter = new Meter();
  #room = new Room();
  #wakeLock = null;

  constructor(root) {
    this.root = root;
    this.view = new View(root);
    const { audio, microphones } = this.view;
    microphones.addEventListener("change", () => this.open(microphones.value));
    navigator.mediaDevices.addEventListener("devicechange", () => this.#microphone && this.#list());
    audio.addEventListener("play", () => {
      for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
    });
    for (const kind of ["timeupdate", "ended"]) audio.addEventListener(kind, () => this.#listened());
    for (const kind of ["play", "pause"]) audio.addEventListener(kind, () => this.#take && this.view.use(this.#take));
    addEventListener("pagehide", () => this.#leave());
  }
  get #isRunning() {
    return this.#state === "recording" || this.#state === "paused";
  }
  #enter(state) {
    this.#state = state;
    this.view.enter(state);
  }

  // --- the microphone ---

  async open(id) {
    this.#release();
    this.#enter("asking");
    try {
      const opened = await openMicrophone(this.root.dataset.worklet, id, {
        onBlock: (block) => this.#hear(block),
        onLost: () => this.#lose(),
        onInterrupted: () => this.#state === "recording" && this.pause(),
      });
      if (this.#state !== "asking") return opened.close();
      this.#microphone = opened;
      await this.#list();
    } catch (error) {
      return this.#refuse(error);
    }
    this.root.querySelector("[data-script]").dispatchEvent(new Event("recorder:open"));
    this.check();
    this.root.scrollIntoView({ block: "start" });
  }
  again() {
    return this.open();
  }
  async #list() {
    this.view.list(await listMicrophones(), this.#microphone.id);
  }
  #release() {
    this.#microphone?.close();
    this.#wakeLock?.release();
    this.#microphone = this.#wakeLock = null;
  }
  #refuse(error) {
    this.#release();
    this.view.refusal(explain(error));
    this.#enter("refused");
  }
  #lose() {
    if (this.#isRunning) this.stop("The microphone was disconnected. What you recorded so far is kept.");
    else this.#refuse({ name: "Lost" });
  }
  #leave() {
    if (this.#isRunning) this.stop();
    else if (this.#microphone) this.close();
  }
  // The recording made before stays until a new one is begun.
  close() {
    this.#release();
    if (this.#take) return this.#review();
    this.#enter(this.#draft ? "draft" : "closed");
  }

  // --- sound ---

  check() {
    this.#room = new Room();
    this.#meter = new Meter();
    this.view.room("", "Checking the room. Stay silent for two seconds.");
    this.#enter("checking");
  }
  #hear(block) {
    // After a swap of the form the recorder is gone; of a closed microphone, blocks may still be on their way.
    if (!this.root.isConnected) this.#release();
    if (!this.#microphone) return;
    const seconds = block.length / this.#microphone.rate;
    const level = measure(block);
    this.#meter.add(level, seconds);
    this.view.level(this.#meter);
    if (this.#state === "checking") this.#checkRoom(level, seconds);
    if (this.#state === "recording") this.#record(block, level);
  }
  #checkRoom(level, seconds) {
    this.#room.add(level, seconds);
    if (!this.#room.isChecked) return;
    this.view.room(...this.#room.verdict);
    this.#enter("ready");
  }
  #record(block, { rms, isClipped }) {
    this.#take.add(block, { isSpeech: rms > this.#room.speechLevel, isClipped });
    this.view.time(this.#take);
    if (this.#take.seconds >= this.view.limits.most) this.stop();
  }

  // --- recording ---

  async start() {
    if (this.#draft) removeDraft(this.#draft.id).catch(() => {});
    this.#draft = newDraft(this.root.dataset.owner, this.#microphone.rate);
    this.#take = new Take(this.#draft);
    this.view.start();
    this.view.time(this.#take);
    this.#enter("recording");
    // So that a phone does not go to sleep while its owner reads.
    const lock = await navigator.wakeLock?.request("screen").catch(() => null);
    if (this.#isRunning) this.#wakeLock = lock;
    else lock?.release();
  }
  pause() {
    this.#take.pause();
    this.#enter("paused");
  }
  async resume() {
    await this.#microphone.resume();
    this.#enter("recording");
  }
  stop(trouble = "") {
    this.#take.pause();
    this.#release();
    return this.#review(trouble);
  }

  // --- listening ---

  async #review(trouble = "") {
    const take = this.#take;
    const wav = await this.#wav();
    if (this.#take !== take) return;
    this.view.review(take, wav, trouble);
    this.#enter("review");
  }
  #wav() {
    return toWav(this.#take.chunks, this.#draft.rate, RATE);
  }
  // In whatever way it was played: in parts, again, faster.
  #listened() {
    if (!this.#take || this.#draft.isHeard) return;
    const { played, duration } = this.view.audio;
    let heard = 0;
    for (let place = 0; place < played.length; place += 1) heard += played.end(place) - played.start(place);
    if (!(heard >= duration * HEARD_SHARE)) return;
    this.#draft.isHeard = true;
    saveDraft(this.#draft).catch(() => {});
    this.view.use(this.#take);
    this.view.say("Heard. You can use this recording.");
  }
  async use() {
    const { audio } = this.view;
    if (this.#take.seconds < this.view.limits.least) return;
    if (!this.#draft.isHeard && audio.paused) return audio.play().catch(() => {});
    audio.pause();
    if (!this.#draft.isHeard) return;
    const at = new Date(this.#draft.startedAt).toISOString().slice(0, 16).replace("T", " ").replace(":", ".");
    const file = new File([await this.#wav()], `Recording ${at}.wav`, { type: "audio/wav" });
    handedOver.set(file, this.#draft.id);
    this.#enter("used");
    const files = new DataTransfer();
    files.items.add(file);
    const input = document.querySelector(this.root.dataset.into);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // --- drafts ---

  offer(draft) {
    if (this.#state !== "closed") return;
    this.#draft = draft;
    this.view.draft(draft);
    this.#enter("draft");
  }
  async restore() {
    this.#take ??= new Take(this.#draft, await readChunks(this.#draft.id));
    return this.#review();
  }
  discard() {
    if (this.#state === "recording") this.pause();
    if (!this.view.confirmDiscard(this.#draft)) return;
    removeDraft(this.#draft.id).catch(() => {});
    this.#release();
    this.view.forget();
    this.#take = this.#draft = null;
    this.#enter("closed");
  }
}

// A recording that the server has looked at is no draft any more, whatever it said of it or of the form.
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  if (![200, 422].includes(detail.xhr.status)) return;
  for (const value of detail.requestConfig.formData.values()) {
    const id = value instanceof File && handedOver.get(value);
    if (id) removeDraft(id).catch(() => {});
  }
});
