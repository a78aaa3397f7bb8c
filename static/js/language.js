// The list of languages becomes searchable: by English name, own name or tag. The <select> stays and is what is sent.
function dress(select) {
  const options = [...select.options];
  const box = document.createElement("div");
  const input = document.createElement("input");
  const list = document.createElement("ul");
  let at = -1;

  Object.assign(input, { type: "text", autocomplete: "off", spellcheck: false, role: "combobox", ariaExpanded: "false", ariaAutoComplete: "list", id: select.id });
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
    if (option) select.value = option.value;
    input.value = shown();
    close();
  }
  function point(to) {
    const rows = list.querySelectorAll("[role=option]");
    if (!rows.length) return;
    at = (to + rows.length) % rows.length;
    rows.forEach((row, place) => (row.ariaSelected = String(place === at)));
    rows[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", rows[at].id);
  }
  function row(option, place) {
    const item = document.createElement("li");
    const own = document.createElement("small");
    own.textContent = option.value;
    item.append(option.text, own);
    Object.assign(item, { id: `language-${place}`, role: "option", ariaSelected: "false" });
    item.addEventListener("pointerdown", (event) => (event.preventDefault(), choose(option)));
    return item;
  }
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  function open(typed) {
    const found = options.filter((one) => plain(`${one.text} ${one.dataset.more}`).includes(plain(typed)));
    list.replaceChildren(...found.map(row));
    list.found = found;
    if (!found.length) list.append(Object.assign(document.createElement("li"), { className: "none", textContent: "No matching language. You can also enter a tag such as de-LI." }));
    list.hidden = false;
    input.ariaExpanded = "true";
    at = -1;
    const place = typed ? 0 : found.indexOf(select.selectedOptions[0]);
    if (found.length) point(Math.max(0, place));
  }
  // What is typed and not in the list goes to the server as typed: it knows more tags than the list has.
  function settle() {
    const typed = input.value.trim();
    const same = options.find((one) => [one.text, one.value].some((text) => plain(text) === plain(typed)));
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
  input.addEventListener("blur", settle);
  input.addEventListener("keydown", (event) => {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") list.hidden ? open("") : point(at + (key === "ArrowDown" ? 1 : -1));
    else if (key === "Enter" && !list.hidden) list.found[at] ? choose(list.found[at]) : settle();
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

const all = () => document.querySelectorAll("select[data-combo]").forEach(dress);
document.addEventListener("htmx:afterSwap", all);
all();
