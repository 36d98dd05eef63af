// A plugin in plain JavaScript, without SDK or packages: PWP/1 (sdk/PROTOCOL.md) in 60 lines; its codec lies beside it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pack, unpack } from "./messagepack.mjs";
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const MANIFEST = readFileSync(new URL("pegboard.toml", import.meta.url)), HASH = sha256(MANIFEST), MAX_FRAME = 2 ** 20;
const [ID, RELEASE] = ["id", "version"].map((key) => String(MANIFEST).match(new RegExp(`^${key} = "(.*)"`, "m"))[1]);
const TOOLS = { __proto__: null, count: [ // each tool: whether its arguments fit, and what it does
  (a) => Object.keys(a).length === 1 && Number.isInteger(a.to) && a.to >= 0 && a.to <= 1000,
  async (a, call) => { for (let n = 1; n <= a.to; n++) await say(call, `${n}\n`); }] };
const write = process.stdout.write.bind(process.stdout), calls = new Map();
process.stdout.write = process.stderr.write.bind(process.stderr); // what is printed must not reach the channel
let input = Buffer.alloc(0), isGreeted = false, isDraining = false, last = 0;
const fault = (code, text) => Object.assign(Error(text), { code });
const leave = (status, code, text = "") => send([6, 0, code, text], () => process.exit(status));
const change = (call, values) => { if (call) Object.assign(call, values).wake?.(); };
function send(fields, then) {
  const body = pack(fields), size = body.length;
  write(Buffer.concat([Buffer.of(0, size >> 16, size >> 8, size), body]), then);
  return size;
}
async function say(call, text) { // without a window above 0 nobody takes a stream: then the text is the result
  while (call.window && call.credit <= 0 && !call.stopped) await new Promise((wake) => (call.wake = wake));
  if (call.stopped) throw fault(call.stopped, "stopped");
  if (!call.window) call.kept += text; else if (!call.isDropped) call.credit -= Math.max(64, send([20, call.id, text]));
}
async function answer(call, method, params) {
  if (typeof method !== "string") throw fault("INVALID_MESSAGE", "the method is no text");
  const [fits, run] = TOOLS[params?.tool] ?? [], isNamed = typeof params?.tool === "string";
  if (method !== "tool.call" || (isNamed && !run)) throw fault("METHOD_NOT_FOUND", `no ${params?.tool ?? method} here`);
  if (!isNamed || !fits(Object(params.arguments))) throw fault("INVALID_PARAMS", "it wants {tool, arguments} that fit");
  await run(params.arguments, call);
  send([17, call.id, { parts: call.kept ? [{ kind: "text", text: call.kept }] : [] }]);
}
async function serve(id, method, params, timeout_ms = 0, _parent = 0, window = 0) {
  const call = { id, window: Math.max(0, window), credit: window, kept: "", stopped: isDraining ? "NOT_READY" : "" };
  const timer = timeout_ms && setTimeout(change, timeout_ms, call, { stopped: "DEADLINE" });
  calls.set(id, call);
  await answer(call, method, params).catch((e) => send([18, id, e.code ?? "INTERNAL", e.message, 0, e.code ? 0 : 1]));
  clearTimeout(timer);
  if (calls.delete(id) && isDraining && !calls.size) leave(0, "OK");
}
function take([kind, id, ...fields], call = calls.get(id)) {
  if (kind === 1 && !isGreeted && fields[0].includes(1))
    return (isGreeted = send([2, 0, 1, sha256(fields[1], HASH, "PWP1"), ID, RELEASE, HASH, [MAX_FRAME]]) > 0);
  if (kind === 3 && isGreeted) return send([4, 0, fields[0], calls.size]);
  if (kind === 5) return (isDraining = true) && (calls.size || leave(0, "OK"));
  if (kind === 6) return process.exit(0);
  if (kind === 16 && isGreeted && id > last && id % 2 === 0) return serve((last = id), ...fields);
  if (kind === 19) return change(call, { stopped: fields[0] === "timeout" ? "DEADLINE" : "CANCELLED" });
  if (kind === 22) return change(call, { credit: call?.credit + fields[0] });
  if (kind === 24) return change(call, { isDropped: true, credit: Infinity });
  if (!(kind >= 64 && kind < 128)) throw Error(`a frame of kind ${kind} that may not come here`);
}
process.on("uncaughtException", (error) => leave(70, "PROTOCOL", error.message));
process.stdin.on("end", () => process.exit(0)).on("data", (data) => {
  input = Buffer.concat([input, data]);
  for (let end; input.length >= 4 && input.length >= (end = 4 + input.readUInt32BE()); input = input.subarray(end))
    take(unpack(input.subarray(4, end)));
  if (input.length >= 4 && input.readUInt32BE() > MAX_FRAME) throw Error("a frame that is too large, or no frame");
});
