// Fresh tokens for a form that stays open: after a new login, and when a step back shows the page as it was left.
let isStale = false;

async function renew() {
  if (!isStale || document.hidden) return;
  const answer = await fetch(location.href).catch(() => null);
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const fresh = page.querySelector("[name=form_token]")?.form;
  if (!fresh || !isStale) return;
  isStale = false;
  for (const name of ["csrfmiddlewaretoken", "form_token"]) {
    const { value } = fresh.querySelector(`[name=${name}]`);
    document.querySelectorAll(`[name=${name}]`).forEach((field) => (field.value = value));
  }
  document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
  document.dispatchEvent(new CustomEvent("studio:token-renewed"));
}
function outdated() {
  isStale = true;
  return renew();
}
document.addEventListener("studio:token-refused", outdated);
document.addEventListener("visibilitychange", renew);
addEventListener("pageshow", ({ persisted }) => persisted && outdated());
