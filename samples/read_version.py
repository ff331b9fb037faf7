"""Reads one version of a Penstock dataset with nothing but zarr-python and json.

Usage: read_version.py DATASET [REF [TENSOR POSITION]]

DATASET is a folder; REF a branch, BRANCH:NUMBER or a tag (default: main). Prints the version, and
with TENSOR and POSITION that sample's values. What is where, and why, is said in format-spec/v1.md;
the checksums that it describes are left to `penstock verify`.
"""

import json
import sys
from pathlib import Path

import numpy as np
import zarr


def read_json(path):
    value = json.loads(path.read_bytes())
    if value["format"] != 1 or value["required_features"]:
        raise ValueError(f"{path} is of a format that this program does not know")
    return value


def last_number(first, exists):
    """The last number of an unbroken run of objects, by doubling steps and bisection."""
    step = 1
    while exists(first + step):
        step *= 2
    low, high = first + step // 2, first + step
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if exists(middle) else (low, middle)
    return low


def find_record(root, ref):
    """The version record that a reference means."""
    name, _, number = ref.partition(":")
    refs = root / "__penstock/refs" / name
    life = last_number(0, lambda n: (refs / f"{n:020}.json").exists())
    meaning = read_json(refs / f"{life:020}.json")
    if meaning["meaning"] == "tag":
        target = meaning["target"]
        name, life, number = target["branch"], target["life"], str(target["number"])
    elif meaning["meaning"] != "branch":
        raise KeyError(f"{name} was deleted")
    records = root / f"__penstock/branches/{name}.{life}"
    if not number:
        hint = records / "hint"
        known = read_json(hint)["number"] if hint.exists() else 0
        if not (records / f"{known:020}.json").exists():
            known = 0
        number = last_number(known, lambda n: (records / f"{n:020}.json").exists())
    return read_json(records / f"{int(number):020}.json")


def fragments(root, holder):
    """The fragments of a record or a page, oldest first."""
    for page in holder.get("pages", []):
        yield from fragments(root, read_json(root / "__penstock/pages" / page["id"]))
    yield from holder.get("fragments", [])


class Version:
    """All samples of one version; position 0 is the first sample of the oldest fragment."""

    def __init__(self, root, ref="main"):
        self.root = Path(root)
        self.record = find_record(self.root, ref)
        self.fragments = list(fragments(self.root, self.record))

    def __len__(self):
        return self.record["samples"]

    def sample(self, tensor, position):
        spec = next(t for t in self.record["schema"]["tensors"] if t["name"] == tensor)
        for fragment in self.fragments:
            if position < fragment["rows"]:
                group = zarr.open_group(self.root / fragment["id"], mode="r")
                return self._read(group[tensor], position, -1 in spec["sample_shape"])
            position -= fragment["rows"]
        raise IndexError(position)

    @staticmethod
    def _read(node, row, ragged):
        if not ragged:
            return np.asarray(node[row])
        shape = node["shape"][row]
        start = int(node["offset"][row])
        return node["values"][start : start + int(np.prod(shape))].reshape(shape)


def main(dataset, ref="main", tensor=None, position=None):
    version = Version(dataset, ref)
    record = version.record
    answer = {
        "version": f"{record['branch']}:{record['number']}",
        "samples": len(version),
        "fragments": len(version.fragments),
        "tensors": [t["name"] for t in record["schema"]["tensors"]],
    }
    if tensor is not None:
        answer["values"] = version.sample(tensor, int(position)).tolist()
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
