// Networks train as one watches: prototypes move below the samples, and end beside them or far off.

EXPLORERS.film = (root, model, engine) => {
  const FAR = 3, APART = 84, { masks } = model.get("data");
  const at = (last) => stops(last, 200);
  let asked = false;

  const view = drawing(root, "Prototypes while networks train", () => masks.length * APART + 42,
    place, draw);
  const strips = masks.map((mask) => {
    const part = panel(view.picture);
    part.inside.style.setProperty("--mask", LOOKS[mask].color);
    return part;
  });
  function place(width) {
    strips.forEach((part, k) => part.place(
      { left: 76, top: 22 + k * APART, width: width - 88, height: 54 },
      part === strips.at(-1) ? inputAxis("input", FAR) : { range: [-FAR, FAR] },
      { range: [-0.5, 1.4], rows: true, ticks: [[1, "samples"], [0, "prototypes"]] },
      LOOKS[masks[k]].words));
  }

  const scrub = scrubber(root, (step) => {
    put(model, { at: step });
    wake();
  });
  const train = training(root, model, engine, view, { masks, at, shows: [() => (asked = true)] });
  const wake = () => (asked ? null : train());
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return wake();
  put(model, { at: 0 });
  new IntersectionObserver(async (entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    await wake();
    scrub.play(true);
  }, { threshold: 0.6 }).observe(view.picture);
  return view.show([]);

  // Until it is seen, or moved, there is only the start.
  function draw(runs) {
    const steps = at(model.get("steps")), k = scrub(model.get("at"), steps);
    const begin = (runs[0]?.choices ?? choicesOf(model)).start, { x } = begin, n = x.length;
    const told = strips.map((part, row) => {
      const p = prototypes(runs[row]?.history[k] ?? begin), sorted = p.slice().sort();
      const pairs = Array.from(x, (one, i) => [[one, 1], [rim(sorted[i], FAR), 0]]);
      hull(part, x);
      part.paths("links", runs.length && k === steps.length - 1 ? pairs : []);
      ticks(part, "sample-ticks", x, 1, 7);
      triangles(part, p, 0, FAR, 4.5);
      const { precision, expelled_fraction: gone } = measures(x, p);
      const [named, expelled] = [precision, gone].map((share) => digits(share * n, 3));
      return `${LOOKS[masks[row]].words}: ${named} of ${n} name a sample, ${expelled} expelled`;
    });
    const found = runs.map(({ digest: one }) => one).join(" ");
    return { shown: `${found}/${steps[k]}`, words: `Step ${whole(steps[k])}. ${told.join("; ")}.` };
  }
};
