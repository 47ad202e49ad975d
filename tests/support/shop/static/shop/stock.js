import { make, once, setText, valueAt, valuesOf } from "stickyboard";
import { counted } from "./counted.js";

/** @param {{unit: string}} settings */
export function widget({ unit }) {
  return {
    empty: { text: "No stock yet." },
    model: (view, context) => counted(valueAt(valuesOf(view, context).at(-1), "count"), unit),
    paint(element, model) {
      const { text } = once(element, () => {
        const text = make("p", "shop-stock");
        element.append(text);
        return { text };
      });
      setText(text, model);
    },
  };
}
