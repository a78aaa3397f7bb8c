// Menus and panels made of <details> close on a click elsewhere and on Escape.
const open = () => document.querySelectorAll(":is(.side, .chips, .views) details[open]");
addEventListener("click", ({ target }) => open().forEach((menu) => menu.contains(target) || (menu.open = false)));
addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  open().forEach((menu) => {
    menu.open = false;
    menu.firstElementChild.focus();
  });
});

// A fold that is open stays open when a swap brings it anew.
let opened = [];
addEventListener("htmx:beforeSwap", ({ detail }) => {
  opened = [...detail.target.querySelectorAll(".fold[open]")].map((fold) => fold.id);
});
addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  opened = [];
});
