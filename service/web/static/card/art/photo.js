/**
 * Pictures of shops and sellers: loaded from this site and from where its operator allows, without
 * telling that place which page they stand on; where one fails, ours is drawn.
 */
import { picture } from "./scene.js";

const told = document.querySelector('meta[name="pictures"]')?.content ?? "";
const ORIGINS = new Set([location.origin, ...told.split(" ").filter(Boolean)]);
const broken = new Set();

/** Return the address of a picture where this page may load it, else nothing. */
function allowed(address) {
  if (!address) return "";
  const found = new URL(address, location.origin);
  return ORIGINS.has(found.origin) || found.protocol === "data:" ? found.href : "";
}

/** Show in an `<img>` what is at `address`, or what `draw` draws where that can't be loaded. */
export function show(image, address, draw) {
  const own = allowed(address);
  const shown = own && !broken.has(own) ? own : draw();
  if (image.src === shown) return image;
  image.onerror = null;
  if (shown === own) {
    image.onerror = () => {
      broken.add(own);
      show(image, address, draw);
    };
  }
  image.referrerPolicy = "no-referrer";
  image.src = shown;
  return image;
}

/** Show a product in an `<img>`. */
export const photo = (image, item) => show(image, item.image, () => picture(item));
