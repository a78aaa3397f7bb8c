// "Add another" below headers, dictionaries and lists: a copy of the last line, empty.
const added = (id, number) => (id ? `${id.replace(/-\d+$/, "")}-${number}` : id);

for (const button of document.querySelectorAll("[data-add-row]")) {
  const lines = button.closest("fieldset").querySelector("[data-rows]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const line = lines.lastElementChild.cloneNode(true);
    const number = lines.children.length + 1;
    for (const input of line.querySelectorAll("input")) {
      input.value = "";
      input.placeholder = "";
      input.id = added(input.id, number);
    }
    for (const label of line.querySelectorAll("label")) label.htmlFor = added(label.htmlFor, number);
    lines.append(line);
    line.querySelector("input").focus();
  });
}
