// Our controls for the native audio element: play and pause, seek on the waveform, time, error messages.
// Players that htmx loads are enhanced too, and start if they were loaded by a click. Only one plays at a time, and a
// preview that was still being fetched when it was clicked does not interrupt another one.
const whole = (seconds) => Math.floor(seconds + 0.005); // as the server rounds (templatetags/studio.py)
const clock = (seconds) => `${Math.floor(whole(seconds) / 60)}:${String(whole(seconds) % 60).padStart(2, "0")}`;
const delayed = new Set();
const idle = new Map(); // what a row showed before its player was loaded, by the player's id
let playing = null;
const isPlaying = () => [...document.querySelectorAll("audio")].some((audio) => !audio.paused);
let focused = "";

// Show a row's facts and its play link again, with the focus kept. Return false outside of a list.
function collapse(player) {
  const before = player && idle.get(player.id);
  if (!before) return false;
  const hadFocus = player.contains(document.activeElement);
  player.replaceWith(before);
  htmx.process(before);
  if (hadFocus) before.querySelector(".play").focus({ preventScroll: true });
  return true;
}

function enhance(player) {
  const find = (selector) => player.querySelector(selector);
  const [audio, button, range, track] = ["audio", ".play", "input", ".track"].map(find);
  const [now, total, trouble] = [".clock b", ".clock span", ".trouble"].map(find);
  const name = button.ariaLabel.replace(/^Play /, "");
  const length = () => (Number.isFinite(audio.duration) ? audio.duration : Number(range.max)) || 0;

  function show(seconds = audio.currentTime) {
    const part = length() ? Math.min(1, seconds / length()) : 0;
    track.style.setProperty("--played", part);
    range.value = seconds;
    if ("inPercent" in range.dataset) return range.setAttribute("aria-valuetext", `${Math.round(part * 100)} %`);
    if (now.textContent === clock(seconds)) return;
    now.textContent = clock(seconds);
    range.setAttribute("aria-valuetext", `${clock(seconds)} of ${clock(length())}`);
  }
  function setState(state) {
    player.dataset.state = state;
    button.ariaLabel = `${audio.paused ? "Play" : "Pause"} ${name}`;
  }
  function fail() {
    setState("error");
    trouble.textContent = player.dataset.trouble ?? "Couldn't play the preview. Press play to try again.";
    trouble.hidden = false;
  }
  function start() {
    if (audio.error) audio.load();
    trouble.hidden = true;
    // Blocked by the browser (no gesture) or interrupted by a pause: the button stays ready.
    audio.play().catch(() => audio.error || setState("paused"));
  }
  function run() {
    show();
    if (!audio.paused && player.isConnected) requestAnimationFrame(run);
  }
  function seek(seconds) {
    audio.currentTime = Math.max(0, Math.min(length(), seconds));
    show(audio.currentTime);
  }
  const toggle = () => (audio.paused ? start() : audio.pause());

  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) {
      if (other === audio) continue;
      other.pause();
      collapse(other.closest(".row > .player"));
    }
    setState(audio.readyState > 2 ? "playing" : "loading");
  });
  audio.addEventListener("playing", () => (setState("playing"), run()));
  audio.addEventListener("waiting", () => setState("loading"));
  audio.addEventListener("pause", () => setState("paused"));
  audio.addEventListener("ended", () => collapse(player.closest(".row > .player")) || (setState("paused"), seek(0)));
  audio.addEventListener("error", fail);
  audio.addEventListener("durationchange", () => {
    range.max = length();
    if (total) total.textContent = clock(length());
  });
  button.addEventListener("click", toggle);
  range.addEventListener("input", () => seek(Number(range.value)));
  range.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
    if (by) seek(audio.currentTime + by);
    else if (event.key === " ") toggle();
    else return;
    event.preventDefault();
  });
  button.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) (seek(audio.currentTime + by), event.preventDefault());
  });

  audio.hidden = true; // for browsers that cannot tell style sheets whether there is script
  player.removeAttribute("data-player");
  if (focused === button.id) button.focus({ preventScroll: true });
  if ("autoplay" in player.dataset && !(delayed.has(player.id) && isPlaying())) start();
}

const enhanceAll = (root) => {
  if (root.matches?.(".player.waiting")) delayed.add(root.id);
  if (root.matches?.("[data-player]")) enhance(root);
  root.querySelectorAll?.("[data-player]").forEach(enhance);
};
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  focused = document.activeElement?.id ?? "";
  playing = [...detail.target.querySelectorAll("audio")].find((audio) => !audio.paused)?.closest(".player");
  if (!detail.target.matches(".player.idle")) return;
  const copy = detail.target.cloneNode(true);
  copy.querySelector(".play").classList.remove("htmx-request");
  idle.set(copy.id, copy);
});
// A play link looks like a button: Space presses it, too.
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches?.("a.play")) return;
  event.preventDefault();
  event.target.click();
});
document.addEventListener("htmx:afterSwap", ({ target }) => {
  // What plays plays on in the new list, if it is there: an element that is back in the same task is not paused.
  if (playing && !playing.isConnected) document.getElementById(playing.id)?.replaceWith(playing);
  playing = null;
  enhanceAll(target);
});
enhanceAll(document);
