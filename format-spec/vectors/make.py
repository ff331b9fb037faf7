"""Makes the golden vectors of this folder from the words of v1.md and order-v1.md alone: Python's
standard library and samples/sample_order.py. `python make.py` writes them, `python make.py --check`
compares."""

import hashlib
import json
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "samples"))
from sample_order import PHI, mix, numbered, permute, tagged  # noqa: E402


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def canonical(value):
    return json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode()


def sealed(kind, body):
    start = {"penstock": kind, "format": 1, "required_features": []}
    covered = text(start | body)[:-1]
    return covered + b',"crc32c":"%08x"}' % crc32c(covered)


TIME = "2026-01-31T23:59:59.999Z"
SESSION = "0123456789abcdefghjkmnpqrs"
ZERO = "0" * 64


def array(path, kind, inner, chunk, shard):
    endian = {} if kind == "uint8" else {"configuration": {"endian": "little"}}
    return {
        "path": path,
        "type": kind,
        "inner_shape": inner,
        "chunk": chunk,
        "shard": shard,
        "codecs": [
            {"name": "bytes"} | endian,
            {"name": "zstd", "configuration": {"level": 3, "checksum": False}},
            {"name": "crc32c"},
        ],
    }


SCHEMA = {
    "tensors": [
        {
            "name": "image",
            "type": "uint8",
            "sample_shape": [28, 28],
            "dimension_names": ["y", "x"],
            "description": "grey levels",
        },
        {"name": "label", "type": "int64", "sample_shape": []},
        {
            "name": "text",
            "type": "uint8",
            "sample_shape": [-1],
            "media_type": "text/plain; charset=utf-8",
        },
    ]
}

LAYOUT = {
    "group_samples": 64,
    "tensors": [
        {
            "tensor": "image",
            "array": array("image", "uint8", [28, 28], [64, 28, 28], [256, 28, 28]),
        },
        {"tensor": "label", "array": array("label", "int64", [], [128], [256])},
        {
            "tensor": "text",
            "values": array("text/values", "uint8", [], [1024], [4096]),
            "offset": array("text/offset", "int64", [], [64], [256]),
            "shape": array("text/shape", "int32", [1], [64, 1], [256, 1]),
        },
    ],
}


def extent(tensor, stored, elements, group, sample):
    return {
        "tensor": tensor,
        "stored_bytes": stored,
        "value_elements": elements,
        "largest_group_bytes": group,
        "largest_sample_bytes": sample,
    }


ENTRY = {
    "id": SESSION + "-0",
    "layout": 0,
    "rows": 100,
    "first_sample_id": 1000,
    "bytes": 50000,
    "digest": sha256(b"\x01"),
    "metadata_digest": sha256(b"\x02"),
    "tensors": [
        extent("image", 45000, 0, 50176, 784),
        extent("label", 500, 0, 512, 8),
        extent("text", 4500, 6000, 3000, 200),
    ],
    "shuffle": {
        "algorithm": "tumbling",
        "seed": -7046029254386353131,
        "buffer_samples": 4096,
        "buffer_bytes": 1048576,
    },
}

PAGE = {
    "id": SESSION + "-p0",
    "level": 0,
    "fragments": 2,
    "rows": 1000,
    "bytes": 500000,
    "digest": sha256(b"\x03"),
}


def link(number):
    return {"branch": "main", "life": 0, "number": number, "record": sha256(b"start")}


def version():
    return sealed(
        "version",
        {
            "branch": "main",
            "life": 0,
            "number": 12,
            "parent": link(11),
            "commit": "00112233445566778899aabbccddeeff",
            "time": TIME,
            "author": "Ada",
            "message": 'Möre "samples"\n',
            "metadata": {"a": "1", "b": "2"},
            "provenance": {
                "inputs": ["s3://in/put"],
                "transform": "convert",
                "fingerprint": "f00d",
            },
            "operation": "append",
            "schema": SCHEMA,
            "samples": 1100,
            "next_sample_id": 1100,
            "layouts": [LAYOUT],
            "pages": [PAGE],
            "fragments": [ENTRY],
            "chain": sha256(b"\x04"),
            "content": sha256(b"\x05"),
        },
    )


def content(schema, chain):
    return sha256(canonical(schema) + bytes.fromhex(chain) + hashlib.sha256(b"").digest())


def first_version():
    return sealed(
        "version",
        {
            "branch": "main",
            "life": 0,
            "number": 0,
            "commit": "00112233445566778899aabbccddeeff",
            "time": TIME,
            "author": "",
            "message": "",
            "metadata": {},
            "operation": "create",
            "schema": {"tensors": []},
            "samples": 0,
            "next_sample_id": 0,
            "layouts": [],
            "pages": [],
            "fragments": [],
            "chain": ZERO,
            "content": content({"tensors": []}, ZERO),
        },
    )


def root():
    ours = {
        "format": 1,
        "required_features": [],
        "dataset_id": "ffeeddccbbaa99887766554433221100",
        "created": TIME,
    }
    ours["crc32c"] = "%08x" % crc32c(canonical(ours))
    return text({"zarr_format": 3, "node_type": "group", "attributes": {"penstock": ours}})


def raw_frame(data):
    """A Zstandard frame of one raw block: single segment, content size in 1 or 2 bytes."""
    if len(data) < 256:
        header = struct.pack("<BB", 0x20, len(data))
    else:
        header = struct.pack("<BH", 0x60, len(data) - 256)
    block = struct.pack("<I", len(data) << 3 | 1)[:3]
    return struct.pack("<I", 0xFD2FB528) + header + block + data


def planes(numbers):
    return b"".join(bytes(n >> 8 * p & 255 for n in numbers) for p in range(4))


def block(payload):
    return payload + struct.pack("<I", crc32c(payload))


def catalog(arrays, groups):
    """arrays: (lengths, chunks per shard); every shard has the digest of the byte 7."""
    blocks = []
    for lengths, per_shard in arrays:
        blocks.append(block(raw_frame(planes(lengths))))
        shards = b""
        for at in range(0, len(lengths), per_shard):
            stored = sum(lengths[at : at + per_shard])
            size = stored + 16 * per_shard + 4 if stored else 0
            shards += struct.pack("<Q", size) + hashlib.sha256(b"\x07").digest()
        blocks.append(block(shards))
    if groups:
        steps = [b - a for a, b in zip(groups, groups[1:])]
        blocks.append(block(struct.pack("<Q", groups[0]) + raw_frame(planes(steps))))
    directory = struct.pack("<IQ", len(arrays), len(groups))
    for lengths, per_shard in arrays:
        directory += struct.pack("<QI", len(lengths), per_shard)
    directory += b"".join(struct.pack("<I", len(b)) for b in blocks)
    head = b"PENSCAT1" + struct.pack("<I", len(directory)) + directory
    return block(head) + b"".join(blocks)


def shard_index(entries):
    body = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    return body + struct.pack("<I", crc32c(body))


def digests():
    objects = {"zarr.json": b"{}", "é/c/0": b"data", "z/zarr.json": b"[]"}

    def digest(paths):
        data = b""
        for path in sorted(paths, key=lambda p: p.encode()):
            raw = path.encode()
            data += struct.pack("<I", len(raw)) + raw
            data += struct.pack("<Q", len(objects[path])) + hashlib.sha256(objects[path]).digest()
        return sha256(data)

    fragment = digest(objects)
    chain = sha256(bytes.fromhex(ZERO) + bytes.fromhex(fragment))
    return text(
        {
            "objects": {path: data.decode() for path, data in objects.items()},
            "fragment": fragment,
            "metadata": digest(p for p in objects if p.endswith("zarr.json")),
            "chain": chain,
            "schema": canonical(SCHEMA).decode(),
            "content": content(SCHEMA, chain),
        }
    )


def shuffled(seed, buffer_bytes, weights):
    """The numbers of samples of these weights in the order in which they are written."""
    windows = []
    total = 0
    for sample, weight in enumerate(weights):
        if not windows or total + weight > buffer_bytes:
            windows.append([])
            total = 0
        windows[-1].append(sample)
        total += weight
    order = []
    for w, window in enumerate(windows):
        key = tagged(numbered(mix((seed + PHI) % 2**64), w + 1), 9)
        order += [window[permute(i, len(window), key)] for i in range(len(window))]
    return {
        "seed": seed,
        "buffer_bytes": buffer_bytes,
        "weights": weights,
        "windows": [len(window) for window in windows],
        "order": order,
    }


def shuffles():
    return [
        shuffled(0, 320, [32] * 35),
        shuffled(7, 1 << 20, [16 + 37 * i % 101 for i in range(100)]),
        shuffled(-7046029254386353131, 1000, [16 + 71 * i % 233 for i in range(60)]),
        shuffled(1, 100, [40, 50, 16, 101, 30, 100, 1000, 16, 16, 16]),
    ]


def sketch(labels, group_samples):
    lengths = [group_samples]
    while lengths[-1] < len(labels):
        lengths.append(2 * lengths[-1])
    counts = sorted((label, labels.count(label)) for label in set(labels))
    data = b"PENSKET1" + struct.pack("<QQ", len(labels), group_samples)
    data += struct.pack("<II", len(lengths), len(counts))
    for length in lengths:
        pairs = 0
        for start in range(0, len(labels), length):
            run = labels[start : start + length]
            pairs += sum(a == b for i, a in enumerate(run) for b in run[:i])
        data += struct.pack("<Q", pairs)
    for label, count in counts:
        data += struct.pack("<qQ", label, count)
    return block(data)


MISSING = (2**64 - 1, 2**64 - 1)
VECTORS = {
    "version.json": version(),
    "version-first.json": first_version(),
    "page-fragments.json": sealed("page", {"level": 0, "fragments": [ENTRY]}),
    "page-pages.json": sealed("page", {"level": 1, "pages": [PAGE]}),
    "ref-branch.json": sealed(
        "ref",
        {"name": "try.1", "number": 2, "time": TIME, "meaning": "branch", "start": link(12)},
    ),
    "ref-tag.json": sealed(
        "ref",
        {"name": "gold", "number": 0, "time": TIME, "meaning": "tag", "target": link(12)},
    ),
    "ref-deleted.json": sealed(
        "ref", {"name": "gold", "number": 1, "time": TIME, "meaning": "deleted"}
    ),
    "session.json": sealed(
        "session",
        {
            "id": SESSION,
            "branch": "main",
            "life": 0,
            "head": 11,
            "started": TIME,
            "renewed": "2026-02-01T00:00:00.000Z",
        },
    ),
    "hint.json": sealed("hint", {"number": 12}),
    "root.json": root(),
    "catalog-fixed.bin": catalog([([100, 200, 300, 0], 4)], []),
    "catalog-ragged.bin": catalog(
        [
            ([500, 501, 502, 503, 504, 505, 0, 0], 4),
            ([60, 61, 62, 0], 4),
            ([50, 51, 52, 0], 4),
        ],
        [0, 2, 5],
    ),
    "shard-index-end.bin": shard_index([(0, 16), MISSING, MISSING, (16, 16)]),
    "shard-index-start.bin": shard_index([(68, 16), MISSING, MISSING, (84, 16)]),
    "shard-index-empty.bin": shard_index([MISSING] * 4),
    "digests.json": digests(),
    "shuffle.json": text(shuffles()),
    "sketch.bin": sketch([(i // 5 * 7 + i % 3) % 4 - 1 for i in range(30)], 4),
    "sketch-one.bin": sketch([2**63 - 1], 64),
}

if __name__ == "__main__":
    different = []
    for name, data in VECTORS.items():
        if "--check" in sys.argv:
            if (HERE / name).read_bytes() != data:
                different.append(name)
        else:
            (HERE / name).write_bytes(data)
    sys.exit("differ: " + ", ".join(different) if different else 0)
