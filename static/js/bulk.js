// The bulk bar: counts, ranges by shift-click, the whole page, all that match. It also works without script.
const form = document.getElementById("bulk");
const bar = form?.querySelector("[data-bulk]");
const part = (name) => bar.querySelector(`[data-bulk-${name}]`);
const boxes = () => [...document.querySelectorAll('input[form="bulk"][name="voice"]')];
const named = (value) => boxes().find((box) => box.value === value);
let last = named(form?.dataset.from) ?? boxes().find((box) => box.checked);
const MAX_SELECTED = 500; // one by one; the server has the same limit

const number = (count) => count.toLocaleString("en");

function update() {
  const all = part("all");
  const every = boxes();
  const chosen = every.filter((box) => box.checked).length;
  const total = Number(document.querySelector("[data-total]")?.dataset.total) || 0;
  // Rows loaded while all are selected are selected, too.
  if (all.checked) every.forEach((box) => (box.checked = true));
  for (const box of every) box.closest(".row")?.classList.toggle("chosen", box.checked);
  bar.classList.toggle("on", all.checked || chosen > 0);
  const limitNote = chosen > MAX_SELECTED ? `, ${MAX_SELECTED} at most` : "";
  part("count").value = all.checked
    ? (total ? `${number(total)} selected` : "All selected")
    : number(chosen) + " selected" + limitNote;
  part("all-words").textContent = total ? `All ${number(total)} that match` : "All that match";
  part("page").hidden = all.checked || chosen === every.length;
  part("page").textContent = `Select these ${number(every.length)}`;
}

function range(to, checked) {
  const every = boxes();
  const [from, end] = [every.indexOf(last), every.indexOf(to)].sort((a, b) => a - b);
  if (from >= 0) every.slice(from, end + 1).forEach((box) => (box.checked = checked));
}

function clear() {
  boxes().forEach((box) => (box.checked = false));
  part("all").checked = false;
  last = null;
  update();
}

const close = () => bar.querySelectorAll("details[open]").forEach((menu) => (menu.open = false));

function start() {
  // A range selected while this script was still loading.
  const to = named(form.dataset.to);
  if (to && last) range(to, to.checked);
  document.addEventListener("click", (event) => {
    const { target } = event;
    if (!target.closest?.(".bulk-menu")) close();
    if (!target.matches?.('input[form="bulk"][name="voice"]')) return;
    if (event.shiftKey && last) range(target, target.checked);
    last = target;
    part("all").checked = false;
    update();
  });
  part("all").addEventListener("change", ({ target }) => (target.checked ? update() : clear()));
  // The server refuses thousands of fields: send none for all that match, and at most one over the limit.
  form.addEventListener("formdata", ({ formData }) => {
    const ids = part("all").checked ? [] : formData.getAll("voice").slice(0, MAX_SELECTED + 1);
    formData.delete("voice");
    ids.forEach((id) => formData.append("voice", id));
  });
  part("page").addEventListener("click", () => {
    boxes().forEach((box) => (box.checked = true));
    update();
    part("all").focus();
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    const first = boxes().find((box) => box.checked);
    clear();
    // The bar is hidden and the focus lost: move it back to the first selected row.
    (first ?? document.getElementById("main")).focus();
  });
  bar.addEventListener("toggle", ({ target }) => {
    if (!target.open) return;
    bar.querySelectorAll("details[open]").forEach((menu) => menu === target || (menu.open = false));
    target.querySelector("input, select, .bulk-panel button")?.focus();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (!bar.classList.contains("on")) return;
    // In a box, Enter goes to the bar, which is as far away as the list is long. It would press the first button there.
    if (event.key === "Enter" && event.target.matches?.('[form="bulk"][name="voice"]')) {
      event.preventDefault();
      bar.querySelector(".bulk-tools :is(summary, button)").focus();
    }
    if (event.key !== "Escape") return;
    const open = bar.querySelector("details[open]");
    if (open) {
      open.open = false;
      open.firstElementChild.focus();
    } else if (event.target.closest("#bulk") || event.target.form === form) form.reset();
  });
  // A download stays on the page, so its button must be enabled again.
  form.addEventListener("submit", ({ submitter }) => {
    if (submitter?.matches("[data-bulk-stays]")) setTimeout(() => ((submitter.ariaBusy = null), close()), 1500);
  });
  for (const name of ["htmx:afterSwap", "htmx:oobAfterSwap"]) document.addEventListener(name, update);
  addEventListener("pageshow", update);
  update();
}

if (bar) start();
