// The filter panels: they stay open and in place when new counts replace them; a long list can be filtered.
const find = document.getElementById("find");
const bulk = document.getElementById("bulk");
let saved = null;
let scrolled = 0;

function filterOptions(box) {
  const wanted = box.value.trim().toLowerCase();
  for (const item of box.parentElement.querySelectorAll("li")) {
    item.hidden = !item.textContent.toLowerCase().includes(wanted);
  }
}

find.addEventListener("input", ({ target }) => "narrow" in target.dataset && filterOptions(target));
document.addEventListener("change", (event) => {
  const { name, checked, value, dataset } = event.target;
  // The box that filters the options is not a filter itself.
  if ("narrow" in dataset) event.stopPropagation();
  // "Any stage" and single stages exclude each other.
  if (name !== "stage" || !checked) return;
  for (const box of find.querySelectorAll('[name="stage"]')) {
    if ((box.value === "any") !== (value === "any")) box.checked = false;
  }
}, true);
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "chips") return;
  // Another choice is being sent and brings its own counts: these would undo it.
  if (find.classList.contains("htmx-request")) detail.shouldSwap = false;
  const open = detail.target.querySelector("details[open]");
  scrolled = detail.target.scrollLeft;
  saved = open && {
    id: open.id,
    tops: [...open.querySelectorAll("ul")].map((list) => list.scrollTop),
    text: open.querySelector("[data-narrow]")?.value,
    focus: document.activeElement.id,
  };
});
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id === "chips") target.scrollLeft = scrolled;
  const panel = saved && document.getElementById(saved.id);
  if (!panel || panel.open) return;
  panel.open = true;
  const box = panel.querySelector("[data-narrow]");
  if (box && saved.text) filterOptions(Object.assign(box, { value: saved.text }));
  panel.querySelectorAll("ul").forEach((list, place) => (list.scrollTop = saved.tops[place]));
  if (saved.focus) document.getElementById(saved.focus)?.focus({ preventScroll: true });
  saved = null;
});
// Load the bulk bar's script with the first selection, which the browser may have restored.
const loadBulkBar = () => document.querySelector('[form="bulk"]:checked') && import(bulk.dataset.script);
document.addEventListener("change", loadBulkBar);
addEventListener("pageshow", loadBulkBar);
document.addEventListener("click", ({ target, shiftKey }) => {
  if (target.name === "voice") bulk.dataset[shiftKey ? "to" : "from"] = target.value;
});
// On a phone the boxes show while something is selected, or after this button.
document.querySelector("[data-select]").addEventListener("click", ({ target }) => {
  const isOn = document.getElementById("main").classList.toggle("selecting");
  target.ariaPressed = String(isOn);
  target.textContent = isOn ? "Done" : "Select";
});
