// What readers press and push. Each control returns a function that shows a value.

const controls = (parent) => element("div", { className: "explorer-controls" }, parent);

function button(parent, words, act) {
  const made = element("button", { type: "button", textContent: words }, parent);
  made.addEventListener("click", act);
  return made;
}

// Categories are buttons; `options` are [value, words].
function choice(parent, label, options, change) {
  const group = element("div", { className: "explorer-choice" }, parent);
  set(group, { role: "group", "aria-label": label });
  element("span", { textContent: label }, group);
  const buttons = options.map(([value, words]) => button(group, words, () => change(value)));
  return (value) =>
    buttons.forEach((made, k) => made.setAttribute("aria-pressed", options[k][0] === value));
}

// A quantity is a slider over its stops; `text` gives the words for a stop.
function slider(parent, label, stops, text, change) {
  const row = element("label", { className: "explorer-slider" }, parent);
  element("span", { textContent: label }, row);
  const input = element("input", { type: "range", min: 0 }, row);
  const words = element("output", {}, row);
  const even = (value) => Math.asinh(1e9 * value); // as a logarithm, with 0 and minus
  const show = (value, over = stops) => {
    stops = over;
    input.max = stops.length - 1;
    input.value = nearestIndex(stops, (stop) => Math.abs(even(stop) - even(value)));
    words.textContent = text(value);
    input.setAttribute("aria-valuetext", text(value));
  };
  input.addEventListener("input", () => {
    const value = stops[input.value];
    show(value);
    change(value);
  });
  return Object.assign(show, { row });
}

// A seed can be typed, and the next one is a button away.
function seedBox(parent, change) {
  const row = element("div", { className: "explorer-choice" }, parent);
  const label = element("label", {}, row);
  element("span", { textContent: "seed" }, label);
  const input = element("input", { type: "number", min: 0, max: 2 ** 31 - 1, step: 1 }, label);
  const go = (seed) => {
    input.value = between(0, Math.round(seed) || 0, 2 ** 31 - 1);
    change(Number(input.value));
  };
  input.addEventListener("change", () => go(input.value));
  button(row, "next seed", () => go(Number(input.value) + 1));
  return (seed) => (input.value = seed);
}

// Words for those who do not see the picture, and for those who do: said once the hand rests.
function spoken(parent) {
  const line = element("p", { className: "explorer-words" }, parent);
  const aloud = element("p", { className: "explorer-aloud" }, parent);
  aloud.setAttribute("aria-live", "polite");
  let rest = null;
  return (words) => {
    line.textContent = words;
    clearTimeout(rest);
    rest = setTimeout(() => (aloud.textContent = words), 600);
  };
}

// A run's steps, to look at one after the other: `change(step)`. What it returns shows one of the
// stops and gives its index; `play(on)` goes through all.
function scrubber(parent, change) {
  const row = element("div", { className: "explorer-scrubber" }, parent), SECONDS = 6;
  let at = [0], k = 0, timer = null;
  const toggle = set(button(row, "", () => play(timer === null)), { "aria-label": "play" });
  const play = (on) => {
    clearInterval(timer);
    timer = null;
    toggle.textContent = on ? "❚❚ pause" : "▶ play";
    toggle.setAttribute("aria-pressed", on);
    if (!on) return;
    const last = at.length - 1, next = () => (k < last ? change(at[k + 1]) : play(false));
    if (k >= last) change(0);
    timer = setInterval(next, (1000 * SECONDS) / last);
  };
  play(false);
  const input = slider(row, "step", at, whole, (step) => {
    play(false);
    change(step);
  });
  const show = (step, stops) => {
    at = stops;
    k = Math.max(0, at.findLastIndex((stop) => stop <= step));
    input(at[k], at);
    return k;
  };
  return Object.assign(show, { play });
}
