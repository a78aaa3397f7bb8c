// Choosing a part of the recording: two handles on the waveform that move the fields for start and end.
const REACH = 2; // seconds: further away there is no pause to move into (voices/audio/report/pauses.py)
const STEPS = { ArrowRight: 0.1, ArrowUp: 0.1, ArrowLeft: -0.1, ArrowDown: -0.1, PageUp: 5, PageDown: -5 };
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const tenths = (seconds) => Math.round(seconds * 10) / 10;

function clock(seconds) {
  const [minutes, rest] = [Math.floor(seconds / 60), (seconds % 60).toFixed(1)];
  return minutes ? `${minutes} min ${rest} s` : `${rest} s`;
}

function enhance(part) {
  const find = (selector) => part.querySelector(selector);
  const [wave, chosen, edit, unapplied] = [".soundwave", "rect.chosen", ".edit", "[data-unapplied]"].map(find);
  const [snapped, apply, legend] = ["[name=snapped]", "#part-apply", ".legend .chosen"].map(find);
  const fields = { start: find("#id_start"), end: find("#id_end") };
  if (!wave || !fields.start) return;
  const handles = { start: find("[data-handle=start]"), end: find("[data-handle=end]") };
  const [seconds, least] = [Number(part.dataset.seconds), Number(part.dataset.least)];
  const cuts = part.dataset.cuts.split(" ").map((one) => one.split("-").map(Number));
  const at = (name) => clamp(Number(fields[name].value) || (name === "end" ? seconds : 0), 0, seconds);
  const inputs = [...edit.querySelectorAll("input:not([type=hidden])")];
  const values = () => inputs.map((one) => (one.type === "checkbox" ? one.checked : Number(one.value))).join();
  const before = values();

  function snap(moment) {
    const near = cuts.map(([from, to]) => clamp(moment, from, to));
    const [best] = near.sort((one, other) => Math.abs(one - moment) - Math.abs(other - moment));
    return Math.abs(best - moment) <= REACH ? best : moment;
  }
  function move(name, moment) {
    const [low, high] = name === "start" ? [0, at("end") - least] : [at("start") + least, seconds];
    fields[name].value = tenths(clamp(moment, Math.min(low, high), Math.max(low, high)));
    show();
  }
  function show() {
    const [start, end] = [at("start"), at("end")];
    chosen.setAttribute("x", (start / seconds) * 1000);
    chosen.setAttribute("width", (Math.max(0, end - start) / seconds) * 1000);
    for (const [name, handle] of Object.entries(handles)) {
      handle.style.setProperty("--at", at(name) / seconds);
      handle.ariaValueMin = name === "end" ? tenths(start + least) : 0;
      handle.ariaValueMax = name === "start" ? Math.max(0, tenths(end - least)) : seconds;
      handle.ariaValueNow = at(name);
      const length = clock(Math.max(0, end - start));
      handle.setAttribute("aria-valuetext", `${clock(at(name))} of ${clock(seconds)}, ${length} chosen`);
    }
    const isWhole = start === 0 && end === seconds;
    wave.classList.toggle("whole", isWhole);
    legend.hidden = isWhole;
    const isChanged = values() !== before;
    unapplied.hidden = !isChanged;
    apply.classList.toggle("primary", isChanged);
  }
  const moment = (event) => {
    const box = wave.getBoundingClientRect();
    return clamp((event.clientX - box.left) / box.width, 0, 1) * seconds;
  };

  for (const [name, handle] of Object.entries(handles)) {
    handle.hidden = false;
    handle.addEventListener("keydown", (event) => {
      const step = (STEPS[event.key] ?? 0) * (event.shiftKey ? 10 : 1);
      if (event.key === "Home") move(name, 0);
      else if (event.key === "End") move(name, seconds);
      else if (step) move(name, at(name) + step);
      else return;
      // As chosen, to the tenth: keys are for exactness.
      snapped.value = "1";
      event.preventDefault();
      edit.open = true;
    });
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      handle.focus();
      event.preventDefault();
    });
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) move(name, moment(event));
    });
    handle.addEventListener("pointerup", () => {
      move(name, snap(at(name)));
      snapped.value = "1";
      edit.open = true;
    });
  }
  part.addEventListener("input", ({ target }) => {
    if (Object.values(fields).includes(target)) snapped.value = "";
    show();
  });
  for (const field of Object.values(fields)) {
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // it would send the form
      apply.click();
    });
  }
  show();
}

// While it plays, a line on the waveform shows where in the recording that is.
document.addEventListener("timeupdate", ({ target }) => {
  const part = target.closest?.("[data-part]");
  const wave = part?.querySelector(".soundwave");
  if (!wave) return;
  const offset = target.closest("#player-sent") ? Number(part.dataset.from) : 0;
  wave.style.setProperty("--now", (offset + target.currentTime) / part.dataset.seconds);
  wave.classList.toggle("playing", !target.paused);
}, true);

const enhanceAll = (root) => root.querySelectorAll?.("[data-part]").forEach(enhance);
document.addEventListener("htmx:afterSwap", ({ target }) => enhanceAll(target));
enhanceAll(document);
