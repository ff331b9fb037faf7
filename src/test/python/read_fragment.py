"""Reads every tensor of a fragment with a reader of others and compares it with what was written.

usage: read_fragment.py zarr|zarrs|tensorstore FRAGMENT EXPECTED

FRAGMENT is the directory of a fragment, a plain Zarr v3 group. EXPECTED holds for each tensor NAME
`NAME.bin`, its elements in C order, little-endian, sample after sample; for a ragged one also
`NAME.shapes.bin`, the shapes, int32. Prints one line for each tensor; the exit status is 0 if all
are equal. Run it with `-W error`, so that a warning is a failure.
"""

import pathlib
import sys

import numpy as np


def zarr_arrays(fragment, pipeline=None):
    import zarr

    if pipeline is not None:
        zarr.config.set({"codec_pipeline.path": pipeline})
    group = zarr.open_group(fragment, mode="r")
    assert group.metadata.consolidated_metadata is not None, "no consolidated metadata"
    return lambda path: group[path][...]


def zarrs_arrays(fragment):
    import zarrs  # noqa: F401  registers the pipeline

    return zarr_arrays(fragment, "zarrs.ZarrsCodecPipeline")


def tensorstore_arrays(fragment):
    import tensorstore

    def read(path):
        location = {"driver": "file", "path": str(pathlib.Path(fragment, path)) + "/"}
        return tensorstore.open({"driver": "zarr3", "kvstore": location}).result().read().result()

    return read


def check(what, found, expected):
    found = np.ascontiguousarray(found).tobytes()
    assert found == expected, f"{what}: {len(found)} bytes differ from the {len(expected)} expected"


def check_fixed(read, name, expected):
    check(name, read(name), expected)


def check_ragged(read, name, expected, shapes):
    offset, shape = read(name + "/offset"), read(name + "/shape")
    values = read(name + "/values")
    assert offset.dtype == np.int64 and shape.dtype == np.int32
    check(name + "/shape", shape, shapes)
    lengths = shape.astype(np.int64).prod(axis=1)
    samples = [values[at : at + length] for at, length in zip(offset, lengths)]
    check(name, np.concatenate(samples), expected)


def main(reader, fragment, expected):
    readers = {"zarr": zarr_arrays, "zarrs": zarrs_arrays, "tensorstore": tensorstore_arrays}
    read = readers[reader](fragment)
    files = sorted(pathlib.Path(expected).glob("*.bin"))
    names = [file.name[:-4] for file in files if not file.name.endswith(".shapes.bin")]
    assert names, f"nothing is expected in {expected}"
    for name in names:
        content = pathlib.Path(expected, name + ".bin").read_bytes()
        shapes = pathlib.Path(expected, name + ".shapes.bin")
        if shapes.exists():
            check_ragged(read, name, content, shapes.read_bytes())
        else:
            check_fixed(read, name, content)
        print(f"{reader}: {name} equal, {len(content)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
