"""Writes images and labels in the format of MNIST's files."""


# [write_idx]
def write_idx(file, array):
    """Writes an array of unsigned bytes: images (N, 28, 28), light on dark, or labels (N,)."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    with open(file, "wb") as out:
        out.write(header + array.tobytes())
# [write_idx]
