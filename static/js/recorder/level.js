// How loud it is: the meter's smoothed peak, clipping, and the noise of the room. In dB of full scale.
export const SILENT_DECIBELS = -60; // the meter's end
const CLIPPED = 0.985;
const FALL = 20; // dB per second
const HOLD_SECONDS = 2;
const CHECK_SECONDS = 2;
const QUIET_SHARE = 0.3; // of the check's blocks, as somebody may speak during it

const decibels = (amplitude) => 20 * Math.log10(amplitude);

export function measure(block) {
  let [peak, sum, squares] = [0, 0, 0];
  for (const one of block) {
    peak = Math.max(peak, Math.abs(one));
    sum += one;
    squares += one * one;
  }
  const offset = sum / block.length;
  const rms = Math.sqrt(Math.max(0, squares / block.length - offset * offset));
  return { peak: decibels(peak), rms: decibels(rms), isClipped: peak >= CLIPPED };
}

export class Meter {
  peak = -Infinity;
  #sinceClip = Infinity;
  #recent = [];

  add({ peak, isClipped }, seconds) {
    this.peak = Math.max(peak, this.peak - FALL * seconds);
    this.#sinceClip = isClipped ? 0 : this.#sinceClip + seconds;
    this.#recent.push(peak);
    if (this.#recent.length * seconds > HOLD_SECONDS) this.#recent.shift();
  }
  get isClipping() {
    return this.#sinceClip < HOLD_SECONDS;
  }
  get words() {
    if (this.isClipping) return "Too loud: move back a little.";
    const loudest = Math.max(...this.#recent);
    if (loudest < -40) return "Say a few words to test the level.";
    return loudest < -24 ? "A little quiet: come closer." : "Good level.";
  }
}

export class Room {
  #levels = [];
  #seconds = 0;

  add({ rms }, seconds) {
    this.#levels.push(rms);
    this.#seconds += seconds;
  }
  get isChecked() {
    return this.#seconds >= CHECK_SECONDS;
  }
  get noise() {
    const sorted = this.#levels.sort((one, other) => one - other);
    return sorted[Math.floor(sorted.length * QUIET_SHARE)] ?? -Infinity;
  }
  get verdict() {
    const { noise } = this;
    if (noise === -Infinity) return ["bad", "No sound from this microphone. Is it muted, or is another one meant?"];
    if (noise < -55) return ["good", "Quiet room."];
    if (noise < -42) return ["warn", "Some noise. Close the window, turn off what hums."];
    return ["bad", "Too noisy for a good clone. Find a quieter room, or come closer to the microphone."];
  }
  // Speech is well above the room.
  get speechLevel() {
    return Math.max(this.noise + 10, -50);
  }
}
