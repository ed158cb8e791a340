/** Make elements without markup in strings: text stays text, whatever a catalogue contains. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element: `h("button.primary", { onclick, "aria-label": "…" }, "text", child)`.
 *
 * Properties that are functions, booleans of the element or `value` are set as properties, the
 * rest as attributes; null and undefined are left out, as are null, false and "" children.
 */
export function h(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (value == null) continue;
    if (typeof value === "function" || ["value", "hidden", "disabled", "checked"].includes(key)) {
      element[key] = value;
    } else {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat().filter((child) => child != null && child !== false && child !== ""));
  return element;
}

/** Replace what stands in `parent`. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat().filter((child) => child != null && child !== false));
  return parent;
}

/** Line icons on a 24 by 24 grid. */
const ICONS = {
  bag: "M6 8h12l1 12H5L6 8Zm3 0V7a3 3 0 0 1 6 0v1",
  check: "m5 12.5 4.5 4.5L19 7.5",
  chevron: "m6 9 6 6 6-6",
  close: "M6 6l12 12M18 6 6 18",
  heart: "M12 20s-7.5-4.6-7.5-10.2A4.3 4.3 0 0 1 12 7.2a4.3 4.3 0 0 1 7.5 2.6C19.5 15.4 12 20 12 20Z",
  hide: "M4 4l16 16M9.9 5.3A9.7 9.7 0 0 1 12 5c5 0 8.5 4.5 9.5 7-.4 1-1.2 2.3-2.4 3.5M6.4 7.2C4.4 8.6 3 10.6 2.5 12c1 2.5 4.5 7 9.5 7 1.7 0 3.2-.5 4.5-1.2M10 10.2a2.7 2.7 0 0 0 3.8 3.8",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-9.500v5m0-8.300v.1",
  offline: "M4 4l16 16M7.5 9.200A4.5 4.5 0 0 0 8 18h9.500M10 6.500a6 6 0 0 1 8.3 4.600A3.6 3.6 0 0 1 20.5 16.5",
  pin: "M12 21s6.5-5.6 6.5-11a6.5 6.5 0 0 0-13 0C5.5 15.4 12 21 12 21Zm0-8.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 4.5 4.5",
  share: "M12 15V3.500m0 0L8 7.500m4-4 4 4M6 11.500H5V20.500h14v-9h-1",
  spark: "M12 3.500c.6 4.8 3.2 7.4 8 8-4.8.6-7.4 3.2-8 8-.6-4.8-3.2-7.4-8-8 4.8-.6 7.4-3.2 8-8Z",
  star: "m12 4 2.5 5.1 5.6.8-4 3.9.9 5.6-5-2.6-5 2.6.9-5.6-4-3.9 5.6-.8L12 4Z",
  up: "M12 19V5m0 0-6 6m6-6 6 6",
};

/** Make a line icon; it says nothing to a screen reader, the label beside it does. */
export function icon(name, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const facts = { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", class: `icon icon-${name}` };
  for (const [key, value] of Object.entries(facts)) svg.setAttribute(key, value);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
