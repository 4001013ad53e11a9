// One front end, two lives: in JupyterLab each picture comes from the kernel, on a built page from
// a table of pictures that were drawn in the build. `show(at)` resolves to {src, words}.

const SPEEDS = [0.5, 1, 2, 4];

function element(tag, attributes, parent) {
  const made = Object.assign(document.createElement(tag), attributes);
  parent?.append(made);
  return made;
}

export function mount(root, spec, show) {
  const at = [...spec.at];
  const last = spec.play ?? 0;
  let wanted = false, busy = false, timer = null;
  const picture = root.querySelector("img") ?? element("img", { alt: spec.alt }, root);
  const bar = element("div", { className: "player-controls" }, root);
  const words = element("p", { className: "player-words" }, root);
  words.setAttribute("aria-live", "polite");

  const sliders = spec.controls.map(({ label, stops }, k) => {
    const row = element("label", { className: "player-row" }, bar);
    element("span", { textContent: label }, row);
    const slider = element("input", { type: "range", min: 0, max: stops.length - 1 }, row);
    const value = element("output", {}, row);
    slider.addEventListener("input", () => {
      play(false); // what the reader moves stays where it was put
      move(k, Number(slider.value));
    });
    return { slider, value, stops };
  });
  const buttons = element("div", { className: "player-buttons" }, bar);
  const button = (name, sign, act) => {
    const made = element("button", { type: "button", textContent: sign, title: name }, buttons);
    made.setAttribute("aria-label", `${name}: ${spec.controls[last].label}`);
    made.addEventListener("click", act);
    return made;
  };
  button("step back", "◂", () => step(-1));
  const toggle = button("play", "▶", () => play(timer === null));
  button("step forward", "▸", () => step(1));
  const speed = element("select", { title: "speed" }, buttons);
  speed.setAttribute("aria-label", "speed");
  SPEEDS.forEach((s) => element("option", { value: s, textContent: `${s}×`, selected: s === 1 }, speed));

  async function update() {
    sliders.forEach(({ slider, value, stops }, k) => {
      slider.value = at[k];
      value.textContent = stops[at[k]];
      slider.setAttribute("aria-valuetext", stops[at[k]]);
    });
    wanted = true;
    if (busy) return; // the picture under way is followed by the newest position, not by every one
    busy = true;
    while (wanted) {
      wanted = false;
      const { src, words: said } = await show([...at]);
      const next = new Image();
      next.src = src;
      await next.decode().catch(() => {}); // decoded before it is shown: nothing flickers
      picture.src = src;
      picture.alt = `${spec.alt} ${said}`;
      words.textContent = said;
      root.dataset.shown = at.join(" ");
    }
    busy = false;
  }
  function move(k, position) {
    at[k] = Math.min(Math.max(position, 0), sliders[k].stops.length - 1);
    return update();
  }
  function step(by) {
    play(false);
    return move(last, at[last] + by);
  }
  function play(on) {
    clearTimeout(timer);
    timer = null;
    toggle.textContent = on ? "❚❚" : "▶";
    toggle.setAttribute("aria-pressed", on);
    if (!on) return;
    const end = sliders[last].stops.length - 1;
    const tick = async () => {
      await move(last, at[last] + 1);
      if (timer !== null) at[last] < end ? wait() : play(false);
    };
    const wait = () => (timer = setTimeout(tick, 1000 / (spec.fps * speed.value)));
    if (at[last] === end) move(last, 0);
    wait();
  }
  root.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target.matches("button, select")) return;
    event.preventDefault();
    play(timer === null);
  });
  if (spec.box) {
    // A click into the box (left, top, width, height as shares of the picture) names two positions.
    picture.classList.add("player-map");
    picture.addEventListener("click", (event) => {
      const [left, top, width, height] = spec.box, area = picture.getBoundingClientRect();
      const x = ((event.clientX - area.left) / area.width - left) / width;
      const y = 1 - ((event.clientY - area.top) / area.height - top) / height;
      if (Math.min(x, y) < 0 || Math.max(x, y) >= 1) return;
      [x, y].forEach((share, k) => (at[k] = Math.floor(share * sliders[k].stops.length)));
      update();
    });
  }
  update();
  if (spec.autoplay) startWhenSeen();
  return () => play(false);

  function startWhenSeen() {
    // Before a print it stands at its end: there the picture is the one that the page began with.
    const printed = picture.src;
    addEventListener("beforeprint", () => {
      play(false);
      at[last] = sliders[last].stops.length - 1;
      picture.src = printed;
      update();
    });
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const seen = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        seen.disconnect();
        play(true);
      },
      { threshold: 0.6 },
    );
    seen.observe(picture);
  }
}

export function still(root, spec) {
  const place = (at) => at.reduce((sum, k, i) => sum * spec.controls[i].stops.length + k, 0);
  return mount(root, spec, async (at) => {
    const { picture, words } = spec.frames[place(at)];
    return { src: spec.pictures[picture], words };
  });
}

function render({ model, el }) {
  el.classList.add("player");
  let url = null;
  const drawn = () => {
    URL.revokeObjectURL(url);
    url = URL.createObjectURL(new Blob([model.get("picture")], { type: "image/png" }));
    return { src: url, words: model.get("words") };
  };
  const show = (at) =>
    new Promise((done) => {
      const same = () => String(model.get("drawn")) === String(at);
      if (same()) return done(drawn());
      const check = () => same() && (model.off("change:drawn", check), done(drawn()));
      model.on("change:drawn", check);
      model.set("at", at);
      model.save_changes();
    });
  return mount(el, { ...model.get("spec"), at: model.get("at") }, show);
}

export default { render };
