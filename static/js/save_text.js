// Buttons that save an element's text as a file.
for (const button of document.querySelectorAll("[data-save]")) button.hidden = false;

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-save]");
  if (!button) return;
  const text = document.getElementById(button.dataset.save).textContent;
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  Object.assign(document.createElement("a"), { href, download: button.dataset.name }).click();
  URL.revokeObjectURL(href);
});
