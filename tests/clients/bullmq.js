// BullMQ, a job queue that lives in Lua scripts, against the server at $RTOOL_PORT. Prints `ok NAME` or `FAIL NAME: why`
// per check.
"use strict";
const assert = require("assert");
const { once } = require("events");
const { Redis } = require("ioredis");
const { FlowProducer, Queue, QueueEvents, UnrecoverableError, Worker } = require("bullmq");
const { version } = require("bullmq/package.json");

const connection = { port: Number(process.env.RTOOL_PORT), maxRetriesPerRequest: null };
const PATIENCE = 60000;
const opened = [];

const open = (thing) => {
  thing.on("error", () => {});
  opened.push(thing);
  return thing;
};
const queue = (name, more) => open(new Queue(name, { connection, ...more }));
const worker = (name, run, more) => open(new Worker(name, run, { connection, ...more }));
const events = async (name) => {
  const heard = open(new QueueEvents(name, { connection }));
  await heard.waitUntilReady();
  return heard;
};

async function until(what, holds) {
  for (const end = Date.now() + PATIENCE; !(await holds()); ) {
    assert.ok(Date.now() < end, `${what} does not come`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

const checks = {
  async "jobs run once, with their results"() {
    const q = queue("plain");
    await q.addBulk(Array.from({ length: 500 }, (_, n) => ({ name: "square", data: { n } })));
    const ran = new Map();
    worker("plain", async (job) => {
      ran.set(job.id, (ran.get(job.id) || 0) + 1);
      return job.data.n ** 2;
    }, { concurrency: 20 });
    await until("the last job", async () => (await q.getCompletedCount()) === 500);
    assert.equal(ran.size, 500);
    assert.ok([...ran.values()].every((times) => times === 1));
    const job = (await q.getCompleted(0, 0))[0];
    assert.equal(job.returnvalue, job.data.n ** 2);
  },
  async "several workers share a queue"() {
    const q = queue("shared");
    const seen = [];
    for (let i = 0; i < 4; i++) worker("shared", async (job) => void seen.push(job.id), { concurrency: 5 });
    await q.addBulk(Array.from({ length: 300 }, (_, n) => ({ name: "n", data: { n } })));
    await until("the last job", async () => (await q.getCompletedCount()) === 300);
    assert.equal(new Set(seen).size, 300);
    assert.equal(seen.length, 300);
  },
  async priorities() {
    const q = queue("prio");
    const order = [];
    for (const priority of [5, 1, 3, 2, 4]) await q.add("p", { priority }, { priority });
    worker("prio", async (job) => void order.push(job.data.priority));
    await until("the last job", async () => (await q.getCompletedCount()) === 5);
    assert.deepEqual(order, [1, 2, 3, 4, 5]);
  },
  async "delayed jobs and retries"() {
    const q = queue("later");
    const heard = await events("later");
    const begun = Date.now();
    const delayed = await q.add("delayed", {}, { delay: 200 });
    const retried = await q.add("retried", {}, { attempts: 3, backoff: { type: "fixed", delay: 20 } });
    const hopeless = await q.add("hopeless", {}, { attempts: 3 });
    worker("later", async (job) => {
      if (job.name === "hopeless") throw new UnrecoverableError("no use");
      if (job.name === "retried" && job.attemptsMade < 2) throw new Error("again");
      return Date.now() - begun;
    });
    assert.ok((await delayed.waitUntilFinished(heard, PATIENCE)) >= 190);
    await retried.waitUntilFinished(heard, PATIENCE);
    await assert.rejects(hopeless.waitUntilFinished(heard, PATIENCE), /no use/);
    assert.equal((await q.getJob(retried.id)).attemptsMade, 3);
    assert.deepEqual(await q.getJobCounts("completed", "failed", "delayed"), { completed: 2, failed: 1, delayed: 0 });
  },
  async "a parent waits for its children"() {
    const flow = open(new FlowProducer({ connection }));
    worker("kids", async (job) => job.data.n * 2, { concurrency: 3 });
    worker("parents", async (job) =>
      Object.values(await job.getChildrenValues()).reduce((sum, value) => sum + value, 0));
    const heard = await events("parents");
    const children = [1, 2, 3].map((n) => ({ name: "kid", queueName: "kids", data: { n } }));
    const { job } = await flow.add({ name: "sum", queueName: "parents", children });
    assert.equal(await job.waitUntilFinished(heard, PATIENCE), 12);
  },
  async "a scheduler makes jobs"() {
    const q = queue("ticks");
    let ticks = 0;
    worker("ticks", async () => void ticks++);
    await q.upsertJobScheduler("tick", { every: 50 }, { name: "tick" });
    await until("the third tick", () => ticks >= 3);
    assert.equal(await q.removeJobScheduler("tick"), true);
    assert.equal(await q.getJobSchedulersCount(), 0);
  },
  async "a limit on the rate"() {
    const q = queue("limited");
    await q.addBulk(Array.from({ length: 6 }, () => ({ name: "n", data: {} })));
    const begun = Date.now();
    worker("limited", async () => {}, { limiter: { max: 2, duration: 100 } });
    await until("the last job", async () => (await q.getCompletedCount()) === 6);
    assert.ok(Date.now() - begun >= 150);
  },
  async "pause, clean and obliterate"() {
    const q = queue("swept");
    await q.pause();
    worker("swept", async () => {});
    await q.addBulk(Array.from({ length: 20 }, () => ({ name: "n", data: {} })));
    assert.equal(await q.isPaused(), true);
    assert.equal(await q.getCompletedCount(), 0);
    await q.resume();
    await until("the last job", async () => (await q.getCompletedCount()) === 20);
    assert.equal((await q.clean(0, 5, "completed")).length, 5);
    await q.obliterate({ force: true });
    assert.deepEqual(await new Redis(connection).keys("bull:swept:*"), []);
  },
  async "progress and deduplication"() {
    const q = queue("told");
    const heard = await events("told");
    const first = await q.add("once", {}, { deduplication: { id: "one" }, delay: 100 });
    const second = await q.add("once", {}, { deduplication: { id: "one" } });
    assert.equal(second.id, first.id);
    const progress = once(heard, "progress");
    worker("told", async (job) => void (await job.updateProgress({ done: 50 })));
    assert.deepEqual((await progress)[0].data, { done: 50 });
    await first.waitUntilFinished(heard, PATIENCE);
  },
};

async function main() {
  let failed = 0;
  for (const [what, run] of Object.entries(checks)) {
    const name = `BullMQ ${version}: ${what}`;
    try {
      await new Redis(connection).flushall();
      await run();
      console.log(`ok ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${name}: ${String(error.stack || error).split("\n").slice(0, 3).join(" | ")}`);
    }
    await Promise.all(opened.splice(0).map((thing) => thing.close()));
  }
  process.exit(failed ? 1 : 0);
}

main();
