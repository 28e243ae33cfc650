"""open_clip, importable also beside a torch without CUDA.

open_clip imports torchvision. Its wheel links CUDA; where its extension cannot be loaded, its import fails because two
operators have no schema. Declaring them is enough: nothing here calls them.
"""

from __future__ import annotations

import torch

__all__ = ["CLIPTextCfg", "CLIPVisionCfg", "open_clip"]

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
# torch forgets the declarations with this object.
_library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
for _name in ("nms", "qnms"):
    if not hasattr(torch.ops.torchvision, _name):
        _library.define(_name + _SCHEMA)  # type: ignore[no-untyped-call]

import open_clip  # noqa: E402
from open_clip.model import CLIPTextCfg, CLIPVisionCfg  # noqa: E402
