// One temperature of separation after the other: the sweep's means, and a network trained there.

EXPLORERS.temperature = (root, model, engine) => {
  const { taus, means, nulls, seeds } = model.get("data"), masks = ["standard", "S", "CS"];

  const showChoices = choiceBar(root, model, { masks, sizes: Object.keys(nulls).map(Number) });
  const view = drawing(root, "Expelled shares over the temperature, and one network",
    (width) => (width < 560 ? 700 : 340), place, draw);
  const sweep = panel(view.picture), output = outputView(view.picture);
  const strip = stripView(view.picture, model);
  function place(full) {
    const narrow = full < 560, width = narrow ? full - 56 : full * 0.46 - 50;
    sweep.place({ left: 46, top: 22, width, height: 270 },
      { range: [taus[0] / 1.5, taus.at(-1) * 1.5], by: Math.log10, label: "temperature τ",
        ticks: [1e-6, 1e-4, 0.01, 1, 100].map((tau) => [tau, digits(tau)]) },
      { range: [-0.06, 1.6], ticks: [0, 0.5, 1].map((y) => [y, digits(y)]) }, "expelled share");
    const left = narrow ? 60 : full * 0.46 + 64, top = narrow ? 370 : 22, room = full - left - 8;
    output.place({ left, top, width: room, height: 130 });
    strip.place({ left, top: top + 160, width: room, height: 110 });
  }
  pressed(sweep, (x) => put(model, { tau: { ...model.get("tau"),
    separation: taus[nearestIndex(taus, (tau) => Math.abs(sweep.x(tau) - x))] } }));

  const heat = lossSlider(controls(root), model, "tau", "separation", taus);
  return training(root, model, engine, view, { shows: [showChoices, heat] })();

  function draw([run]) {
    const { parameters, choices: { mask, n, tau: { separation: tau }, start: begin } } = run;
    const { expelled_fraction: own } = measures(begin.x, prototypes(parameters));
    const swept = masks.map((one) => means[n]?.[one] ?? []); // none of another N
    const mean = swept[masks.indexOf(mask)]?.[taus.indexOf(tau)] ?? NaN;
    const style = (k) => `--mask: ${LOOKS[masks[k]].color}`;
    sweep.paths("now", [[[tau, 0], [tau, 1]]]);
    sweep.paths("nulls", (nulls[n] ?? []).map((share) => [[taus[0], share], [taus.at(-1), share]]));
    sweep.marks("means", "path", swept, (values, k) => ({
      d: path(values.map((share, at) => [sweep.x(taus[at]), sweep.y(share)])), style: style(k) }));
    sweep.marks("own", "circle", [sweep.y(own)], (cy) => ({ cx: sweep.x(tau), cy, r: 6 }));
    sweep.marks("key means", "path", masks, (_, k) => ({
      d: `M6 ${12 + 15 * k}h20`, style: style(k) }));
    sweep.marks("key nulls", "path", [57], (y) => ({ d: `M6 ${y}h20` }));
    const key = [...masks.map((one) => LOOKS[one].words), "the three nulls"];
    sweep.marks("key words", "text", key, (words, k) => ({ x: 32, y: 16 + 15 * k, words }));
    output.draw(begin, parameters);
    strip.draw(begin, parameters);
    const words = `${LOOKS[mask].words}, τ = ${digits(tau)}, N = ${n}: mean expelled share of ` +
      `${seeds} seeds (line) ${percent(mean)}, of this network (circle) ${percent(own)}.`;
    // two low temperatures can give the same network
    return { shown: [tau, run.digest].join(" "), words: words + divergence(run) };
  }
};
