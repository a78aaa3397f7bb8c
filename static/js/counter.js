// Counts the characters of limited fields as the server does: code points, after cleaning as in voices/kit/names.py.
// Not maxlength, which counts other units and cuts what is pasted.
const NEAR = 10; // a field without a help line of its own shows the count from here on
const KEPT = "\\t-\\r\\x1c-\\x20\\x85\\u200c\\u200d"; // white space and joiners
const BLANK = "\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u2800\\u3164\\uffa0";
const HIDDEN = new RegExp(`(?![${KEPT}])[\\p{Cc}\\p{Cf}\\p{Cs}${BLANK}]`, "gu");
const UNJOINED = /[\p{ASCII}\s\p{Lu}\p{Ll}\p{Lt}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u;
const mayJoin = (char) => char && !UNJOINED.test(char);

function oneJoiner(run, place, text) {
  const before = [...text.slice(0, place).replace(/[\p{M}\u200c\u200d]+$/u, "")].at(-1);
  const [after] = text.slice(place + run.length);
  return mayJoin(before) && mayJoin(after) ? run[0] : "";
}
function count(text) {
  const shown = text.replace(HIDDEN, "").replace(/[\u200c\u200d]+/g, oneJoiner).normalize("NFC");
  return [...shown.replace(/[\s\x1c-\x1f\x85]+/g, " ").trim()].length;
}

// The help line that the page has for the field, or one made for it.
function helpOf(field) {
  const help = document.querySelector(`[data-left="${field.id}"]`);
  if (help) return help;
  const made = Object.assign(document.createElement("p"), { className: "help", hidden: true });
  Object.assign(made.dataset, { left: field.id, near: "" });
  (field.closest(".order-line, .rename form") ?? field.parentElement.lastElementChild).after(made);
  return made;
}
const leftOf = (field) => Number(field.dataset.most) - count(field.value);
function messageOf(left) {
  const characters = `${Math.abs(left)} character${Math.abs(left) === 1 ? "" : "s"}`;
  return left < 0 ? `${characters} too many` : `${characters} left`;
}
function update(field) {
  const [help, left] = [helpOf(field), leftOf(field)];
  help.dataset.first ??= help.textContent;
  help.textContent = field.value ? messageOf(left) : help.dataset.first;
  help.classList.toggle("over", left < 0);
  if ("near" in help.dataset) help.hidden = left >= NEAR;
}

const LIMITED = "input[data-most]:not([type=file], :disabled), textarea[data-most]:not(:disabled)";
document.addEventListener("input", ({ target }) => target.matches(LIMITED) && update(target));
// What is too long stays here, with all that was typed, unless the form comes back with its errors.
document.addEventListener("submit", (event) => {
  const part = event.submitter?.closest("details, form") ?? event.target;
  const fields = [...part.querySelectorAll(LIMITED)].filter((one) => one.form === event.target);
  const field = fields.find((one) => leftOf(one) < 0);
  if (!field || event.target.noValidate) return;
  event.preventDefault();
  const detail = { text: messageOf(leftOf(field)), shown: true, bad: true };
  document.dispatchEvent(new CustomEvent("studio:say", { detail }));
  field.focus();
}, true);
const updateAll = () => document.querySelectorAll(LIMITED).forEach(update);
// When htmx settles, it restores the class that the server sent.
for (const kind of ["htmx:afterSwap", "htmx:afterSettle"]) document.addEventListener(kind, updateAll);
addEventListener("pageshow", updateAll);
updateAll();
