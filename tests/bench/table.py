"""The table of ratios, as text."""

from measure import SKIPPED

HEADS = ("row", "work", "ours", "peer or limit", "ratio", "asked", "", "our CPU s", "its CPU s")


def text(figures, skipped):
    """`skipped`: [(row, reason)]."""
    lines = [HEADS]
    for figure in figures:
        lines.append((figure.row, figure.what, figure.ours, figure.peer, f"{figure.ratio:.2f}",
                      f"{figure.asked:g}" if figure.asked else "-", figure.verdict, cpu(figure.ours_cpu),
                      cpu(figure.peer_cpu)))
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADS))]
    out = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    out.insert(1, "  ".join("-" * width for width in widths))
    out += [f"{row}: {SKIPPED}: {reason}" for row, reason in skipped]
    out += [f"{figure.row}: {figure.note}" for figure in figures if figure.note]
    return "\n".join(out)


def cpu(seconds):
    return f"{seconds:.2f}" if seconds else "-"


def machine_text(machine):
    product = (f"a product of two 2,048 x 2,048 matrices (fp32, {machine['product_by']}) {machine['product_gflops']:.0f} "
               f"GFLOP/s" if "product_gflops" in machine else "no matrix product: the peers' packages are not installed")
    return (f"machine: {machine['cores']} cores ({machine['model']}), load {machine['load_before']:.1f} before and "
            f"{machine['load_after']:.1f} after; fdatasync of 4 KiB: median {machine['fdatasync_median_ms']:.2f} ms, "
            f"p99 {machine['fdatasync_p99_ms']:.2f} ms; {product}")
