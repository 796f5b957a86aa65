"""redis-py against the server at $RTOOL_PORT, in RESP2 and RESP3. Prints `ok NAME` or `FAIL NAME: why` per check."""
import os
import sys
import threading
import traceback

import redis

PORT = int(os.environ["RTOOL_PORT"])
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


@check
def set_and_get(r):
    assert r.ping()
    assert r.set("k", b"\x00\xffv") and r.get("k") == b"\x00\xffv"
    assert r.get("absent") is None
    assert r.set("k", "2", nx=True) is None
    assert r.mset({"a": "1", "b": "2"}) and r.mget("a", "absent", "b") == [b"1", None, b"2"]
    assert r.incrby("n", 41) == 41 and float(r.incrbyfloat("n", 0.5)) == 41.5
    assert r.delete("a", "b", "absent") == 2


@check
def expiry(r):
    r.set("e", "x", px=60_000)
    assert 0 < r.pttl("e") <= 60_000 and r.persist("e") and r.ttl("e") == -1
    assert r.ttl("absent") == -2 and r.expire("e", 100, gt=True) == 0


@check
def pipeline(r):
    with r.pipeline(transaction=False) as p:
        for i in range(1000):
            p.set("p:%d" % i, i).get("p:%d" % i)
        replies = p.execute()
    assert replies[0::2] == [True] * 1000
    assert replies[1::2] == [str(i).encode() for i in range(1000)]


@check
def transactions(r):
    r.set("t", "1")

    def add(p):
        value = int(p.get("t"))
        p.multi()
        p.set("t", value + 1)
        p.get("t")

    assert r.transaction(add, "t") == [True, b"2"]
    with r.pipeline() as p:
        p.watch("t")
        r.set("t", "changed")
        p.multi()
        p.get("t")
        try:
            p.execute()
            raise AssertionError("WATCH did not see the change")
        except redis.WatchError:
            pass


@check
def pubsub(r):
    p = r.pubsub()
    p.subscribe("news")
    p.psubscribe("n*")
    kinds = [p.get_message(timeout=10)["type"] for _ in range(2)]
    assert kinds == ["subscribe", "psubscribe"], kinds
    assert r.publish("news", "hello") == 2
    messages = [p.get_message(timeout=10) for _ in range(2)]
    assert {m["type"] for m in messages} == {"message", "pmessage"}, messages
    assert all(m["data"] == b"hello" for m in messages)
    p.unsubscribe()
    p.punsubscribe()
    p.close()


@check
def scan(r):
    r.mset({"scan:%d" % i: i for i in range(500)})
    found = set(r.scan_iter(match="scan:*", count=50))
    assert len(found) == 500, len(found)


@check
def errors(r):
    r.set("text", "abc")
    try:
        r.incr("text")
        raise AssertionError("INCR of a text")
    except redis.ResponseError as error:
        assert "not an integer" in str(error), error
    try:
        r.execute_command("NOSUCH", "x")
        raise AssertionError("an unknown command")
    except redis.ResponseError as error:
        assert "unknown command" in str(error), error


@check
def server_facts(r):
    info = r.info()
    assert info["role"] == "master" and info["redis_version"], info
    assert r.config_get("maxmemory")["maxmemory"] == "0"
    assert r.client_setname("py") and r.client_getname() in ("py", b"py")
    assert any(c["name"] == "py" for c in r.client_list())
    assert int(r.command_count()) > 50
    assert r.dbsize() >= 0 and r.lastsave()


@check
def parallel_connections(r):
    r.set("c", 0)

    def add():
        for _ in range(200):
            r.incr("c")

    threads = [threading.Thread(target=add) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert r.get("c") == b"1600"


@check
def scripts(r):
    add = r.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    assert add(keys=["s"], args=[5]) == 5
    r.script_flush()
    assert add(keys=["s"], args=[5]) == 10, "NOSCRIPT is answered with EVAL"
    assert r.script_exists(add.sha, "0" * 40) == [True, False]
    with r.pipeline() as p:
        add(keys=["s"], args=[1], client=p)
        add(keys=["s"], args=[1], client=p)
        assert p.execute() == [11, 12]
    assert r.eval("return {KEYS[1], ARGV[1], {1, 'two', false}}", 1, "k", "a") == [b"k", b"a", [1, b"two", None]]
    try:
        r.eval("return redis.call('INCR', KEYS[1])", 1, "text" if r.set("text", "x") else "")
        raise AssertionError("INCR of a text")
    except redis.ResponseError as error:
        assert "not an integer" in str(error), error


@check
def functions(r):
    r.function_flush()
    code = """#!lua name=mine
    redis.register_function('add', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)
    redis.register_function{function_name='peek', callback=function(keys) return redis.call('GET', keys[1]) end,
      flags={'no-writes'}}"""
    assert r.function_load(code) == b"mine"
    assert r.fcall("add", 1, "f", 7) == 7 and r.fcall_ro("peek", 1, "f") == b"7"
    kept = r.function_dump()
    r.function_delete("mine")
    r.function_restore(kept)
    assert r.fcall("add", 1, "f", 1) == 8
    r.function_flush()


@check
def locks(r):
    with r.lock("lock", timeout=10) as lock:
        assert lock.owned() and not r.lock("lock").acquire(blocking=False)
        lock.extend(10)
    assert not r.exists("lock")


@check
def a_queue_of_lists_as_sidekiq_has_it(r):
    """Fetch with BRPOP, work in progress kept with LMOVE, the schedule a sorted set popped by a script."""
    due = r.register_script(
        "local jobs = redis.call('zrange', KEYS[1], '-inf', ARGV[1], 'byscore', 'limit', 0, 1)\n"
        "if jobs[1] then redis.call('zrem', KEYS[1], jobs[1]) return jobs[1] end"
    )
    jobs = 400
    done, guard = [], threading.Lock()

    def schedule():
        client = redis.Redis(port=PORT)
        while (job := due(keys=["schedule"], args=[10**9], client=client)) is not None:
            client.lpush("queue:default", job)

    def work(name):
        client = redis.Redis(port=PORT)
        while True:
            job = client.blmove("queue:default", "working:" + name, 10, "RIGHT", "LEFT")
            if job == b"stop":
                return
            with client.pipeline() as p:
                p.lrem("working:" + name, -1, job).incr("stat:processed").execute()
            with guard:
                done.append(job)

    r.zadd("schedule", {"job:%d" % n: n for n in range(jobs // 2)})
    workers = [threading.Thread(target=work, args=("w%d" % n,)) for n in range(4)]
    schedulers = [threading.Thread(target=schedule) for _ in range(2)]
    for t in workers + schedulers:
        t.start()
    for n in range(jobs // 2, jobs):
        r.lpush("queue:default", "job:%d" % n)
    for t in schedulers:
        t.join()
    for _ in workers:
        r.lpush("queue:default", "stop")
    for t in workers:
        t.join()
    assert sorted(done) == sorted(b"job:%d" % n for n in range(jobs)), len(done)
    assert r.get("stat:processed") == str(jobs).encode() and not r.exists("queue:default", "schedule")


def main():
    failed = 0
    for protocol in (2, 3):
        r = redis.Redis(port=PORT, protocol=protocol, socket_timeout=30)
        for function in CHECKS:
            name = "redis-py %s, RESP%d: %s" % (redis.__version__, protocol, function.__name__)
            r.flushall()
            try:
                function(r)
                print("ok " + name)
            except Exception:  # every failure is told, and the next check runs
                failed += 1
                print("FAIL %s: %s" % (name, traceback.format_exc(limit=-2).strip().replace("\n", " | ")))
    return 1 if failed else 0


sys.exit(main())
