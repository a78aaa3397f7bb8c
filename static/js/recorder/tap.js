// Audio worklet: mixes the microphone's channels to one (browsers may give two although one was asked for) and hands
// it to the page in blocks.
class Tap extends AudioWorkletProcessor {
  #block = new Float32Array(2048);
  #filled = 0;

  process([channels]) {
    for (let frame = 0; frame < (channels[0]?.length ?? 0); frame += 1) {
      let sum = 0;
      for (const channel of channels) sum += channel[frame];
      this.#block[this.#filled] = sum / channels.length;
      this.#filled += 1;
      if (this.#filled === this.#block.length) this.#send();
    }
    return true;
  }

  #send() {
    this.port.postMessage(this.#block, [this.#block.buffer]);
    this.#block = new Float32Array(2048);
    this.#filled = 0;
  }
}
registerProcessor("tap", Tap);
