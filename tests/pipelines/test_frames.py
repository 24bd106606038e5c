"""Frames, tensor by tensor."""

import pytest

torch = pytest.importorskip("torch", reason="frames are torch tensors")

from spotify_scope_plugin.pipelines.frames import pass_through  # noqa: E402

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    return request.param


def frame(device: str, height: int = 4, width: int = 6, value: int = 200) -> "torch.Tensor":
    return torch.full((1, height, width, 3), value, dtype=torch.uint8, device=device)


def test_one_frame_is_not_copied(device: str) -> None:
    sent = frame(device)
    assert pass_through([sent], as_uint8=True) is sent


def test_several_frames_are_joined_in_order(device: str) -> None:
    video = pass_through([frame(device, value=value) for value in (1, 2, 3)], as_uint8=True)
    assert video.shape == (3, 4, 6, 3)
    assert video[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert video.device.type == device


def test_floats_lie_between_zero_and_one(device: str) -> None:
    video = pass_through([frame(device, value=0), frame(device, value=255)], as_uint8=False)
    assert video.dtype == torch.float32
    assert (video.min().item(), video.max().item()) == (0.0, 1.0)
    assert video.device.type == device


def test_floats_leave_the_frame_that_came_in_alone(device: str) -> None:
    sent = frame(device).to(torch.float32)
    pass_through([sent], as_uint8=False)
    assert sent[0, 0, 0, 0].item() == 200


def test_other_sizes_are_brought_to_the_first(device: str) -> None:
    video = pass_through([frame(device, 4, 6), frame(device, 9, 3, value=77)], as_uint8=True)
    assert video.shape == (2, 4, 6, 3)
    assert video[1].unique().tolist() == [77]


def test_frames_without_a_leading_axis(device: str) -> None:
    assert pass_through([frame(device)[0]], as_uint8=True).shape == (1, 4, 6, 3)


def test_a_whole_tensor_of_frames(device: str) -> None:
    video = torch.zeros((5, 4, 6, 3), dtype=torch.uint8, device=device)
    assert pass_through(video, as_uint8=True).shape == (5, 4, 6, 3)
