/**
 * Let a list change so that the eye can follow: what stays glides to its new place, what is new
 * rises in, what leaves fades out. Who asked for stillness sees the change at once.
 */

const GLIDE = { duration: 560, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };
const LEAVE = { duration: 240, easing: "ease-in", fill: "forwards" };
const STEP_MS = 45;

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Run `change`, which rearranges the children of `list`, and animate the difference. */
export function flip(list, change) {
  if (still() || document.visibilityState === "hidden") return change();
  const before = new Map([...list.children].map((child) => [child, place(child)]));
  change();
  const after = [...list.children];
  for (const [child, was] of before) if (!child.isConnected) ghost(list, child, was);
  after.forEach((child, index) => {
    const was = before.get(child);
    if (was) glide(child, was);
    else rise(child, index);
  });
}

const place = (child) => ({
  left: child.offsetLeft,
  top: child.offsetTop,
  width: child.offsetWidth,
  height: child.offsetHeight,
});

function glide(child, was) {
  const now = place(child);
  const [x, y] = [was.left - now.left, was.top - now.top];
  if (x || y) child.animate([{ transform: `translate(${x}px, ${y}px)` }, {}], GLIDE);
}

function rise(child, index) {
  const from = { opacity: 0, transform: "translateY(22px) scale(0.95)" };
  child.animate([from, {}], { ...GLIDE, delay: 120 + STEP_MS * index, fill: "backwards" });
}

/** Keep a picture of what left where it was, for as long as it takes to fade. */
function ghost(list, child, was) {
  const shade = child.cloneNode(true);
  shade.inert = true;
  shade.setAttribute("aria-hidden", "true");
  Object.assign(shade.style, {
    position: "absolute",
    left: `${was.left}px`,
    top: `${was.top}px`,
    width: `${was.width}px`,
    height: `${was.height}px`,
    pointerEvents: "none",
  });
  list.append(shade);
  const fading = shade.animate([{}, { opacity: 0, transform: "scale(0.94)" }], LEAVE);
  fading.finished.catch(() => null).finally(() => shade.remove());
}
