"""The simulated world: MuJoCo scene, arm driver, cameras, and the `sim_truth` perception source."""

import os

# MuJoCo picks its OpenGL when it is imported first, and PyOpenGL's platform to suit it. One thread: llvmpipe gains
# nothing from a second one on a busy machine.
for _key, _value in {"MUJOCO_GL": "egl", "LP_NUM_THREADS": "1"}.items():
    os.environ.setdefault(_key, _value)
