"""Penstock and TensorStore, in turn, on the same pixels in the same run: writing and reading in order.

Usage: against_tensorstore.py FOLDER [ROUNDS]

Needs numpy and tensorstore, 3 GB in FOLDER, and bin/penstock, built. Makes 65,536 uint8 images of
64 x 64 x 3 (0.805 GB: gradients in steps of 8 plus two bits of noise, which zstd 3 makes 1.28 times
smaller). Both write chunks of 64 images in shards of 4,096 with zstd 3 into a local directory, and
read all of it back, batch by batch, from the page cache. Penstock's rates are those of a warm JVM: the
second pass of writing (the first is shown too), and reading after one pass; its processor time is that
of all passes measured. Dirty pages are written back before each measurement. Prints a line for each round and side, then
the medians of the ratios, each taken within its round. The method is explained in docs/benchmarks.md.
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


def tensorstore_spec(folder):
    index = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
    inner = [{"name": "bytes"}, {"name": "zstd", "configuration": {"level": 3}}, {"name": "crc32c"}]
    sharding = {"chunk_shape": [CHUNK, *PIXELS], "codecs": inner, "index_codecs": index}
    return {
        "driver": "zarr3",
        "kvstore": {"driver": "file", "path": str(folder)},
        "metadata": {
            "shape": [SAMPLES, *PIXELS],
            "data_type": "uint8",
            "chunk_grid": {
                "name": "regular",
                "configuration": {"chunk_shape": [SHARD, *PIXELS]},
            },
            "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
        },
    }


def in_flight(starts, begin, most):
    """Begins an operation for each start, with so many under way at once; yields their results."""
    pending = []
    for start in starts:
        pending.append(begin(start))
        if len(pending) == most:
            yield pending.pop(0).result()
    for operation in pending:
        yield operation.result()


def tensorstore_side(what, folder, npy):
    """Runs in a process of its own, so that memory and processor time are its own."""
    import numpy as np
    import tensorstore

    images = np.load(npy, mmap_mode="r")
    starts = range(0, SAMPLES, SHARD)
    if what == "write":
        shutil.rmtree(folder, ignore_errors=True)
        int(images[::CHUNK].sum())
        array = tensorstore.open(tensorstore_spec(folder), create=True).result()
        operation, most = lambda s: array[s : s + SHARD].write(images[s : s + SHARD]), 4
    else:
        array = tensorstore.open(tensorstore_spec(folder), open=True).result()
        operation, most = lambda s: array[s : s + SHARD].read(), 3
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in in_flight(starts, operation, most):
        pass
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    size = SAMPLES * 64 * 64 * 3 / 1e9
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
    layout = ["--chunk-samples", str(CHUNK), "--shard-bytes", "48MiB", "--codec", "zstd:3"]
    result = penstock("write", f"image={npy}", folder, "--epochs", "2", *layout)
    first, *warm = result["epochs"]
    return {**figures(result, warm), "first_GBps": first["decodedBytesPerSecond"] / 1e9}


def penstock_read(folder):
    result = penstock("read", f"{folder}#image", "--warm-up", "1", "--epochs", "2")
    return figures(result, result["epochs"])


def figures(result, epochs):
    return {
        "GBps": median(epoch["decodedBytesPerSecond"] for epoch in epochs) / 1e9,
        "cpu_s_GB": result["cpuSecondsPerDecodedGB"],
        "rss_MiB": result["peakRssBytes"] / 2**20,
    }


def compare(folder, rounds):
    folder.mkdir(parents=True, exist_ok=True)
    npy = folder / "image.npy"
    if not npy.exists():
        make_images(npy)
    theirs, ours = folder / "tensorstore", folder / "penstock"
    ratios = {}
    for round_number in range(rounds):
        for what in ("write", "read"):
            b = tensorstore(what, theirs, npy)
            a = penstock_write(ours, npy) if what == "write" else penstock_read(ours)
            for name, side in (("penstock", a), ("tensorstore", b)):
                shown = {key: round(value, 3) for key, value in side.items()}
                print(json.dumps({"round": round_number, "what": what, "side": name, **shown}))
            sys.stdout.flush()
            for key in ("GBps", "cpu_s_GB"):
                ratios.setdefault(f"{what} {key}", []).append(a[key] / b[key])
    for name, values in ratios.items():
        spread = f"{min(values):.2f} to {max(values):.2f}"
        print(f"penstock / tensorstore, {name}: {median(values):.2f} ({spread}, {rounds} rounds)")


if __name__ == "__main__":
    if sys.argv[1] == "--tensorstore":
        tensorstore_side(*sys.argv[2:])
    else:
        compare(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
