// Plays the previews one after the other. Whoever pauses, or plays another one, ends it.
const button = document.querySelector("[data-play-all]");
const audios = () => [...document.querySelectorAll(".compare audio")];
const start = (audio) => audio.closest(".player").querySelector(".play").click();
let current = null;

function show(audio) {
  current = audio;
  button.querySelector("[data-play]").hidden = Boolean(audio);
  button.querySelector("[data-stop]").hidden = !audio;
}
function playNext() {
  const every = audios();
  const next = every[every.indexOf(current) + 1];
  show(next ?? null);
  if (next) start(next);
}
function stop() {
  const audio = current;
  show(null);
  audio?.pause();
}

if (button && audios().length) {
  button.hidden = false;
  button.addEventListener("click", () => (current ? stop() : playNext()));
  const listen = (name, then) =>
    document.addEventListener(name, ({ target }) => target === current && then(target), true);
  listen("ended", playNext);
  listen("error", playNext);
  listen("pause", (audio) => audio.ended || show(null));
}
