// One neuron of a trained network can be moved, by its bump or by its weights; the fit follows.

EXPLORERS.one_neuron = (root, model, engine) => {
  const neurons = Array.from({ length: model.get("n") }, (_, k) => [k, String(k + 1)]);
  let run = null, order = [], high = 1; // the scale of heights

  const top = controls(root);
  const which = choice(top, "neuron", neurons, (neuron) => putData({ neuron }));
  button(top, "back to the trained network", () => putData({ moved: null }));
  const view = drawing(root, "A network, and the bumps of its neurons", () => 400, place, draw);
  const output = outputView(view.picture), bumps = bumpsView(view.picture, "input");
  const { part } = bumps;
  part.order("hull", "sample-ticks", "bumps", "prototypes", "own");
  function place(width) {
    output.place({ left: 64, top: 20, width: width - 76, height: 130 });
    bumps.place({ left: 64, top: 182, width: width - 76, height: 180 });
  }

  // the network with what was moved, and the neuron that is chosen by its rank from the left
  const network = () => ({ ...run.parameters, ...model.get("data").moved });
  function own() {
    const { w, b, v } = network(), j = order[model.get("data").neuron] ?? 0;
    return { j, w: w[j], b: b[j], v: v[j], p: -b[j] / w[j] };
  }
  const putData = (values, done) => put(model, { data: { ...model.get("data"), ...values } }, done);
  function change(values, done) {
    const { j } = own(), all = network(), moved = {};
    for (const name of ["w", "b", "v"])
      moved[name] = Array.from(all[name], (value, k) => (k === j ? values[name] ?? value : value));
    putData({ moved }, done);
  }

  const grips = handles(part, "grips", () => {
    const { p, v } = own(), x = rim(p);
    const ring = `M${part.x(x) - 7} ${part.y(v)}a7 7 0 1 0 14 0a7 7 0 1 0 -14 0`;
    return [{ x, y: v, up: true, d: ring, label: "top of the bump" },
      { x, y: 0, d: triangle(part.x(x), part.y(0)), label: "prototype" }];
  }, (k, x, y, done) => change({ b: -own().w * x, v: k ? null : between(-high, y, high) }, done));

  const below = controls(root), tenths = (most) => spread(-most, most, 20 * most + 1);
  const sliders = Object.entries({
    w: ["input weight w", tenths(8).filter((w) => Math.abs(w) > 0.25)],
    b: ["bias b", tenths(10)],
    v: ["output weight v", spread(-2, 2, 81)],
  }).map(([name, [label, values]]) => [name, slider(below, label, values,
    (value) => digits(value, 3), (value) => change({ [name]: value }))]);
  return training(root, model, engine, view, {})();

  function draw([one]) {
    const { choices: { start: begin, tau }, parameters } = one;
    if (one !== run) {
      const p = prototypes(parameters);
      order = [...p.keys()].sort((i, j) => p[i] - p[j]);
      high = 2 ** Math.ceil(Math.log2(1.2 * Math.max(...parameters.v.map(Math.abs))));
    }
    run = one;
    const all = network(), now = own(), { w, b, v, p } = now;
    const { neuron, moved: any } = model.get("data");
    high = Math.max(high, Math.abs(v));
    which(neuron);
    for (const [name, show] of sliders) show(now[name]);
    output.draw(begin, all);
    bumps.draw(begin, all, high);
    part.paths("own", [bumpLine(w, p, v)]);
    grips();
    const fit = (network) => digits(lossesAndForces(begin, network, tau).losses.fit);
    const width = 1 / (Math.SQRT2 * Math.abs(w));
    const words = `Neuron ${neuron + 1}: prototype −b/w = ${digits(p)}, width ${digits(width)}, ` +
      `height ${digits(v)}. Fit loss ${fit(all)}` +
      `${any ? `; as trained it was ${fit(parameters)}.` : ", as trained."}`;
    return { shown: [run.digest, neuron, w, b, v].join(" "), words };
  }
};
