// What several explorers show: each view is placed by `place(box)` and filled by `draw(...)`.

const REACH = 2; // of the input axis; what lies farther out stands at its rim
const rim = (p, reach = REACH) => between(-reach * 0.985, p, reach * 0.985);

const inputAxis = (label = "input", reach = REACH) => ({
  range: [-reach, reach], label,
  ticks: spread(-reach, reach, 2 * reach + 1).map((x) => [x, digits(x)]),
});

function hull(part, x) {
  const low = part.x(Math.min(...x)), width = part.x(Math.max(...x)) - low;
  part.marks("hull", "rect", [low], () => ({ x: low, width, y: 0, height: part.box.height }));
}

const tick = (part, x, y, half) => ({ d: `M${part.x(x)} ${part.y(y) - half}v${2 * half}` });
const ticks = (part, name, xs, y, half) =>
  part.marks(name, "path", xs, (x) => tick(part, x, y, half));

const triangles = (part, p, y, reach = REACH, size = 5) =>
  part.marks("prototypes", "path", p, (x) => ({
    d: triangle(part.x(rim(x, reach)), part.y(y), size) }));

const INPUTS = spread(-REACH, REACH, 161);
const TARGETS = INPUTS.map((x) => Math.sin(Math.PI * x));

function outputView(svg) {
  const part = panel(svg);
  return {
    place: (box) => part.place(box, { range: [-REACH, REACH] },
      { range: [-1.6, 1.6], ticks: [-1, 0, 1].map((y) => [y, digits(y)]), label: "output" },
      "target (dashed), network, samples"),
    draw({ x, y }, parameters) {
      hull(part, x);
      part.line("target", INPUTS, TARGETS);
      part.line("network", INPUTS, outputs(INPUTS, parameters));
      part.marks("samples", "circle", x, (at, i) => ({ cx: part.x(at), cy: part.y(y[i]), r: 3 }));
    },
  };
}

// A bump is drawn where it is seen: 3.2 / |w| from its prototype it is below 1e−4 of its height.
const ACROSS = spread(-3.2, 3.2, 33);
const SHAPE = ACROSS.map((z) => Math.exp(-z * z));
const bumpLine = (w, p, v) => ACROSS.map((z, k) => [p + z / Math.abs(w), v * SHAPE[k]]);

function bumpsView(svg, label = "") {
  const part = panel(svg), axis = label ? inputAxis(label) : { range: [-REACH, REACH] };
  let area = null, shown = null;
  return {
    part,
    place: (box) => ([area, shown] = [box, null]),
    draw({ x }, parameters, most = Math.max(...parameters.v.map(Math.abs))) {
      const { w, v } = parameters, p = prototypes(parameters);
      // a power of two, so that the scale rests while a bump grows
      const high = between(2 ** -10, 2 ** Math.ceil(Math.log2(most)), 2 ** 10) || 1;
      const marked = [-high / 2, 0, high / 2].map((y) => [y, digits(y)]);
      if (high !== shown) part.place(area, axis,
        { range: [-high, high], ticks: marked, label: "bumps" }, "bumps of the neurons");
      shown = high;
      hull(part, x);
      ticks(part, "sample-ticks", x, 0, 5);
      part.paths("bumps", Array.from(p, (at, j) => bumpLine(w[j], at, v[j])));
      triangles(part, p, 0);
    },
  };
}

// Rows from top to bottom: prototypes at the start, prototypes now, samples; lines say who became
// what. The first and the last row can be dragged: the model then has a start of its own.
function stripView(svg, model) {
  const part = panel(svg);
  part.order("hull", "trails", "links", "prototypes"); // below the handles
  let begin = null, p0 = null;
  const back = button(svg.parentNode, "undo dragging", () =>
    put(model, { samples: [], prototypes: [] }));
  // what was dragged keeps its place in the list: samples may pass each other
  const own = (trait, drawn) => (model.get(trait).length === drawn.length
    ? model.get(trait) : Array.from(drawn));
  const row = (name, label, trait, values, mark) => handles(part, name,
    () => values().map((x, k) => ({ label: `${label} ${k + 1}`, ...mark(rim(x)) })),
    (k, x, _, done) => put(model, { [trait]: values().with(k, x) }, done));
  const rows = [
    row("start", "prototype at the start", "prototypes", () => own("prototypes", p0),
      (x) => ({ x, y: 2, d: triangle(part.x(x), part.y(2)) })),
    row("samples-moved", "sample", "samples", () => own("samples", begin.x),
      (x) => ({ x, y: 0, ...tick(part, x, 0, 9) })),
  ];
  return {
    place: (box) => part.place(box, inputAxis(),
      { range: [-0.5, 2.5], rows: true, ticks: [[2, "start"], [1, "end"], [0, "samples"]] },
      "drag samples and starting prototypes"),
    draw(from, parameters) {
      [begin, p0] = [from, prototypes(from)];
      const p = prototypes(parameters), sorted = p.slice().sort();
      hull(part, begin.x);
      part.paths("trails", Array.from(p, (at, j) => [[rim(p0[j]), 2], [rim(at), 1]]));
      part.paths("links", Array.from(begin.x, (x, i) => [[x, 0], [rim(sorted[i]), 1]]));
      triangles(part, p, 1);
      rows.forEach((show) => show());
      back.disabled = !model.get("samples").length && !model.get("prototypes").length;
    },
  };
}

// A row of arrows for each loss. Lengths are logarithmic: 0.1 for a force of 1e−5, 0.5 for 0.1.
function forcesView(svg, reach = REACH) {
  const part = panel(svg);
  return {
    place: (box) => part.place(box, inputAxis("input", reach),
      { range: [-3.5, 0.5], rows: true, ticks: LOSSES.map((name, row) => [-row, name]) },
      "forces (logarithmic arrows)"),
    draw({ choices, parameters }) {
      const { start: begin, lam, tau } = choices, p = prototypes(parameters);
      const { forces } = lossesAndForces(begin, parameters, tau);
      const order = Array.from(p.keys()).sort((i, j) => p[i] - p[j]), n = p.length;
      hull(part, begin.x);
      LOSSES.forEach((name, row) => {
        const shown = activeOf(choices).includes(name) ? order : [];
        part.marks(`force ${name}`, "path", shown, (j, rank) => {
          const push = (lam[name] ?? 1) * forces[name][j], x = rim(p[j], reach), from = part.x(x);
          const far = 0.1 * Math.log10(1 + Math.abs(push) / 1e-6);
          const to = part.x(x + Math.sign(push) * far), y = part.y(0.35 - row - (0.7 * rank) / n);
          const head = between(-4, to - from, 4);
          return { d: `M${from} ${y}H${to}m${-head} -2.5L${to} ${y}l${-head} 2.5` };
        });
      });
    },
  };
}

// The losses that a run is trained on.
const activeOf = ({ mask }) => ["fit", ...active(mask)];

// The losses times λ; the history of a run is here [[step, losses], ...].
function lossesView(svg) {
  const part = panel(svg), LEAST = 1e-8;
  const axis = (values, text) => values.map((at) => [at, text(at)]);
  const steps = { range: [0, 20000], by: (step) => Math.log(step + 3), label: "step",
    ticks: axis([0, 10, 100, 1000, 10000], whole) };
  const sizes = { range: [LEAST, 20], by: Math.log10,
    ticks: axis([1e-8, 1e-6, 1e-4, 0.01, 1], (size) => digits(size)) };
  return {
    place: (box) => part.place(box, steps, sizes, "losses, times λ"),
    draw({ choices, history }) {
      const on = activeOf(choices), { lam } = choices, [, last] = history.at(-1);
      const at = (name, values) => Math.max((lam[name] ?? 1) * values[name], LEAST);
      const curve = (name) => history.map(([step, values]) => [step, at(name, values)]);
      for (const name of LOSSES)
        part.paths(`loss ${name}`, on.includes(name) ? [curve(name)] : []);
      // names stand at the ends, from below, and apart
      const ends = on.map((name) => ({ words: name, y: part.y(at(name, last)) - 4 }));
      ends.sort((one, other) => other.y - one.y).forEach((one, k) => {
        if (k) one.y = Math.min(one.y, ends[k - 1].y - 13);
      });
      const x = part.box.width - 4;
      part.marks("names", "text", ends, (one) => ({ x, "text-anchor": "end", ...one }));
    },
  };
}
