/* The keyboard reaches what scrolls, and stops at nothing else. */
const BOXES = "table, pre, .drawing, .math, mjx-container";

function reach([{ target }]) {
  for (const box of target.querySelectorAll(BOXES)) {
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
    if (scrolls && box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

// whatever makes a box too narrow, or shows it, changes the height or the width of the text
addEventListener("DOMContentLoaded", () =>
  new ResizeObserver(reach).observe(document.querySelector("article")),
);
