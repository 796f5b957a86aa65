// ioredis against the server at $RTOOL_PORT, in RESP2 and RESP3. Prints `ok NAME` or `FAIL NAME: why` per check.
"use strict";
const assert = require("assert");
const { once } = require("events");
const { Redis } = require("ioredis");
const { version } = require("ioredis/package.json");

const connect = (protocol) =>
  new Redis({ port: Number(process.env.RTOOL_PORT), protocol, commandTimeout: 30000, maxRetriesPerRequest: 2 });

const checks = {
  async "set and get"(r) {
    assert.equal(await r.ping(), "PONG");
    assert.equal(await r.set("k", Buffer.from([0, 255, 118])), "OK");
    assert.deepEqual(await r.getBuffer("k"), Buffer.from([0, 255, 118]));
    assert.equal(await r.get("absent"), null);
    await r.mset("a", "1", "b", "2");
    assert.deepEqual(await r.mget("a", "absent", "b"), ["1", null, "2"]);
    assert.equal(await r.incrby("n", 41), 41);
    assert.equal(await r.del("a", "b", "absent"), 2);
  },
  async expiry(r) {
    await r.set("e", "x", "PX", 60000);
    assert.ok((await r.pttl("e")) > 0);
    assert.equal(await r.persist("e"), 1);
    assert.equal(await r.ttl("absent"), -2);
  },
  async pipeline(r) {
    const p = r.pipeline();
    for (let i = 0; i < 1000; i++) p.set(`p:${i}`, i).get(`p:${i}`);
    const replies = await p.exec();
    assert.equal(replies.length, 2000);
    replies.forEach(([error, value], at) => {
      assert.equal(error, null);
      assert.equal(value, at % 2 ? String((at - 1) / 2) : "OK");
    });
  },
  async transactions(r, protocol) {
    assert.deepEqual(await r.multi().set("t", "1").incr("t").exec(), [[null, "OK"], [null, 2]]);
    const other = connect(protocol);
    await r.watch("t");
    await other.set("t", "changed");
    assert.equal(await r.multi().get("t").exec(), null);
    other.disconnect();
  },
  async pubsub(r, protocol) {
    const subscriber = connect(protocol);
    await subscriber.subscribe("news");
    await subscriber.psubscribe("n*");
    const heard = [once(subscriber, "message"), once(subscriber, "pmessage")];
    assert.equal(await r.publish("news", "hello"), 2);
    assert.deepEqual(await Promise.all(heard), [["news", "hello"], ["n*", "news", "hello"]]);
    subscriber.disconnect();
  },
  async scan(r) {
    const pairs = Array.from({ length: 500 }, (_, i) => [`scan:${i}`, String(i)]);
    await r.mset(...pairs.flat());
    const found = new Set();
    for await (const keys of r.scanStream({ match: "scan:*", count: 50 })) keys.forEach((key) => found.add(key));
    assert.equal(found.size, 500);
  },
  async scripts(r) {
    r.defineCommand("take", {
      numberOfKeys: 1,
      lua: "local had = redis.call('get', KEYS[1]) redis.call('set', KEYS[1], ARGV[1]) return {had, #ARGV[1]}",
    });
    assert.deepEqual(await r.take("s", "one"), [null, 3]);
    await r.script("FLUSH");
    assert.deepEqual(await r.take("s", "three"), ["one", 5]);
    const replies = await r.pipeline().take("s", "a").take("s", "b").exec();
    assert.deepEqual(replies, [[null, ["three", 1]], [null, ["a", 1]]]);
    await assert.rejects(r.eval("return redis.error_reply('MINE is it')", 0), /MINE is it/);
  },
  async functions(r) {
    await r.function("LOAD", "REPLACE", "#!lua name=js\nredis.register_function('twice', function(k, a) return a[1] * 2 end)");
    assert.equal(await r.fcall("twice", 0, 21), 42);
    await r.function("DELETE", "js");
  },
  async "blocking reads and streams"(r, protocol) {
    const other = connect(protocol);
    const popped = r.blpop("list", 10);
    await other.rpush("list", "x");
    assert.deepEqual(await popped, ["list", "x"]);
    await r.xgroup("CREATE", "st", "g", "$", "MKSTREAM");
    const id = await other.xadd("st", "*", "f", "v");
    const read = await r.xreadgroup("GROUP", "g", "c", "COUNT", 1, "STREAMS", "st", ">");
    const [key, entries] = read[0];
    assert.equal(key, "st");
    assert.deepEqual(entries, [[id, ["f", "v"]]]);
    assert.equal(await r.xack("st", "g", id), 1);
    other.disconnect();
  },
  async errors(r) {
    await r.set("text", "abc");
    await assert.rejects(r.incr("text"), /not an integer/);
    await assert.rejects(r.call("NOSUCH", "x"), /unknown command/);
  },
  async "server facts"(r) {
    assert.match(await r.info(), /role:master/);
    assert.equal(await r.client("SETNAME", "js"), "OK");
    assert.match(await r.client("LIST"), /name=js/);
    assert.ok((await r.command("COUNT")) > 50);
  },
};

async function main() {
  let failed = 0;
  for (const protocol of [2, 3]) {
    const r = connect(protocol);
    for (const [what, run] of Object.entries(checks)) {
      const name = `ioredis ${version}, RESP${protocol}: ${what}`;
      try {
        await r.flushall();
        await run(r, protocol);
        console.log(`ok ${name}`);
      } catch (error) {
        failed++;
        console.log(`FAIL ${name}: ${String(error.stack || error).split("\n").slice(0, 3).join(" | ")}`);
      }
    }
    r.disconnect();
  }
  process.exit(failed ? 1 : 0);
}

main();
