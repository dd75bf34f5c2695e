// One turn with `openai` for Node.    usage: node openai_node_client.mjs TURN URL SPEECH.pcm ANSWER
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.COMPAT_MODULES + "/");
const { OpenAI } = require("openai");
const { OpenAIRealtimeWS } = require("openai/realtime/ws");

const [turn, url, recording, answer] = process.argv.slice(2);
const asked = { typed: "what is this", call: "the weather?", interruption: "a story" };
const chunk = 4800; // bytes, 100 ms
const client = new OpenAI({ apiKey: "none", baseURL: `https://${new URL(url).host}/v1` });
const session = new OpenAIRealtimeWS({ model: "local" }, client);
let words = "";
let bytes = 0;
let cut = false;

function fail(problem) {
  console.error(String(problem?.message ?? problem));
  process.exit(1);
}
setTimeout(() => fail("no end within 60 s"), 60_000);

function ask(text) {
  const content = [{ type: "input_text", text }];
  session.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  session.send({ type: "response.create" });
}

session.on("error", fail);
session.on("session.created", () => {
  const parameters = { type: "object", properties: { city: { type: "string" } } };
  session.send({
    type: "session.update",
    session: {
      type: "realtime",
      tools: [{ type: "function", name: "get_weather", description: "The weather.", parameters }],
      audio: { input: { transcription: { model: "gpt-transcribe" } } },
    },
  });
  if (turn !== "spoken") return ask(asked[turn]);
  const speech = readFileSync(recording);
  for (let start = 0; start < speech.length; start += chunk) {
    const audio = speech.subarray(start, start + chunk).toString("base64");
    session.send({ type: "input_audio_buffer.append", audio });
  }
});
session.on("response.output_audio_transcript.delta", (event) => (words += event.delta));
session.on("response.output_audio.delta", (event) => {
  bytes += Buffer.from(event.delta, "base64").length;
  if (turn !== "interruption" || cut || bytes < 24_000) return;
  cut = true;
  const { item_id, content_index } = event;
  session.send({ type: "conversation.item.truncate", item_id, content_index, audio_end_ms: 300 });
  session.send({ type: "response.cancel" });
});
session.on("response.function_call_arguments.done", (event) => {
  const item = { type: "function_call_output", call_id: event.call_id, output: "sunny" };
  session.send({ type: "conversation.item.create", item });
});
session.on("response.done", (event) => {
  if (event.response.status === "cancelled") return ask("enough");
  if (!words.endsWith(answer)) return session.send({ type: "response.create" });
  console.log(JSON.stringify({ words, audio_ms: bytes / 48 }));
  process.exit(0);
});
