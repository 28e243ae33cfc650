"""Draws one small picture, to see whether MuJoCo can render here. Run as a process of its own."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Draw; print what draws, or why it cannot."""
    try:
        import mujoco

        model = mujoco.MjModel.from_xml_string(
            "<mujoco><worldbody><light pos='0 0 3'/><geom type='sphere' size='1' rgba='1 0 0 1'/>"
            "<camera name='c' pos='0 -4 0' xyaxes='1 0 0 0 0 1'/></worldbody></mujoco>"
        )
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        renderer = mujoco.Renderer(model, 64, 64)
        renderer.update_scene(data, camera="c")
        red = int(renderer.render()[32, 32, 0])
        renderer.close()
    except Exception as error:  # noqa: BLE001  whatever is wrong is the finding
        print(f"MUJOCO_GL={os.environ.get('MUJOCO_GL', '')}: {type(error).__name__}: {error}")
        return 1
    if red < 20:
        print(f"MUJOCO_GL={os.environ.get('MUJOCO_GL', '')} draws a black picture")
        return 1
    print(f"MuJoCo {mujoco.__version__} draws with MUJOCO_GL={os.environ.get('MUJOCO_GL', 'default')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
