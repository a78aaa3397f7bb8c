// The microphone as it sounds: no echo cancelling, noise suppression or gain control, which clone badly.
export const RATE = 44100;
const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };

// The context resamples to our rate. Firefox refuses that for some microphones, which then keep their own rate.
function connect(stream) {
  const context = new AudioContext({ sampleRate: RATE });
  try {
    return context.createMediaStreamSource(stream);
  } catch {
    context.close();
    return new AudioContext().createMediaStreamSource(stream);
  }
}

export async function openMicrophone(worklet, id, { onBlock, onLost, onInterrupted }) {
  const audio = id ? { ...RAW, deviceId: { exact: id } } : RAW;
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const [track] = stream.getAudioTracks();
  const source = connect(stream);
  const { context } = source;
  const close = () => {
    context.onstatechange = null;
    track.onended = null;
    track.stop();
    if (context.state !== "closed") context.close();
  };
  try {
    await context.audioWorklet.addModule(worklet);
    const tap = new AudioWorkletNode(context, "tap");
    tap.port.onmessage = ({ data }) => onBlock(data);
    // To the loudspeakers, but it only ever sends silence: browsers run what leads there.
    source.connect(tap).connect(context.destination);
    await context.resume();
  } catch (error) {
    close();
    throw error;
  }
  track.onended = onLost;
  // On a phone: a call came in.
  context.onstatechange = () => context.state !== "running" && onInterrupted();
  return { rate: context.sampleRate, id: track.getSettings().deviceId, resume: () => context.resume(), close };
}

export async function listMicrophones() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === "audioinput");
}
