"""The sample order of Penstock in plain Python, from the words of format-spec/order-v1.md alone.

    python sample_order.py --check VECTORS.json    compares with test vectors
    python sample_order.py --vectors               prints vectors: format-spec/vectors/order-v1.json

Slow and exact, and good for reading: the names are those of the specification.
"""

import json
import struct
import sys
from bisect import bisect_left, bisect_right
from hashlib import sha256
from itertools import accumulate
from math import isqrt

MASK = 2**64 - 1
PHI = 0x9E3779B97F4A7C15
C = 0xD1342543DE82EF95
ALPHA = 0x91E10DA5C79E7801
RUNS, STEP, CHUNK, HOME, FULL, MIX, STREAM, SPLIT, WINDOW = 1, 2, 3, 4, 5, 6, 7, 8, 10
BLOCK = 1024
WINDOW_BATCHES = 64
OPEN_ROWS = 32


def mix(z):
    z &= MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def scale(n, h):
    return (n * (h & MASK)) >> 64


def tagged(key, tag):
    return mix(key ^ (tag * PHI))


def numbered(key, number):
    return mix(key + number * C)


def permute(x, n, key):
    """The image of x under the permutation of 0 .. n-1 that the key names."""
    if n <= 1:
        return x
    a = isqrt(n - 1) + 1
    b = (n + a - 1) // a
    if a * b == n and n % 2 == 1:
        b += 1
    while True:
        right, left = divmod(x, a)
        for j in range(16 if n < 64 else 6):
            round_key = mix(key + (j + 1) * PHI)
            if j % 2 == 0:
                left = (left + mix(right ^ round_key) % a) % a
            else:
                right = (right + mix(left ^ round_key) % b) % b
        x = right * a + left
        if x < n:
            return x


class SampleOrder:
    """Position -> (fragment, row) in one epoch. A fragment is a dict of rows, chunkSamples, deleted."""

    def __init__(self, fragments, level, batch, run_samples, lanes, seed, epoch, sticky=False):
        self.level, self.sticky = level, sticky
        self.B, self.L, self.K = batch, run_samples, lanes
        self.chunk = [f["chunkSamples"] for f in fragments]
        self.live = [sorted(set(range(f["rows"])) - set(f["deleted"])) for f in fragments]
        counts = [len(live) for live in self.live]
        self.first = [0, *accumulate(counts)]
        self.full_before = [0, *accumulate(n // run_samples for n in counts)]
        self.rest_before = [0, *accumulate(n % run_samples for n in counts)]
        self.N = self.first[-1]
        self.R = self.N // run_samples
        self.seed_key = mix(seed + PHI)
        self.epoch_key = numbered(self.seed_key, epoch + 1)
        # Lanes: G groups of g; lane length T, of which E are longer by one.
        self.G = min(batch, lanes) if level == "lanes" else batch
        self.g = max(1, lanes // self.G)
        self.T, self.E = divmod(self.N, lanes)
        self.A, self.D = divmod(self.E, self.G)

    def sample(self, i):
        if self.level == "sequential":
            return self.locate(i)
        if self.level == "full":
            return self.locate(permute(i, self.N, tagged(self.epoch_key, FULL)))
        if self.level == "runs":
            y, offset = divmod(i, self.L)
            fragment, at, _, _ = self.in_run(self.permuted_run(y), offset)
            return fragment, self.live[fragment][at]
        u, t = self.lane(i)
        y, offset = divmod(self.place(i, u, t), self.L)
        return self.in_chunk(*self.in_run(self.run(y, u), offset))

    def locate(self, sample):
        f = bisect_right(self.first, sample) - 1
        return f, self.live[f][sample - self.first[f]]

    def lane(self, i):
        """The group u and the lane t within it that position i draws from."""
        step, in_step = divmod(i, self.K)
        t, u = divmod(in_step, self.G)
        if step < self.T:
            key = numbered(tagged(self.epoch_key, STEP), step)
            t = permute(t, self.g, mix(key ^ (2 * u + 1)))
        return u, t

    def longer(self, u):
        return self.A + (1 if u < self.D else 0)

    def lane_start(self, u, t):
        return (u * self.g + t) * self.T + u * self.A + min(u, self.D) + min(t, self.longer(u))

    def place(self, i, u, t):
        """The place on the line."""
        lane, start = u * self.g + t, self.lane_start(u, t)
        length = self.T + (1 if t < self.longer(u) else 0)
        spread = scale(self.T, lane * ALPHA)
        phase = (spread + (scale(self.L, lane * PHI) - start - spread) % self.L) % length
        return start + (i // self.K + phase) % length

    def run(self, y, u):
        """The run that stands y-th on the line."""
        if self.sticky and y < self.R:
            low = -(-self.lane_start(u, 0) // self.L)
            high = self.lane_start(u + 1, 0) // self.L
            if low <= y < high:
                key = numbered(tagged(self.epoch_key, HOME), u)
                y = low + permute(y - low, high - low, key)
        return self.permuted_run(y)

    def permuted_run(self, y):
        key = tagged(self.seed_key if self.sticky else self.epoch_key, RUNS)
        return permute(y, self.R, key) if y < self.R else y

    def in_run(self, run, offset):
        """Fragment, live row in it, and the live rows low .. high-1 of the fragment in this run."""
        full = self.full_before[-1]
        if run < full:
            f = bisect_right(self.full_before, run) - 1
            low = (run - self.full_before[f]) * self.L
            return f, low + offset, low, low + self.L
        z = (run - full) * self.L
        f = bisect_right(self.rest_before, z + offset) - 1
        first = (self.full_before[f + 1] - self.full_before[f]) * self.L
        low = first + z - self.rest_before[f]
        return f, low + offset, max(first, low), min(low + self.L, len(self.live[f]))

    def in_chunk(self, f, at, low, high):
        """The same live row with those of its chunk permuted."""
        live, c = self.live[f], self.chunk[f]
        q = live[at] // c
        low = max(low, bisect_left(live, q * c))
        high = min(high, bisect_left(live, (q + 1) * c))
        key = numbered(tagged(self.epoch_key, CHUNK), self.first[f] + low)
        return f, live[low + permute(at - low, high - low, key)]

    def rank(self, i, world_size):
        o, steps = i % self.B, self.B // self.G
        return ((o % self.G) * steps + o // self.G) * world_size // self.B


class MixedOrder:
    """Position -> (stream, index in the stream). A segment is a dict of start and weights."""

    def __init__(self, seed, segments):
        self.seed_key = mix(seed + PHI)
        self.segments = []
        for segment in segments:
            weights, start = segment["weights"], segment["start"]
            base = self.indexes(start) if self.segments else [0] * len(weights)
            self.segments.append((start, quotas(weights), base))

    def segment(self, i):
        return [s for s in self.segments if s[0] <= i][-1]  # the last that has begun

    def stream(self, i):
        start, quota, _ = self.segment(i)
        slot = (i - start) % BLOCK
        key = numbered(tagged(self.seed_key, MIX), i - slot)
        return bisect_right(list(accumulate(quota)), permute(slot, BLOCK, key))

    def indexes(self, i):
        """How many samples each stream has given before position i."""
        start, quota, base = self.segment(i)
        blocks, slot = divmod(i - start, BLOCK)
        given = [b + blocks * q for b, q in zip(base, quota)]
        for at in range(i - slot, i):
            given[self.stream(at)] += 1
        return given

    def sample(self, i):
        stream = self.stream(i)
        return stream, self.indexes(i)[stream]

    def stream_seed(self, stream):
        return numbered(tagged(self.seed_key, STREAM), stream)


def quotas(weights):
    total = sum(weights)
    quota = [BLOCK * w // total for w in weights]
    by_remainder = sorted(range(len(weights)), key=lambda s: (-(BLOCK * weights[s] % total), s))
    for s in by_remainder[: BLOCK - sum(quota)]:
        quota[s] += 1
    return quota


class Window:
    """The batches of a window: lists of rows, which are lists of positions in the window.

    Sizes are lists, one for each ragged tensor, of the window's samples; level, batch and lanes are
    those of the order.
    """

    def __init__(self, level, batch, lanes, seed, epoch, number, sizes):
        self.B = batch
        self.G = min(batch, lanes) if level == "lanes" else batch
        self.key = numbered(tagged(numbered(mix(seed + PHI), epoch + 1), WINDOW), number + 1)
        self.sizes = sizes
        self.size = [sum(of_sample) for of_sample in zip(*sizes, strict=True)]
        self.count = len(self.size)

    def home(self, i):
        o = i % self.B
        return (o % self.G) * (self.B // self.G) + o // self.G

    def single(self, batches):
        """Rows of one sample each."""
        return [[[i] for i in sorted(batch, key=lambda i: (self.home(i), i))] for batch in batches]

    def drawn(self, batches):
        return [permute(j, len(batches), self.key) for j in range(len(batches))]

    def by_size(self, positions):
        return sorted(positions, key=lambda i: (self.size[i], i))

    def buckets(self, buckets):
        rest = self.count - self.count % self.B
        positions, full = self.by_size(range(rest)), rest // self.B
        cuts = [h * full // buckets for h in range(buckets + 1)]
        of_bucket = []
        for low, high in zip(cuts, cuts[1:], strict=False):
            ascending = sorted(positions[low * self.B : high * self.B])
            of_bucket.append([ascending[n * self.B : (n + 1) * self.B] for n in range(high - low)])
        batches = []
        for batch in self.drawn(range(full)):
            batches.append(of_bucket[bisect_right(cuts, batch) - 1].pop(0))
        last = [list(range(rest, self.count))] if rest < self.count else []
        return self.single(batches + last)

    def bounded(self, most, fixed):
        return self.single(self.cut(range(self.count), lambda batch: self.bytes(batch, fixed), most))

    def bytes(self, batch, fixed):
        return sum(self.size[i] + fixed for i in batch)

    def bounded_padded(self, most, fixed):
        batches = self.cut(
            self.by_size(range(self.count)), lambda batch: self.padded_bytes(batch, fixed), most
        )
        return self.single([batches[j] for j in self.drawn(batches)])

    def padded_bytes(self, batch, fixed):
        return len(batch) * (sum(max(sizes[i] for i in batch) for sizes in self.sizes) + fixed)

    def cut(self, positions, size, most):
        batches = []
        for i in positions:
            if batches and len(batches[-1]) < self.B and size([*batches[-1], i]) <= most:
                batches[-1].append(i)
            else:
                batches.append([i])
        return batches

    def packed(self, length, rows_of_batch):
        rows, room = [], []
        for i in sorted(range(self.count), key=lambda i: (i // self.B, self.home(i), i)):
            own = min(self.size[i], length)
            fitting = [r for r in range(max(0, len(rows) - OPEN_ROWS), len(rows)) if room[r] >= own]
            row = min(fitting, key=lambda r: (room[r], r), default=len(rows))
            if row == len(rows):
                rows.append([])
                room.append(length)
            rows[row].append(i)
            room[row] -= own
        batches = [rows[at : at + rows_of_batch] for at in range(0, len(rows), rows_of_batch)]
        return [sorted(batch, key=lambda row: self.home(row[0])) for batch in batches]


def rows_hash(fragments):
    """Names the live rows of a version or of a view."""
    ranges, first = [], 0
    for f in fragments:
        for row in range(first, first + f["rows"]):
            if row - first not in f["deleted"]:
                if ranges and ranges[-1][1] == row:
                    ranges[-1][1] = row + 1
                else:
                    ranges.append([row, row + 1])
        first += f["rows"]
    return sha256(b"".join(struct.pack("<qq", *range_) for range_ in ranges)).hexdigest()


def split_place(sample_id, seed):
    """The place of a sample on the scale of 2^53 that splits cut."""
    return numbered(tagged(mix(seed + PHI), SPLIT), sample_id) >> 11


def in_split(sample_id, seed, from_percent, to_percent):
    return int(from_percent / 100 * 2**53) <= split_place(sample_id, seed) < int(to_percent / 100 * 2**53)


def order_of(case):
    return SampleOrder(
        case["fragments"], case["level"], case["batch"], case["runSamples"], case["lanes"],
        case["seed"], case["epoch"], case["sticky"],
    )  # fmt: skip


def results(case):
    """What a case of the vectors expects."""
    order = order_of(case)
    return {
        "first": [order.sample(i) for i in range(min(order.N, 60))],
        "last": [order.sample(i) for i in range(max(0, order.N - 10), order.N)],
        "ranks": [order.rank(i, case["worldSize"]) for i in range(min(order.N, case["batch"]))],
        "rowsHash": rows_hash(case["fragments"]),
    }


def mix_results(case):
    mixed = MixedOrder(case["seed"], case["segments"])
    return {
        "samples": [[i, *mixed.sample(i)] for i in case["positions"]],
        "streamSeeds": [mixed.stream_seed(s) for s in range(len(case["segments"][0]["weights"]))],
    }


def fragment(rows, chunk_samples, deleted=()):
    return {"rows": rows, "chunkSamples": chunk_samples, "deleted": list(deleted)}


def cases():
    one = [fragment(1009, 8)]
    uneven = [fragment(701, 16, [0, 1, 700]), fragment(9, 16), fragment(1500, 20, range(40, 90)),
              fragment(48, 8, range(48)), fragment(130, 12)]  # fmt: skip
    many = [fragment(1 + 37 * f % 23, 4) for f in range(300)]
    for name, fragments, level, L, K, B, W, seed, epoch, sticky in [
        ("sequential", uneven, "sequential", 1, 1, 10, 5, 3, 0, False),
        ("runs", uneven, "runs", 40, 1, 10, 2, 3, 1, False),
        ("full", uneven, "full", 1, 1, 10, 10, 3, 2, False),
        ("one fragment of a prime length", one, "lanes", 64, 24, 12, 4, 42, 0, False),
        ("its next epoch", one, "lanes", 64, 24, 12, 4, 42, 1, False),
        ("the next seed", one, "lanes", 64, 24, 12, 4, 43, 0, False),
        ("a negative seed", one, "lanes", 64, 24, 12, 4, -1, 0, False),
        ("uneven fragments, mixed chunks, deleted rows", uneven, "lanes", 40, 12, 12, 3, 7, 3, False),
        ("several lanes a group", uneven, "lanes", 48, 40, 8, 2, 7, 4, False),
        ("lanes divide the batch", uneven, "lanes", 40, 6, 24, 8, 1, 1, False),
        ("hundreds of tiny fragments", many, "lanes", 16, 32, 16, 16, 11, 5, False),
        ("fewer samples than lanes", [fragment(5, 8), fragment(6, 8)], "lanes", 16, 48, 12, 6, 9, 2, False),
        ("one sample", [fragment(1, 1)], "lanes", 8, 4, 2, 1, 0, 0, False),
        ("one lane", one, "lanes", 64, 1, 4, 2, 0, 0, False),
        ("sticky homes", [fragment(2000, 16), fragment(333, 16)], "lanes", 64, 16, 8, 4, 5, 4, True),
        ("sticky homes, next epoch", [fragment(2000, 16), fragment(333, 16)], "lanes", 64, 16, 8, 4, 5, 5, True),
    ]:  # fmt: skip
        yield {"name": name, "fragments": fragments, "level": level, "runSamples": L, "lanes": K, "batch": B,
               "worldSize": W, "seed": seed, "epoch": epoch, "sticky": sticky}  # fmt: skip


def mix_cases():
    yield {"name": "one stream", "seed": 0, "segments": [{"start": 0, "weights": [1]}],
           "positions": [0, 1, 1023, 1024, 10**12]}  # fmt: skip
    yield {"name": "three streams", "seed": 17, "segments": [{"start": 0, "weights": [1, 2, 4]}],
           "positions": [*range(20), 1022, 1023, 1024, 1025, 123456789012]}  # fmt: skip
    yield {"name": "changed weights", "seed": 5,
           "segments": [{"start": 0, "weights": [3, 1]}, {"start": 1500, "weights": [1, 1]},
                        {"start": 5000, "weights": [0, 7]}],
           "positions": [0, 1, 2, 1498, 1499, 1500, 1501, 1502, 4998, 4999, 5000, 5001, 9999]}  # fmt: skip


def window_cases():
    def sizes(count, most, tensor):
        return [scale(most + 1, mix(1000 * tensor + i)) for i in range(count)]

    for name, level, B, K, seed, epoch, number, sizes_, mode in [
        ("buckets", "lanes", 4, 12, 3, 1, 0, [sizes(256, 900, 0)], {"bucket": 8}),
        ("buckets of two tensors, lanes divide the batch", "lanes", 6, 2, -5, 0, 2,
         [sizes(120, 50, 1), sizes(120, 400, 2)], {"bucket": 7}),
        ("more buckets than batches", "full", 5, 1, 1, 0, 0, [sizes(15, 9, 3)], {"bucket": 8}),
        ("bounded bytes", "lanes", 6, 2, 8, 4, 1, [sizes(100, 300, 4)], {"maxBytes": 900, "fixedBytes": 7}),
        ("bounded bytes, samples above the bound", "sequential", 3, 1, 0, 0, 0,
         [sizes(40, 100, 5)], {"maxBytes": 60, "fixedBytes": 0}),
        ("bounded bytes with padding", "lanes", 6, 2, 8, 4, 1,
         [sizes(100, 300, 6), sizes(100, 40, 7)], {"maxBytes": 1500, "fixedBytes": 7, "padded": True}),
        ("packed", "lanes", 8, 4, 2, 0, 3, [sizes(200, 60, 8)], {"packLength": 100, "rows": 6}),
        ("packed, samples longer than a row", "runs", 4, 1, 2, 7, 0,
         [sizes(90, 30, 9)], {"packLength": 20, "rows": 4}),
    ]:  # fmt: skip
        yield {"name": name, "level": level, "batch": B, "lanes": K, "seed": seed, "epoch": epoch,
               "window": number, "sizes": sizes_, **mode}  # fmt: skip


def window_results(case):
    window = Window(
        case["level"], case["batch"], case["lanes"], case["seed"], case["epoch"], case["window"],
        case["sizes"],
    )  # fmt: skip
    if "bucket" in case:
        return window.buckets(case["bucket"])
    if "packLength" in case:
        return window.packed(case["packLength"], case["rows"])
    gather = window.bounded_padded if case.get("padded") else window.bounded
    return gather(case["maxBytes"], case["fixedBytes"])


def split_cases():
    for seed, start, end in [(0, 0, 90), (0, 90, 100), (7, 0, 0.1), (-3, 12.5, 62.5)]:
        ids = [*range(40), 10**6, 2**40, 2**62]
        yield {"seed": seed, "from": start, "to": end, "ids": ids}


def split_results(case):
    return [id for id in case["ids"] if in_split(id, case["seed"], case["from"], case["to"])]


def vectors():
    sizes = [1, 2, 5, 6, 9, 15, 63, 64, 65, 1000, 65536, 65537, 1281167, 10**9, 2**40, 10**12, 2**62]
    permutation = []
    for n in sizes:
        for key in (0, 1, 0x0123456789ABCDEF, MASK):
            xs = sorted({0, 1 % n, n // 3, n // 2, n - 1})
            ys = [permute(x, n, key) for x in xs]
            permutation.append({"n": n, "key": hexadecimal(key), "x": xs, "y": ys})
    return {
        "algorithm": "penstock-order-1",
        "mix": [[hexadecimal(z), hexadecimal(mix(z))] for z in (0, 1, 2, PHI, MASK)],
        "permutation": permutation,
        "order": [case | results(case) for case in cases()],
        "mixed": [with_hexadecimal_seeds(case | mix_results(case)) for case in mix_cases()],
        "split": [case | {"members": split_results(case)} for case in split_cases()],
        "window": [case | {"batches": window_results(case)} for case in window_cases()],
    }


def hexadecimal(value):
    return f"{value:016x}"


def with_hexadecimal_seeds(case):
    return case | {"streamSeeds": [hexadecimal(seed) for seed in case["streamSeeds"]]}


def check(expected):
    """Compares with vectors; returns how many values were equal."""
    compared = 0

    def same(what, found, wanted):
        nonlocal compared
        if json.loads(json.dumps(found)) != wanted:
            sys.exit(f"{what}: found {found}, expected {wanted}")
        compared += len(wanted)

    for z, mixed in expected["mix"]:
        same(f"mix {z}", [hexadecimal(mix(int(z, 16)))], [mixed])
    for case in expected["permutation"]:
        images = [permute(x, case["n"], int(case["key"], 16)) for x in case["x"]]
        same(f"permutation of {case['n']}", images, case["y"])
    for case in expected["order"]:
        found = results(case)
        for member in ("first", "last", "ranks"):
            same(f"{case['name']}, {member}", found[member], case[member])
        same(f"{case['name']}, hash", [found["rowsHash"]], [case["rowsHash"]])
        order = order_of(case)
        all_samples = {order.sample(i) for i in range(order.N)}
        same(f"{case['name']}, samples", [len(all_samples)], [sum(map(len, order.live))])
    for case in expected["mixed"]:
        found = with_hexadecimal_seeds(mix_results(case))
        for member in ("samples", "streamSeeds"):
            same(f"{case['name']}, {member}", found[member], case[member])
    for case in expected["split"]:
        same(f"split {case}", split_results(case), case["members"])
    for case in expected["window"]:
        batches = window_results(case)
        same(f"window, {case['name']}", batches, case["batches"])
        positions = sorted(i for batch in batches for row in batch for i in row)
        same(f"window, {case['name']}, positions", positions, list(range(len(case["sizes"][0]))))
    return compared


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="utf-8") as file:
            print(check(json.load(file)), "values equal")
    elif sys.argv[1:] == ["--vectors"]:
        text = json.dumps(vectors(), separators=(",", ":"))
        print(text[:1] + text[1:].replace('{"', '\n{"'))
    else:
        sys.exit(__doc__)
