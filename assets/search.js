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

/* Excerpts are cut from the text of a page; formulas are no text, and its facts are no part of it. */
document.addEventListener("DOMContentLoaded", () => {
  const all = Search.htmlToText;
  Search.htmlToText = (page, anchor) =>
    all(page.replace(/<p class="page-facts">.*?<\/p>|<(span|div) class="math [^]*?<\/\1>/g, " "), anchor);
});
