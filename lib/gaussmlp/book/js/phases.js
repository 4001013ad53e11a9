// The phase diagram of overlap and coverage: a cell is chosen, and a run there is trained.

EXPLORERS.phase_diagram = (root, model, engine) => {
  const { lams, means, nulls, seeds, size } = model.get("data"), cells = lams.length;

  const showChoices = choiceBar(root, model, {});
  const view = drawing(root, "Expelled share over both λ, and one network",
    (width) => (width < 560 ? 830 : Math.max(350, width * 0.46 + 56)), place, draw);
  const map = panel(view.picture), shades = panel(view.picture);
  const output = outputView(view.picture), strip = stripView(view.picture, model);
  const style = (share) => `--share: ${100 * share}%`;
  function place(full) {
    const narrow = full < 560, width = narrow ? full - 64 : full * 0.46 - 60;
    const height = narrow ? 8 * 44 : width;
    const axis = { range: [lams[0] / Math.sqrt(10), lams.at(-1) * Math.sqrt(10)], by: Math.log10,
      ticks: lams.filter((_, k) => k % 2 === 0).map((lam) => [lam, digits(lam)]) };
    map.place({ left: 60, top: 22, width, height }, { ...axis, label: "λ of overlap" },
      { ...axis, label: "λ of coverage", far: 50 }, "mean expelled share");
    map.marks("cells", "rect", means.flat(), (share, k) => ({ // a row for each λ of coverage
      ...cell(k % cells, Math.floor(k / cells)), style: style(share) }));
    shades.place({ left: 60, top: height + 74, width, height: 12 },
      { range: [0, 1], ticks: spread(0, 1, 5).map((share) => [share, digits(share)]) },
      { range: [0, 1] });
    shades.marks("cells", "rect", spread(0, 0.975, 40), (share) => ({
      x: shades.x(share), width: width / 40 + 0.5, height: 12, style: style(share) }));
    const left = narrow ? 60 : full * 0.46 + 64, top = narrow ? height + 150 : 22;
    output.place({ left, top, width: full - left - 6, height: 150 });
    strip.place({ left, top: top + 182, width: full - left - 6, height: 110 });
  }
  function cell(overlap, coverage, rim = 0) {
    const width = map.box.width / cells, height = map.box.height / cells;
    return { x: width * overlap + rim, y: height * (cells - 1 - coverage) + rim,
      width: width - 2 * rim, height: height - 2 * rim };
  }
  pressed(map, (x, y) => put(model, { lam: { ...model.get("lam"),
    overlap: lams[nearestIndex(lams, (lam) => Math.abs(map.x(lam) - x))],
    coverage: lams[nearestIndex(lams, (lam) => Math.abs(map.y(lam) - y))] } }));

  const below = controls(root), lamOf = (name) => lossSlider(below, model, "lam", name, lams);
  const shows = [showChoices, lamOf("overlap"), lamOf("coverage")];
  return training(root, model, engine, view, { shows })();

  function draw([run]) {
    const { parameters, choices: { n, lam, start: begin } } = run;
    const [j, k] = [lam.overlap, lam.coverage].map((value) => lams.indexOf(value)); // or between
    map.marks("chosen", "rect", j < 0 || k < 0 ? [] : [1.5, 3.5], (rim) => cell(j, k, rim));
    output.draw(begin, parameters);
    strip.draw(begin, parameters);
    const own = measures(begin.x, prototypes(parameters));
    const mean = n === size ? means[k]?.[j] ?? NaN : NaN; // of another N the book has none
    const words = `λ of overlap ${digits(lam.overlap)}, of coverage ${digits(lam.coverage)}, ` +
      `N = ${n}: mean expelled share of ${seeds} seeds ${percent(mean)}, of the three nulls at ` +
      `N = ${size} ${nulls.map(percent).join(" to ")}, of this network ` +
      `${percent(own.expelled_fraction)}; its reconstruction error ` +
      `${digits(own.reconstruction_error)}.${divergence(run)}`;
    return { shown: run.digest, words };
  }
};
