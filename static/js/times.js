// Times: the exact one on hover in the reader's time zone; relative ones are updated while the page is open.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function ago(seconds) {
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86400);
  if (days === 1) return "yesterday";
  return days < 30 ? `${days} days ago` : "";
}

function update(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    time.title = exact.format(at);
    const text = ago((Date.now() - at) / 1000);
    if (text && text !== time.textContent) time.textContent = text;
  }
}

update(document);
setInterval(() => update(document), 60_000);
document.addEventListener("htmx:afterSwap", ({ target }) => target.querySelectorAll && update(target));
