/** The types that many modules name. A module's own types are declared in it. */

declare global {
  /** The element of a selector of `makeRow`, by the tag in it. */
  type Built<Selector extends string> = Selector extends `${string} > ${infer Own}` ? Built<Own>
    : Selector extends `${infer Start} ${string}` | `${infer Start}[${string}` | `${infer Start}.${string}` ? Built<Start>
    : Selector extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Selector] : HTMLElement;
  type Alert = import("./widget.js").Alert;
  type Axis = import("./axis.js").Axis;
  type Choice = import("./widget.js").Choice;
  type Context = import("./view.js").Context;
  type Entry = import("../mirror.js").Entry;
  type EventType = import("./view.js").EventType;
  type Extent = import("./axis.js").Extent;
  type Figure = import("./canvas.js").Figure;
  type LegendItem = import("./legend.js").LegendItem;
  type Option = import("./widget.js").Option;
  type SceneView = import("./scene_view.js").SceneView;
  type Size = import("./computed_style.js").Size;
  type Surface = import("./canvas.js").Surface;
  type Table = import("./widget.js").Table;
  type Threshold = import("./thresholds.js").Threshold;
  type Tick = import("./ticks.js").Tick;
  type Tooltip = import("./tooltip.js").Tooltip;
  type TooltipLine = import("./tooltip.js").TooltipLine;
  type View = import("./view.js").View;
  type Widget = import("./widget.js").Widget;
}

export {};
