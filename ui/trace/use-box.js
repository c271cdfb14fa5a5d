import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

const narrow = matchMedia("(max-width: 720px)");

/**
 * The scroll position and size of an element that scrolls, as a signal.
 *
 * @param {{current: HTMLElement | null}} body
 */
export function useBox(body) {
  const box = useSignal({ top: 0, height: 800, width: 1000, narrow: narrow.matches });
  useLayoutEffect(() => {
    const element = body.current;
    if (!element) return undefined;
    const measure = () => {
      const { scrollTop, clientHeight, clientWidth } = element;
      box.value = { top: scrollTop, height: clientHeight, width: clientWidth, narrow: narrow.matches };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  return box;
}
