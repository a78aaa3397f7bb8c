// 16-bit mono WAV from blocks of samples.
export const toSamples = (block) => Int16Array.from(block, (one) => Math.round(Math.max(-1, Math.min(1, one)) * 32767));

function header(bytes, rate) {
  const view = new DataView(new ArrayBuffer(44));
  const write = (at, text) => [...text].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, bytes, true);
  return view;
}
const count = (chunks) => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

async function resample(chunks, from, to) {
  const frames = count(chunks);
  const offline = new OfflineAudioContext(1, Math.ceil((frames * to) / from), to);
  const buffer = offline.createBuffer(1, frames, from);
  let at = 0;
  for (const chunk of chunks) {
    buffer.copyToChannel(Float32Array.from(chunk, (one) => one / 32767), 0, at);
    at += chunk.length;
  }
  const source = new AudioBufferSourceNode(offline, { buffer });
  source.connect(offline.destination);
  source.start();
  return [toSamples((await offline.startRendering()).getChannelData(0))];
}

export async function toWav(chunks, from, to) {
  const samples = from === to || !count(chunks) ? chunks : await resample(chunks, from, to);
  return new Blob([header(count(samples) * 2, to), ...samples], { type: "audio/wav" });
}
