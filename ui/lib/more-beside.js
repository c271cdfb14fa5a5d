// The sign that something goes on beside its edge: `styles/base.css` lets it fade out there.

import { useLayoutEffect } from "preact/hooks";

/** Sizes are rounded: what is less than this cannot be scrolled to. */
const MORE_PX_MIN = 2;

/**
 * Keeps `data-more` of an element that scrolls sideways: the sides on which there is more of it.
 *
 * @param {{current: HTMLElement | null}} body
 */
export function useMoreBeside(body) {
  useLayoutEffect(() => {
    const element = body.current;
    if (!element) return undefined;
    const measure = () => {
      const { scrollLeft, scrollWidth, clientWidth } = element;
      const sides = [
        scrollLeft >= MORE_PX_MIN && "left",
        scrollWidth - clientWidth - scrollLeft >= MORE_PX_MIN && "right",
      ];
      element.dataset.more = sides.filter(Boolean).join(" ");
    };
    measure();
    const observer = new ResizeObserver(measure);
    // What is in it may grow while it stays as wide as it is.
    for (const each of [element, ...element.children]) observer.observe(each);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
}
