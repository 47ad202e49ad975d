// @ts-check
/**
 * Imports all scenes' modules together, so that the first paint does not wait for a second round trip.
 *
 * It is a separate script before the page's own. If one module is faulty, this script does not run. The page then
 * loads each module separately (scene_loader.js), and only the faulty one is missing.
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
