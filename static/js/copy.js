// Copies a voice id on one click, and says so.
async function put(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http on a name other than localhost has no clipboard object.
  const area = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

function mark(button, name) {
  const use = button.querySelector("use");
  use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
  button.classList.toggle("done", name === "check");
}

const reveal = (root) => root.querySelectorAll?.("[data-copy]").forEach((button) => (button.hidden = false));

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  let detail = { text: `Copied the voice id of ${button.dataset.named}.`, shown: true };
  try {
    await put(button.dataset.copy);
    mark(button, "check");
    setTimeout(() => mark(button, "copy"), 1600);
  } catch {
    detail = { text: `The browser did not allow copying. The id is ${button.dataset.copy}`, shown: true, bad: true };
  }
  button.focus();
  document.dispatchEvent(new CustomEvent("studio:say", { detail }));
});
document.addEventListener("htmx:afterSwap", ({ target }) => {
  reveal(target);
  if (target.matches?.("[data-copy]")) target.hidden = false;
});
reveal(document);
