// Makes the list of languages searchable by English name, native name or tag. The hidden <select> is submitted.
function enhance(select) {
  const options = [...select.options];
  const box = document.createElement("div");
  const input = document.createElement("input");
  const list = document.createElement("ul");
  let at = -1;

  Object.assign(input, { type: "text", autocomplete: "off", spellcheck: false, role: "combobox", id: select.id });
  Object.assign(input, { ariaExpanded: "false", ariaAutoComplete: "list" });
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  input.setAttribute("aria-controls", "languages");
  Object.assign(list, { id: "languages", role: "listbox", ariaLabel: "Languages", className: "menu", hidden: true });
  box.className = "combo";
  const shown = () => select.selectedOptions[0]?.text ?? "";

  function close() {
    list.hidden = true;
    input.ariaExpanded = "false";
    input.removeAttribute("aria-activedescendant");
  }
  function choose(option) {
    if (option && select.value !== option.value) {
      select.value = option.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    input.value = shown();
    close();
  }
  function highlight(to) {
    const rows = list.querySelectorAll("[role=option]");
    if (!rows.length) return;
    at = (to + rows.length) % rows.length;
    rows.forEach((row, place) => (row.ariaSelected = String(place === at)));
    rows[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", rows[at].id);
  }
  function row(option, place) {
    const item = document.createElement("li");
    const tagLabel = document.createElement("small");
    tagLabel.textContent = option.value;
    item.append(option.text, tagLabel);
    Object.assign(item, { id: `language-${place}`, role: "option", ariaSelected: "false" });
    item.addEventListener("pointerdown", (event) => (event.preventDefault(), choose(option)));
    return item;
  }
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  function open(typed) {
    const found = options.filter((one) => fold(`${one.text} ${one.dataset.more}`).includes(fold(typed)));
    list.replaceChildren(...found.map(row));
    list.found = found;
    if (!found.length) {
      const textContent = "No matching language. You can also enter a tag such as de-LI.";
      list.append(Object.assign(document.createElement("li"), { className: "none", textContent }));
    }
    list.hidden = false;
    input.ariaExpanded = "true";
    at = -1;
    const place = typed ? 0 : found.indexOf(select.selectedOptions[0]);
    if (found.length) highlight(Math.max(0, place));
  }
  // A tag that is not in the list is sent as typed: the server knows more tags than the list.
  function commit() {
    const typed = input.value.trim();
    const same = options.find((one) => [one.text, one.value].some((text) => fold(text) === fold(typed)));
    if (!same && /^[a-z]{2,3}([-_][a-z0-9]{2,4})*$/i.test(typed)) {
      const added = new Option(typed, typed);
      select.add(added);
      options.push(added);
      return choose(added);
    }
    choose(same);
  }

  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => list.hidden && open(""));
  input.addEventListener("input", () => open(input.value));
  input.addEventListener("blur", commit);
  input.addEventListener("keydown", (event) => {
    const { key } = event;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (step) list.hidden ? open("") : highlight(at + step);
    else if (key === "Enter" && !list.hidden) list.found[at] ? choose(list.found[at]) : commit();
    else if (key === "Escape" && !list.hidden) choose();
    else return;
    event.preventDefault();
  });

  select.removeAttribute("data-combo");
  select.id = "";
  select.hidden = true;
  box.append(input, list);
  select.before(box);
  input.value = shown();
}

const all = () => document.querySelectorAll("select[data-combo]").forEach(enhance);
document.addEventListener("htmx:afterSwap", all);
all();
