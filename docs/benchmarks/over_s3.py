"""Penstock and TensorStore, in turn, shuffled out of the same bucket in the same run.

Usage: over_s3.py ENDPOINT BUCKET FOLDER [ROUNDS [bare]]

FOLDER holds what `against_tensorstore.py FOLDER` has made: `image.npy` and each side's copy. Copies
that the bucket lacks are written to it; a server of FOLDER's parent with FOLDER's name as bucket has
them already. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, where the server asks for them, and
AWS_REGION are read by both sides.

TensorStore has 256 chunks requested ahead, the best of its settings where requests are slow.
Penstock has 256 MiB for everything, and answers three times: `first` is the very first epoch of its
process, without the JVM's optimising compiler, as `bin/penstock` runs it; `trained` is the same of a
JVM with an ahead-of-time cache, which a run before the first round has made (FOLDER/penstock.aot);
`warm` is the median of four epochs after sixty of a JVM as it is by default, as a training runs it.
First batches: TensorStore's is opening and reading together, Penstock's the second opening of its
process (the first is shown too). With `bare`, and a server that asks for no signature,
BareLoop.java answers too: the least that the same bytes can cost in Java. Prints a line for each
round and side, then the medians of the ratios, each taken within its round. The method is explained
in docs/benchmarks.md.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from against_tensorstore import BATCH, CHUNK, GROUP, IMAGE_LAYOUT, PENSTOCK, report

AHEAD = 16  # groups of 16 chunks
OPTIMISING = "-XX:TieredStopAtLevel=4"  # what the JVM does unless it is told otherwise
TRAINING = ("--warm-up", "10", "--epochs", "1")
FIRST = ("--epochs", "1")
WARM = ("--warm-up", "60", "--epochs", "4")


def tensorstore_side(endpoint, bucket):
    """Runs in a process of its own, so that memory and processor time are its own."""
    import numpy as np
    import tensorstore

    cpu, begun, first = time.process_time(), time.perf_counter(), None
    array = tensorstore.open(tensorstore_spec(endpoint, bucket), open=True, read=True).result()
    random = np.random.default_rng(1)
    chunks = random.permutation(array.shape[0] // CHUNK)
    groups = [chunks[i : i + GROUP] for i in range(0, len(chunks), GROUP)]
    read = lambda chunk: array[chunk * CHUNK : (chunk + 1) * CHUNK].read()
    begin = lambda group: [read(chunk) for chunk in group.tolist()]
    pending = [begin(group) for group in groups[:AHEAD]]
    for number in range(len(groups)):
        buffer = np.concatenate([operation.result() for operation in pending.pop(0)])
        if number + AHEAD < len(groups):
            pending.append(begin(groups[number + AHEAD]))
        order = random.permutation(len(buffer))
        for start in range(0, len(buffer), BATCH):
            buffer[order[start : start + BATCH]]
            first = first or time.perf_counter() - begun
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    size = array.size * array.dtype.numpy_dtype.itemsize / 1e9
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shown = {"GBps": size / wall, "cpu_s_GB": cpu / size, "first_ms": first * 1e3, "rss_MiB": rss}
    print(json.dumps(shown))


def tensorstore_spec(endpoint, bucket):
    store = {"driver": "s3", "bucket": bucket, "path": "image-tensorstore/", "endpoint": endpoint}
    return {"driver": "zarr3", "kvstore": {**store, "aws_region": region()}}


def region():
    return os.environ.get("AWS_REGION", "us-east-1")


def run(command):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def load(endpoint, bucket, java_options, epochs):
    place = [f"s3://{bucket}/image-penstock", "--endpoint", endpoint]
    options = ["--batch", str(BATCH), "--seed", "1", "--memory", "256MiB", *epochs]
    command = [PENSTOCK, "bench", "load", *place, *options, "--format", "json", "-q"]
    environment = {**os.environ, "PENSTOCK_JAVA_OPTS": java_options}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    return done.stdout


def penstock_side(endpoint, bucket, java_options, epochs):
    result = json.loads(load(endpoint, bucket, java_options, epochs))
    return {
        "GBps": median(epoch["decodedBytesPerSecond"] for epoch in result["epochs"]) / 1e9,
        "cpu_s_GB": result["cpuSecondsPerDecodedGB"],
        "cold_first_ms": result["cold"]["firstBatchMillis"],
        "first_ms": result["firstBatchMillis"],
        "rss_MiB": result["peakRssBytes"] / 2**20,
    }


def bare_side(endpoint, bucket, folder):
    root = PENSTOCK.parents[1]
    home = subprocess.run([root / "bin" / "find-jdk"], check=True, capture_output=True, text=True)
    java = [f"{home.stdout.strip()}/bin/java", "-Xmx256m", "--enable-native-access=ALL-UNNAMED"]
    zstd = next(root.glob("target/lib/zstd-jni-*.jar"))
    loop = Path(__file__).with_name("BareLoop.java")
    return run([*java, "-cp", zstd, loop, endpoint.removeprefix("http://"), bucket, folder, "16"])


def prepare(endpoint, bucket, folder):
    """Copies what the bucket lacks, by each side's own hand."""
    import numpy as np
    import tensorstore

    source = np.load(folder / "image.npy", mmap_mode="r")
    local = {"driver": "zarr3", "kvstore": {"driver": "file", "path": f"{folder}/image-tensorstore/"}}
    theirs = tensorstore_spec(endpoint, bucket)
    try:
        tensorstore.open(theirs, open=True, read=True).result()
    except ValueError:
        written = tensorstore.open(local, open=True).result().spec(retain_context=False).to_json()
        created = {**written, "kvstore": theirs["kvstore"]}
        array = tensorstore.open(created, create=True).result()
        shard = array.chunk_layout.write_chunk.shape[0]
        for start in range(0, source.shape[0], shard):
            array[start : start + shard].write(source[start : start + shard]).result()
    ours = f"s3://{bucket}/image-penstock"
    known = subprocess.run(
        [PENSTOCK, "info", ours, "--endpoint", endpoint, "-q"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if known.returncode != 0:
        command = [PENSTOCK, "convert", f"image={folder / 'image.npy'}", ours, *IMAGE_LAYOUT, "-q"]
        subprocess.run(
            [*command, "--endpoint", endpoint], check=True, stdout=subprocess.DEVNULL
        )


def compare(endpoint, bucket, folder, rounds, bare):
    prepare(endpoint, bucket, folder)
    cache = folder / "penstock.aot"
    load(endpoint, bucket, f"{OPTIMISING} -XX:AOTCacheOutput={cache}", TRAINING)
    ratios = {}
    for number in range(1, rounds + 1):
        theirs = run([sys.executable, __file__, "--tensorstore", endpoint, bucket])
        sides = {
            "first": penstock_side(endpoint, bucket, "", FIRST),
            "trained": penstock_side(endpoint, bucket, f"-XX:AOTCache={cache}", FIRST),
            "warm": penstock_side(endpoint, bucket, OPTIMISING, WARM),
        }
        if bare:
            sides["bare"] = bare_side(endpoint, bucket, folder)
        shown = {"tensorstore": theirs, **sides}
        for name, side in shown.items():
            rounded = {key: round(value, 3) for key, value in side.items()}
            print(json.dumps({"round": number, "side": name, **rounded}), flush=True)
        for name, side in sides.items():
            for key in ("GBps", "cpu_s_GB", "first_ms"):
                if key in side:
                    ratios.setdefault(f"{name} {key}", []).append(side[key] / theirs[key])
    report(ratios, rounds)


if __name__ == "__main__":
    if sys.argv[1] == "--tensorstore":
        tensorstore_side(*sys.argv[2:])
    else:
        rounds, *rest = sys.argv[4:] or ["5"]
        compare(*sys.argv[1:3], Path(sys.argv[3]).resolve(), int(rounds), rest == ["bare"])
