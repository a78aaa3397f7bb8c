// What the recorder shows: its elements are found by data-show, data-do and data-in in templates/clone/_recorder.html.
import { SILENT_DECIBELS } from "./level.js";

const SAY_SECONDS = 3; // between two announcements of the level
const LAST_SECONDS = 15; // before it stops by itself
// Where the focus goes when its button disappears.
const FOCUS = {
  closed: "open", draft: "restore", asking: "close", refused: "open", checking: "start", ready: "start",
  recording: "pause", paused: "resume", review: "use", used: "restore",
};
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export class View {
  #levelAt = 0;
  #saidAt = 0;
  #isEnough = false;

  constructor(root) {
    this.root = root;
    this.audio = this.find("audio");
    this.microphones = this.find("microphones");
  }
  // In seconds.
  get limits() {
    const { least, enough, most } = this.root.dataset;
    return { least: Number(least), enough: Number(enough), most: Number(most) };
  }
  find(name) {
    return this.root.querySelector(`[data-show=${name}]`);
  }
  say(text) {
    document.dispatchEvent(new CustomEvent("studio:say", { detail: { text } }));
  }
  #text(name, text) {
    this.find(name).textContent = text;
  }

  enter(state) {
    const focused = document.activeElement;
    this.root.dataset.state = state;
    this.root.querySelectorAll("[data-in]").forEach((one) => (one.hidden = !one.dataset.in.split(" ").includes(state)));
    if (!this.root.contains(focused) || focused.getClientRects().length) return;
    const buttons = [...this.root.querySelectorAll(`[data-do=${FOCUS[state]}]`)];
    buttons.find((one) => one.getClientRects().length)?.focus({ preventScroll: true });
  }
  refusal([problem, remedy]) {
    this.#text("problem", problem);
    this.#text("remedy", remedy);
  }
  draft({ frames, rate, startedAt }) {
    const from = new Date(startedAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    this.#text("draft", `${clock(frames / rate)} from ${from}, kept in this browser`);
  }
  list(devices, chosen) {
    const options = devices.map(({ deviceId, label }, place) => new Option(label || `Microphone ${place + 1}`, deviceId));
    this.microphones.replaceChildren(...options);
    this.microphones.value = chosen;
  }
  room(tone, text) {
    const dot = Object.assign(document.createElement("span"), { className: `dot ${tone}`, ariaHidden: "true" });
    this.find("room").replaceChildren(dot, text);
  }

  level(meter) {
    const bar = this.find("level");
    bar.style.setProperty("--level", Math.max(0, Math.min(1, 1 - meter.peak / SILENT_DECIBELS)));
    bar.classList.toggle("clipping", meter.isClipping);
    const { words } = meter;
    const now = performance.now() / 1000;
    const isNew = this.find("words").textContent !== words;
    // Numbers that change twenty times a second cannot be read, by eye or by a screen reader.
    if (!isNew && now - this.#levelAt < 1) return;
    this.#levelAt = now;
    const peak = Math.max(SILENT_DECIBELS, Math.round(meter.peak));
    bar.ariaValueNow = peak;
    bar.ariaValueText = `${peak} dB. ${words}`;
    this.#text("decibels", `${peak} dB`.replace("-", "−"));
    this.#text("words", words);
    // What a screen reader says aloud is recorded, too.
    const isQuiet = this.root.dataset.state === "recording" && !meter.isClipping;
    if (!isNew || isQuiet || now - this.#saidAt < SAY_SECONDS) return;
    this.#saidAt = now;
    this.say(words);
  }
  start() {
    this.#isEnough = false;
    this.root.classList.remove("enough");
    this.find("speech").max = this.limits.enough;
    this.#text("time", "");
  }
  time({ seconds, speechSeconds }) {
    const { enough, most } = this.limits;
    this.find("speech").value = speechSeconds;
    if (this.find("time").textContent === clock(seconds)) return;
    this.#text("time", clock(seconds));
    if (!this.#isEnough && speechSeconds >= enough) {
      this.#isEnough = true;
      this.root.classList.add("enough");
      this.say("Long enough. Read on to the end if you like.");
    }
    const left = Math.ceil(most - seconds);
    const progress = this.#isEnough ? "Long enough" : `${Math.floor(speechSeconds)} of ${enough} s of speech`;
    this.#text("enough", left <= LAST_SECONDS ? `Stops automatically in ${left} s` : progress);
  }

  review(take, wav, trouble) {
    URL.revokeObjectURL(this.audio.src);
    this.audio.src = URL.createObjectURL(wav);
    this.#text("summary", `${clock(take.seconds)} · ${Math.floor(take.speechSeconds)} s of speech`);
    this.#text("advice", [trouble, ...this.#advice(take)].filter(Boolean).join(" "));
    this.find("advice").hidden = !this.find("advice").textContent;
    this.use(take);
  }
  #advice({ draft, seconds, speechSeconds, isSaved }) {
    const { least, enough } = this.limits;
    return [
      draft.clips && "Parts are too loud and distorted: move back a little and record again.",
      seconds < least && `At least ${least} seconds are needed.`,
      seconds >= least && speechSeconds < enough && `${enough} seconds of speech or more clone better.`,
      !isSaved && "This browser can't keep it: use it before you leave this page.",
    ];
  }
  use({ draft, seconds }) {
    const button = this.root.querySelector("[data-do=use]");
    const isShort = seconds < this.limits.least;
    button.ariaDisabled = isShort ? "true" : null;
    button.classList.toggle("primary", !isShort);
    const listening = this.audio.paused ? "Listen to it first" : "Pause";
    button.textContent = isShort ? "Too short to use" : draft.isHeard ? "Use this recording" : listening;
  }
  forget() {
    URL.revokeObjectURL(this.audio.src);
    this.audio.removeAttribute("src");
  }
  confirmDiscard({ frames, rate }) {
    return confirm(`Discard this recording of ${clock(frames / rate)}? You can't get it back.`);
  }
}
