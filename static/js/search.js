// "/" focuses the search box, except in a field; the cross in it clears it.
addEventListener("keydown", (event) => {
  const { target, key, ctrlKey, metaKey, altKey } = event;
  const isTyping = target.closest?.("input, textarea, select, [contenteditable]");
  if (key !== "/" || ctrlKey || metaKey || altKey || isTyping) return;
  const box = document.getElementById("q");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});
document.querySelector("[data-clear-search]")?.addEventListener("click", () => {
  const box = document.getElementById("q");
  box.value = "";
  box.dispatchEvent(new Event("search"));
  box.focus();
});
