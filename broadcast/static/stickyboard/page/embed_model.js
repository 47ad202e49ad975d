// @ts-check
/** What the template tags wrote into a page, by board; and which theme suits a background. */

/**
 * @typedef {import("./scenes.js").BoardState} BoardState
 * @typedef {import("./embedded_view.js").EmbeddedView} EmbeddedView
 * @typedef {BoardState["update"]} Update
 * @typedef {BoardState | {board: string, update: Update, scenes?: undefined}} Data a board's first tag writes everything
 *   about it; a later one writes the state of further event types
 * @typedef {{state: BoardState, updates: Update[], scenes: BoardState["scenes"], views: EmbeddedView[]}} Board
 */

/** @param {Data[]} data @param {EmbeddedView[]} views @returns {Board[]} each with its views and the scenes that they show */
export function boardsOf(data, views) {
  return data.flatMap((state) => {
    if (!state.scenes) return [];
    const own = views.filter(({ board }) => board === state.board);
    return {
      state,
      updates: data.filter(({ board }) => board === state.board).map(({ update }) => update),
      scenes: state.scenes.filter(({ name }) => own.some((view) => view.shows(name))),
      views: own,
    };
  });
}

/** @param {number[]} rgba of the background, from 0 to 255 @returns {"dark" | "light"} the theme whose text is legible on it */
export function themeOn([red, green, blue]) {
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
}
