// Copy buttons: copy the button's own text, or that of the element it names, and announce it.
async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Over plain http there is no clipboard object, except on localhost.
  const area = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

function setIcon(button, name) {
  const use = button.querySelector("use");
  use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
  button.classList.toggle("done", name === "check");
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const { copy, from, named, what = "the voice ID" } = button.dataset;
  let detail = { text: `Copied ${what} of ${named}.`, shown: true };
  try {
    await copyText(from ? document.getElementById(from).textContent : copy);
    setIcon(button, "check");
    setTimeout(() => setIcon(button, "copy"), 1600);
  } catch {
    const instead = from ? "Select the text and copy it." : `The ID is ${copy}`;
    detail = { text: `Your browser blocked copying. ${instead}`, shown: true, bad: true };
  }
  button.focus();
  document.dispatchEvent(new CustomEvent("studio:say", { detail }));
});
