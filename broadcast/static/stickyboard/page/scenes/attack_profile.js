// @ts-check
/** Named curves over a common x; y is a share and is always drawn on the full scale from 0 to 1. */

import { widget } from "../widgets/lines.js";

export const { empty, model, paint, table, options } = widget({
  series: "name", x: "x", y: "y", y_range: [0, 1], x_title_field: "x_label", y_title_field: "y_label", format: ".3f",
});
