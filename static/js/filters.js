// The filters' panels: kept open and in place when the counts bring them anew; a long list is narrowed while typing.
const find = document.getElementById("find");
const bulk = document.getElementById("bulk");
let kept = null;

function narrow(box) {
  const wanted = box.value.trim().toLowerCase();
  for (const item of box.parentElement.querySelectorAll("li")) item.hidden = !item.textContent.toLowerCase().includes(wanted);
}

// A panel that would leave the window on one side is hung at the other.
document.addEventListener("toggle", ({ target }) => {
  const panel = target.open && target.querySelector(".filter-panel, .menu");
  if (!panel) return;
  panel.classList.remove("end");
  panel.classList.toggle("end", panel.getBoundingClientRect().right > document.documentElement.clientWidth - 8);
}, true);
find.addEventListener("input", ({ target }) => "narrow" in target.dataset && narrow(target));
document.addEventListener("change", (event) => {
  const { name, checked, value, dataset } = event.target;
  // What narrows the choices is no filter of its own.
  if ("narrow" in dataset) event.stopPropagation();
  // "Any stage" and single stages exclude each other.
  if (name !== "stage" || !checked) return;
  for (const box of find.querySelectorAll('[name="stage"]')) if ((box.value === "any") !== (value === "any")) box.checked = false;
}, true);
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "chips") return;
  // Another choice is on its way and will bring its own counts: these would take it back.
  if (find.classList.contains("htmx-request")) detail.shouldSwap = false;
  const open = detail.target.querySelector("details[open]");
  kept = open && { id: open.id, tops: [...open.querySelectorAll("ul")].map((list) => list.scrollTop), text: open.querySelector("[data-narrow]")?.value, focus: document.activeElement.id };
});
document.addEventListener("htmx:afterSettle", () => {
  const panel = kept && document.getElementById(kept.id);
  if (!panel || panel.open) return;
  panel.open = true;
  const box = panel.querySelector("[data-narrow]");
  if (box && kept.text) narrow(Object.assign(box, { value: kept.text }));
  panel.querySelectorAll("ul").forEach((list, place) => (list.scrollTop = kept.tops[place]));
  if (kept.focus) document.getElementById(kept.focus)?.focus({ preventScroll: true });
  kept = null;
});
// What the bar for chosen voices needs comes with the first choice; one may stand since before a step back.
const choose = () => document.querySelector('[form="bulk"]:checked') && import(bulk.dataset.script);
document.addEventListener("change", choose);
addEventListener("pageshow", choose);
document.addEventListener("click", ({ target, shiftKey }) => {
  if (target.name === "voice") bulk.dataset[shiftKey ? "to" : "from"] = target.value;
});
