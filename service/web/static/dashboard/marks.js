/** The marks of the rooms: line drawings on a 24 by 24 grid. */
import { s } from "./svg.js";

const MARKS = {
  today: "M12 4v2m0 12v2M4 12h2m12 0h2M6.5 6.500l1.300 1.300m8.400 8.400 1.300 1.300m0-11-1.300 1.300M7.800 16.200l-1.300 1.300M12 8.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7Z",
  trend: "M4 19.500h16M4.500 15l4.500-5 4 3.500 6.500-7.500m0 0h-4m4 0v4",
  products: "M6 8h12l1 12H5L6 8Zm3 0V7a3 3 0 0 1 6 0v1",
  visitors: "M9 11.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400Zm-5.500 7.500c.5-3 2.700-4.700 5.500-4.700s5 1.700 5.500 4.700M15.500 5.500a3 3 0 0 1 0 5.800m2 3.400c1.600.7 2.700 2.200 3 4.300",
  questions: "M4.500 6.500h15v10h-8l-4 3.500v-3.500h-3v-10Zm4 5h.01m3.490 0h.01m3.490 0h.01",
  shelf: "M4 4v16m16-16v16M4 10h16M4 18h16M7.500 10V6h3.500v4m3 8v-4.500h3.500V18",
  data: "M4.500 16a7.500 7.500 0 1 1 15 0M12 16l3.500-4.500M7 19.500h10",
};

/** Draw a room's mark; the word beside it says what it is. */
export function mark(room) {
  return s("svg", { class: "icon", viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true" }, s("path", { d: MARKS[room] }));
}
