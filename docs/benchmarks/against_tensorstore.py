"""Penstock and TensorStore, in turn, on the same arrays in the same run.

Usage: against_tensorstore.py FOLDER [ROUNDS [QUESTION...]]

Questions, all unless some are named: `write` and `read` (65,536 uint8 images of 64 x 64 x 3, 0.805 GB,
zstd 3, chunks of 64 in shards of 4,096), `shuffle` (the same images in shuffled batches of 256) and
`embeddings` (262,144 float32 vectors of 768, 0.805 GB, not compressed, shuffled batches of 256). Needs
numpy and tensorstore, 5 GB in FOLDER, and bin/penstock, built.

Images are gradients in steps of 8 plus two bits of noise, which zstd 3 makes 1.28 times smaller. Both
sides write into a local directory and read all of it back from the page cache. Penstock's rates are
those of a warm JVM: the third pass of writing (the first is shown too), the passes in order after one
for warming up, and the shuffled epochs after ten; its processor time is that of the passes measured,
with writing of all passes. Dirty pages are written back before each measurement. Prints a line for
each round and side, then the medians of the ratios, each taken within its round. The method is
explained in docs/benchmarks.md.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

SAMPLES, CHUNK, SHARD = 65_536, 64, 4_096
PIXELS = (64, 64, 3)
VECTORS, VECTOR_CHUNK, VECTOR_SHARD, WIDTH = 262_144, 256, 16_384, 768
BATCH, GROUP, WRITES = 256, 16, 3
IMAGE_LAYOUT = ["--chunk-samples", str(CHUNK), "--shard-bytes", "48MiB", "--codec", "zstd:3"]
VECTOR_LAYOUT = ["--chunk-samples", str(VECTOR_CHUNK), "--shard-bytes", "48MiB", "--codec", "none"]
PENSTOCK = Path(__file__).resolve().parents[2] / "bin" / "penstock"


def make_images(path):
    import numpy as np

    images = np.lib.format.open_memmap(path, mode="w+", dtype="uint8", shape=(SAMPLES, *PIXELS))
    y, x = np.mgrid[0:64, 0:64].astype("float32") - 32
    for start in range(0, SAMPLES, SHARD):
        random = np.random.default_rng([7, start])
        slope_x, slope_y, level = random.uniform(-2, 2, (3, SHARD, 1, 1, 3)).astype("float32")
        plane = 128 + slope_x * x[..., None] + slope_y * y[..., None] + 20 * level
        noise = random.integers(0, 4, (SHARD, *PIXELS))
        images[start : start + SHARD] = np.clip(plane // 8 * 8 + noise, 0, 255)


def make_vectors(path):
    import numpy as np

    vectors = np.lib.format.open_memmap(path, mode="w+", dtype="float32", shape=(VECTORS, WIDTH))
    random = np.random.default_rng(11)
    for start in range(0, VECTORS, VECTOR_SHARD):
        vectors[start : start + VECTOR_SHARD] = random.standard_normal(
            (VECTOR_SHARD, WIDTH), dtype="float32"
        )


def tensorstore_spec(folder, array, chunk, shard, codecs):
    index = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
    sharding = {
        "chunk_shape": [chunk, *array.shape[1:]],
        "codecs": codecs,
        "index_codecs": index,
    }
    return {
        "driver": "zarr3",
        "kvstore": {"driver": "file", "path": str(folder)},
        "metadata": {
            "shape": list(array.shape),
            "data_type": str(array.dtype),
            "chunk_grid": {
                "name": "regular",
                "configuration": {"chunk_shape": [shard, *array.shape[1:]]},
            },
            "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
        },
    }


ZSTD = [{"name": "bytes"}, {"name": "zstd", "configuration": {"level": 3}}, {"name": "crc32c"}]
PLAIN = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]


def in_flight(starts, begin, most):
    """Begins an operation for each start, with so many under way at once; yields their results."""
    pending = []
    for start in starts:
        pending.append(begin(start))
        if len(pending) == most:
            yield pending.pop(0).result()
    for operation in pending:
        yield operation.result()


def shuffled(array, chunk):
    """Batches at random out of 16 random chunks, while the next 16 are on their way."""
    import numpy as np

    random = np.random.default_rng(1)
    chunks = random.permutation(array.shape[0] // chunk)
    groups = [chunks[i : i + GROUP] for i in range(0, len(chunks), GROUP)]
    begin = lambda group: [array[c * chunk : (c + 1) * chunk].read() for c in group.tolist()]
    ahead = begin(groups[0])
    for number in range(len(groups)):
        pending = ahead
        ahead = begin(groups[number + 1]) if number + 1 < len(groups) else []
        buffer = np.concatenate([operation.result() for operation in pending])
        order = random.permutation(len(buffer))
        for start in range(0, len(buffer), BATCH):
            yield buffer[order[start : start + BATCH]]


def tensorstore_side(what, folder, npy):
    """Runs in a process of its own, so that memory and processor time are its own."""
    import numpy as np
    import tensorstore

    source = np.load(npy, mmap_mode="r")
    images = source.ndim == 4
    chunk, shard = (CHUNK, SHARD) if images else (VECTOR_CHUNK, VECTOR_SHARD)
    starts = range(0, source.shape[0], shard)
    if what == "write":
        shutil.rmtree(folder, ignore_errors=True)
        int(source[::CHUNK].sum())
        spec = tensorstore_spec(folder, source, chunk, shard, ZSTD if images else PLAIN)
        array = tensorstore.open(spec, create=True).result()
        write = lambda start: array[start : start + shard].write(source[start : start + shard])
        work = lambda: in_flight(starts, write, 4)
    else:
        driver = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(folder)}}
        array = tensorstore.open(driver, open=True).result()
        read = lambda start: array[start : start + shard].read()
        work = lambda: shuffled(array, chunk) if what == "load" else in_flight(starts, read, 3)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in work():
        pass
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    size = source.nbytes / 1e9
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"GBps": size / wall, "cpu_s_GB": cpu / size, "rss_MiB": rss}))


def tensorstore(what, folder, npy):
    os.sync()
    command = [sys.executable, __file__, "--tensorstore", what, folder, npy]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def penstock(*arguments):
    os.sync()
    command = [PENSTOCK, "bench", *arguments, "--memory", "256MiB", "--format", "json", "-q"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def penstock_write(folder, npy):
    shutil.rmtree(folder, ignore_errors=True)
    result = penstock("write", f"image={npy}", folder, "--epochs", str(WRITES), *IMAGE_LAYOUT)
    first, last = result["epochs"][0], result["epochs"][-1]
    return {**figures(result, [last]), "first_GBps": first["decodedBytesPerSecond"] / 1e9}


def penstock_read(folder, _):
    result = penstock("read", f"{folder}#image", "--warm-up", "1", "--epochs", "2")
    return figures(result, result["epochs"])


def penstock_load(folder, _):
    options = ["--batch", str(BATCH), "--seed", "1", "--warm-up", "10", "--epochs", "4"]
    result = penstock("load", str(folder), *options)
    return figures(result, result["epochs"])


def figures(result, epochs):
    return {
        "GBps": median(epoch["decodedBytesPerSecond"] for epoch in epochs) / 1e9,
        "cpu_s_GB": result["cpuSecondsPerDecodedGB"],
        "rss_MiB": result["peakRssBytes"] / 2**20,
    }


def prepare(folder, name, make, layout):
    """The array as NPY, and both sides' copies of it, each made once."""
    npy, theirs, ours = (folder / f"{name}{end}" for end in (".npy", "-tensorstore", "-penstock"))
    if not npy.exists():
        make(npy)
    if not theirs.exists():
        tensorstore("write", theirs, npy)
    if not ours.exists():
        command = [PENSTOCK, "convert", f"{name}={npy}", ours, *layout, "-q"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return npy, theirs, ours


# What each side is asked, and how Penstock answers.
QUESTIONS = {
    "write": ("write", penstock_write),
    "read": ("read", penstock_read),
    "shuffle": ("load", penstock_load),
    "embeddings": ("load", penstock_load),
}


def report(ratios, rounds):
    for name, values in ratios.items():
        spread = f"{min(values):.2f} to {max(values):.2f}"
        print(f"penstock / tensorstore, {name}: {median(values):.2f} ({spread}, {rounds} rounds)")


def compare(folder, rounds, questions):
    folder.mkdir(parents=True, exist_ok=True)
    images = prepare(folder, "image", make_images, IMAGE_LAYOUT)
    written = (images[0], folder / "written-tensorstore", folder / "written-penstock")
    arrays = {"write": written, "read": images, "shuffle": images}
    if "embeddings" in questions:
        arrays["embeddings"] = prepare(folder, "x", make_vectors, VECTOR_LAYOUT)
    ratios = {}
    for round_number in range(rounds):
        for question in questions:
            npy, theirs, ours = arrays[question]
            what, answer = QUESTIONS[question]
            b = tensorstore(what, theirs, npy)
            a = answer(ours, npy)
            for name, side in (("penstock", a), ("tensorstore", b)):
                shown = {key: round(value, 3) for key, value in side.items()}
                print(json.dumps({"round": round_number, "what": question, "side": name, **shown}))
            sys.stdout.flush()
            for key in ("GBps", "cpu_s_GB"):
                ratios.setdefault(f"{question} {key}", []).append(a[key] / b[key])
    report(ratios, rounds)


if __name__ == "__main__":
    if sys.argv[1] == "--tensorstore":
        tensorstore_side(*sys.argv[2:])
    else:
        compare(
            Path(sys.argv[1]).resolve(),
            int(sys.argv[2]) if len(sys.argv) > 2 else 5,
            sys.argv[3:] or list(QUESTIONS),
        )
