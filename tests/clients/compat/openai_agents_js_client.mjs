// One turn with `@openai/agents-realtime`.    usage: node … TURN URL SPEECH.pcm ANSWER
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.COMPAT_MODULES + "/");
const { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } = require("@openai/agents-realtime");
const { z } = require("zod");

const [turn, url, recording, answer] = process.argv.slice(2);
const asked = { typed: "what is this", call: "the weather?", interruption: "a story" };
const chunk = 4800; // bytes, 100 ms
let words = "";
let bytes = 0;
let cut = false;

function fail(problem) {
  console.error(JSON.stringify(problem?.error?.message ?? problem?.message ?? problem));
  process.exit(1);
}
setTimeout(() => fail("no end within 60 s"), 60_000);

const weather = tool({
  name: "get_weather",
  description: "Tells the weather of a city.",
  parameters: z.object({ city: z.string() }),
  execute: async () => "sunny",
});
const agent = new RealtimeAgent({ name: "Tester", instructions: "Answer briefly.", tools: [weather] });
const transport = new OpenAIRealtimeWebSocket({ url, useInsecureApiKey: true });
const session = new RealtimeSession(agent, { transport, model: "local", tracingDisabled: true });
session.on("error", fail);
transport.on("*", (event) => {
  if (event.type === "response.output_audio_transcript.delta") words += event.delta;
  if (event.type !== "response.done" || !words.endsWith(answer)) return;
  console.log(JSON.stringify({ words, audio_ms: bytes / 48 }));
  process.exit(0);
});
transport.on("audio", (event) => {
  bytes += event.data.byteLength;
  if (turn !== "interruption" || cut || bytes < 24_000) return;
  cut = true;
  session.interrupt();
  session.sendMessage("enough");
});
await session.connect({ apiKey: "none", url });
if (turn === "spoken") {
  const speech = readFileSync(recording);
  for (let start = 0; start < speech.length; start += chunk) {
    const piece = speech.subarray(start, start + chunk);
    session.sendAudio(piece.buffer.slice(piece.byteOffset, piece.byteOffset + piece.length));
  }
} else {
  session.sendMessage(asked[turn]);
}
