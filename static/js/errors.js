// A field's error goes when the field is changed, and with it its line in the list of errors.
document.addEventListener("input", ({ target }) => {
  const field = target.closest(".wrong");
  if (!field) return;
  field.classList.remove("wrong");
  for (const error of field.querySelectorAll(":scope > .error")) error.remove();
  for (const one of [field, ...field.querySelectorAll("[aria-invalid], [aria-describedby]")]) {
    one.ariaInvalid = null;
    const ids = (one.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => document.getElementById(id));
    ids.length ? one.setAttribute("aria-describedby", ids.join(" ")) : one.removeAttribute("aria-describedby");
  }
  const list = document.getElementById("form-errors");
  if (!list) return;
  const name = target.name || target.closest(".field").querySelector("[name]").name;
  const shown = [`#id_${name}`, `#${target.id}`, `#${field.id}`].map((link) => `a[href="${link}"]`);
  list.querySelector(shown.join())?.closest("li").remove();
  const left = list.querySelectorAll("li").length;
  list.hidden = !left;
  list.querySelector("b").textContent = left === 1 ? "Fix one thing to continue" : `Fix ${left} things to continue`;
});
