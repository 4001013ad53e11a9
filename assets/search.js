/* Sphinx puts this before its search. What a page is about comes before names of the library. */
var Scorer = {
  objNameMatch: 6,
  objPartialMatch: 1,
  objPrio: { 0: 0, 1: 0, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

/* Excerpts are cut from the text of a page, without what is not said there. */
document.addEventListener("DOMContentLoaded", () => {
  const text = Search.htmlToText;
  Search.htmlToText = (page, anchor) => {
    const read = new DOMParser().parseFromString(page, "text/html");
    read.querySelectorAll(".page-facts, #jb-print-docs-body, .drawing").forEach((one) => one.remove());
    for (const formula of read.querySelectorAll(".math")) {
      const tex = formula.textContent.replace(/\\[()[\]]/g, "");
      formula.textContent = /^[\w= ]+$/.test(tex) ? tex : "…";
    }
    return text(read.documentElement.outerHTML, anchor);
  };
});
