// Shows how many characters are left, counted in code points.
const count = (text) => [...text.trim()].length;

function update(help) {
  const field = document.getElementById(help.dataset.left);
  help.dataset.first ??= help.textContent;
  const left = Number(field.dataset.most) - count(field.value);
  const characters = (number) => `${number} character${number === 1 ? "" : "s"}`;
  const message = left < 0 ? `${characters(-left)} too many` : `${characters(left)} left`;
  help.textContent = field.value ? message : help.dataset.first;
  help.classList.toggle("over", left < 0);
}

const all = () => document.querySelectorAll("[data-left]");
document.addEventListener("input", ({ target }) => {
  all().forEach((help) => help.dataset.left === target.id && update(help));
});
const updateAll = () => all().forEach(update);
// When htmx settles, it restores the class that the server sent.
for (const kind of ["htmx:afterSwap", "htmx:afterSettle"]) document.addEventListener(kind, updateAll);
addEventListener("pageshow", updateAll);
updateAll();
