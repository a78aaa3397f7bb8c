// The filters' panels: one open at a time, closed by Escape or a click elsewhere, kept open and in place when the
// counts bring them anew; a long list is narrowed while typing.
const panels = () => [...document.querySelectorAll("details.filter, details.save-view")];
let kept = null;

const narrow = (box) => {
  const wanted = box.value.trim().toLowerCase();
  for (const item of box.parentElement.querySelectorAll("li")) item.hidden = !item.textContent.toLowerCase().includes(wanted);
};
const ready = () => document.querySelectorAll("[data-narrow]").forEach((box) => (box.hidden = false));

addEventListener("click", ({ target }) => {
  for (const panel of panels()) if (panel.open && !panel.contains(target)) panel.open = false;
});
addEventListener("keydown", ({ key, target }) => {
  const panel = key === "Escape" && target.closest?.("details[open].filter, details[open].save-view");
  if (!panel) return;
  panel.open = false;
  panel.querySelector("summary").focus();
});
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-narrow]")) return;
  event.stopPropagation();
  narrow(event.target);
});
// A choice in a narrowing box is no filter of its own.
document.addEventListener("change", (event) => event.target.matches("[data-narrow]") && event.stopPropagation(), true);
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "chips") return;
  const open = panels().find((panel) => panel.open);
  const box = open?.querySelector("[data-narrow]");
  kept = open && { id: open.id, top: open.querySelector("ul")?.scrollTop, text: box?.value, focus: document.activeElement?.id };
});
document.addEventListener("htmx:afterSettle", () => {
  ready();
  const panel = kept && document.getElementById(kept.id);
  if (!panel) return;
  panel.open = true;
  const box = panel.querySelector("[data-narrow]");
  if (box && kept.text) {
    box.value = kept.text;
    narrow(box);
  }
  const list = panel.querySelector("ul");
  if (list) list.scrollTop = kept.top;
  if (kept.focus) document.getElementById(kept.focus)?.focus({ preventScroll: true });
  kept = null;
});
// "Any stage" and single stages exclude each other.
document.addEventListener("change", ({ target }) => {
  if (target.name !== "stage" || !target.checked) return;
  const any = target.value === "any";
  for (const box of document.querySelectorAll('[name="stage"]')) if ((box.value === "any") !== any) box.checked = false;
}, true);
ready();
