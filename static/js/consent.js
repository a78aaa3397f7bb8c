// The statement in the language that is chosen. The tick was for the text that stood there before.
document.addEventListener("change", ({ target }) => {
  const part = target.closest("[data-statement]");
  if (!part || target.name !== "statement") return;
  const text = part.querySelector(`[data-text="${CSS.escape(target.value)}"]`);
  const shown = part.querySelector("[data-shown]");
  shown.lang = text.lang;
  shown.replaceChildren(...text.cloneNode(true).childNodes);
  part.querySelector("[name=agreed]").checked = false;
});
