// Shows the recorder where the browser has a microphone for pages. The rest is loaded when it is opened, or when
// there is a draft to go on with.
import { findDraft } from "./recorder/drafts.js";

const hasMicrophone = !!navigator.mediaDevices?.getUserMedia && "AudioWorkletNode" in window;

async function recorder(root) {
  const { attach } = await import("./recorder/recorder.js");
  return attach(root);
}
async function show(root) {
  root.toggleAttribute("data-shown", true);
  root.hidden = false;
  const draft = await findDraft(root.dataset.owner).catch(() => null);
  if (draft) (await recorder(root)).offer(draft);
}
const showAll = () => hasMicrophone && document.querySelectorAll("[data-recorder]:not([data-shown])").forEach(show);

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-recorder] [data-do]");
  if (button) (await recorder(button.closest("[data-recorder]")))[button.dataset.do]();
});
document.addEventListener("htmx:afterSwap", showAll);
showAll();
