export const widget = () => ({
  empty: { text: "Nothing." },
  model() {
    throw new RangeError("no stock today");
  },
  paint() {},
});
