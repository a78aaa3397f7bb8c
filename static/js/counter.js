// How many characters are left, beside the field, counted as people see them.
const count = (text) => [...text.trim()].length;

function tell(help) {
  const field = document.getElementById(help.dataset.left);
  help.dataset.first ??= help.textContent;
  const left = Number(field.dataset.most) - count(field.value);
  const many = (number) => `${number} character${number === 1 ? "" : "s"}`;
  help.textContent = !field.value ? help.dataset.first : left < 0 ? `${many(-left)} too many` : `${many(left)} left`;
  help.classList.toggle("over", left < 0);
}

const all = () => document.querySelectorAll("[data-left]");
document.addEventListener("input", ({ target }) => all().forEach((help) => help.dataset.left === target.id && tell(help)));
const tellAll = () => all().forEach(tell);
// At settle htmx puts back the class that the server sent.
for (const kind of ["htmx:afterSwap", "htmx:afterSettle"]) document.addEventListener(kind, tellAll);
addEventListener("pageshow", tellAll);
tellAll();
