// @ts-check
/**
 * Brings all scenes' modules at once, so that the first paint waits for no second step.
 *
 * It is a script of its own, before the page's. Where one module is faulty, none of it runs; the page then
 * loads each by itself (scene_loader.js), and only the faulty one is missing.
 */

import { modules } from "./scene_loader.js";
import * as attackProfile from "./scenes/attack_profile.js";
import * as embedding from "./scenes/embedding.js";
import * as json from "./scenes/json.js";
import * as liveDetection from "./scenes/live_detection.js";
import * as modelMetric from "./scenes/model_metric.js";
import * as modelPerf from "./scenes/model_perf.js";
import * as prediction from "./scenes/prediction.js";
import * as totals from "./scenes/totals.js";

const all = {
  attack_profile: attackProfile,
  embedding,
  json,
  live_detection: liveDetection,
  model_metric: modelMetric,
  model_perf: modelPerf,
  prediction,
  totals,
};
for (const [name, module] of Object.entries(all)) modules.set(name, module);
