// Just enough of node for the type checker; its full types would be one more dependency.
declare module "node:test" {
  export default function test(name: string, run: () => void | Promise<void>): void;
  export function beforeEach(run: () => void): void;
}
declare module "node:assert/strict" {
  const assert: any;
  export default assert;
}
declare const process: { env: Record<string, string | undefined>; stdin: object };
declare module "node:fs" {
  export function readFileSync(path: URL, encoding: "utf8"): string;
  export function readdirSync(path: URL, options?: { recursive: true; encoding: "utf8" }): string[];
}
declare module "node:readline" {
  export function createInterface(options: { input: object }): AsyncIterable<string>;
}
declare module "node:timers/promises" {
  export function setImmediate(): Promise<void>;
}
declare module "node:zlib" {
  export function deflateSync(content: string | Uint8Array): Uint8Array;
}
