"""Passing frames through, on the device they are on."""

from collections.abc import Sequence

import torch


def pass_through(frames: Sequence[torch.Tensor], *, as_uint8: bool) -> torch.Tensor:
    """Join the frames of one call into the tensor the host wants.

    Args:
        frames: at least one frame, each `(1, H, W, C)` or `(H, W, C)` with values in [0, 255]. A frame of
            another size than the first is resized to it, as Scope's own pipelines do.
        as_uint8: whether the host takes uint8.

    Returns:
        `(T, H, W, C)` on the frames' device. With `as_uint8`, uint8 in [0, 255]: for one frame the very tensor
        that came in, with nothing copied. Otherwise float32 in [0, 1].
    """
    batch = [frame if frame.dim() == 4 else frame.unsqueeze(0) for frame in frames]
    video = batch[0] if len(batch) == 1 else torch.cat([_resized(frame, batch[0].shape[1:3]) for frame in batch])
    if not as_uint8:
        return video.to(torch.float32).div_(255.0) if not video.is_floating_point() else video / 255.0
    return video if video.dtype == torch.uint8 else video.clamp(0, 255).to(torch.uint8)


def _resized(frame: torch.Tensor, size: torch.Size) -> torch.Tensor:
    if frame.shape[1:3] == size:
        return frame
    pixels = frame.permute(0, 3, 1, 2).to(torch.float32)
    pixels = torch.nn.functional.interpolate(pixels, size=tuple(size), mode="bilinear", align_corners=False)
    return pixels.round().clamp(0, 255).to(frame.dtype).permute(0, 2, 3, 1)
