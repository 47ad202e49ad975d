import { valueAt, valuesOf } from "stickyboard";

export const widget = () => ({
  empty: { text: "Nothing." },
  model(view, context) {
    if (Number(valueAt(valuesOf(view, context).at(-1), "count")) > 100) throw new RangeError("too many boxes");
    return {};
  },
  paint() {
    throw new RangeError("no stock today");
  },
});
