// Menus and panels made of <details> keep within the window, and close on a click elsewhere and on Escape.
document.addEventListener("toggle", ({ target }) => {
  const panel = target.open && target.querySelector(":scope > :is(.filter-panel, .menu)");
  if (!panel) return;
  panel.classList.remove("end");
  panel.classList.toggle("end", panel.getBoundingClientRect().right > document.documentElement.clientWidth - 8);
}, true);
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

// Links back to the library lead to the search and filters that this tab last showed there.
if (document.querySelector("main.library")) {
  addEventListener("pagehide", () => sessionStorage.setItem("library", location.search));
} else {
  const search = sessionStorage.getItem("library") ?? "";
  document.querySelectorAll("[data-to-library]").forEach((link) => (link.search = search));
}
