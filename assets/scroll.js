/* The keyboard reaches what scrolls, and stops at nothing else. */
const BOXES = "table, pre, .box, .numbers, .drawing, .math, mjx-container";

function reach([{ target }]) {
  for (const box of target.querySelectorAll(BOXES)) {
    const { overflowX, overflowY } = getComputedStyle(box);
    const wide = overflowX === "auto" && box.scrollWidth > box.clientWidth + 1;
    const high = overflowY === "auto" && box.scrollHeight > box.clientHeight + 1;
    if (wide || high) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

// whatever makes a box too narrow, or shows it, changes the height or the width of the text
addEventListener("DOMContentLoaded", () => {
  for (const text of document.querySelectorAll("article")) new ResizeObserver(reach).observe(text);
});
