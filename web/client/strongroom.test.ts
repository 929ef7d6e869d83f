// A whole life over a line that loses answers, against a terminal with a stand-in.
// terminal/client/typescript_test.go gives address and token in the environment and reads the
// last line.
import { Problem, Terminal, newKey, type Payment } from "./strongroom.js";

declare const process: { env: Record<string, string | undefined>; exitCode?: number };

const base = process.env["TERMINAL"] ?? "";
const token = process.env["TOKEN"] ?? "";

let calls = 0;
let lost = 0;

/** Loses every other answer after the terminal has given it. */
const badLine: typeof fetch = async (input, init) => {
  calls++;
  const lose = calls % 2 === 1;
  const res = await fetch(input, init);
  if (!lose) return res;
  lost++;
  await res.body?.cancel();
  throw new TypeError("the line is bad");
};

function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

const terminal = new Terminal({ base, token, fetch: badLine });
const good = new Terminal({ base, token });

must((await terminal.recover("sale")) === null, "a key that was never used has a payment");
const sold = await terminal.pay("sale", { amount: 1250, currency: "EUR", reference: "Table 5" });
must(sold.outcome === "approved" && sold.money === "captured" && sold.approved_amount === 1250, "the sale is not approved");
const back = await terminal.refund("refund", sold.id, 250);
must(back.of === sold.id && back.outcome === "approved", "the refund is not of the sale");
const again = await terminal.recover("sale");
must(again !== null && again.id === sold.id && again.refunded_amount === 250, "the sale is not found again");
const hold = await terminal.pay(newKey(), { amount: 5000, currency: "EUR", type: "preauth" });
await terminal.increment("more", hold.id, 1000);
const taken = await terminal.capture("take", hold.id, 4000, true);
must(taken.outcome === "approved", "the capture is not approved");
const wrong = await terminal.pay("wrong", { amount: 100, currency: "EUR" });
must((await terminal.void("void", wrong.id)).outcome === "approved", "the void is not approved");

let problem: unknown;
try {
  await good.pay("sale", { amount: 1, currency: "EUR" });
} catch (e) {
  problem = e;
}
must(problem instanceof Problem && problem.code === "idempotency_mismatch", "another question under a key is no problem");

const stop = new AbortController();
let seen = 0;
for await (const e of good.events(0, stop.signal)) {
  seen++;
  must(e.id === seen && e.name === "payment", "the stream is not whole");
  if ((e.data as Payment).id === wrong.id && (e.data as Payment).money === "released") break;
}
for await (const e of good.events(1e12, stop.signal)) {
  must(e.name === "gap", "a number that was never given out is no gap");
  break;
}
stop.abort();

const receipt = new TextDecoder().decode(await good.receipt(sold.id, "customer", "text"));
must(receipt.includes("APPROVED"), "the receipt does not say so");
const closed = await terminal.closeBatch("close");
must(closed.state === "closed" && closed.theirs !== null, "the batch is not closed");
must(lost > 5, "no answer was lost");
console.log(`whole ${lost > 5}`);
