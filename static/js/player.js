// Our controls for the native audio element: play and pause, seek on the waveform, time, error messages.
// Players that htmx loads are enhanced too, and start if they were loaded by a click. Only one plays at a time, and a
// preview that was still being fetched when it was clicked does not interrupt another one.
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const delayed = new Set();
const isPlaying = () => [...document.querySelectorAll("audio")].some((audio) => !audio.paused);
let focused = "";

function enhance(player) {
  const find = (selector) => player.querySelector(selector);
  const [audio, face, button, range, track] = ["audio", ".player-face", ".play", "input", ".track"].map(find);
  const [now, total, trouble] = [".clock b", ".clock span", ".trouble"].map(find);
  const name = button.ariaLabel.replace(/^Play /, "");
  const length = () => (Number.isFinite(audio.duration) ? audio.duration : Number(range.max)) || 0;

  function show(seconds = audio.currentTime) {
    const part = length() ? Math.min(1, seconds / length()) : 0;
    track.style.setProperty("--played", part);
    range.value = seconds;
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
    trouble.textContent = "Couldn't play the preview. Press play to try again.";
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
    document.querySelectorAll("audio").forEach((other) => other === audio || other.pause());
    setState(audio.readyState > 2 ? "playing" : "loading");
  });
  audio.addEventListener("playing", () => (setState("playing"), run()));
  audio.addEventListener("waiting", () => setState("loading"));
  audio.addEventListener("pause", () => setState("paused"));
  audio.addEventListener("ended", () => (setState("paused"), seek(0)));
  audio.addEventListener("error", fail);
  audio.addEventListener("durationchange", () => {
    range.max = length();
    total.textContent = clock(Math.round(length()));
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

  audio.hidden = true;
  face.hidden = false;
  player.removeAttribute("data-player");
  if (focused === button.id) button.focus({ preventScroll: true });
  if ("autoplay" in player.dataset && !(delayed.has(player.id) && isPlaying())) start();
}

const enhanceAll = (root) => {
  if (root.matches?.(".player.waiting")) delayed.add(root.id);
  if (root.matches?.("[data-player]")) enhance(root);
  root.querySelectorAll?.("[data-player]").forEach(enhance);
};
document.addEventListener("htmx:beforeSwap", () => (focused = document.activeElement?.id ?? ""));
document.addEventListener("htmx:afterSwap", ({ target }) => enhanceAll(target));
enhanceAll(document);
