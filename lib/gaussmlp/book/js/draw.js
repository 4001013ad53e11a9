// A small toolkit for drawings that are redrawn at every frame: elements stay, attributes change.

const SVG = "http://www.w3.org/2000/svg";

function element(tag, attributes = {}, parent = null) {
  const made = Object.assign(document.createElement(tag), attributes);
  parent?.append(made);
  return made;
}

const set = (shape, { words, ...attributes }) => {
  // what is set again, though it is the same, is laid out again
  for (const [name, value] of Object.entries(attributes))
    if (shape.getAttribute(name) !== `${value}`) shape.setAttribute(name, value);
  if (words !== undefined && shape.textContent !== words) shape.textContent = words;
  return shape;
};

function shape(tag, attributes = {}, parent = null) {
  const made = set(document.createElementNS(SVG, tag), attributes);
  parent?.append(made);
  return made;
}

// One element for each item, made once and used again. What is not finite is not drawn.
function marks(group, tag, items, attributes) {
  const finite = (one) => !/NaN|Infinity/.test(Object.values(one).join(" "));
  const drawn = Array.from(items, attributes).filter(finite);
  while (group.children.length > drawn.length) group.lastChild.remove();
  while (group.children.length < drawn.length) shape(tag, {}, group);
  drawn.forEach((one, k) => set(group.children[k], one));
}

const path = (points) => points
  .filter(([x, y]) => Number.isFinite(x + y))
  .map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`)
  .join("");
const triangle = (x, y, r = 5) => `M${x - r} ${y + r}L${x} ${y - r}L${x + r} ${y + r}Z`;

const spread = (low, high, count) =>
  Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));

// the index of the item that is least far
const nearestIndex = (items, far) => {
  const all = items.map(far);
  return Math.max(0, all.indexOf(Math.min(...all)));
};

const between = (low, value, high) => Math.min(Math.max(value, low), high);

// Where an axis puts a value, in pixels: {range, by}, where `by` is what is shown evenly.
function scale({ range, by = (value) => value }, from, to) {
  const [low, high] = range.map(by);
  const place = (value) => from + ((by(value) - low) / (high - low)) * (to - from);
  place.inverse = (at) => low + ((at - from) / (to - from)) * (high - low);
  return place;
}

// A part of a drawing with axes of its own: {range, by, ticks: [[value, text]], label}. Rows have
// no lines at their ticks. What lies outside the range is cut off.
function panel(drawing) {
  const axes = shape("g", { class: "axes" }, drawing);
  const inside = shape("svg", {}, drawing);
  const ground = shape("rect", { class: "ground" }, inside); // so that empty parts can be pressed
  const layers = {}, own = { inside };
  const text = (words, x, y, anchor = "middle", more = {}) =>
    shape("text", { x, y, "text-anchor": anchor, words, ...more }, axes);
  own.place = (box, x, y, title) => {
    const { left, top, width, height } = box;
    Object.assign(own, { box, x: scale(x, 0, width), y: scale(y, height, 0) });
    set(inside, { x: left, y: top, width, height });
    set(ground, { width, height });
    axes.replaceChildren();
    set(axes, { transform: `translate(${left} ${top})` });
    for (const [value, words] of x.ticks ?? []) {
      shape("path", { d: `M${own.x(value)} 0v${height}` }, axes);
      text(words, own.x(value), height + 14);
    }
    for (const [value, words] of y.ticks ?? []) {
      if (!y.rows) shape("path", { d: `M0 ${own.y(value)}h${width}` }, axes);
      text(words, -6, own.y(value) + 4, "end");
    }
    if (x.label) text(x.label, width / 2, height + 30);
    const middle = { transform: `translate(${-(y.far ?? 38)} ${height / 2}) rotate(-90)` };
    if (y.label) text(y.label, 0, 0, "middle", middle);
    if (title) text(title, 0, -6, "start", { class: "title" });
    return own;
  };
  own.layer = (name) => (layers[name] ??= shape("g", { class: name }, inside));
  own.order = (...names) => names.forEach(own.layer); // from below
  own.marks = (name, tag, items, attributes) => marks(own.layer(name), tag, items, attributes);
  own.line = (name, xs, ys) => own.paths(name, [Array.from(xs, (x, k) => [x, ys[k]])]);
  own.paths = (name, lines) => {
    const near = (value) => between(-1e6, value, 1e6);
    const at = ([x, y]) => [own.x(near(x)), own.y(near(y))];
    own.marks(name, "path", lines, (points) => ({ d: path(points.map(at)) }));
  };
  own.under = ({ clientX, clientY }) => {
    const { left, top } = ground.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  return own;
}

// A drawing as wide as its place: `place(width)` puts its panels; `draw(runs)` fills them, and
// gives words for what is then shown, and a key that changes with it.
function drawing(root, label, height, place, draw) {
  const picture = shape("svg", { class: "explorer-drawing", role: "group" }, root);
  picture.setAttribute("aria-label", label);
  const view = { picture, runs: null, say: null };
  let width = 0;
  view.redraw = () => {
    if (!view.runs || !width) return;
    const { shown, words } = draw(view.runs);
    root.dataset.shown = shown;
    view.say(words);
  };
  view.show = (runs) => {
    view.runs = runs;
    view.redraw();
  };
  new ResizeObserver(() => {
    const wide = Math.max(280, Math.floor(root.clientWidth));
    if (wide === width) return;
    width = wide;
    const tall = height(width);
    set(picture, { width, height: tall, viewBox: `0 0 ${width} ${tall}` });
    place(width);
    view.redraw();
  }).observe(root);
  return view;
}

// `act(x, y)` where a panel is pressed, and where a mouse is dragged over it: a finger scrolls.
function pressed(part, act) {
  part.inside.style.cursor = "pointer";
  part.inside.addEventListener("click", (event) => act(...part.under(event)));
  part.inside.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "touch" && event.buttons === 1) act(...part.under(event));
  });
}

// Handles on a panel: the nearest one within a finger's width is dragged, arrow keys move the one
// in focus or go to its neighbours. `get()` gives [{x, y, up, d, label}], where `up` goes up and
// down too; `move(k, x, y, done)` moves as far as the pointer went: a mere press does not.
function handles(part, name, get, move) {
  const FINGER = 24, STILL = 3, group = part.layer(name), clip = (value) => between(-2, value, 2);
  let held = null, chosen = 0;
  const show = () => {
    const items = get();
    chosen = between(0, chosen, items.length - 1);
    part.marks(name, "path", items, ({ x, d, label }, k) => ({
      d, role: "slider", "aria-label": label, tabindex: k === chosen ? 0 : -1,
      "aria-valuenow": x.toFixed(3), "aria-valuemin": -2, "aria-valuemax": 2,
      "aria-valuetext": digits(x, 3),
    }));
  };
  const focus = (k, focusVisible) => {
    chosen = between(0, k, get().length - 1);
    show();
    group.children[chosen].focus({ preventScroll: true, focusVisible });
  };
  part.inside.addEventListener("pointerdown", (event) => {
    const [x, y] = part.under(event), items = get();
    const far = (item) => Math.hypot(part.x(item.x) - x, part.y(item.y) - y);
    const k = nearestIndex(items, far);
    if (event.button || event.defaultPrevented || !items.length || far(items[k]) > FINGER) return;
    event.preventDefault();
    part.inside.setPointerCapture(event.pointerId);
    held = { k, up: items[k].up, from: [x, y], at: [part.x(items[k].x), part.y(items[k].y)] };
    focus(k, false);
  });
  // a finger that holds what goes up and down does not scroll; browsers know no style for a panel
  part.inside.addEventListener("touchstart", (event) => held?.up && event.preventDefault(),
    { passive: false });
  part.inside.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [dx, dy] = part.under(event).map((to, axis) => to - held.from[axis]);
    if (!held.last && Math.hypot(dx, held.up ? dy : 0) < STILL) return;
    held.last = [clip(part.x.inverse(held.at[0] + dx)), part.y.inverse(held.at[1] + dy)];
    move(held.k, ...held.last, false);
  });
  // at its end, or where a browser scrolls instead: then the event has no place of its own
  part.inside.addEventListener("lostpointercapture", () => {
    if (held?.last) move(held.k, ...held.last, true);
    held = null;
  });
  group.addEventListener("keydown", (event) => {
    chosen = [...group.children].indexOf(event.target);
    const { x, y } = get()[chosen], by = event.shiftKey ? 0.1 : 0.01;
    const right = { ArrowLeft: -by, ArrowRight: by }[event.key];
    const next = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!right && !next) return;
    event.preventDefault();
    if (right) move(chosen, clip(x + right), y, true);
    else focus(chosen + next, true);
  });
  return show;
}
