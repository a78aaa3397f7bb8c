// One recording: its samples, in memory and in the draft, and how much of it is speech.
import { saveChunk } from "./drafts.js";
import { toSamples } from "./wav.js";

const FADE_SECONDS = 0.005; // at both ends of a pause, which would click
const HANGOVER_SECONDS = 0.3; // a gap between words is part of speech
const CHUNK_SECONDS = 1;

export class Take {
  #last = null; // the newest block, held back: it is faded out if a pause follows
  #unsaved = [];
  #unsavedFrames = 0;
  #savedFrames = 0;
  #sinceSpeech = Infinity;
  #isFirst = true;
  isSaved = true;

  constructor(draft, chunks = []) {
    this.draft = draft;
    this.chunks = chunks;
    // Of a draft, the last moments may have been lost with the page.
    draft.frames = chunks.reduce((sum, { length }) => sum + length, 0);
  }
  get seconds() {
    return this.draft.frames / this.draft.rate;
  }
  get speechSeconds() {
    return this.draft.speechFrames / this.draft.rate;
  }

  add(block, { isSpeech, isClipped }) {
    const { draft } = this;
    this.#sinceSpeech = isSpeech ? 0 : this.#sinceSpeech + block.length / draft.rate;
    if (this.#sinceSpeech <= HANGOVER_SECONDS) draft.speechFrames += block.length;
    if (isClipped) draft.clips += 1;
    if (this.#isFirst) this.#fade(block, (place) => place);
    this.#isFirst = false;
    this.#store(this.#last);
    this.#last = block;
    draft.frames += block.length;
  }
  // End a stretch of sound: what is held back and not yet saved goes to the draft.
  pause() {
    const block = this.#last;
    if (block) this.#fade(block, (place) => block.length - 1 - place);
    this.#store(block);
    this.#save();
    this.#last = null;
    this.#isFirst = true;
    this.#sinceSpeech = Infinity;
  }

  #fade(block, at) {
    const frames = Math.min(block.length, Math.round(FADE_SECONDS * this.draft.rate));
    for (let place = 0; place < frames; place += 1) block[at(place)] *= place / frames;
  }
  #store(block) {
    if (!block) return;
    const samples = toSamples(block);
    this.chunks.push(samples);
    this.#unsaved.push(samples);
    this.#unsavedFrames += samples.length;
    if (this.#unsavedFrames >= CHUNK_SECONDS * this.draft.rate) this.#save();
  }
  #save() {
    if (!this.#unsavedFrames) return;
    const chunk = new Int16Array(this.#unsavedFrames);
    this.#unsaved.reduce((at, samples) => (chunk.set(samples, at), at + samples.length), 0);
    // A private window or a full disk: the recording itself is in memory.
    saveChunk(this.draft, this.#savedFrames, chunk).catch(() => (this.isSaved = false));
    this.#savedFrames += this.#unsavedFrames;
    this.#unsaved = [];
    this.#unsavedFrames = 0;
  }
}
