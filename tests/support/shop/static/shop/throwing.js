export const widget = () => ({
  empty: { text: "Nothing." },
  model: () => ({}),
  paint() {
    throw new RangeError("no stock today");
  },
});
