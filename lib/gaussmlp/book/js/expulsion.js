// Watch prototypes leave: their ways over the steps of training, and the forces at one of them.

EXPLORERS.expulsion = (root, model, engine) => {
  const FAR = 3;
  let box = null;

  const showChoices = choiceBar(root, model, { masks: MASKS, sizes: [5, 10, 20, 50] });
  const view = drawing(root, "Prototypes over the steps of training", () => 490, place, draw);
  const part = panel(view.picture), pushes = forcesView(view.picture, FAR);
  function place(width) {
    box = { left: 72, top: 20, width: width - 84, height: 290 };
    pushes.place({ ...box, top: 340, height: 104 });
  }

  const scrub = scrubber(root, (step) => put(model, { at: step }));
  const at = (last) => stops(last, 150);
  return training(root, model, engine, view, { shows: [showChoices], at })();

  function draw([{ choices, history, ...run }]) {
    const { mask, n, steps, start: { x } } = choices;
    const all = at(steps), k = scrub(model.get("at"), all), p = prototypes(history[k]);
    const depth = (step) => Math.log1p(step) / Math.log1p(steps);
    const marked = [0, 1, 10, 100, 1000, 5000].filter((step) => step <= steps);
    part.place(box, { range: [-FAR, FAR] }, { range: [1.04, -0.12], rows: true,
      ticks: [[-0.08, "samples"], ...marked.map((step) => [depth(step), whole(step)])] },
      "prototypes over the steps of training");
    hull(part, x);
    ticks(part, "sample-ticks", x, -0.08, 6);
    const ways = history.map(prototypes);
    part.paths("ways", Array.from(x, (_, j) =>
      ways.map((way, k) => [rim(way[j], FAR), depth(all[k])])));
    part.paths("now", [[[-FAR, depth(all[k])], [FAR, depth(all[k])]]]);
    triangles(part, p, depth(all[k]), FAR);
    pushes.draw({ choices, parameters: history[k] });
    const gone = digits(measures(x, p).expelled_fraction * n, 3);
    const words = `Step ${whole(all[k])} of ${LOOKS[mask].words}: ${gone} of ${n} prototypes ` +
      `expelled.${divergence(run)}`;
    return { shown: `${run.digest}/${all[k]}`, words };
  }
};
