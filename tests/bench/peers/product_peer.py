"""What the machine's matrix product reaches: {"product_gflops", "product_by"}."""

import json
import time

import torch

SIZE = 2048
TIMES = 5


def main():
    a, b = torch.rand(SIZE, SIZE), torch.rand(SIZE, SIZE)
    best = float("inf")
    for _ in range(TIMES):
        start = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - start)
    print(json.dumps({"product_gflops": 2 * SIZE**3 / best / 1e9, "product_by": f"PyTorch {torch.__version__}"}))


main()
