// Why there is no microphone, and how to fix it in this browser.
const { userAgent, maxTouchPoints } = navigator;
const isIos = /iPhone|iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
const isFirefox = /Firefox/.test(userAgent);
const isAndroid = /Android/.test(userAgent);
const isSafari = !/Chrom|Firefox/.test(userAgent);

function allow() {
  if (isIos) {
    return "Tap the page settings beside the address, then Website Settings, and allow the microphone. If it isn't" +
      " listed, open the iPhone's or iPad's Settings, choose this browser and turn on Microphone.";
  }
  if (isAndroid) return "Tap the icon left of the address, then Permissions, and allow the microphone.";
  if (isFirefox) return "Click the crossed-out microphone left of the address and remove the block.";
  if (isSafari) return "In the menu bar, open Safari, then Settings for This Website, and set Microphone to Allow.";
  return "Click the icon left of the address and turn on Microphone.";
}
const inSystem = isIos || isAndroid ? "" : " If it's allowed there, check the privacy settings of your computer.";

const TROUBLES = {
  NotAllowedError: () => ["The microphone is blocked", `${allow()} Then try again.${inSystem}`],
  NotFoundError: () => ["No microphone found", "Connect one, or switch it on, then try again."],
  NotReadableError: () => [
    "The microphone doesn't answer", "Another program may be using it, such as a call. Close that, then try again.",
  ],
  OverconstrainedError: () => ["This microphone is gone", "Connect it again, or try again to use another one."],
  Lost: () => ["The microphone was disconnected", "Connect it again, then try again."],
};
TROUBLES.SecurityError = TROUBLES.NotAllowedError;

export function explain({ name, message }) {
  const unknown = `Your browser says: ${message || name}. Try again, or upload a file.`;
  return TROUBLES[name]?.() ?? ["Recording didn't start", unknown];
}
